"""deploy by the name of a branch or a pull request, and targets by other names than their own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.words.format import TERMINAL, Format
from bot.words.texts import reply_text
from commands.deploys import Judged
from commands.history import OperationStory, UnderWay
from commands.locks import Frozen, WhyHold
from commands.reply import AskFirst, Started
from deploy.access.policy import Policy, Role
from deploy.core import errors
from deploy.core.model import Offer, short
from deploy.deploys.arguments import DeployArguments
from deploy.deploys.ref_errors import PullNotMerged
from sandbox import story
from sandbox.github.history import PullRequest
from tests.commands.conftest import MARKO
from tests.deploy.conftest import ANA, HERE

if TYPE_CHECKING:
    from sandbox.world import World
    from tests.commands.conftest import Asking

SLACK = Format(slack=True)
HEAD = story.COMMITS[story.HEADS[story.BRANCH]]


async def test_a_branch_is_shown_as_digits_before_anything_begins(asking: Asking) -> None:
    reply = await asking("deploy main to staging --reason VAT is wrong")
    what = f"main is {short(HEAD.sha)} “{HEAD.title}” by {HEAD.author.name}. Deploy that to staging?"
    line = f"deploy {HEAD.sha} --to staging --reason='VAT is wrong'"
    assert reply == AskFirst(what, Offer(f"Deploy {short(HEAD.sha)}", line), "Keep what runs")
    assert await asking.parts.world.memory.journal.running() == ()


async def test_a_merged_pull_request_is_its_merge_commit(asking: Asking, outside: World) -> None:
    outside.github.history.pulls[123] = PullRequest(123, "Round VAT", HEAD.sha)
    reply = await asking("deploy #123")
    assert isinstance(reply, AskFirst)
    assert reply.question.startswith(f"#123 is {short(HEAD.sha)} ")
    assert reply.offer.command == f"deploy {HEAD.sha} --to app"


@pytest.mark.parametrize(
    ("pull", "how"),
    [
        (PullRequest(123, "Round VAT", HEAD.sha, merged=False), "is not merged"),
        (PullRequest(123, "Round VAT", HEAD.sha, base="next"), "was merged into next"),
    ],
)
async def test_one_that_is_not_on_the_branch_is_refused(
    asking: Asking, outside: World, pull: PullRequest, how: str
) -> None:
    outside.github.history.pulls[123] = pull
    with pytest.raises(PullNotMerged) as refused:
        await asking("deploy #123")
    assert str(refused.value) == f"Not started: pull request #123 {how}, so no commit of it is on main."


async def test_what_github_does_not_know_begins_nothing(asking: Asking) -> None:
    with pytest.raises(errors.CommitNotFound):
        await asking("deploy zzz")
    with pytest.raises(errors.NotThere):
        await asking("deploy #124")


async def test_trying_out_a_branch_judges_its_head(asking: Asking) -> None:
    reply = await asking("deploy main -n")
    assert isinstance(reply, Judged)
    assert reply.commit.sha == HEAD.sha


async def test_a_target_in_place_of_a_commit_is_told_apart(asking: Asking) -> None:
    with pytest.raises(errors.NotUnderstood) as refused:
        await asking("deploy Staging")
    assert str(refused.value) == (
        "`Staging` is a target. Which commit? `/fisk deploy latest --to staging` takes the newest image."
    )


@pytest.mark.parametrize("to", ["Staging", "STAGING"])
async def test_a_target_is_known_in_any_case_to_its_roles_too(asking: Asking, to: str) -> None:
    only_there = Policy(roles={"s": Role(frozenset({ANA.id}), frozenset({"deploy"}), frozenset({"staging"}))})
    reply = await asking(f"deploy 3f2a1b9 --to {to}", policy=only_there)
    assert isinstance(reply, Started)
    assert reply.operation.arguments == DeployArguments("staging", "3f2a1b9", force=False)


async def test_a_target_is_known_by_the_environment_that_only_it_is(asking: Asking) -> None:
    targets = asking.parts.world.targets
    app, staging = targets["app"], targets["staging"]
    both = type(targets)((app, replace(staging, environment=app.environment)))
    assert targets.find(app.environment) == app
    assert both.find(app.environment) is None


async def test_an_unknown_target_is_answered_with_the_nearest(asking: Asking) -> None:
    with pytest.raises(errors.UnknownTarget) as refused:
        await asking("deploy 3f2a1b9 --to stagin")
    assert str(refused.value) == "There is no target `stagin`. Did you mean `staging`?"


# --- lines that leave out which


async def test_stop_shows_what_is_under_way_each_with_its_cancel(asking: Asking) -> None:
    nothing = await asking("stop")
    assert isinstance(nothing, UnderWay)
    assert reply_text(nothing, SLACK) == (
        "Nothing is under way. `/fisk history` shows what was done.",
        (),
    )
    ids = [
        _begun(await asking(f"deploy 3f2a1b9 --to {to}", who))
        for to, who in (("app", ANA), ("staging", MARKO))
    ]
    text, offers = reply_text(await asking("stop the deploy"), TERMINAL)
    assert sorted(line.split(":")[0] for line in text.splitlines()) == sorted(ids)
    assert sorted(each.command for each in offers) == sorted(f"cancel {id_}" for id_ in ids)
    assert all(each.danger for each in offers)


async def test_op_without_an_id_is_the_only_one_under_way(asking: Asking) -> None:
    assert isinstance(await asking("op"), UnderWay)
    id_ = _begun(await asking("deploy 3f2a1b9"))
    reply = await asking("op")
    assert isinstance(reply, OperationStory)
    assert reply.snapshot.operation.id == id_


async def test_whoever_may_only_look_may_ask_what_is_under_way(asking: Asking) -> None:
    looks = Policy(roles={"all": Role(frozenset({"*"}), frozenset({"look"}))})
    for line in ("cancel", "op", "undo", "lock app"):
        await asking(line, MARKO, HERE, looks)


async def test_a_hold_without_a_reason_asks_for_it_and_holds_nothing(asking: Asking) -> None:
    reply = await asking("lock app")
    assert reply == WhyHold("app")
    assert reply_text(reply, SLACK) == (
        (
            "Why is app to be held? Say it in the line: `/fisk lock app REASON`,"
            " as in `/fisk lock app we measure --for 2h`."
        ),
        (),
    )
    assert isinstance(await asking("lock app we measure"), Frozen)
    await asking("unlock app")


def _begun(reply: object) -> str:
    assert isinstance(reply, Started)
    return reply.operation.id
