"""A plan's row for a variable, by its state on both sides."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr

from deploy.env.plan import EVERYTHING, USUAL, Options, Plan, plan
from deploy.systems.coolify.dialect import Dialect
from deploy.systems.coolify.values import Variable

NEW, OLD = Dialect((4, 3, 11), "4.3.11"), Dialect((4, 0, -1, 426), "4.0.0-beta.426")
MIRROR, OVERWRITE = Options(mirror=True), Options(overwrite=True)


def one(value: str | None = "x", key: str = "KEY", **flags: Any) -> Variable:
    return Variable(key, None if value is None else SecretStr(value), **flags)


def fates(made: Plan) -> list[tuple[str, str]]:
    return [(item.fate, item.why) for item in made.items]


GONE_FOR_GOOD = "what is there is {}, so it could not be put back"


@pytest.mark.parametrize(
    ("source", "target", "options", "fate", "why"),
    [
        ([one()], [], USUAL, "add", ""),
        ([one()], [one(" x\n")], USUAL, "same", ""),
        ([one(" ")], [one("")], USUAL, "same", ""),
        ([one()], [one("y")], USUAL, "keep", ""),
        ([one()], [one(literal=True)], USUAL, "keep", ""),
        ([one()], [one("y")], OVERWRITE, "change", ""),
        ([], [one()], USUAL, "extra", ""),
        ([], [one()], MIRROR, "remove", ""),
        ([], [one("", "PORT")], MIRROR, "extra", "Coolify makes it itself"),
        ([one("1", "PORT")], [], USUAL, "cannot", "Coolify makes it itself"),
        ([one(None, shown_once=True)], [], USUAL, "cannot", "shown only once, so Coolify does not tell its value"),
        ([one("a"), one("b")], [], USUAL, "cannot", "it stands more than once there, with different values"),
        ([one("a"), one("a")], [], USUAL, "add", ""),
        ([one() ], [one("a"), one("b")], USUAL, "keep", ""),
        ([one()], [one("a"), one("b")], OVERWRITE, "cannot", GONE_FOR_GOOD.format("more than one of that key")),
        ([one()], [one(None, shown_once=True)], OVERWRITE, "cannot", GONE_FOR_GOOD.format("shown only once")),
        ([], [one(None, shown_once=True)], MIRROR, "extra", "shown only once, so it could not be put back"),
        ([], [one(None, shown_once=True)], EVERYTHING, "cannot", "shown only once, so it could not be put back"),
        ([], [one("a"), one("b")], EVERYTHING, "cannot", "more than one of that key, so it could not be put back"),
        ([], [one("a"), one("a")], EVERYTHING, "remove", ""),
        ([], [one("a"), one("a")], MIRROR, "extra", "more than one of that key, so it could not be put back"),
        ([one()], [one("a"), one("a")], EVERYTHING, "cannot", GONE_FOR_GOOD.format("more than one of that key")),
        ([one(key="a-b")], [], USUAL, "cannot", "Coolify 4.3.11 refuses its key"),
        ([one(key="a-b")], [one(key="a-b")], USUAL, "same", ""),
    ],
)  # fmt: skip
def test_one_variable(
    source: list[Variable], target: list[Variable], options: Options, fate: str, why: str
) -> None:
    assert fates(plan(source, target, options, NEW)) == [(fate, why)]


def test_the_twin_of_a_secret_is_not_copied_but_comes_back_where_it_was() -> None:
    rows = [one(None, shown_once=True), one("x", preview=True)]
    assert [item.fate for item in plan(rows, [], USUAL, NEW).items] == ["cannot", "cannot"]
    past = [one(None, shown_once=True, uuid="1"), one("x", preview=True, uuid="2")]
    assert [item.fate for item in plan(past, past[:1], EVERYTHING, NEW).items] == ["same", "add"]


def test_a_twin_is_expected_where_no_preview_is_there_or_to_come() -> None:
    assert plan([one()], [], USUAL, NEW).previews_made == ("KEY",)
    assert plan([one(), one(preview=True)], [], USUAL, NEW).previews_made == ()
    assert plan([one()], [one("y", preview=True)], USUAL, NEW).previews_made == ()
    assert plan([one()], [one("y")], OVERWRITE, NEW).previews_made == (), "it is there already"


def test_what_an_old_version_cannot_write_again_is_not_touched() -> None:
    made = plan([one()], [one("y", multiline=True)], OVERWRITE, OLD)
    ((fate, why),) = fates(made)
    assert fate == "cannot"
    assert "cannot set multi-line through its API" in why
