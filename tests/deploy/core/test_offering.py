"""A refusal has the button of the next step that it names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

import commands.dispatch  # noqa: F401 (it loads every feature, and so every error)
from commands.grammar.line import parse
from deploy.core import errors
from deploy.core.errors.offering import PLACEHOLDER, offered
from deploy.core.model import Offer
from tests.deploy.core.test_errors import EVERY, example

if TYPE_CHECKING:
    from deploy.core.errors import FiskError

NAMING = [kind for kind in EVERY if "`/fisk " in kind.hint]


@pytest.mark.parametrize("kind", NAMING, ids=lambda kind: kind.slug)
def test_every_line_that_a_hint_names_in_full_is_on_offer(kind: type[FiskError]) -> None:
    failure = example(kind).failure
    lines = [line for line in re.findall(r"`/fisk ([^`]+)`", failure.hint) if not PLACEHOLDER.search(line)]
    assert [offer.command for offer in failure.offers] == list(dict.fromkeys(lines))


def test_an_error_that_was_given_offers_keeps_them() -> None:
    after = (Offer("Deploy after it", "deploy 3f2a1b9 --wait"),)
    locked = errors.Locked(holder="@ana", activity="is deploying", operation="d-1", offers=after)
    assert locked.failure.offers == after


def test_what_is_begun_past_others_or_ends_something_asks_first() -> None:
    hint = (
        "`/fisk unlock app --force`, `/fisk cancel d-1`, `/fisk op d-1 abandon`, `/fisk buildkit recreate`."
    )
    assert [(each.label, each.danger) for each in offered("It is so.", hint)] == [
        ("Take the lock away", True),
        ("Cancel it", True),
        ("End it as it is", True),
        ("Recreate", True),
    ]


@pytest.mark.parametrize(
    ("line", "label"),
    [
        ("deploy 3f2a1b9 --to app --force", "Deploy all the same"),
        ("deploy 3f2a1b9 --to app --wait", "Deploy when it is built"),
        ("build rerun 3f2a1b9", "Build it again"),
        ("buildkit restart --when-idle", "When idle"),
        ("unlock app", "Unlock"),
        ("op d-1", "Show it"),
        ("status app", "Status app"),
    ],
)
def test_a_button_says_what_it_does_and_can_be_pressed(line: str, label: str) -> None:
    (offer,) = offered("It is so.", f"Then: `/fisk {line}`.")
    assert (offer.label, offer.command) == (label, line)
    assert parse(offer.command)


def test_a_line_with_a_gap_has_no_button() -> None:
    assert offered("It is so.", "Name a commit: `/fisk deploy SHA --to app`.") == ()
