"""Texts about BuildKit and the runner, word for word."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.words.format import TERMINAL, Format
from bot.words.texts import outcome_offers, outcome_text, reply_text
from commands.buildkit import BuildKitLog, BuildKitReport, CacheIsUsed, NothingToPrune, WouldKill
from deploy.buildkit.arguments import RestartArguments
from deploy.buildkit.errors import BuildKitSilent
from deploy.buildkit.offers import RECREATE, RESTART, stopping_builds
from deploy.buildkit.outcomes import (
    BuildKitDown,
    BuildKitPruned,
    BuildKitPutBack,
    BuildKitRestarted,
    Killed,
)
from deploy.core import errors
from deploy.core.ask import Unknown
from deploy.core.model import Actor, Build, Dialog, Offer, Operation, Origin
from deploy.runner.errors import RunnerNotBack
from deploy.runner.outcomes import RunnerDown, RunnerRestarted
from deploy.systems.buildkit import Answer, BuildKitStatus
from deploy.systems.docker import Container
from deploy.systems.hosts import BuildKitSpec

if TYPE_CHECKING:
    from deploy.core.outcomes import Outcome

SLACK = Format(slack=True)
NOW = 1_700_000_000.0
SPEC = BuildKitSpec("vps01", "100.64.123.81")
UP = Container(
    "0a1b", "buildkitd", "running", "moby/buildkit:latest", "sha256:7", NOW - 7200, "unless-stopped",
    privileged=True, published=("100.64.123.81:1234",),
)  # fmt: skip
WELL = BuildKitStatus(UP, ("100.64.123.81:1234",), Answer("", ("linux/arm64",)), "31.47GB")
BUILD = Build(7, "9c41d07" + "0" * 33, "main", "push", "in_progress", "", 1, NOW - 540, NOW, "u", "Say <hi>")
KILLED = (Killed(7, BUILD.sha),)
LOG = Offer("Log", "op b-1")
RESTARTS = Dialog(
    "Builds that run on BuildKit die of it; those of them that fisk knows it offers to run again.",
    "Restart BuildKit",
    "Let them build",
)
PRUNES = Dialog(
    "BuildKit's cache is pruned to 20GB. Builds under way may lose what they need, and builds take longer until they"
    " have filled it again.",
    "Prune to 20GB",
    "Leave the cache",
)
OPERATION = Operation(
    "b-1", "buildkit restart", Actor("U1", "ana"), Origin("terminal"), RestartArguments("vps01"), (), NOW
)
SILENT = BuildKitSilent(host="vps01", seconds=90, why="no answer in 2 s").failure


def report(**more: object) -> BuildKitReport:
    return replace(BuildKitReport(SPEC, WELL, (), NOW), **more)  # type: ignore[arg-type]


def test_a_builder_that_is_well() -> None:
    assert reply_text(report(), TERMINAL) == (
        (
            "✓ BuildKit on vps01 answers and builds for linux/arm64; its cache takes 31.47GB.\n"
            "✓ container buildkitd   running for 2 h; image moby/buildkit:latest; restarts unless-stopped\n"
            "✓ published on 100.64.123.81:1234 and nowhere else\n"
            "○ no build runs on it"
        ),
        (RESTART, Offer("Log", "buildkit logs")),
    )


def test_what_runs_on_it_is_named_and_pings_nobody() -> None:
    text, _ = reply_text(report(builds=(BUILD,)), SLACK)
    assert text.splitlines()[-1] == "● build 9c41d07 “Say &lt;hi&gt;”, for 9 min, runs on it"


def test_what_github_does_not_say_is_not_known() -> None:
    text, _ = reply_text(report(builds=Unknown("GitHub answers 500.")), TERMINAL)
    assert text.splitlines()[-1] == "? which builds run on it is not known: GitHub answers 500."


def test_a_builder_that_is_not_there() -> None:
    status = BuildKitStatus(None, (), Answer("100.64.123.81:1234 from here: connection refused"))
    assert reply_text(report(status=status), TERMINAL) == (
        (
            "✗ BuildKit on vps01 does not answer: 100.64.123.81:1234 from here: connection refused.\n"
            "✗ There is no container buildkitd on vps01.\n"
            "○ no build runs on it"
        ),
        (RECREATE,),
    )


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"state": "restarting", "restarts": 4, "exit_code": 1},
         ("✗ container buildkitd   restarting, exit status 1, started 4 times by itself;"
         " image moby/buildkit:latest; restarts unless-stopped")),
        ({"published": ("0.0.0.0:1234",)},
         ("✗ published on 0.0.0.0:1234, which is not 100.64.123.81:1234 alone:"
         " whoever reaches that can build here")),
    ],
)  # fmt: skip
def test_a_container_that_is_not_as_it_should_be(change: dict[str, object], line: str) -> None:
    status = replace(WELL, container=replace(UP, **change))  # type: ignore[arg-type]
    assert line in reply_text(report(status=status), TERMINAL)[0].splitlines()


def test_a_port_that_is_not_open() -> None:
    text, _ = reply_text(report(status=replace(WELL, listening=())), TERMINAL)
    assert "✗ nothing listens on 100.64.123.81:1234" in text.splitlines()


def test_a_log_is_shown_as_it_is_and_a_silent_one_as_silence() -> None:
    assert reply_text(BuildKitLog(SPEC, "a <b>\n"), SLACK) == ("```\na &lt;b&gt;\n```", (RESTART,))
    assert reply_text(BuildKitLog(SPEC, ""), TERMINAL)[0] == "buildkitd on vps01 has said nothing."
    assert len(reply_text(BuildKitLog(SPEC, "x" * 9000), TERMINAL)[0]) < 3000


def test_what_would_die_is_asked_about() -> None:
    assert reply_text(WouldKill(SPEC, "restart", (BUILD, BUILD), 1_700_000_000, NOW), TERMINAL) == (
        (
            "Not started: 2 builds on vps01, and they would die:\n"
            "● build 9c41d07 “Say <hi>”, for 9 min\n"
            "● build 9c41d07 “Say <hi>”, for 9 min"
        ),
        (
            Offer("When idle", "buildkit restart --when-idle"),
            Offer("Restart now", "buildkit restart --force --asked 1700000000", danger=True, asks=RESTARTS),
        ),
    )
    _, offers = reply_text(WouldKill(SPEC, "recreate", (BUILD,), 1_700_000_000, NOW), TERMINAL)
    assert offers == (stopping_builds("recreate", "Recreate now", " --asked 1700000000"),)


def test_what_may_need_the_cache_is_named() -> None:
    assert reply_text(CacheIsUsed(SPEC, 20_000_000_001, (BUILD,), 1_700_000_000, NOW), TERMINAL) == (
        (
            "Not started: 1 build on vps01, and it may need what would be pruned:\n"
            "● build 9c41d07 “Say <hi>”, for 9 min"
        ),
        (
            Offer("When idle", "buildkit prune --keep 20000000001B --when-idle --asked 1700000000"),
            Offer(
                "Prune now",
                "buildkit prune --keep 20000000001B --force --asked 1700000000",
                danger=True,
                asks=PRUNES,
            ),
        ),
    )
    assert reply_text(NothingToPrune("vps01", 12_500_000_000, 20 * 10**9), TERMINAL) == (
        "BuildKit's cache on vps01 takes 12.5GB, and 20GB are to stay: there is nothing to prune.",
        (),
    )


@pytest.mark.parametrize(
    ("outcome", "text", "offers"),
    [
        (
            BuildKitPruned("vps01", 31_470_000_000, 20_000_000_000, 20 * 10**9),
            "BuildKit on vps01: freed 11.47GB; its cache takes 20GB now, and took 31.47GB.",
            (LOG,),
        ),
        (
            BuildKitPruned("vps01", 31_470_000_000, 31_480_000_000, 20 * 10**9),
            (
                "BuildKit on vps01: nothing was freed; its cache takes 31.48GB now, and builds may use the rest,"
                " or 20GB are to stay."
            ),
            (LOG,),
        ),
        (
            BuildKitRestarted("vps01", 0.52, ("linux/arm64",)),
            "BuildKit on vps01 restarted and answers for linux/arm64, 0.5 s later.",
            (LOG,),
        ),
        (
            BuildKitRestarted("vps01", 75, ("linux/arm64",), KILLED, anew=True, note="The old one is there."),
            (
                "BuildKit on vps01 was made anew and answers for linux/arm64, 1 min 15 s later.\n1 build died of"
                " it: 9c41d07. GitHub may show it as running for long. The old one is there."
            ),
            (Offer("Rerun 1 build", "build rerun 7 --stop"), LOG),
        ),
        (
            BuildKitPutBack(SILENT, "vps01", answers=True, answered=True, killed=KILLED * 2),
            (
                "BuildKit on vps01 does not answer 90 s after its start; the old container is back, and BuildKit"
                " answers.\nWhy: no answer in 2 s. 2 builds died of it: 9c41d07, 9c41d07. GitHub may show them as"
                " running for long."
            ),
            (
                Offer("Rerun 2 builds", "build rerun 7 7 --stop"),
                Offer("BuildKit's log", "buildkit logs"),
                LOG,
            ),
        ),
        (
            BuildKitPutBack(
                errors.CancelRequested(by="ana").failure,
                "vps01",
                answers=False,
                answered=False,
                cancelled=True,
            ),
            (
                "BuildKit on vps01: stopped; the old container is back as it was; BuildKit in it did not answer"
                " before either.\nana asked to stop it."
            ),
            (Offer("BuildKit's log", "buildkit logs"), LOG),
        ),
        (
            BuildKitDown(SILENT, "vps01", "The container buildkitd is running; its last word: <x>."),
            (
                "BuildKit on vps01 does not answer 90 s after its start: no answer in 2 s.\nThe container"
                " buildkitd is running; its last word: <x>.\nDo this: Look at its log: `fisk buildkit logs`."
            ),
            (Offer("BuildKit's log", "buildkit logs"), RESTART, RECREATE, LOG),
        ),
        (
            RunnerRestarted("r1", 0.4),
            "r1 restarted; its service was active 0.4 s later. GitHub calls it online.",
            (LOG,),
        ),
        (
            RunnerRestarted("r1", 0.4, "fisk's token may not list GitHub's runners"),
            (
                "r1 restarted; its service was active 0.4 s later. Whether GitHub sees it is not known: fisk's"
                " token may not list GitHub's runners."
            ),
            (LOG,),
        ),
        (
            RunnerDown(
                RunnerNotBack(
                    runner="r1", state="failed", seconds=90, service="r.service", host="vps"
                ).failure,
                "r1",
            ),
            "The service of r1 is failed 90 s after its restart. Look at `journalctl -u r.service` on vps.",
            (Offer("Try again", "runner restart"), LOG),
        ),
    ],
)
def test_how_it_ended(outcome: Outcome, text: str, offers: tuple[Offer, ...]) -> None:
    assert (outcome_text(outcome, OPERATION, TERMINAL), outcome_offers(outcome, OPERATION)) == (text, offers)
