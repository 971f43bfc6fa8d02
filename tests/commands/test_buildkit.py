"""buildkit and runner restart, as commands."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from commands.buildkit import BuildKitLog, BuildKitReport, CacheIsUsed, NothingToPrune, WouldKill
from commands.grammar import parse
from commands.grammar.buildkit import (
    BuildKitLogs,
    BuildKitStatus,
    PruneBuildKit,
    RecreateBuildKit,
    RestartBuildKit,
)
from commands.grammar.runner import RestartRunner
from commands.reply import AskFirst, Started, StartedAll
from deploy.buildkit.arguments import PruneArguments
from deploy.buildkit.errors import BuildsUnknown, CacheUseUnknown, QuestionTooOld
from deploy.builds.arguments import RerunArguments
from deploy.core import errors
from deploy.core.ask import Unknown
from deploy.core.model import Resource
from sandbox import story
from sandbox.output import Output
from tests.commands.conftest import MARKO, Asking, without_memory
from tests.worlds import with_systems

if TYPE_CHECKING:
    from commands.grammar import Invocation
    from sandbox.world import World

HOUR = 3600.0


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("buildkit", BuildKitStatus()),
        ("buildkit status", BuildKitStatus()),
        ("buildkit logs", BuildKitLogs(20)),
        ("buildkit logs 5", BuildKitLogs(5)),
        ("buildkit restart", RestartBuildKit(force=False, when_idle=False, asked=0)),
        ("BuildKit Restart —force", RestartBuildKit(force=True, when_idle=False, asked=0)),
        ("buildkit restart --when-idle", RestartBuildKit(force=False, when_idle=True, asked=0)),
        ("buildkit restart --force --asked 7", RestartBuildKit(force=True, when_idle=False, asked=7)),
        ("buildkit recreate", RecreateBuildKit(force=False, asked=0)),
        ("buildkit prune", PruneBuildKit(20 * 10**9, force=False, when_idle=False, asked=0)),
        ("buildkit prune --keep 1.5gb", PruneBuildKit(1_500_000_000, force=False, when_idle=False, asked=0)),
        (
            "buildkit prune --keep 512MB --when-idle --asked 7",
            PruneBuildKit(512_000_000, force=False, when_idle=True, asked=7),
        ),
        ("runner restart --force", RestartRunner(force=True)),
    ],
)
def test_a_line_is_understood(line: str, asked: Invocation) -> None:
    assert parse(line) == asked


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("buildkit restrat", "`restrat` is not a command of `buildkit`. Did you mean `restart`?"),
        ("buildkit logs 9999", "9999 is not in the range"),
        ("buildkit prune --keep 20", "`20` is no size: give it as in `20GB`."),
        ("buildkit prune --keep -1GB", "`-1GB` is no size"),
        ("runner restart now", "Got unexpected extra argument"),
    ],
)
def test_a_line_that_is_not_says_why(line: str, why: str) -> None:
    with pytest.raises(errors.NotUnderstood) as caught:
        parse(line)
    assert why in str(caught.value)


@pytest.mark.parametrize(
    "line", ["buildkit restart", "buildkit recreate", "buildkit prune", "runner restart"]
)
def test_acting_needs_the_right_to_and_looking_does_not(line: str) -> None:
    assert parse(line).changes
    assert not parse("buildkit").changes
    assert not parse("buildkit logs").changes


async def test_the_status_has_the_builds_that_run_on_it(asking: Asking) -> None:
    reply = await asking("buildkit")
    assert isinstance(reply, BuildKitReport)
    assert not isinstance(reply.builds, Unknown)
    assert (reply.status.answers, [build.sha for build in reply.builds]) == (True, [story.BUILDING])


async def test_the_status_does_without_github(asking: Asking, outside: World) -> None:
    outside.github.faults.queue("GET */runs", status=500, times=9)
    reply = await asking("buildkit")
    assert isinstance(reply, BuildKitReport)
    assert isinstance(reply.builds, Unknown)
    assert (reply.status.answers, reply.builds.why) == (True, "GitHub answers 500.")


async def test_the_log_is_its_last_lines(asking: Asking) -> None:
    reply = await asking("buildkit logs 1")
    assert isinstance(reply, BuildKitLog)
    assert "running server on tcp://0.0.0.0:1234" in reply.text


async def test_the_log_shows_nothing_that_looks_like_a_secret(asking: Asking, outside: World) -> None:
    said = Output(
        "pulling\n", 'level=error msg="login failed" password=hunter22 url=https://ana:pat12@ghcr.io/v2/\n'
    )
    outside.hosts.vps01.trouble("docker logs", said)
    reply = await asking("buildkit logs 2")
    assert isinstance(reply, BuildKitLog)
    assert (
        reply.text == 'pulling\nlevel=error msg="login failed" password=*** url=https://ana:***@ghcr.io/v2/\n'
    )


@pytest.mark.parametrize("verb", ["restart", "recreate"])
async def test_while_a_build_runs_it_is_asked_about_and_not_begun(asking: Asking, verb: str) -> None:
    reply = await asking(f"buildkit {verb}")
    assert isinstance(reply, WouldKill)
    assert (reply.verb, [build.sha for build in reply.builds], reply.refused) == (
        verb,
        [story.BUILDING],
        True,
    )
    assert await asking.parts.world.memory.journal.running() == ()
    begun = await asking(f"buildkit {verb} --force --asked {reply.asked}")
    assert isinstance(begun, Started)
    assert (begun.operation.kind, begun.operation.resources) == (
        f"buildkit {verb}",
        (Resource("buildkit", "vps01"),),
    )


@pytest.mark.parametrize("verb", ["restart", "recreate"])
async def test_two_minutes_later_it_is_asked_about_again(asking: Asking, verb: str) -> None:
    now = await asking.parts.world.memory.now()
    with pytest.raises(QuestionTooOld, match="that was asked 3 min ago"):
        await asking(f"buildkit {verb} --force --asked {now - 180:.0f}")


async def test_an_idle_builder_is_restarted_without_a_question(asking: Asking, outside: World) -> None:
    outside.clock.skip(HOUR)
    assert isinstance(await asking("buildkit restart"), Started)


async def test_without_github_only_force_restarts(asking: Asking, outside: World) -> None:
    outside.github.faults.queue("GET */runs", status=500, times=9)
    with pytest.raises(BuildsUnknown):
        await asking("buildkit restart")
    assert isinstance(await asking("buildkit restart --force"), Started)


async def test_while_a_restart_waits_fisk_starts_no_build(asking: Asking) -> None:
    begun = await asking("buildkit restart --when-idle")
    assert isinstance(begun, Started)
    for line in ("build start", "build rerun 3f2a1b9"):
        with pytest.raises(errors.Locked, match="is restarting BuildKit on vps01"):
            await asking(line)


async def test_a_prune_is_asked_about_first_with_what_it_is_about(asking: Asking, outside: World) -> None:
    outside.clock.skip(HOUR)
    reply = await asking("buildkit prune --keep 25GB")
    assert isinstance(reply, AskFirst)
    assert reply.question == (
        "BuildKit's cache on vps01 takes 31.47GB, and 11.92GB of it can be freed;"
        " 61 % of the disk and 12 % of the inodes at /var/lib/docker are in use."
        " Prune it to 25GB? Builds take longer until they have filled it again."
    )
    assert await asking.parts.world.memory.journal.running() == ()
    begun = await asking(reply.offer.command)
    assert isinstance(begun, Started)
    assert begun.operation.arguments == PruneArguments("vps01", force=False, keep=25 * 10**9)
    assert begun.operation.resources == (Resource("buildkit", "vps01"),)


async def test_a_prune_waits_for_the_builds_or_is_begun_all_the_same(asking: Asking) -> None:
    reply = await asking("buildkit prune --keep 25GB")
    assert isinstance(reply, CacheIsUsed)
    assert ([build.sha for build in reply.builds], reply.keep, reply.refused) == (
        [story.BUILDING],
        25 * 10**9,
        True,
    )
    waiting = await asking("buildkit prune --when-idle")
    assert isinstance(waiting, AskFirst)
    assert "--when-idle --asked" in waiting.offer.command
    begun = await asking(waiting.offer.command)
    assert isinstance(begun, Started)
    assert begun.operation.arguments == PruneArguments("vps01", when_idle=True)
    with pytest.raises(errors.Locked, match="is pruning BuildKit's cache on vps01"):
        await asking("build start")


async def test_a_disk_that_may_not_be_looked_at_keeps_nobody_from_pruning(
    asking: Asking, outside: World
) -> None:
    outside.clock.skip(HOUR)
    outside.hosts.vps01.trouble("docker info", Output("", "fisk-gate: not on the list: docker info\n", 126))
    reply = await asking("buildkit prune")
    assert isinstance(reply, AskFirst)
    assert "can be freed. Prune it to 20GB?" in reply.question


async def test_a_cache_that_is_small_enough_is_not_pruned(asking: Asking) -> None:
    assert await asking("buildkit prune --keep 40GB") == NothingToPrune("vps01", 31_470_000_000, 40 * 10**9)


async def test_an_old_question_about_a_prune_and_a_silent_github_are_refused(
    asking: Asking, outside: World
) -> None:
    now = await asking.parts.world.memory.now()
    with pytest.raises(QuestionTooOld, match="that was asked 3 min ago"):
        await asking(f"buildkit prune --asked {now - 180:.0f}")
    outside.github.faults.queue("GET */runs", status=500, times=9)
    with pytest.raises(CacheUseUnknown):
        await asking("buildkit prune")
    assert isinstance(await asking("buildkit prune --force"), Started)


async def test_several_builds_are_run_again_at_once(asking: Asking) -> None:
    reply = await asking("build rerun 3f2a1b9 77be0f2")
    assert isinstance(reply, StartedAll)
    assert [each.arguments.what for each in reply.operations] == [story.BUILT[:7], story.BUILD_FAILED[:7]]
    assert (reply.not_begun, reply.refused) == ((), False)


async def test_of_several_builds_those_that_have_begun_are_named_though_another_is_locked(
    asking: Asking,
) -> None:
    first = await asking("build rerun 77be0f2", MARKO)
    assert isinstance(first, Started)
    reply = await asking("build rerun 3f2a1b9 77be0f2")
    assert isinstance(reply, StartedAll)
    assert [each.arguments.what for each in reply.operations] == [story.BUILT[:7]]
    assert [(each.code, each.hint) for each in reply.not_begun] == [
        ("locked", f"Wait for it, or look at it: `/fisk op {first.operation.id}`.")
    ]
    assert not reply.refused
    again = await asking("build rerun 3f2a1b9 77be0f2")
    assert isinstance(again, StartedAll)
    assert (again.operations, [each.code for each in again.not_begun]) == ((), ["locked", "locked"])
    assert again.refused


async def test_a_build_that_is_named_twice_is_run_again_once(asking: Asking, outside: World) -> None:
    (run,) = [run.id for run in outside.github.runs.shown if run.commit.sha == story.BUILT]
    reply = await asking(f"build rerun 3f2a1b9 {run}")
    assert isinstance(reply, Started)
    assert reply.operation.arguments == RerunArguments(run, story.BUILT)


async def test_several_builds_without_a_memory_are_an_outage_and_no_refusal(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_memory(asking, monkeypatch)
    with pytest.raises(errors.StateUnavailable):
        await asking("build rerun 3f2a1b9 77be0f2")


async def test_a_restart_of_the_runner_is_about_the_runner(asking: Asking) -> None:
    begun = await asking("runner restart")
    assert isinstance(begun, Started)
    assert begun.operation.resources == (Resource("runner", "fiskai-vps-x86"),)


@pytest.mark.parametrize(
    "line", ["buildkit", "buildkit logs", "buildkit restart", "buildkit prune", "runner restart"]
)
async def test_without_its_table_the_machine_is_not_known(asking: Asking, line: str) -> None:
    bare = with_systems(asking.parts.world, buildkit=None, runner=None)
    with pytest.raises(errors.NotOnAHost, match=r"fisk.toml has no table \[(buildkit|runner)\]"):
        await Asking(replace(asking.parts, world=bare))(line)
