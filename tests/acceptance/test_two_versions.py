"""Two versions of fisk on one store, as during an update: each finishes what the other one began."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sandbox.terminal import CODE
from tests.acceptance.show import Show
from tests.acceptance.test_crashes import watching

if TYPE_CHECKING:
    from sandbox.bot import Bot

FIRST = (
    "cb9938ec644c87f6c80a40a355de2833348c40e4"  # the first commit with the FORMAT of deploy/core/signing.py
)


def git(*words: str | Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["git", "-C", str(CODE), *map(str, words)], capture_output=True, check=False)


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The code of the commit that first has this format."""
    if git("cat-file", "-e", f"{FIRST}^{{commit}}").returncode:
        why = f"the history of this clone has no {FIRST[:7]}, with which this version shares its format"
        pytest.fail(f"{why}: `git fetch --unshallow`", pytrace=False)
    folder = tmp_path_factory.mktemp("earlier") / "fisk"
    made = git("worktree", "add", "--detach", folder, FIRST)
    assert made.returncode == 0, made.stderr
    yield folder
    git("worktree", "remove", "--force", folder)


@pytest.fixture
async def empty() -> AsyncIterator[Show]:
    """The world and no bot; whoever is to stop hands over soon."""
    show = Show(FISK_DRAIN_SECONDS="0.2")
    show.says_it = False
    await show.start(bots=0)
    yield show
    await show.stop()


async def leaves(bot: Bot, how: str) -> None:
    await (bot.kill() if how == "killed" else bot.stop())


@pytest.mark.parametrize("how", ["killed", "handed over"])
@pytest.mark.parametrize("begins", ["earlier", "this"])
async def test_each_finishes_what_the_other_began(empty: Show, earlier: Path, begins: str, how: str) -> None:
    first, second = (earlier, CODE) if begins == "earlier" else (CODE, earlier)
    bot = await empty.join(first)
    await watching(empty)
    message = await empty.noted()
    await empty.join(second)
    await leaves(bot, how)
    empty.world.coolify.queue.thaw()
    ends = ("Deployed 3f2a1b9 to app", "app runs 3f2a1b9: deployed")  # as the earlier one and this one say it
    await empty.until(lambda: any(empty.slack.find("#deploys", each) for each in ends))
    await empty.memory_is_told()
    assert [post.ts for post in empty.posts()] == [message.ts]
    assert (empty.deploys, empty.runs) == (1, "3f2a1b9")
    async with empty.memory() as journal:
        assert (await journal.running(), await journal.aside()) == ((), ())
