"""`scripts/try LINE`: input, output, and the exit status for each outcome."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from sandbox import story
from sandbox.__main__ import typed
from sandbox.stage import Stage

ROOT = Path(__file__).resolve().parent.parent.parent

LINES = {
    "deploy 3f2a1b9": (0, "app runs 3f2a1b9: deployed in"),
    "deploy b7d0c5e": (3, "The nearest built commit is 3f2a1b9"),
    "deploy e02d8aa": (1, "a4c9e1f is back and healthy."),
    "deploy 51ab3c4": (3, "51ab3c4 has an image for linux/amd64 only; app runs on linux/arm64."),
    "deploy 51ab3c4 --force": (3, "51ab3c4 has an image for linux/amd64 only; app runs on linux/arm64."),
    "deploy 51ab3c4 --noop": (3, "Would refuse 51ab3c4"),
    "deploy 9c41d07": (3, "9c41d07 is still building (step "),
    "/fisk deploy 3f2a1b9 --noop": (0, "Would deploy 3f2a1b9"),
    "status": (0, "app   runs a4c9e1f (pinned, 5 behind main), healthy, proven"),
    "build cancel 9c41d07": (0, "build of 9c41d07 stopped."),
    "build rerun 3f2a1b9 --failed": (3, "No job of the build of 3f2a1b9 failed."),
    "buildkit prune": (3, "Not started: 1 build on vps01, and it may need what would be pruned:"),
    "deploy": (2, "Runs `/fisk deploy SHA --to app`"),
    "deploi": (2, "Did you mean `deploy`?"),
}

# With --yes: those that ask first go on, the others end as without it, and none begins what comes after its end.
YES = {
    "deploy 3f2a1b9": (0, "app runs 3f2a1b9: deployed in", "again: rolled back"),
    "build 9c41d07": (0, "[Cancel the build]", "build of 9c41d07 stopped"),
    "build 3f2a1b9": (0, "[Deploy 3f2a1b9]", "Deploying"),
    "buildkit logs": (0, "[Restart]", "Restarted"),
    "buildkit restart": (0, "BuildKit on vps01 restarted and answers for linux/arm64", "Traceback"),
    "buildkit prune": (0, "BuildKit on vps01: freed 11.47GB; its cache takes 20GB now", "Traceback"),
    "deploy b7d0c5e": (3, "The nearest built commit is 3f2a1b9", "Deployed"),
    "rollback": (3, "app: not started: fisk has no release of app", "again: rolled back"),
}


async def tried(*words: str | bytes) -> tuple[int | None, str]:
    """What a newcomer reads, on standard output and error, and the exit status."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sandbox", *words),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode, said.decode()


@pytest.mark.parametrize("line", LINES)
async def test_a_line_tells_its_outcome_in_words_and_by_its_exit_status(line: str) -> None:
    status, words = LINES[line]
    exited, said = await tried(line)
    assert words in said
    assert exited == status


@pytest.mark.parametrize("line", YES)
async def test_yes_answers_what_a_line_asks_first_and_presses_nothing_else(line: str) -> None:
    status, words, never = YES[line]
    exited, said = await tried("--yes", line)
    assert words in said
    assert never not in said
    assert exited == status


# What a shell makes of words without quotes around the whole, and the line that it stands for.
UNQUOTED = {
    ("deploy", "3f2a1b9", "--noop"): (0, "/fisk deploy 3f2a1b9 --noop", "Would deploy 3f2a1b9"),
    ("deploy 3f2a1b9", "--noop"): (0, "/fisk deploy 3f2a1b9 --noop", "Would deploy 3f2a1b9"),
    ("--", "/fisk", "status"): (0, "/fisk status", "app   runs a4c9e1f"),
    ("--yes", "lock", "app", "it's late"): (0, """/fisk lock app 'it'"'"'s late'""", "it's late"),
    ("lock", "app", "it\u2019s late"): (0, """/fisk lock app 'it'"'"'s late'""", "it's late"),
    ("--yes", "env", "copy", "fiskai-app", "fiskai-staging"): (
        0,
        "/fisk env copy fiskai-app fiskai-staging",
        "22 done and read back, 4 the same before.",
    ),
    ("status", "--yes"): (2, "/fisk status --yes", "No such option `--yes`."),
    ("/fisk",): (0, "/fisk", "`deploy` · `skip` · `rollback`"),
}


@pytest.mark.parametrize("words", UNQUOTED)
async def test_a_line_need_not_be_quoted_and_what_follows_its_first_word_is_its_own(
    words: tuple[str, ...],
) -> None:
    status, line, answer = UNQUOTED[words]
    exited, said = await tried(*words)
    assert said.splitlines()[0].partition("/")[1:] == ("/", line.removeprefix("/"))
    assert answer in said
    assert exited == status


async def test_help_is_about_the_sandbox_itself() -> None:
    exited, said = await tried("--help")
    assert said.startswith("Usage: scripts/try [--yes] [--port PORT] [LINE]")
    assert "answer with yes where the line asks first" in said
    assert exited == 0


async def test_a_line_that_does_not_end_is_said_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with Stage(tmp_path) as stage:
        stage.world.coolify.queue.freeze()
        assert await typed(stage, "deploy 3f2a1b9", within=1) == 1
    assert capsys.readouterr().err == "Not over after 1 s.\n"


async def test_a_line_that_is_no_text_is_not_understood() -> None:
    exited, said = await tried(b"deploy \xff")
    assert said.splitlines()[-1] == "Error: That line is not all UTF-8."
    assert exited == 2


async def test_yes_presses_the_button_of_a_line_that_asks(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        stage.world.coolify.queue.freeze()
        await stage.slack.command("marko", "#deploys", "/fisk", "deploy 3f2a1b9")
        await stage.slack.until(lambda: stage.world.coolify.apps["app"].deploys)
        assert await typed(stage, "unlock app --force") == 0
        assert stage.slack.find("#deploys", "Taking its lock away stops it where it is")
        assert await typed(stage, "locks") == 0
        assert stage.slack.find("#deploys", "is deploying 3f2a1b9 to app, step watch")

        assert await typed(stage, "unlock app --force", yes=True) == 0
        await stage.slack.until(lambda: stage.slack.find("#deploys", "took its lock away at step watch"))
        stage.world.coolify.queue.thaw()
        shipped = stage.world.registry.find(story.IMAGE, story.BUILT)
        assert shipped is not None
        assert stage.world.coolify.apps["app"].tag == shipped.digest.replace(":", "-")
