"""How much of the machine something else used during a measurement, from the kernel's counters in /proc.

A busy process beside the benches, where one is asked for, counts as theirs.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
SET_CHILD_SUBREAPER = 36  # of linux/prctl.h


@dataclass(frozen=True, slots=True)
class Ticks:
    """Processor time until now, in the kernel's ticks: the machine's in all, what of it was used, and by us."""

    available: int
    used: int
    ours: int


@dataclass(frozen=True, slots=True)
class Process:
    """`ticks` are its own and those of the children that it has waited for."""

    pid: int
    parent: int
    ticks: int


def adopt_orphans() -> None:
    """From now on a descendant whose parent ends becomes a child of this process, so that its time stays ours.

    sshd's sessions outlive it, for example.
    """
    if ctypes.CDLL(None, use_errno=True).prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


@contextmanager
def busy_beside() -> Iterator[subprocess.Popen[bytes]]:
    """A process that computes all the time, until the end of the block."""
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as process:
        try:
            yield process
        finally:
            process.kill()


def ticks() -> Ticks:
    """Of now; ours are those of this process and its descendants."""
    available, used = machine((PROC / "stat").read_text())
    return Ticks(available, used, of_tree(os.getpid(), _processes()))


def others(before: Ticks, after: Ticks) -> float:
    """The share of the machine that something else used between the two."""
    used = (after.used - before.used) - (after.ours - before.ours)
    return max(0, used) / max(1, after.available - before.available)


def machine(stat: str) -> tuple[int, int]:
    """/proc/stat as ticks available and used.

    Steal counts as used: the hypervisor gave that time to another machine. So do interrupts, since a process's
    own counters have those that came while it ran.
    """
    user, nice, system, idle, iowait, irq, softirq, steal = map(int, stat.split()[1:9])
    used = user + nice + system + irq + softirq + steal
    return used + idle + iowait, used


def of_tree(root: int, processes: Iterable[Process]) -> int:
    """The ticks of a process and its descendants."""
    known = list(processes)
    own = sum(each.ticks for each in known if each.pid == root)
    return own + sum(of_tree(each.pid, known) for each in known if each.parent == root)


def process(stat: str) -> Process:
    """/proc/PID/stat, whose second field, the name in parentheses, may have spaces and parentheses."""
    pid, _, rest = stat.partition(" ")
    fields = rest.rpartition(")")[2].split()
    return Process(int(pid), int(fields[1]), sum(map(int, fields[11:15])))


def _processes() -> Iterator[Process]:
    for file in PROC.glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
            yield process(file.read_text())
