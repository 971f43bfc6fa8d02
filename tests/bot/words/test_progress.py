"""An operation under way, word for word."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.app.wiring import STORIES
from bot.words.format import TERMINAL, Format
from bot.words.progress import DOING, beginning, headline, result_note, step_lines
from bot.words.timeline import Timeline, fold
from deploy.core.events import CancelAsked, Progress, StepFailed, StepFinished, StepStarted
from deploy.core.model import Actor, Failure, Operation, Origin

SLACK = Format(slack=True)
ANA = Actor("U1", "ana")
OPERATION = Operation(
    "d-7k3f",
    "deploy",
    ANA,
    Origin("slack", "C1"),
    {"ref": "3f2a1b9", "target": "app", "usual": "120"},
    ("app:app",),
    1000,
)
RESOLVED = json.dumps(
    {"commit": {"sha": "3f2a1b9" + "0" * 33, "title": "Round <VAT> per line", "author": "Ana"}, "tag": "3f2a"}
)


def _resolved(result: str = RESOLVED) -> Timeline:
    return fold([StepStarted("resolve", 1001), StepFinished("resolve", 1002, result)])


def test_the_headline_says_what_who_and_how_long() -> None:
    assert (
        headline(OPERATION, Timeline(), 1042, SLACK)
        == "Deploying 3f2a1b9 to app · <@U1> · 42 s of about 2 min"
    )


def test_the_headline_names_the_commit_once_it_is_resolved() -> None:
    assert headline(OPERATION, _resolved(), 1042, SLACK) == (
        "Deploying 3f2a1b9 “Round &lt;VAT&gt; per line” to app · <@U1> · 42 s of about 2 min"
    )


def test_the_headline_promises_no_time_without_experience() -> None:
    fresh = replace(OPERATION, arguments={"ref": "latest", "target": "app", "usual": ""})
    assert headline(fresh, Timeline(), 1042, TERMINAL) == "Deploying latest to app · @ana · 42 s"


def test_a_long_title_is_cut() -> None:
    title = "x" * 80
    result = json.dumps({"commit": {"sha": "3f2a1b9", "title": title, "author": "Ana"}, "tag": ""})
    assert f"“{'x' * 59}…”" in headline(OPERATION, _resolved(result), 1042, TERMINAL)


def test_a_cancel_is_in_the_headline() -> None:
    timeline = fold([CancelAsked(Actor("U2", "marko"), 1040)])
    assert headline(OPERATION, timeline, 1042, TERMINAL).endswith(" · @marko asked to stop it")


@pytest.mark.parametrize(
    ("kind", "ref", "said"),
    [
        ("rollback", "", "Rolling app back"),
        ("rollback", "a4c9e1f", "Rolling app back to a4c9e1f"),
        ("wait", "9c41d07", "Waiting to deploy 9c41d07 to app"),
        ("build rerun", "9c41d07", "Running the build of 9c41d07 again"),
        ("build cancel", "9c41d07", "Stopping the build of 9c41d07"),
        ("buildkit restart", "", "Restarting BuildKit on app"),
        ("buildkit recreate", "", "Making BuildKit anew on app"),
        ("runner restart", "", "Restarting the runner app"),
        ("restart", "", "Restart app"),
    ],
)
def test_each_kind_has_its_words(kind: str, ref: str, said: str) -> None:
    operation = replace(OPERATION, kind=kind, arguments={"ref": ref, "target": "app"})
    assert headline(operation, Timeline(), 1000, TERMINAL) == f"{said} · @ana · 0 s"


def test_what_was_asked_for_pings_nobody() -> None:
    asked = replace(OPERATION, kind="rollback", arguments={"ref": "<!here>", "target": "app"})
    assert headline(asked, Timeline(), 1000, SLACK) == "Rolling app back to &lt;!here&gt; · <@U1> · 0 s"
    assert beginning(asked, SLACK) == "Rolling app back to &lt;!here&gt; · <@U1>\n_d-7k3f_"


def test_a_restart_that_waits_says_so() -> None:
    waiting = replace(OPERATION, kind="buildkit restart", arguments={"target": "vps01", "when": "idle"})
    told = headline(waiting, Timeline(), 1000, TERMINAL)
    assert told == "Restarting BuildKit on vps01 once no build runs on it · @ana · 0 s"


def test_no_kind_of_operation_is_without_words() -> None:
    assert set(STORIES) - set(DOING) == set()


def test_each_step_has_a_line_with_its_mark() -> None:
    timeline = fold(
        [
            StepStarted("resolve", 1),
            StepFinished("resolve", 2, RESOLVED),
            StepStarted("remember", 3),
            StepFinished("remember", 4, "{}"),
            StepStarted("point", 5),
            StepFinished("point", 6, '{"note": "3f2a1b9 (was a4c9e1f)"}'),
            StepStarted("watch", 7),
            Progress("watch", 8, "Coolify: pulling <the> image"),
        ]
    )
    assert step_lines(OPERATION, timeline, SLACK) == [
        "✓ resolve   by Ana",
        "✓ point   3f2a1b9 (was a4c9e1f)",
        "● watch   Coolify: pulling &lt;the&gt; image",
        "○ gates",
        "○ trigger",
        "○ prove",
    ]


def test_a_failed_step_says_why_and_nothing_is_to_come() -> None:
    timeline = fold([StepStarted("prove", 1), StepFailed("prove", 2, Failure("x", "It is not healthy."))])
    assert step_lines(OPERATION, timeline, TERMINAL) == ["✗ prove   It is not healthy."]


VERDICTS: dict[str, Any] = {
    gate: {"gate": gate, "note": f"{gate} is fine", "error": None, "forced": False, "warning": False}
    for gate in ("build", "platform", "direction")
}


@pytest.mark.parametrize(
    ("step", "result", "note"),
    [
        ("resolve", {"commit": {"author": "Ana"}, "tag": "latest"}, "by Ana; follows latest"),
        (
            "gates",
            {"verdicts": list(VERDICTS.values())},
            "build is fine; platform is fine; direction is fine",
        ),
        (
            "gates",
            {
                "verdicts": [
                    *VERDICTS.values(),
                    {
                        "gate": "rolling",
                        "note": "not rolling",
                        "error": None,
                        "forced": False,
                        "warning": True,
                    },
                ]
            },
            "build is fine; platform is fine; direction is fine; not rolling",
        ),
        (
            "gates",
            {"verdicts": [{**VERDICTS["build"], "error": {"code": "x"}}, VERDICTS["platform"]]},
            "1 gate of 2 said no",
        ),
        ("trigger", {"uuid": "abc"}, "deployment abc"),
        ("watch", {}, "Coolify says finished"),
        ("stop", {"status": ""}, "nothing was triggered"),
        ("stop", {"status": "failed"}, "the deployment is failed"),
        ("look", {"healthy": False}, "the app is not healthy"),
        ("unheard of", {"note": "x"}, ""),
        ("point", {"other": "shape"}, ""),
    ],
)
def test_a_finished_step_has_something_to_say_for_itself(step: str, result: Any, note: str) -> None:
    assert result_note(step, json.dumps(result)) == note


def test_a_result_that_is_no_json_says_nothing() -> None:
    assert result_note("point", "{") == result_note("point", "") == ""
