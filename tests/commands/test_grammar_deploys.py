"""Deploys for later, in line and to groups, promote and follow, from text to an invocation."""

from __future__ import annotations

from dataclasses import replace

import pytest

from commands.grammar import Invocation, parse
from commands.grammar.deploys import Deploy, Skip
from commands.grammar.line import again
from commands.grammar.releases import Follow, Promote
from deploy.core.errors import NotUnderstood

PLAIN = Deploy("3f2a1b9", "app", noop=False, force=False, wait=False, reason="")
PAIRS = "app=3f2a1b9 workers=77aa001"


@pytest.mark.parametrize(
    ("line", "invocation"),
    [
        (
            "deploy 3f2a1b9 --to staging --noop --force --wait --reason 'fix VAT'",
            Deploy("3f2a1b9", "staging", noop=True, force=True, wait=True, reason="fix VAT"),
        ),
        ("deploy 3f2a1b9 --newest", replace(PLAIN, newest=True)),
        ("deploy 3f2a1b9 --at 07:00", replace(PLAIN, at="07:00")),
        ("deploy 3f2a1b9 --at 'Mon 07:00' --wait", replace(PLAIN, at="Mon 07:00", wait=True)),
        ("deploy 3f2a1b9 --in 30M", replace(PLAIN, after="30m")),
        ("skip W-7k3f", Skip("w-7k3f")),
        ("promote", Promote((), noop=False, force=False, reason="")),
        (
            "promote staging app --of 3F2A1B9 --force",
            Promote(("staging", "app"), noop=False, force=True, reason="", of="3f2a1b9"),
        ),
        ("promote from staging to app -n", Promote(("staging", "app"), noop=True, force=False, reason="")),
        ("follow", Follow(())),
        ("follow staging", Follow(("staging",))),
        ("follow staging ON", Follow(("staging", "on"))),
        ("deploy 3f2a1b9 --to release", replace(PLAIN, to="release")),
        ("deploy app=3F2A1B9 workers=77aa001 --to release", replace(PLAIN, ref=PAIRS, to="release")),
        (f"deploy '{PAIRS}' --to release", replace(PLAIN, ref=PAIRS, to="release")),
    ],
)
def test_a_line_becomes_an_invocation(line: str, invocation: Invocation) -> None:
    assert parse(line) == invocation


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("deploy app=main --to release", "`main` is not a commit: give 4 to 40 of its hex digits."),
        ("deploy app= --to release", "`app=` is no `TARGET=SHA`, as in `app=3f2a1b9 workers=77aa001`."),
    ],
)
def test_what_is_wrong_is_said(line: str, said: str) -> None:
    with pytest.raises(NotUnderstood) as refusal:
        parse(line)
    assert said in str(refusal.value)


def test_the_commits_of_a_group_are_one_word_in_a_line() -> None:
    asked = replace(PLAIN, ref=PAIRS, to="release")
    assert asked.line == f"deploy '{PAIRS}' --to release"
    assert again(asked.line) == asked
    assert asked.pairs == {"app": "3f2a1b9", "workers": "77aa001"}
