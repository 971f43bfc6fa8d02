"""Texts of a running operation, word for word."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.words.format import TERMINAL, Format
from bot.words.progress import beginning, headline, step_lines
from bot.words.timeline import Timeline, fold
from deploy.buildkit import arguments as buildkit
from deploy.buildkit.arguments import RecreateArguments
from deploy.builds.arguments import CancelArguments, RerunArguments, StartArguments
from deploy.core.events import CancelAsked, Progress, StepFailed, StepFinished, StepStarted
from deploy.core.model import Actor, Arguments, Commit, Failure, Opaque, Operation, Origin, Resource
from deploy.deploys.arguments import DeployArguments, RollbackArguments, WaitArguments
from deploy.deploys.situation import Resolved
from deploy.env.order import Order
from deploy.groups.arguments import GroupArguments
from deploy.runner import arguments as runner
from deploy.systems.coolify.values import Owner

SLACK = Format(slack=True)
ORDER = Order(Owner("1", "fiskai-app", (), "app"), Owner("2", "fiskai-staging", (), "staging"))
ANA = Actor("U1", "ana")
OPERATION = Operation(
    "d-7k3f",
    "deploy",
    ANA,
    Origin("slack", "C1"),
    DeployArguments("app", "3f2a1b9"),
    (Resource("app", "app"),),
    1000,
    usual=120,
)
COMMIT = Commit("3f2a1b9" + "0" * 33, "Round <VAT> per line", "Ana", "ana-h", 1)
RESOLVED = Resolved(COMMIT, COMMIT.sha)


def _resolved(result: Resolved = RESOLVED) -> Timeline:
    return fold([StepStarted("resolve", 1001), StepFinished("resolve", 1002, result.note, result.subject)])


def test_the_headline_says_what_who_and_how_long() -> None:
    assert (
        headline(OPERATION, Timeline(), 1042, SLACK)
        == "Deploying 3f2a1b9 to app · <@U1> · ▰▰▱▱▱ 42 s of about 2 min"
    )


def test_the_headline_names_the_commit_once_it_is_resolved() -> None:
    assert headline(OPERATION, _resolved(), 1042, SLACK) == (
        "Deploying 3f2a1b9 “Round &lt;VAT&gt; per line” to app · <@U1> · ▰▰▱▱▱ 42 s of about 2 min"
    )


def test_the_headline_promises_no_time_without_experience() -> None:
    fresh = replace(OPERATION, arguments=DeployArguments("app", "latest"), usual=0)
    assert headline(fresh, Timeline(), 1042, TERMINAL) == "Deploying latest to app · @ana · 42 s"


def test_past_the_usual_time_it_says_that_it_takes_longer() -> None:
    assert headline(OPERATION, Timeline(), 1120, TERMINAL).endswith(" · ▰▰▰▰▰ 2 min of about 2 min")
    assert headline(OPERATION, Timeline(), 1180, TERMINAL).endswith(
        " · ▰▰▰▰▰ 3 min, longer than the usual 2 min"
    )


def test_a_long_title_is_cut() -> None:
    result = Resolved(replace(COMMIT, title="x" * 80), "")
    assert f"“{'x' * 59}…”" in headline(OPERATION, _resolved(result), 1042, TERMINAL)


def test_a_cancel_is_in_the_headline() -> None:
    timeline = fold([CancelAsked(Actor("U2", "marko"), 1040)])
    assert headline(OPERATION, timeline, 1042, TERMINAL).endswith(" · @marko asked to stop it")


@pytest.mark.parametrize(
    ("kind", "arguments", "text"),
    [
        ("rollback", RollbackArguments("app"), "Rolling app back"),
        ("rollback", RollbackArguments("app", "a4c9e1f"), "Rolling app back to a4c9e1f"),
        ("wait", WaitArguments("app", "9c41d07"), "Waiting to deploy 9c41d07 to app"),
        ("build rerun", RerunArguments(7, "9c41d07"), "Running the build of 9c41d07 again"),
        ("build cancel", CancelArguments(7, "9c41d07"), "Stopping the build of 9c41d07"),
        ("build start", StartArguments("build.yml"), "Starting a build by build.yml"),
        ("buildkit restart", buildkit.RestartArguments("vps01"), "Restarting BuildKit on vps01"),
        ("buildkit recreate", RecreateArguments("vps01"), "Making BuildKit anew on vps01"),
        (
            "buildkit prune",
            buildkit.PruneArguments("vps01", keep=5 * 10**9, when_idle=True),
            "Pruning BuildKit's cache on vps01 to 5GB once no build runs on it",
        ),
        ("runner restart", runner.RestartArguments("vps"), "Restarting the runner vps"),
        ("env copy", ORDER, "Copying variables from fiskai-app to staging"),
        ("env undo", ORDER, "Putting back the variables of staging"),
        ("reshuffle", Opaque("{}"), "Reshuffle"),
    ],
)
def test_each_kind_has_its_words(kind: str, arguments: Arguments, text: str) -> None:
    operation = replace(OPERATION, kind=kind, arguments=arguments, usual=0)
    assert headline(operation, Timeline(), 1000, TERMINAL) == f"{text} · @ana · 0 s"


def test_what_was_asked_for_pings_nobody() -> None:
    asked = replace(OPERATION, kind="rollback", arguments=RollbackArguments("app", "<!here>"), usual=0)
    assert headline(asked, Timeline(), 1000, SLACK) == "Rolling app back to &lt;!here&gt; · <@U1> · 0 s"
    assert beginning(asked, SLACK) == "Rolling app back to &lt;!here&gt; · <@U1>\n_d-7k3f_"


def test_a_restart_that_waits_says_so() -> None:
    asked = buildkit.RestartArguments("vps01", when_idle=True)
    waiting = replace(OPERATION, kind="buildkit restart", arguments=asked, usual=0)
    headed = headline(waiting, Timeline(), 1000, TERMINAL)
    assert headed == "Restarting BuildKit on vps01 once no build runs on it · @ana · 0 s"


def test_each_step_has_a_line_with_its_mark() -> None:
    timeline = fold(
        [
            StepStarted("resolve", 1),
            StepFinished("resolve", 2, RESOLVED.note),
            StepStarted("remember", 3),
            StepFinished("remember", 4),
            StepStarted("point", 5),
            StepFinished("point", 6, "3f2a1b9 (was a4c9e1f)"),
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


def test_the_steps_of_a_group_stand_below_the_names_of_their_targets() -> None:
    parts = (("workers", "77aa001"), ("app", "3f2a1b9"))
    operation = replace(OPERATION, kind="group", arguments=GroupArguments("release", parts))
    timeline = fold(
        [StepStarted("resolve", 1), StepFinished("resolve", 2, "both"), StepStarted("workers: gates", 3)]
    )
    to_come = ["○ point", "○ trigger", "○ watch", "○ prove"]
    assert step_lines(operation, timeline, TERMINAL) == [
        *("✓ resolve   both", "workers:", "● gates", *to_come),
        *("app:", "○ gates", *to_come),
    ]
