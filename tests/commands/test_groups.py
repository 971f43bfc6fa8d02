"""Which commit each target of a group gets: as typed, by the file at the app's commit, or the newest built one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.words.format import TERMINAL
from bot.words.texts import reply_text
from commands.groups import GroupJudged
from commands.reply import AskFirst, Started
from deploy.core import errors
from deploy.groups.arguments import GroupArguments
from deploy.groups.errors import NoneBuilt, PairNotNamed
from deploy.groups.pairs import parsed
from sandbox import story, workers_story
from sandbox.world import World
from tests.keys import KEY

if TYPE_CHECKING:
    from tests.commands.conftest import Asking

FILE = story.BUILT, workers_story.PAIRS  # at the app's commit


@pytest.fixture
async def outside() -> AsyncIterator[World]:
    async with World(speed=0, workers=True) as world:
        world.key = KEY.get_secret_value()
        yield world


@pytest.fixture
def without_a_file(asking: Asking) -> Asking:
    groups = asking.parts.world.targets.groups
    groups["release"] = replace(groups["release"], pairs="")
    return asking


def arguments(reply: object) -> GroupArguments:
    assert isinstance(reply, Started)
    assert isinstance(reply.operation.arguments, GroupArguments)
    return reply.operation.arguments


def release(workers: str) -> GroupArguments:
    return GroupArguments("release", (("workers", workers), ("app", story.BUILT)))


async def test_the_file_at_the_apps_commit_names_the_workers(asking: Asking) -> None:
    assert arguments(await asking("deploy 3f2a1b9 --to release")) == release(workers_story.BUILT)


async def test_what_is_typed_counts_before_the_file(asking: Asking) -> None:
    line = "deploy workers=5be90c3 app=3f2a1b9 --to release"
    assert arguments(await asking(line)) == release(workers_story.RUNS)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("later\n", "it names none"),
        ("app 77aa001d5c3e\n", "it names none"),
        ("0123456789abcdef\n", "it names 0123456, which Wandeon/FiskAI-workers does not have"),
    ],
)
async def test_a_file_that_does_not_name_the_workers_is_told_with_what_to_type(
    asking: Asking, outside: World, text: str, why: str
) -> None:
    outside.github.contents.at[FILE] = text
    with pytest.raises(PairNotNamed) as raised:
        await asking("deploy 3f2a1b9 --to release")
    assert raised.value.failure.sentence == (
        f"ops/workers.sha at 3f2a1b9 does not say which commit of workers goes with it: {why}."
    )
    assert raised.value.failure.hint == (
        "Name it yourself: `/fisk deploy workers=SHA app=3f2a1b9 --to release`."
    )


async def test_a_file_that_is_not_there_is_told_so(asking: Asking, outside: World) -> None:
    del outside.github.contents.at[FILE], outside.github.contents.files[workers_story.PAIRS]
    with pytest.raises(PairNotNamed, match="there is no such file"):
        await asking("deploy 3f2a1b9 --to release")


async def test_without_a_file_the_newest_built_commit_is_shown_and_asked_for(without_a_file: Asking) -> None:
    reply = await without_a_file("deploy 3f2a1b9 --to release")
    assert isinstance(reply, AskFirst)
    text, offers = reply_text(reply, TERMINAL)
    assert text == (
        "The newest good build of workers is 77aa001 “Round VAT per line in reports” by Marko Babić."
        " Deploy 77aa001 to workers and 3f2a1b9 to app?"
    )
    assert arguments(await without_a_file(offers[0].command)) == release(workers_story.BUILT)


async def test_without_a_file_and_without_a_build_one_has_to_name_it(
    without_a_file: Asking, outside: World
) -> None:
    outside.github.workers.runs.all.clear()
    with pytest.raises(NoneBuilt) as raised:
        await without_a_file("deploy 3f2a1b9 --to release")
    assert raised.value.failure.hint == "Name one: `/fisk deploy workers=SHA app=3f2a1b9 --to release`."


async def test_a_commit_that_neither_repository_has_is_told(asking: Asking) -> None:
    with pytest.raises(errors.CommitNotFound):
        await asking("deploy 0123456 --to release")


async def test_with_noop_each_targets_gates_are_judged_and_nothing_begins(asking: Asking) -> None:
    reply = await asking("deploy workers=77aa001 app=51ab3c4 --to release --noop")
    assert isinstance(reply, GroupJudged)
    assert [(part.target.name, bool(part.report.refusals)) for part in reply.parts] == [
        ("workers", False),
        ("app", True),
    ]
    assert (reply.refused, reply.offers) == (True, ())
    assert await asking.parts.world.memory.journal.running() == ()


def test_a_file_names_one_commit_or_one_for_each_target() -> None:
    sha = workers_story.BUILT
    assert parsed(f"{sha}\n") == {"": sha}
    assert parsed(f"# goes with it\nworkers {sha}\nocr={sha[:7].upper()}\nmail: {sha}\n") == {
        "workers": sha,
        "ocr": sha[:7],
        "mail": sha,
    }


async def test_a_group_where_one_target_is_meant_is_told_as_one(asking: Asking) -> None:
    with pytest.raises(errors.IsGroup) as refusal:
        await asking("status release")
    assert str(refusal.value) == "release is a group of targets, and this is for one of them."
    assert refusal.value.failure.hint == "Its targets: workers, app."
