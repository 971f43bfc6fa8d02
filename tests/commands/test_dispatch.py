"""Text → Invocation → allowed? → a reply, or an operation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from commands.deploys import Judged
from commands.help import HelpText
from commands.reply import Started
from deploy.access.errors import NotAllowed
from deploy.access.policy import Policy
from deploy.core import errors
from deploy.core.model import Actor, Offer, Origin, Resource
from deploy.deploys.arguments import DeployArguments, RollbackArguments
from tests.commands.conftest import MARKO, without_memory
from tests.deploy.conftest import ANA, HERE

if TYPE_CHECKING:
    from tests.commands.conftest import Asking


async def test_help_is_for_everybody(asking: Asking) -> None:
    reply = await asking("help", policy=Policy())
    assert isinstance(reply, HelpText)
    assert reply.topic == ""


async def test_a_deploy_becomes_an_operation_with_its_lock_before_anything_runs(asking: Asking) -> None:
    reply = await asking("deploy 3f2a1b9 --reason 'VAT is wrong'")
    assert isinstance(reply, Started)
    operation = reply.operation
    assert (await asking.parts.world.memory.journal.load(operation.id)).operation == operation
    assert operation == replace(
        operation,
        kind="deploy",
        actor=ANA,
        origin=HERE,
        arguments=DeployArguments("app", "3f2a1b9", force=False),
        line="deploy 3f2a1b9 --reason 'VAT is wrong'",
        usual=0,
        resources=(Resource("app", "app"),),
        reason="VAT is wrong",
        decided="deployers: U1",
    )
    assert await asking.parts.world.memory.locks.locked() == {Resource("app", "app"): operation.id}


async def test_a_second_deploy_of_a_target_is_told_who_is_at_it(asking: Asking) -> None:
    first = await asking("deploy 3f2a1b9")
    assert isinstance(first, Started)
    with pytest.raises(errors.Locked) as refusal:
        await asking("deploy e02d8aa", MARKO)
    assert refusal.value.facts["holder"] == "@ana"
    assert refusal.value.facts["operation"] == first.operation.id
    assert refusal.value.offers == (
        Offer("Deploy after it", "deploy e02d8aa --to app --wait"),
        Offer("Show it", f"op {first.operation.id}"),
    )


@pytest.mark.parametrize(
    ("line", "after"),
    [
        ("deploy a4c9e1f --force", "deploy a4c9e1f --to app --force --wait"),
        ("deploy latest --reason 'it''s VAT'", "deploy latest --to app --wait --reason='its VAT'"),
        (
            'deploy a4c9e1f --to staging --force --reason "don\'t wait"',
            "deploy a4c9e1f --to staging --force --wait --reason='don'\"'\"'t wait'",
        ),
    ],
)
async def test_deploying_after_it_asks_for_the_same(asking: Asking, line: str, after: str) -> None:
    await asking("deploy 3f2a1b9")
    await asking("deploy 3f2a1b9 --to staging")
    with pytest.raises(errors.Locked) as refusal:
        await asking(line, MARKO)
    assert refusal.value.offers[0] == Offer("Deploy after it", after)


async def test_another_target_is_free_meanwhile(asking: Asking) -> None:
    await asking("deploy 3f2a1b9")
    reply = await asking("deploy 3f2a1b9 --to staging")
    assert isinstance(reply, Started)
    assert reply.operation.resources == (Resource("app", "staging"),)


async def test_waiting_takes_no_lock(asking: Asking) -> None:
    await asking("deploy 3f2a1b9")
    reply = await asking("deploy e02d8aa --wait")
    assert isinstance(reply, Started)
    assert (reply.operation.kind, reply.operation.resources) == ("wait", ())


async def test_a_held_target_is_not_deployed_to(asking: Asking) -> None:
    await asking("lock app we measure", MARKO)
    with pytest.raises(errors.OnHold) as refusal:
        await asking("deploy 3f2a1b9")
    assert refusal.value.facts["holder"] == "@marko"
    assert refusal.value.facts["reason"] == "we measure"
    assert await asking.parts.world.memory.journal.running() == ()


async def test_trying_out_says_what_each_gate_says_and_begins_nothing(asking: Asking) -> None:
    reply = await asking("deploy 51ab3c4 --noop", policy=Policy())
    assert isinstance(reply, Judged)
    assert [failure.code for failure in reply.report.refusals] == ["wrong_platform"]
    assert await asking.parts.world.memory.journal.running() == ()


@pytest.mark.parametrize(
    ("line", "offer"),
    [
        ("deploy 3f2a1b9 --noop", Offer("Deploy 3f2a1b9", "deploy 3f2a1b9 --to app")),
        ("deploy latest --noop", Offer("Deploy latest", "deploy latest --to app")),
        (
            "deploy 3f2a1b --noop --force --reason 'VAT is wrong'",
            Offer("Deploy 3f2a1b9", "deploy 3f2a1b9 --to app --force --reason='VAT is wrong'"),
        ),
        (
            "deploy 9c41d07 --noop --force --reason VAT",
            Offer("Deploy when done", "deploy 9c41d07 --to app --force --wait --reason=VAT"),
        ),
    ],
)
async def test_after_trying_out_the_same_is_offered_for_real(asking: Asking, line: str, offer: Offer) -> None:
    reply = await asking(line)
    assert isinstance(reply, Judged)
    assert reply.offers == (offer,)


async def test_what_is_not_allowed_is_refused_and_on_record(asking: Asking) -> None:
    with pytest.raises(NotAllowed) as refusal:
        await asking("deploy 3f2a1b9", Actor("U7", "ivo"))
    assert (refusal.value.failure.sentence, refusal.value.failure.hint) == (
        "You may look but not deploy: deploy is for role deployers.",
        'To allow it, add a table `[access.roles.NAME]` with `members = ["U7"]` and `may = ["deploy"]` in fisk.toml.',
    )
    assert await asking.parts.world.memory.audit.since(0) == ()
    (recorded,) = await asking.parts.world.memory.audit.refusals(0)
    entry = recorded.entry
    assert entry == replace(
        entry,
        actor=Actor("U7", "ivo"),
        origin=HERE,
        what="deploy 3f2a1b9",
        decided="deploy is for role deployers",
        outcome="not_allowed",
        operation="",
    )


async def test_a_channel_that_bars_is_named_as_the_reason(asking: Asking) -> None:
    policy = Policy(frozenset({ANA.id}), frozenset({"C9"}))
    with pytest.raises(NotAllowed) as refusal:
        await asking("deploy 3f2a1b9", policy=policy)
    assert refusal.value.failure.sentence == (
        "You may look but not deploy: role deployers counts only in C9."
    )


async def test_the_host_of_a_terminal_is_no_channel(asking: Asking) -> None:
    policy = Policy(frozenset({"cli:*"}), frozenset({"C9"}))
    reply = await asking("deploy 3f2a1b9", Actor("cli:ana", "ana"), Origin("terminal", "host"), policy)
    assert isinstance(reply, Started)


async def test_what_cannot_be_written_down_is_not_begun(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_memory(asking, monkeypatch)
    with pytest.raises(errors.StateUnavailable):
        await asking("deploy 3f2a1b9")
    with pytest.raises(errors.StateUnavailable):
        await asking("lock app why")


@pytest.mark.parametrize(
    "line",
    [
        "deploy 3f2a1b9 --to nowhere",
        "rollback nowhere",
        "lock nowhere why",
        "unlock nowhere",
        "history nowhere",
    ],
)
async def test_an_unknown_target_is_refused_with_those_that_are_known(asking: Asking, line: str) -> None:
    with pytest.raises(errors.UnknownTarget) as refusal:
        await asking(line)
    assert refusal.value.failure.hint == "Known targets: app, staging."


@pytest.mark.parametrize(
    ("line", "target", "ref"),
    [
        ("rollback", "app", ""),
        ("rollback staging", "staging", ""),
        ("rollback A4C9E1F", "app", "a4c9e1f"),
        ("rollback staging a4c9e1f", "staging", "a4c9e1f"),
    ],
)
async def test_a_single_word_that_names_no_target_is_a_commit_to_go_back_to(
    asking: Asking, line: str, target: str, ref: str
) -> None:
    reply = await asking(line)
    assert isinstance(reply, Started)
    assert (reply.operation.kind, reply.operation.arguments) == ("rollback", RollbackArguments(target, ref))
