"""How many other people must approve what: the table, with every cell."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from deploy.access.access import Rules
from deploy.access.need import Need, counted, need
from deploy.access.people import People, Person
from deploy.access.policy import Act
from deploy.core.model import Actor, Approval, Resource, Target
from deploy.core.permissions import needed
from deploy.core.target import APPROVED

ANA, MARKO, IVO = Actor("U1", "ana"), Actor("U2", "marko"), Actor("U3", "ivo")
APP, STAGING = Resource("app", "app"), Resource("app", "staging")
HERE, THERE = Resource("env", "uuid-app"), Resource("env", "uuid-staging")


def target(name: str = "app", **more: object) -> Target:
    image, health = "ghcr.io/x/y", "https://x.example/"
    return Target(name, image, f"uuid-{name}", health, **more)  # type: ignore[arg-type]


def rules(**app: object) -> Rules:
    return Rules(targets={"app": target("app", **app), "staging": target("staging")})


def act(verb: str, *, force: bool = False) -> Act:
    return Act(verb, needed("deploy", force=force))


VERBS = ("deploy", "rollback", "env copy", "env undo", "buildkit recreate", "buildkit restart", "build rerun")
BY_DEFAULT = {
    ("deploy", False): 1,
    ("deploy", True): 1,
    ("rollback", False): 1,
    ("rollback", True): 1,
    ("env copy", False): 1,
    ("env undo", False): 1,
    ("buildkit recreate", False): 1,
    ("buildkit recreate", True): 1,
}


@pytest.mark.parametrize(("verb", "force"), list(product(VERBS, (False, True))))
def test_a_target_with_approvals_wants_them_for_what_changes_what_it_runs(verb: str, *, force: bool) -> None:
    resource = Resource("buildkit", "vps01") if verb.startswith("buildkit") else APP
    resource = Resource("build", "7") if verb == "build rerun" else resource
    wanted = need(rules(approvals=1), act(verb, force=force), (resource,))
    count = BY_DEFAULT.get((verb, force), 1 if force and resource == APP else 0)
    assert wanted == (Need(count, ("app",)) if count else None)


@pytest.mark.parametrize("verb", VERBS)
def test_a_target_without_approvals_wants_nobody(verb: str) -> None:
    assert need(rules(), act(verb, force=True), (APP, HERE, Resource("buildkit", "vps01"))) is None


LISTED = {
    ("deploy", frozenset({"deploy"})): 2,
    ("deploy", frozenset({"env copy"})): 0,
    ("deploy", frozenset({"force"})): 0,
    ("rollback", frozenset({"deploy"})): 2,
    ("env undo", frozenset({"env undo"})): 2,
    ("buildkit restart", frozenset({"buildkit restart"})): 2,
}


@pytest.mark.parametrize(("verb", "listed"), LISTED)
def test_a_target_may_say_what_for(verb: str, listed: frozenset[str]) -> None:
    resource = Resource("buildkit", "vps01") if verb.startswith("buildkit") else APP
    wanted = need(rules(approvals=2, approvals_for=listed), act(verb), (resource,))
    assert (wanted.count if wanted else 0) == LISTED[verb, listed]


def test_force_alone_may_want_approval() -> None:
    some = rules(approvals=1, approvals_for=frozenset({"force"}))
    assert [need(some, act("deploy", force=force), (APP,)) for force in (False, True)] == [
        None,
        Need(1, ("app",)),
    ]


@pytest.mark.parametrize(
    ("resources", "wanted"), [((HERE, THERE), True), ((THERE, HERE), True), ((THERE,), False)]
)
def test_variables_are_protected_on_their_way_in_and_out(
    resources: tuple[Resource, ...], *, wanted: bool
) -> None:
    assert (need(rules(approvals=1), act("env copy"), resources) is not None) is wanted


def test_a_protected_target_wants_one_other_person_for_its_variables_alone() -> None:
    some = rules(protected=True)
    assert [need(some, act(verb), (APP, HERE)) for verb in ("env copy", "env undo", "deploy")] == [
        Need(1, ("app",)),
        Need(1, ("app",)),
        None,
    ]


def test_the_strictest_of_two_targets_counts_and_both_are_named() -> None:
    both = Rules(targets={"app": target(approvals=1), "staging": target("staging", approvals=2)})
    assert need(both, act("env copy"), (HERE, THERE)) == Need(2, ("app", "staging"))


def test_an_application_is_protected_by_its_uuid_whatever_name_an_old_record_has() -> None:
    """An operation's record says `app:NAME` as it was then; that of its variables says the uuid."""
    renamed = Rules(targets={"shop": replace(target("app", approvals=1), name="shop")})
    assert need(renamed, act("env undo"), (Resource("app", "gone"), HERE)) == Need(1, ("shop",))


def test_what_is_approved_unless_a_target_says_other() -> None:
    assert frozenset({"deploy", "force", "env copy", "env undo", "buildkit recreate"}) == APPROVED


# --- nobody is two people

PEOPLE = People(
    {
        "ana": Person("U1", "ana-h", ("ana", "root")),
        "marko": Person("U2", terminal=("marko",)),
        "ivo": Person("U3"),
    }
)
ROWS = {
    ("U1", "U2"): True,
    ("U1", "U1"): False,
    ("U1", "U8"): True,
    ("U8", "U9"): True,
    ("U1", "cli:ana"): False,
    ("U1", "cli:root"): False,
    ("U1", "cli:marko"): True,
    ("U1", "cli:nobody"): False,
    ("U8", "cli:marko"): False,
    ("cli:ana", "cli:root"): False,
    ("cli:ana", "cli:marko"): True,
    ("cli:ana", "cli:nobody"): False,
    ("cli:nobody", "cli:other"): False,
    ("cli:nobody", "U1"): False,
}


@pytest.mark.parametrize(("one", "other"), ROWS)
def test_two_ids_are_two_people_only_where_that_is_certain(one: str, other: str) -> None:
    assert PEOPLE.two(Actor(one), Actor(other)) is ROWS[one, other]
    assert PEOPLE.two(Actor(other), Actor(one)) is ROWS[one, other]


def approved(*actors: Actor) -> tuple[Approval, ...]:
    return tuple(Approval(actor, at) for at, actor in enumerate(actors))


def test_each_person_counts_once_and_the_asker_never() -> None:
    ours = Rules(people=PEOPLE)
    pressed = approved(MARKO, ANA, Actor("cli:marko"), MARKO, IVO, Actor("cli:nobody"))
    assert counted(ours, ANA, pressed) == (Approval(MARKO, 0), Approval(IVO, 4))
