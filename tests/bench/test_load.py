"""What else the machine did while something was measured."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from bench.load import Process, Ticks, busy_beside, machine, of_tree, others, process, ticks
from bench.processes import ROOT

SPIN = "import time\nwhile time.process_time() < 0.2: pass"
ORPHAN = f"""
import subprocess, sys
from bench.load import adopt_orphans, ticks

adopt_orphans()
before = ticks()
parent = 'import subprocess, sys; subprocess.Popen([sys.executable, "-c", sys.argv[1]])'
subprocess.run([sys.executable, "-c", parent, {SPIN!r}], stdout=subprocess.PIPE, check=True)
print(ticks().ours - before.ours)
"""
SPUN = 15  # ticks; 20 without the kernel's rounding


@pytest.mark.parametrize(
    ("after", "share"),
    [
        (Ticks(1200, 644, 90), 0.37),
        (Ticks(1200, 569, 90), 0.0),  # the kernel counts the machine's time and a process's in different ways
        (Ticks(1000, 500, 20), 0.0),
    ],
)
def test_what_others_used_is_the_time_of_the_machine_without_ours(after: Ticks, share: float) -> None:
    assert others(Ticks(1000, 500, 20), after) == pytest.approx(share)


def test_stolen_time_and_interrupts_are_used_and_waiting_for_a_disk_is_not() -> None:
    stat = "cpu  100 10 30 500 40 5 6 7 0 0\ncpu0 50 5 15 250 20 2 3 3 0 0\n"
    assert machine(stat) == (698, 158)


def test_a_process_counts_with_the_children_that_it_has_waited_for() -> None:
    stat = "41 (a (b) c) S 7 41 41 0 -1 4194304 1 2 3 4 100 20 30 4 20 0 1 0 99 1000 10"
    assert process(stat) == Process(pid=41, parent=7, ticks=154)


def test_a_tree_has_its_descendants_and_nobody_else() -> None:
    tree = [Process(7, 1, 1), Process(41, 7, 20), Process(42, 41, 300), Process(8, 1, 4000)]
    assert of_tree(7, tree) == 321


def test_the_time_of_a_child_is_ours_once_it_has_ended() -> None:
    before = ticks()
    subprocess.run([sys.executable, "-c", SPIN], check=True)
    assert ticks().ours - before.ours >= SPUN


def test_the_time_of_a_child_is_ours_while_it_lives() -> None:
    before = ticks()
    with subprocess.Popen(
        [sys.executable, "-c", f"{SPIN}\nprint(flush=True)\ninput()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        spent = ticks().ours - before.ours
        child.communicate(b"\n")
    assert spent >= SPUN


def test_the_time_of_an_orphan_stays_ours() -> None:
    told = subprocess.run([sys.executable, "-c", ORPHAN], cwd=ROOT, stdout=subprocess.PIPE, check=True)
    assert int(told.stdout) >= SPUN


def test_the_process_that_is_kept_busy_beside_counts_as_ours_and_ends() -> None:
    before = ticks()
    with busy_beside() as process:
        while ticks().ours - before.ours < SPUN:
            time.sleep(0.05)
        assert process.poll() is None
    assert process.poll() is not None
