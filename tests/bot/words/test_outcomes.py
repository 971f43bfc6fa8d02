"""Texts of outcomes, word for word, in Slack and in a terminal."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.words.format import TERMINAL, Format
from bot.words.texts import outcome_text, release_notes
from deploy.core import errors
from deploy.core.model import Actor, Commit, Operation, Origin, Resource
from deploy.core.outcomes import Abandoned, Cancelled, Completed, Failed, Outcome, Refused
from deploy.deploys.arguments import DeployArguments
from deploy.deploys.errors import NotBuilt, Unhealthy
from deploy.deploys.outcomes import Deployed, NotPutBack, PutBack

SLACK = Format(slack=True, people={"marko-b": "U2"}, mentions=True)
ANA, IVO = Actor("U1", "ana"), Actor("cli:ivo", "ivo")
NEW, OLD = "3f2a1b9" + "0" * 33, "a4c9e1f" + "0" * 33
DIGEST = "sha256:9f31" + "0" * 60
OPERATION = Operation(
    "d-7k3f",
    "deploy",
    ANA,
    Origin("slack", "C1"),
    DeployArguments("app", "e02d8aa"),
    (Resource("app", "app"),),
    0,
)
COMMITS = (
    Commit(NEW, "Round <!channel> & `VAT`", "Ana <x>", "ana-h", 1),
    Commit("9c41d07" + "0" * 33, "Two", "Marko", "marko-b", 2),
)
PROVEN = Deployed("app", NEW, OLD, DIGEST, 134, "digest", COMMITS, ("not a rolling update",))
UNPROVEN = Deployed("app", NEW, "", DIGEST, 134, "not proven", pinned=False)
BACK = Deployed("app", OLD, NEW, DIGEST, 4, "not proven", going_back=True)
FOLLOWED = Deployed("app", NEW, OLD, DIGEST, 134, "digest", followed=True)
UNREACHED = Deployed("app", NEW, "", DIGEST, 134, "not proven", unproven="vps01 did not answer.")
SICK = Unhealthy(sha="e02d8aa", path="/api/health", status=503, seconds=60).failure
FAULT = errors.ServerFault(system="Coolify", status=500).failure
DOCS = NotBuilt(
    sha="b7d0c5e",
    why="says `[skip ci]`",
    instead="The nearest built commit is 3f2a1b9: `/fisk deploy 3f2a1b9 --to app`.",
).failure
LOCKED = errors.Locked(holder="@ana", activity="is deploying", operation="d-1").failure
PINNED = PutBack(SICK, "app", OLD, healthy=True, redeployed=True, pinned=True)
STUCK = NotPutBack(SICK, FAULT, "app", OLD, OLD, "e02d8aa", healthy=True)

OUTCOMES: list[tuple[Outcome, str]] = [
    (
        PROVEN,
        (
            "app runs 3f2a1b9: deployed in 2 min 14 s, healthy.\nThe running image is the registry's"
            " (sha256:9f31…). 2 commits by Ana <x> and Marko since a4c9e1f.\nNote: not a rolling update"
        ),
    ),
    (
        UNPROVEN,
        (
            "app runs 3f2a1b9: deployed in 2 min 14 s, healthy.\nWhich image the container runs is not proven"
            " by digest (the registry's is sha256:9f31…). The app follows `latest` now."
        ),
    ),
    (
        BACK,
        (
            "app runs a4c9e1f again: rolled back in 4 s, healthy.\nWhich image the container runs is not"
            " proven by digest (the registry's is sha256:9f31…)."
        ),
    ),
    (
        UNREACHED,
        (
            "app runs 3f2a1b9: deployed in 2 min 14 s, healthy.\nWhich image the container runs is not proven"
            " by digest (vps01 did not answer)."
        ),
    ),
    (
        FOLLOWED,
        (
            "app runs 3f2a1b9: deployed in 2 min 14 s, healthy.\nThe running image is the registry's"
            " (sha256:9f31…). It followed `latest` until now; a restart by the build's last job deploys this"
            " image again."
        ),
    ),
    (Completed(), "app: done."),
    (Completed("it was built"), "app: it was built."),
    (
        Refused(DOCS, (errors.NotHeld(target="x").failure,)),
        (
            "app: not started: b7d0c5e says `[skip ci]`, so nothing was built for it. The nearest built"
            " commit is 3f2a1b9: `fisk deploy 3f2a1b9 --to app`.\nAlso: Nobody holds x."
        ),
    ),
    (
        Refused(LOCKED),
        "app: not started: @ana is deploying. Wait for it, or look at it: `fisk op d-1`.",
    ),
    (
        Failed(SICK),
        (
            "app: e02d8aa failed its health check: /api/health answered 503 for 60 s. Look at the app's own"
            " log in Coolify.\nNothing was changed."
        ),
    ),
    (
        PutBack(SICK, "app", OLD, healthy=True, redeployed=False),
        (
            "app: e02d8aa failed its health check; a4c9e1f is back and healthy.\nWhy: /api/health answered"
            " 503 for 60 s. Look at the app's own log in Coolify."
        ),
    ),
    (
        PutBack(SICK, "app", OLD, healthy=False, redeployed=True),
        (
            "app: e02d8aa failed its health check; a4c9e1f is back and NOT healthy.\nWhy: /api/health"
            " answered 503 for 60 s. a4c9e1f was deployed again. Look at the app's own log in Coolify."
        ),
    ),
    (
        PINNED,
        (
            "app: e02d8aa failed its health check; a4c9e1f is back and healthy.\nWhy: /api/health answered"
            " 503 for 60 s. a4c9e1f was deployed again. It followed `latest` before and is pinned to a4c9e1f"
            " now. Look at the app's own log in Coolify."
        ),
    ),
    (
        PutBack(
            errors.CancelRequested(by="@ana").failure,
            "app",
            OLD,
            healthy=True,
            redeployed=False,
            cancelled=True,
        ),
        "app: stopped; a4c9e1f is back and healthy.\n@ana asked to stop it.",
    ),
    (
        STUCK,
        (
            "app: could not put a4c9e1f back; it still runs a4c9e1f, and it is healthy, but Coolify is set"
            " to e02d8aa: the next deploy from anywhere would ship it.\ne02d8aa failed its health check:"
            " /api/health answered 503 for 60 s. Putting it back failed, too: Coolify answers 500.\nDo this:"
            " set the tag to `a4c9e1f000000000000000000000000000000000` in Coolify and deploy it there, or"
            " use “Try to put it back”."
        ),
    ),
    (
        replace(STUCK, runs="", set_to=OLD, healthy=False),
        (
            "app: could not put a4c9e1f back; nobody can name what it runs, and it is NOT healthy.\ne02d8aa"
            " failed its health check: /api/health answered 503 for 60 s. Putting it back failed, too:"
            " Coolify answers 500.\nDo this: set the tag to `a4c9e1f000000000000000000000000000000000` in"
            " Coolify and deploy it there, or use “Try to put it back”."
        ),
    ),
    (Cancelled(ANA), "app: stopped by @ana before anything was changed."),
    (
        Abandoned(IVO, "unlock app --force", "watch"),
        (
            "app: ivo (terminal) took its lock away at step watch (unlock app --force).\nWhat it had begun"
            " was left as it was: look at Coolify before you deploy again."
        ),
    ),
    (
        Abandoned(ANA, "stuck", ""),
        (
            "app: @ana took its lock away (stuck).\nWhat it had begun was left as it was: look at Coolify"
            " before you deploy again."
        ),
    ),
]


def _names(outcomes: list[tuple[Outcome, str]]) -> list[str]:
    return [outcome.tag for outcome, _ in outcomes]


@pytest.mark.parametrize(("outcome", "text"), OUTCOMES, ids=_names(OUTCOMES))
def test_an_outcome_is_told_in_a_terminal(outcome: Outcome, text: str) -> None:
    assert outcome_text(outcome, OPERATION, TERMINAL) == text


@pytest.mark.parametrize(("outcome", "text"), OUTCOMES, ids=_names(OUTCOMES))
def test_slack_is_told_the_same_with_mentions_and_its_own_commands(outcome: Outcome, text: str) -> None:
    if isinstance(outcome, PutBack) and outcome.cancelled:
        expected = text  # the name is part of the error as it was journaled
    else:
        expected = text.replace("`fisk ", "`/fisk ").replace("Ana <x>", "Ana &lt;x&gt;")
        expected = expected.replace("and Marko", "and <@U2>")
        expected = expected if isinstance(outcome, Refused) else expected.replace("@ana", "<@U1>")
    assert outcome_text(outcome, OPERATION, SLACK) == expected


@pytest.mark.parametrize(("outcome", "_text"), OUTCOMES, ids=_names(OUTCOMES))
def test_the_tone_is_plain(outcome: Outcome, _text: str) -> None:
    for fmt in (SLACK, TERMINAL):
        text = outcome_text(outcome, OPERATION, fmt)
        assert not {"Oops", "Successfully", "successfully", "Sorry", "Please"} & set(text.split())
        assert "!" not in text
        assert "  " not in text
        assert " \n" not in text


@pytest.mark.parametrize("kind", list(errors.every_error()), ids=lambda kind: kind.slug)
def test_no_error_apologises_or_shouts(kind: type[errors.FiskError]) -> None:
    text = f"{kind.says} {kind.hint}"
    assert "!" not in text
    assert not {"Oops", "Successfully", "Sorry", "Error:"} & set(text.split())


def test_names_from_outside_ping_nobody() -> None:
    said = SLACK.failure(errors.Rejected(system="Coolify", why="<!channel> & <@U9>").failure)
    assert said.startswith("Coolify rejected the request: &lt;!channel&gt; &amp; &lt;@U9&gt;.")
    assert "<" not in said


def test_release_notes_are_newest_first_and_escaped() -> None:
    assert release_notes(PROVEN, SLACK) == (
        "• 9c41d07 Two · <@U2>\n• 3f2a1b9 Round &lt;!channel&gt; &amp; 'VAT' · Ana &lt;x&gt;"
    )
    assert release_notes(PROVEN, TERMINAL) == (
        "• 9c41d07 Two · Marko\n• 3f2a1b9 Round <!channel> & `VAT` · Ana <x>"
    )


def test_release_notes_end_where_nobody_reads_on() -> None:
    many = replace(PROVEN, commits=COMMITS * 15)
    lines = release_notes(many, TERMINAL).splitlines()
    assert (len(lines), lines[-1]) == (21, "and 10 more")


def test_what_brought_no_commits_has_no_notes() -> None:
    assert release_notes(UNPROVEN, SLACK) == release_notes(Completed(), SLACK) == ""


def test_migrations_that_stay_are_told() -> None:
    back = PutBack(SICK, "app", OLD, healthy=True, redeployed=True, migrations=2)
    stuck = replace(STUCK, migrations=1)
    told = [outcome_text(each, OPERATION, TERMINAL) for each in (back, stuck)]
    assert "a4c9e1f was deployed again. e02d8aa brought 2 migrations, which stay." in told[0]
    assert "e02d8aa brought 1 migration, which stays." in told[1]
