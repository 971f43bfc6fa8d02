"""Who may do what."""

from __future__ import annotations

from hypothesis import given, strategies as st

from commands.access import Decision, Policy, decide
from deploy.core.model import Actor

ANA = Actor("U1", "ana", frozenset({"S1"}))
ids = st.text(max_size=8)
actors = st.builds(Actor, id=ids, name=st.text(max_size=4), groups=st.frozensets(ids, max_size=3))


def test_everyone_may_look() -> None:
    assert decide(Policy(), ANA, changes=False) == Decision(allowed=True, why="looking is free")


@given(actors, ids, ids, st.frozensets(ids, max_size=2))
def test_where_nobody_is_listed_no_one_may_change_anything(
    actor: Actor, target: str, channel: str, channels: frozenset[str]
) -> None:
    policy = Policy(channels=channels)
    assert not decide(policy, actor, changes=True, target=target, channel=channel).allowed


@given(actors, st.frozensets(ids, max_size=4))
def test_who_is_let_through_is_let_through_by_an_entry_of_the_list(
    actor: Actor, deployers: frozenset[str]
) -> None:
    decision = decide(Policy(deployers), actor, changes=True)
    mine = {actor.id, *actor.groups} | ({"cli:*"} if actor.id.startswith("cli:") else set())
    assert not decision.allowed or mine & deployers


def test_a_listed_user_is_let_through_by_name_of_the_entry() -> None:
    decision = decide(Policy(frozenset({"U1"})), Actor("U1"), changes=True, target="app")
    assert decision == Decision(allowed=True, why="deployers: U1 for app")


def test_a_member_of_a_listed_group_is_let_through() -> None:
    assert decide(Policy(frozenset({"S1"})), ANA, changes=True) == Decision(allowed=True, why="deployers: S1")


def test_a_group_that_is_not_listed_lets_nobody_through() -> None:
    assert decide(Policy(frozenset({"S2", "U2"})), ANA, changes=True) == Decision(
        allowed=False, why="nobody listed them under deployers"
    )


def test_only_entries_that_name_groups_are_matched_with_groups() -> None:
    assert not decide(Policy(frozenset({"U9"})), Actor("U1", groups=frozenset({"U9"})), changes=True).allowed


def test_any_terminal_user_is_let_through_by_the_star() -> None:
    assert decide(Policy(frozenset({"cli:*"})), Actor("cli:ana"), changes=True) == Decision(
        allowed=True, why="deployers: cli:*"
    )


def test_the_star_of_the_terminal_lets_nobody_through_from_slack() -> None:
    assert not decide(Policy(frozenset({"cli:*"})), ANA, changes=True).allowed


def test_a_terminal_user_is_let_through_by_name_alone() -> None:
    policy = Policy(frozenset({"cli:ana"}))
    assert decide(policy, Actor("cli:ana"), changes=True).allowed
    assert not decide(policy, Actor("cli:marko"), changes=True).allowed


def test_what_is_confidential_is_for_those_who_may_change_things_from_any_channel() -> None:
    policy = Policy(frozenset({"U1"}), frozenset({"C1"}))
    assert decide(policy, ANA, changes=False, confidential=True, channel="C2") == Decision(
        allowed=True, why="deployers: U1"
    )
    assert decide(policy, Actor("U2"), changes=False, confidential=True, channel="C1") == Decision(
        allowed=False, why="nobody listed them under deployers"
    )


def test_a_channel_that_is_not_listed_lets_nobody_change_anything() -> None:
    policy = Policy(frozenset({"U1"}), frozenset({"C1"}))
    assert decide(policy, ANA, changes=True, channel="C1").allowed
    assert decide(policy, ANA, changes=True, channel="C2") == Decision(
        allowed=False, why="not from channel C2", channel=True
    )


def test_channels_do_not_bind_looking_nor_the_terminal() -> None:
    policy = Policy(frozenset({"cli:ana"}), frozenset({"C1"}))
    assert decide(policy, ANA, changes=False, channel="C2").allowed
    assert decide(policy, Actor("cli:ana"), changes=True).allowed


def test_the_groups_of_a_policy_are_its_entries_that_name_groups() -> None:
    assert Policy(frozenset({"S1", "U1", "cli:*"})).groups == frozenset({"S1"})
