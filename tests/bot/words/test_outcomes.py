"""Texts of outcomes, word for word, in Slack and in a terminal."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.words.format import TERMINAL, Format
from bot.words.texts import outcome_offers, outcome_text, release_notes
from deploy.core import errors
from deploy.core.model import Actor, Arguments, Commit, Dialog, Offer, Operation, Origin, Resource
from deploy.core.outcomes import Abandoned, Cancelled, Completed, Failed, Outcome, Refused
from deploy.deploys.arguments import DeployArguments, RollbackArguments
from deploy.deploys.errors import BuildRunning, NotBuilt, Unhealthy
from deploy.deploys.outcomes import Deployed, NotPutBack, PutBack

SLACK = Format(slack=True, people={"marko-b": "U2"})
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
            "Deployed 3f2a1b9 to app in 2 min 14 s. Healthy, and the running image is the registry's"
            " (sha256:9f31…). 2 commits by Ana <x> and Marko since a4c9e1f.\nNote: not a rolling update"
        ),
    ),
    (
        UNPROVEN,
        (
            "Deployed 3f2a1b9 to app in 2 min 14 s. Healthy; which image the container runs is not proven by"
            " digest (the registry's is sha256:9f31…). The app follows `latest` now."
        ),
    ),
    (
        BACK,
        (
            "Rolled app back to a4c9e1f in 4 s. Healthy; which image the container runs is not proven by digest"
            " (the registry's is sha256:9f31…)."
        ),
    ),
    (
        UNREACHED,
        (
            "Deployed 3f2a1b9 to app in 2 min 14 s. Healthy; which image the container runs is not proven by"
            " digest (vps01 did not answer)."
        ),
    ),
    (
        FOLLOWED,
        (
            "Deployed 3f2a1b9 to app in 2 min 14 s. Healthy, and the running image is the registry's"
            " (sha256:9f31…). It followed `latest` until now; a restart by the build's last job deploys this"
            " image again."
        ),
    ),
    (Completed(), "Done."),
    (Completed("it was built"), "Done: it was built."),
    (
        Refused(DOCS, (errors.NotHeld(target="x").failure,)),
        (
            "Not begun: b7d0c5e says `[skip ci]`, so nothing was built for it. The nearest built commit"
            " is 3f2a1b9: `fisk deploy 3f2a1b9 --to app`.\nAlso: Nobody holds x."
        ),
    ),
    (
        Refused(LOCKED),
        "Not started: @ana is deploying. Wait for it, or look at it: `fisk op d-1`.",
    ),
    (
        Failed(SICK),
        (
            "e02d8aa did not become healthy: /api/health answered 503 for 60 s. Look at the app's own log in"
            " Coolify.\nNothing was changed."
        ),
    ),
    (
        PutBack(SICK, "app", OLD, healthy=True, redeployed=False),
        (
            "e02d8aa did not become healthy: /api/health answered 503 for 60 s. Put a4c9e1f back; app runs"
            " a4c9e1f and is healthy. Look at the app's own log in Coolify."
        ),
    ),
    (
        PutBack(SICK, "app", OLD, healthy=False, redeployed=True),
        (
            "e02d8aa did not become healthy: /api/health answered 503 for 60 s. Put a4c9e1f back by deploying it"
            " again; app runs a4c9e1f and is NOT healthy. Look at the app's own log in Coolify."
        ),
    ),
    (
        PINNED,
        (
            "e02d8aa did not become healthy: /api/health answered 503 for 60 s. Put a4c9e1f back by deploying it"
            " again; app runs a4c9e1f and is healthy. It followed `latest` before and is pinned to a4c9e1f now."
            " Look at the app's own log in Coolify."
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
        "Stopped: @ana asked to stop it. Put a4c9e1f back; app runs a4c9e1f and is healthy.",
    ),
    (
        STUCK,
        (
            "e02d8aa did not become healthy: /api/health answered 503 for 60 s. Could not put a4c9e1f back:"
            " Coolify answers 500. app still runs a4c9e1f and is healthy, but Coolify is set to e02d8aa: the next"
            f" deploy from anywhere would ship it.\nDo this: set the tag to {OLD} in Coolify and deploy it there,"
            " or use “Try to put it back”."
        ),
    ),
    (
        replace(STUCK, runs="", set_to=OLD, healthy=False),
        (
            "e02d8aa did not become healthy: /api/health answered 503 for 60 s. Could not put a4c9e1f back:"
            " Coolify answers 500. app runs something that nobody can name (a4c9e1f or the new one) and is NOT"
            f" healthy.\nDo this: set the tag to {OLD} in Coolify and deploy it there,"
            " or use “Try to put it back”."
        ),
    ),
    (Cancelled(ANA), "Stopped by @ana before anything was changed."),
    (
        Abandoned(IVO, "unlock app --force", "watch"),
        (
            "ivo (terminal) took its lock away at step watch (unlock app --force). What it had begun was left as"
            " it was: look at Coolify before you deploy again."
        ),
    ),
    (
        Abandoned(ANA, "stuck", ""),
        (
            "@ana took its lock away (stuck). What it had begun was left as it was: look at Coolify before you"
            " deploy again."
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


LOG = Offer("Log", "logs d-7k3f")
EARLIER, LATER = (
    Dialog(f"app runs 3f2a1b9. Go back to a4c9e1f{more}?", "Roll back to a4c9e1f", "Keep 3f2a1b9")
    for more in ("", ", 2 commits earlier")
)
BACK_AGAIN = Offer("Roll back", "rollback app a4c9e1f --when-ran 3f2a1b9", danger=True, asks=LATER)
PUT_BACK, PUT_SOMETHING_BACK = (
    Dialog(f"{runs}. Set Coolify back to a4c9e1f, and deploy that?", "Put a4c9e1f back", "Leave it as it is")
    for runs in ("app runs a4c9e1f", "Nobody can say what app runs")
)


def follow(runs: str) -> Offer:
    question = f"app runs {runs}, pinned. Deploy the newest image, and let app follow latest?"
    asks = Dialog(question, "Follow latest", f"Keep {runs}")
    return Offer("Follow latest again", f"deploy latest --to app --when-ran {runs}", asks=asks)


RETRY = BuildRunning(
    sha="9c41d07", doing="queued", target="app", offers=(Offer("Deploy when done", "deploy 9c41d07"),)
)


@pytest.mark.parametrize(
    ("outcome", "offered"),
    [
        (PROVEN, (BACK_AGAIN, LOG)),
        (UNPROVEN, (LOG,)),
        (
            FOLLOWED,
            (replace(BACK_AGAIN, asks=EARLIER), follow("3f2a1b9"), LOG),
        ),
        (BACK, (LOG,)),
        (replace(PROVEN, previous=NEW), (LOG,)),
        (Refused(RETRY.failure), (Offer("Deploy when done", "deploy 9c41d07"), LOG)),
        (
            PutBack(SICK, "app", OLD, healthy=True, redeployed=False),
            (LOG, Offer("Try again", "deploy e02d8aa --to app --when-ran a4c9e1f")),
        ),
        (
            PINNED,
            (
                LOG,
                follow("a4c9e1f"),
                Offer("Try again", "deploy e02d8aa --to app --when-ran a4c9e1f"),
            ),
        ),
        (
            STUCK,
            (
                Offer("Try to put it back", "deploy a4c9e1f --to app --force", danger=True, asks=PUT_BACK),
                LOG,
            ),
        ),
        (
            replace(STUCK, on_record=True, runs=""),
            (Offer("Try to put it back", "rollback app a4c9e1f", asks=PUT_SOMETHING_BACK), LOG),
        ),
        (Cancelled(ANA), (LOG,)),
    ],
)
def test_the_next_steps_make_sense_after_the_outcome(outcome: Outcome, offered: tuple[Offer, ...]) -> None:
    assert outcome_offers(outcome, OPERATION) == offered


@pytest.mark.parametrize(
    ("kind", "arguments", "command"),
    [
        ("deploy", DeployArguments("app", "e02d8aa"), "deploy e02d8aa --to app"),
        ("deploy", DeployArguments("app", "e02d8aa", force=True), "deploy e02d8aa --to app --force"),
        ("deploy", DeployArguments("app", "latest"), "deploy latest --to app"),
        ("rollback", RollbackArguments("app"), "rollback app"),
        ("rollback", RollbackArguments("app", OLD), "rollback app a4c9e1f"),
    ],
)
def test_trying_again_is_the_same_line_for_what_runs_now_and_asks_where_it_forces(
    kind: str, arguments: Arguments, command: str
) -> None:
    forces = "--force" in command
    operation = replace(OPERATION, kind=kind, arguments=arguments)
    outcome = PutBack(SICK, "app", OLD, healthy=True, redeployed=False)
    question = "app runs a4c9e1f. Deploy e02d8aa again, past the gates that refuse it?"
    asks = Dialog(question, "Deploy e02d8aa", "Keep a4c9e1f") if forces else None
    line = f"{command} --when-ran a4c9e1f"
    assert outcome_offers(outcome, operation)[-1] == Offer("Try again", line, danger=forces, asks=asks)
    reasoned = replace(operation, reason="VAT is wrong")
    line = f"{command} --reason='VAT is wrong' --when-ran a4c9e1f"
    assert outcome_offers(outcome, reasoned)[-1] == Offer("Try again", line, danger=forces, asks=asks)


def test_migrations_that_stay_are_told() -> None:
    back = PutBack(SICK, "app", OLD, healthy=True, redeployed=True, migrations=2)
    stuck = replace(STUCK, migrations=1)
    told = [outcome_text(each, OPERATION, TERMINAL) for each in (back, stuck)]
    assert "app runs a4c9e1f and is healthy. e02d8aa brought 2 migrations, which stay." in told[0]
    assert "would ship it. e02d8aa brought 1 migration, which stays." in told[1]


def test_the_way_back_over_migrations_says_so() -> None:
    offer, *_ = outcome_offers(replace(PROVEN, migrations=2), OPERATION)
    assert offer.asks is not None
    assert offer.asks.question == (
        "app runs 3f2a1b9. Go back to a4c9e1f, 2 commits earlier? It goes back over 2 migrations."
    )
