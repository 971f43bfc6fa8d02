"""Who may do what: the table of decisions, with every cell."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, strategies as st

from deploy.access.policy import Act, Decision, Policy, Role, decide, line_to_add
from deploy.core.model import Actor, Origin
from deploy.core.permissions import PERMISSIONS, Permission, needed

ANA = Actor("U1", "ana", frozenset({"S1"}), "member")
GUEST = Actor("U3", "gita", standing="guest")
CHANNEL, ELSEWHERE, NOWHERE = Origin("slack", "C1"), Origin("slack", "C2"), Origin("slack")
TERMINAL = Origin("terminal", "vps")
STATUS = Act("status", ("look",))
DEPLOY = Act("deploy", ("deploy",), ("app",))
FORCED = Act("deploy", ("deploy", "force"), ("app",))

ids = st.text(max_size=8)
actors = st.builds(
    Actor,
    id=st.from_regex(r"[UW][A-Z0-9]{1,4}|cli:[a-z]{0,4}", fullmatch=True),
    name=st.text(max_size=4),
    groups=st.frozensets(ids, max_size=3),
    standing=st.sampled_from(["member", "guest", "stranger", "bot", "unknown"]),
)
roles = st.builds(
    Role,
    members=st.frozensets(ids, max_size=3),
    may=st.frozensets(st.sampled_from(PERMISSIONS), max_size=4),
    targets=st.frozensets(st.sampled_from(["app", "staging"]), max_size=2),
    channels=st.frozensets(st.sampled_from(["C1", "C2"]), max_size=2),
)
policies = st.builds(Policy, roles=st.dictionaries(st.sampled_from("abc"), roles, max_size=3))
acts = st.builds(
    Act,
    verb=st.sampled_from(["deploy", "build rerun"]),
    needs=st.sampled_from(PERMISSIONS).map(lambda each: (each,)),
    targets=st.sampled_from([(), ("app",), ("staging",), ("app", "staging")]),
)
origins = st.sampled_from([CHANNEL, ELSEWHERE, NOWHERE, TERMINAL])


def one(**role: object) -> Policy:
    return Policy(roles={"ship": Role(**role)})  # type: ignore[arg-type]


def may(*permissions: Permission, members: frozenset[str] = frozenset({"U1"})) -> Policy:
    return one(members=members, may=frozenset(permissions))


# --- looking

LOOKERS = {
    "member": Decision(allowed=True, why="every member may look"),
    "guest": Decision(allowed=False, why="no role may look", missing="look"),
    "stranger": Decision(allowed=False, why="no role may look", missing="look"),
    "bot": Decision(allowed=False, why="no role may look", missing="look"),
    "unknown": Decision(
        allowed=False,
        why="Slack does not say whether they are a member of this workspace or a guest",
        missing="look",
    ),
}


@pytest.mark.parametrize("standing", LOOKERS)
def test_members_may_look_and_nobody_else_by_themselves(standing: str) -> None:
    who = Actor("U3", standing=standing)  # type: ignore[arg-type]
    assert decide(Policy(), who, STATUS, CHANNEL) == LOOKERS[standing]


@pytest.mark.parametrize("standing", LOOKERS)
def test_a_role_lets_a_guest_look(standing: str) -> None:
    who = Actor("U3", standing=standing)  # type: ignore[arg-type]
    policy = may("look", members=frozenset({"U3"}))
    assert decide(policy, who, STATUS, CHANNEL) == Decision(allowed=True, why="ship: U3")


def test_whoever_is_at_a_terminal_may_look() -> None:
    assert decide(Policy(), Actor("cli:ana"), STATUS, TERMINAL).allowed


# --- permissions

CELLS = list(product(PERMISSIONS, PERMISSIONS))


@pytest.mark.parametrize(("given", "wanted"), CELLS)
def test_a_role_gives_exactly_what_it_says(given: Permission, wanted: Permission) -> None:
    decision = decide(may(given), ANA, Act("verb", (wanted,)), CHANNEL)
    assert decision.allowed is (wanted in {given, "look"})


ALONE = {
    ("deploy",): "no role may force",
    ("force",): "no role may deploy",
    ("deploy", "force"): "ship: U1",
}


@pytest.mark.parametrize("given", ALONE)
def test_force_is_needed_besides_the_verb(given: tuple[Permission, ...]) -> None:
    decision = decide(may(*given), ANA, FORCED, CHANNEL)
    assert (decision.allowed, decision.why) == (len(given) > 1, ALONE[given])


def test_a_verb_by_its_name_gives_that_verb_and_not_its_force() -> None:
    policy = one(members=frozenset({"U1"}), may=frozenset({"build rerun"}))
    rerun, cancel = Act("build rerun", ("builds",)), Act("build cancel", ("builds",))
    assert decide(policy, ANA, rerun, CHANNEL).allowed
    assert not decide(policy, ANA, cancel, CHANNEL).allowed
    assert not decide(policy, ANA, Act("build rerun", ("builds", "force")), CHANNEL).allowed


def test_what_is_needed_is_the_verbs_own_and_what_its_options_add() -> None:
    assert [
        needed("deploy"),
        needed("deploy", force=True),
        needed("deploy", break_glass=True),
        needed("deploy", force=True, break_glass=True),
        needed("env", deploys=True),
    ] == [
        ("deploy",),
        ("deploy", "force"),
        ("deploy", "break-glass"),
        ("deploy", "force", "break-glass"),
        ("env", "deploy"),
    ]


def test_two_roles_may_give_what_one_does_not() -> None:
    shipping, forcing = (
        Role(frozenset({"U1"}), frozenset({"deploy"})),
        Role(frozenset({"S1"}), frozenset({"force"})),
    )
    policy = Policy(roles={"ship": shipping, "force": forcing})
    assert decide(policy, ANA, FORCED, CHANNEL) == Decision(allowed=True, why="ship: U1; force: S1")


# --- members

MEMBERS = {
    ("U1", "U1"): "ship: U1",
    ("S1", "U1"): "ship: S1",
    ("U2", "U1"): "",
    ("cli:*", "U1"): "",
    ("cli:*", "cli:ana"): "ship: cli:*",
    ("cli:ana", "cli:ana"): "ship: cli:ana",
    ("cli:ana", "cli:marko"): "",
    ("S1", "cli:ana"): "",
}


@pytest.mark.parametrize(("member", "who"), MEMBERS)
def test_an_entry_stands_for_whom_it_names(member: str, who: str) -> None:
    actor = Actor(who, groups=frozenset({"S1"}) if who == "U1" else frozenset())
    decision = decide(may("deploy", members=frozenset({member})), actor, DEPLOY, CHANNEL)
    assert (decision.why if decision.allowed else "") == MEMBERS[member, who]


def test_only_entries_that_name_groups_are_matched_with_groups() -> None:
    policy = may("deploy", members=frozenset({"U9"}))
    assert not decide(policy, Actor("U1", groups=frozenset({"U9"})), DEPLOY, CHANNEL).allowed


# --- targets and channels

TARGETS: dict[tuple[frozenset[str], tuple[str, ...] | None], str] = {
    (frozenset(), ()): "ship: U1",
    (frozenset(), ("app",)): "ship: U1",
    (frozenset(), None): "ship: U1",
    (frozenset({"app"}), ()): "",
    (frozenset({"app"}), ("app",)): "ship: U1 for app",
    (frozenset({"app"}), ("staging",)): "",
    (frozenset({"app"}), ("app", "staging")): "",
    (frozenset({"app", "staging"}), ("app", "staging")): "ship: U1 for app; ship: U1 for staging",
    (frozenset({"app"}), None): "ship: U1",
}


@pytest.mark.parametrize(("theirs", "wanted"), TARGETS)
def test_a_role_counts_for_its_targets_and_for_each_that_is_touched(
    theirs: frozenset[str], wanted: tuple[str, ...] | None
) -> None:
    policy = one(members=frozenset({"U1"}), may=frozenset({"deploy"}), targets=theirs)
    decision = decide(policy, ANA, Act("deploy", ("deploy",), wanted), CHANNEL)
    assert (decision.why if decision.allowed else "") == TARGETS[theirs, wanted]
    assert decision.allowed or decision.why == "role ship is only for app"


CHANNELS = {"C1": True, "C2": False, "": False, "terminal": True}


@pytest.mark.parametrize("where", CHANNELS)
def test_a_role_counts_from_its_channels_and_not_from_nowhere(where: str) -> None:
    policy = one(members=frozenset({"U1"}), may=frozenset({"deploy"}), channels=frozenset({"C1"}))
    origin = TERMINAL if where == "terminal" else Origin("slack", where)
    decision = decide(policy, ANA, DEPLOY, origin)
    assert decision.allowed is CHANNELS[where]
    assert decision.allowed or decision.why == "role ship counts only in C1"


def test_who_is_in_no_role_that_may_hears_which_role_it_is() -> None:
    assert decide(may("deploy"), GUEST, DEPLOY, CHANNEL) == Decision(
        allowed=False, why="deploy is for role ship", missing="deploy"
    )


# --- the old list

OF_THE_OLD_LIST = {each: each not in {"break-glass", "admin"} for each in PERMISSIONS}


@pytest.mark.parametrize("wanted", OF_THE_OLD_LIST)
def test_the_old_list_is_a_role_that_may_all_but_the_two_new_powers(wanted: Permission) -> None:
    policy = Policy(frozenset({"U1"}))
    assert decide(policy, ANA, Act("verb", (wanted,)), CHANNEL).allowed is OF_THE_OLD_LIST[wanted]


def test_the_old_lists_channels_are_that_roles() -> None:
    policy = Policy(frozenset({"U1"}), frozenset({"C1"}))
    assert decide(policy, ANA, DEPLOY, CHANNEL) == Decision(allowed=True, why="deployers: U1")
    assert decide(policy, ANA, DEPLOY, ELSEWHERE).why == "role deployers counts only in C1"


def test_the_groups_of_a_policy_are_those_that_any_role_names() -> None:
    policy = Policy(frozenset({"S1", "U1", "cli:*"}), roles={"ship": Role(frozenset({"S2", "U2"}))})
    assert policy.groups == frozenset({"S1", "S2"})


# --- what holds for every policy


@given(actors, acts, origins)
def test_where_nobody_is_listed_no_one_may_do_anything_but_look(
    actor: Actor, act: Act, origin: Origin
) -> None:
    assert not decide(Policy(), actor, act, origin).allowed or act.needs == ("look",)


@given(policies, actors, acts, origins)
def test_who_is_let_through_is_let_through_by_an_entry_of_a_role_that_may(
    policy: Policy, actor: Actor, act: Act, origin: Origin
) -> None:
    mine = {actor.id, *(each for each in actor.groups if each.startswith("S"))}
    mine |= {"cli:*"} if actor.id.startswith("cli:") else set()
    gives = any(mine & role.members and act.needs[0] in role.may for role in policy.roles.values())
    assert not decide(policy, actor, act, origin).allowed or gives or act.needs == ("look",)


@given(policies, actors, acts, origins)
def test_a_further_role_takes_nothing_away(policy: Policy, actor: Actor, act: Act, origin: Origin) -> None:
    more = Policy(roles={**policy.roles, "more": Role(frozenset({"U9"}), frozenset({"deploy"}))})
    assert decide(more, actor, act, origin).allowed or not decide(policy, actor, act, origin).allowed


@given(policies, actors, acts)
def test_the_line_to_add_allows_it(policy: Policy, actor: Actor, act: Act) -> None:
    """A new role with what is missing is what the line says, where no role of the policy gives it to others."""
    decision = decide(Policy(), actor, act, TERMINAL)
    if decision.missing and actor.id:
        added = {**policy.roles, "new": Role(frozenset({actor.id}), frozenset({decision.missing}))}
        assert decide(Policy(roles=added), actor, act, TERMINAL).allowed


def test_the_line_to_add_names_a_role_that_may_already() -> None:
    other = may("deploy", members=frozenset({"U2"}))
    assert [line_to_add(other, ANA, DEPLOY, "deploy"), line_to_add(other, ANA, FORCED, "force")] == [
        'add "U1" to `members` under `[access.roles.ship]`',
        'add a table `[access.roles.NAME]` with `members = ["U1"]` and `may = ["force"]`',
    ]
