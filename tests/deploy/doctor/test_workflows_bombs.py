"""Files that are made to take all time and memory there is: each is given up, and the others are read all the same."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from deploy.core.errors import TimedOut
from deploy.doctor.evidence import Evidence
from deploy.doctor.workflows.process import MODULE, MOST_FILES, Limits, Reading
from sandbox.github.contents import BUILD, CI, FOLDER
from tests.deploy.doctor.test_workflows_cases import workflow_findings
from tests.waiting import until

if TYPE_CHECKING:
    from tests.deploy.doctor.conftest import Patient

NEW_FILE = "bomb.yml"
TENS = ", ".join(map(str, range(10)))
JOB = "on: push\njobs:\n  x:\n    runs-on: x\n"
STEP = f"{JOB}    steps: [{{run: echo done}}]\n"
ALIASES = "a: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"b{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]\n" for level in range(1, 10)
)
DOUBLED = "env:\n  A0: xxxxxxxxxx\n" + "".join(
    f"  A{level}: ${{{{ env.A{level - 1} }}}}${{{{ env.A{level - 1} }}}}\n" for level in range(1, 41)
)
HANDED_ON = "".join(f'      - run: echo "A={"${{ env.A }}" * 10}" >> $GITHUB_ENV\n' for _ in range(40))
FORMATTED = "'x'"
for _ in range(30):
    FORMATTED = f"format('{{0}}{{0}}{{0}}{{0}}', {FORMATTED})"

# The file, and what it says of itself; empty where it is judged like any other.
BOMBS: dict[str, tuple[str, str]] = {
    "an expression of spaces that does not end": (f'env:\n  A: "${{{{{" " * 6000}\'"\n{STEP}', ""),
    "an expression of spaces": (f'env:\n  A: "${{{{{" " * 6000}\' }}}}"\n{STEP}', ""),
    "a matrix of nine axes of ten values": (
        f"{STEP}    strategy:\n      matrix:\n"
        + "".join(f"        a{axis}: [{TENS}]\n" for axis in range(9)),
        "its matrix makes more than 10000 jobs",
    ),
    "a matrix of a thousand jobs": (
        f"{STEP}    strategy: {{matrix: {{a: [{TENS}], b: [{TENS}], c: [{TENS}]}}}}\n",
        "its matrix makes more than 256 jobs",
    ),
    "a pattern of two hundred stars": (
        STEP.replace("push", f"{{push: {{branches: ['{'**' * 200}x']}}}}"),
        "",
    ),
    "two hundred patterns of stars": (
        STEP.replace("push", "{push: {branches: [" + "'**', " * 200 + "x]}}"),
        "",
    ),
    "aliases of aliases": (f"{ALIASES}{STEP}", "its aliases stand for more than 50000 values"),
    "variables that double each other": (f"{DOUBLED}{STEP}", ""),
    "variables of a job that double each other": (STEP + "    " + DOUBLED.replace("\n", "\n    ") + "\n", ""),
    "variables that steps hand on": (
        f"{JOB}    env: {{A: xxxxxxxxxx}}\n    steps:\n{HANDED_ON}",
        "its expressions make a text of more than 100000 characters",
    ),
    "variables of a shell that double each other": (
        f"{JOB}    steps:\n      - run: |\n          A=xxxxxxxxxx\n" + "          A=$A$A\n" * 60,
        "",
    ),
    "a function that doubles what it is given": (
        f'env:\n  A: "${{{{ {FORMATTED} }}}}"\n{STEP}',
        "reading it takes",
    ),
    "a list that contains itself": (f"a: &a [*a]\n{STEP}", "it contains itself"),
    "a job that contains itself": ("on: push\njobs: &a {x: *a}\n", "it contains itself"),
    "brackets in brackets": (f"{STEP}a: {'[' * 100_000}{']' * 100_000}\n", "it is nested too deeply"),
    "brackets of an expression": (f"env: {{A: '${{{{ {'(' * 9_000} }}}}'}}\n{STEP}", ""),
    "scripts in scripts": (STEP.replace("echo done", f"'{'$(' * 5_000}'"), ""),
    "backslashes and quotes": (STEP.replace("echo done", "'" + '\\"' * 40_000 + "'"), ""),
    "a script of half a megabyte": (
        STEP.replace("echo done", f"'{'echo a; ' * 60_000}'"),
        "its expressions make a text of more than 100000 characters",
    ),
    "half a million values": (f"{STEP}a: [{'1,' * 480_000}1]\n", "reading it takes"),
    "many jobs of many steps": (
        "on: push\njobs:\n"
        + "".join(
            f"  j{job}: {{runs-on: x, steps: [{', '.join(['{run: npm test}'] * 40)}]}}\n"
            for job in range(900)
        ),
        "reading it takes longer than",
    ),
}


def readers() -> list[int]:
    """The processes of this one that read."""
    found = []
    for folder in Path("/proc").iterdir():
        with suppress(OSError, ValueError, IndexError):
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == os.getpid() and MODULE.encode() in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
    return found


def environment(process: int) -> bytes:
    return Path(f"/proc/{process}/environ").read_bytes()


async def nothing(_: str) -> str | None:
    return None


@pytest.mark.parametrize("bomb", BOMBS)
async def test_a_file_that_takes_too_much_is_unknown_and_the_others_are_judged(
    patient: Patient, bomb: str
) -> None:
    text, why = BOMBS[bomb]
    patient.outside.github.contents.files[f"{FOLDER}/{NEW_FILE}"] = text
    found = await workflow_findings(patient)
    of_all = {"workflow.readable", "workflow.builder", "workflow.no-emulation"}
    assert {rule for rule, each in found.items() if each.verdict != "holds"} <= of_all
    assert "broken" not in {each.verdict for each in found.values()}
    readable = found["workflow.readable"]
    assert readable.verdict == ("unknown" if why else "holds"), readable
    assert readable.evidence.startswith(f"{NEW_FILE} cannot be read: {why}" if why else "4 files")
    await until(lambda: not readers())


async def test_a_file_that_comes_without_its_text_is_unknown_and_the_others_are_judged(
    patient: Patient,
) -> None:
    patient.outside.github.contents.too_large.add(f"{FOLDER}/ci.yml")
    found = await workflow_findings(patient)
    assert {rule for rule, each in found.items() if each.verdict != "holds"} == {
        "workflow.readable",
        "workflow.builder",
        "workflow.no-emulation",
    }
    assert found["workflow.readable"].evidence == "ci.yml cannot be read: GitHub gives no text of it"


async def test_one_process_reads_all_files_of_a_look() -> None:
    async with Reading("Wandeon/FiskAI", "main") as reading:
        (before,) = readers()
        found = await reading.all({"one.yml": CI, "two.yml": BUILD, "three.yml": "- a list"}, nothing)
        assert readers() == [before]
    assert [each.why_unknown for each in found] == ["", "", "it is no workflow"]
    await until(lambda: not readers())


async def test_files_that_name_many_others_are_given_some_of_them() -> None:
    asked: list[str] = []

    async def fetch(path: str) -> str | None:
        asked.append(path)
        return None

    steps = ", ".join(f"{{uses: ./action{place}}}" for place in range(100))
    async with Reading("Wandeon/FiskAI", "main", Limits(clock=20)) as reading:
        (found,) = await reading.all({"one.yml": JOB + f"    steps: [{steps}]\n"}, fetch)
    assert len(asked) == MOST_FILES
    assert len(found.doubts) == 100


async def test_a_process_that_ends_is_replaced_for_the_files_that_are_left() -> None:
    bomb, _ = BOMBS["many jobs of many steps"]
    async with Reading("Wandeon/FiskAI", "main", Limits(clock=60)) as reading:
        (before,) = readers()
        found = await reading.all({"bomb.yml": bomb, "two.yml": BUILD}, nothing)
        (after,) = readers()
        assert before != after
    assert [bool(each.unread) for each in found] == [True, False]
    assert [len(each.builds) for each in found] == [0, 1]


async def test_what_a_file_uses_is_handed_to_the_process_that_replaces_another() -> None:
    bomb, _ = BOMBS["many jobs of many steps"]
    uses = JOB + "    steps: [{uses: ./tool}]\n"
    files = {"tool/action.yml": "runs: {using: composite, steps: [{run: docker build ., shell: sh}]}"}

    async def fetch(path: str) -> str | None:
        return files.get(path)

    async with Reading("Wandeon/FiskAI", "main", Limits(clock=60)) as reading:
        found = await reading.all({"one.yml": uses, "bomb.yml": bomb}, fetch)
    assert [(len(each.builds), bool(each.unread)) for each in found] == [(1, False), (0, True)]


async def test_a_process_that_was_paused_is_replaced_and_the_file_is_read() -> None:
    async with Reading("Wandeon/FiskAI", "main", Limits(clock=2)) as reading:
        await reading.all({"one.yml": CI}, nothing)
        (before,) = readers()
        os.kill(before, signal.SIGSTOP)
        (found,) = await reading.all({"two.yml": BUILD}, nothing)
    assert len(found.builds) == 1


async def test_what_reads_has_none_of_the_bots_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FISK_GITHUB_TOKEN", "a secret")
    async with Reading("Wandeon/FiskAI", "main"):
        (process,) = readers()
        assert b"FISK" not in environment(process)


async def test_a_look_that_is_given_up_leaves_no_process(patient: Patient) -> None:
    patient.outside.github.faults.queue("GET /repos*/contents/*.yml*", delay=3600, times=10)
    evidence = Evidence(patient.parts.world, within=60)
    look = asyncio.create_task(evidence.workflows())
    await until(readers)
    await evidence.close()
    with pytest.raises((asyncio.CancelledError, TimedOut)):
        await look
    await until(lambda: not readers())
