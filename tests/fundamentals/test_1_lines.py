"""Read these files first, in order. One: a typed line is parsed without guessing, then allowed or not."""

from __future__ import annotations

import pytest

from commands.grammar import parse
from commands.grammar.deploys import Deploy
from deploy.access.policy import Act, Decision, Policy, Role, decide
from deploy.core.errors import NotUnderstood
from deploy.core.model import Actor, Origin

ANA, IVO = Actor("U024BE7LH", "ana"), Actor("U0IVO0001", "ivo", standing="member")
HERE = Origin("slack", "C0DEPLOYS")


def test_a_line_becomes_an_invocation_which_is_a_plain_value() -> None:
    asked = parse("deploy 3f2a1b9 --to staging --noop")
    assert asked == Deploy("3f2a1b9", to="staging", noop=True, force=False, wait=False, reason="")


def test_what_a_phone_makes_of_a_line_is_undone() -> None:
    assert parse("deploy 3f2a1b9 —reason “month end”") == parse('deploy 3f2a1b9 --reason "month end"')


def test_a_line_that_nobody_knows_is_refused_with_the_nearest_word() -> None:
    with pytest.raises(NotUnderstood, match="Did you mean `deploy`"):
        parse("deploi 3f2a1b9")


def test_who_may_do_what_is_a_pure_decision_with_its_reason() -> None:
    policy = Policy(roles={"ship": Role(members=frozenset({ANA.id}), may=frozenset({"deploy"}))})
    deploy, look = Act("deploy", ("deploy",), ("app",)), Act("status", ("look",))
    assert [
        decide(policy, ANA, deploy, HERE),
        decide(policy, IVO, deploy, HERE),
        decide(policy, IVO, look, HERE),
    ] == [
        Decision(allowed=True, why="ship: U024BE7LH"),
        Decision(allowed=False, why="deploy is for role ship", missing="deploy"),
        Decision(allowed=True, why="every member may look"),
    ]
