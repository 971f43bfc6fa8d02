"""Texts of doctor, word for word."""

from __future__ import annotations

import json
from dataclasses import replace

from bot.words.doctor import changed, fixes
from bot.words.format import TERMINAL, Format
from bot.words.texts import reply_text
from commands.doctor import Diagnosis
from deploy.core.model import Dialog, Offer
from deploy.doctor.changes import Change
from deploy.doctor.verdicts import Finding

SLACK = Format(slack=True)
HOLDS = Finding(
    "app.health:app",
    "The health URL answers 200",
    "holds",
    "answers 200",
    seconds=0.1,
    source="the health URL",
)
BROKEN = Finding(
    "buildkit.image",
    "It is moby/buildkit:latest",
    "broken",
    "it is <x>",
    "`/fisk buildkit recreate`",
    source="vps01",
)
DOWN = [
    Finding(rule, "Something", "unknown", "GitHub answers 500.", "Try again.")
    for rule in ("workflow.builder", "image.fresh:fiskai-app")
]
NOT_KNOWN = Finding("buildkit.input", "The firewall", "unknown", "sudo asks for a password")


def diagnosis(*rules: Finding, every: bool = False, as_json: bool = False) -> Diagnosis:
    return Diagnosis(rules, 1.0, 0.5, every, as_json)


def test_what_is_broken_comes_first_then_what_is_unknown_then_how_many_hold() -> None:
    text, offers = reply_text(diagnosis(HOLDS, *DOWN, NOT_KNOWN, BROKEN), SLACK)
    assert offers == (
        Offer(
            "Buildkit recreate",
            "buildkit recreate",
            danger=True,
            asks=Dialog("it is <x>. Buildkit recreate?", "Buildkit recreate", "Leave it as it is"),
        ),
        Offer("Look again", "doctor"),
    )
    assert text == (
        "*1 rule is broken, 3 cannot be checked, 1 hold.*\n"
        "✗ buildkit.image   It is moby/buildkit:latest\n"
        "      it is &lt;x&gt;\n"
        "      Fix: `/fisk buildkit recreate`\n"
        "? workflow.builder, image.fresh:fiskai-app\n"
        "      Not known: GitHub answers 500.\n"
        "      Try again.\n"
        "? buildkit.input\n"
        "      Not known: sudo asks for a password\n"
        "`/fisk doctor --all` lists those that hold."
    )


def test_when_all_is_well_it_is_one_sentence() -> None:
    text, _ = reply_text(diagnosis(HOLDS, HOLDS), TERMINAL)
    assert text == ("All 2 rules of the build authority hold.\n`fisk doctor --all` lists those that hold.")


def test_all_lists_what_holds_with_its_evidence_and_who_told_it() -> None:
    text, _ = reply_text(diagnosis(HOLDS, BROKEN, every=True), TERMINAL)
    assert text == (
        "1 rule is broken, 1 hold.\n"
        "✗ buildkit.image   It is moby/buildkit:latest\n"
        "      it is <x> (from vps01)\n"
        "      Fix: `fisk buildkit recreate`\n"
        "✓ app.health:app   The health URL answers 200: answers 200 (from the health URL)"
    )


def test_json_in_slack_is_a_block_of_code() -> None:
    text, offers = reply_text(diagnosis(BROKEN, as_json=True), SLACK)
    assert offers == ()
    assert text.startswith("```\n")
    raw = text.strip("`\n").replace("&lt;", "<").replace("&gt;", ">")
    assert json.loads(raw)["rules"][0]["evidence"] == "it is <x>"


def test_a_broken_rule_is_bad_news_and_an_unknown_one_is_not() -> None:
    assert [diagnosis(each).failed for each in (HOLDS, BROKEN, NOT_KNOWN)] == [False, True, False]


def test_only_whole_commands_are_offered_each_once_and_not_too_many() -> None:
    named = [
        replace(BROKEN, fix=f"`/fisk build rerun {number}{number}{number}{number}`.") for number in range(6)
    ]
    vague = replace(BROKEN, fix="`/fisk deploy SHA --to app`, or `docker ps`.")
    assert [each.command for each in fixes([vague, BROKEN, BROKEN, *named])] == [
        "buildkit recreate",
        "build rerun 0000",
        "build rerun 1111",
        "build rerun 2222",
    ]


def test_what_changed_is_told_the_worst_first() -> None:
    changes = [
        Change("broken", HOLDS),
        Change("holds", DOWN[0]),
        Change("unknown", BROKEN),
        Change("holds", DOWN[1]),
    ]
    assert changed(changes, SLACK) == (
        "*The doctor found changes in the build authority:*\n"
        "✗ buildkit.image   It is moby/buildkit:latest\n"
        "      it is &lt;x&gt;\n"
        "      Fix: `/fisk buildkit recreate`\n"
        "? workflow.builder, image.fresh:fiskai-app\n"
        "      Not known: GitHub answers 500.\n"
        "      Try again.\n"
        "✓ app.health:app   holds again: answers 200"
    )
