"""stats: the figures by fisk's own record, and by what GitHub and Coolify say."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.words.format import TERMINAL
from bot.words.texts import reply_text
from commands.grammar import parse
from commands.grammar.stats import Stats as Asked
from commands.home import builds
from commands.reply import Started
from commands.stats import StatsTable
from deploy.access.policy import Policy
from deploy.core.ask import Unknown
from deploy.core.durations import Usual
from deploy.core.errors import NotUnderstood, UnknownTarget
from deploy.core.events import StepFailed
from deploy.core.model import Failure
from deploy.deploys.outcomes import Deployed, PutBack
from deploy.stats.builds import PAGE, PAGES, Builds, Health
from deploy.stats.stats import Lead
from deploy.stats.times import Times
from sandbox import past as past_of_story, story
from tests.deploy.conftest import an_operation

if TYPE_CHECKING:
    from deploy.core.model import Commit
    from deploy.core.outcomes import Outcome
    from deploy.stats.stats import Stats
    from sandbox.github.runs import Run
    from sandbox.world import World
    from tests.commands.conftest import Asking

DAY = 86_400.0
MINUTE = 60.0
WHY = Failure("unhealthy", "It is not healthy.", "")
PUT_BACK = PutBack(WHY, "app", story.RUNS, healthy=True, redeployed=True)
_ids = itertools.count(1)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("stats", ("30d",)),
        ("stats 7D", ("7d",)),
        ("stats staging", ("30d", "staging")),
        ("stats 90d app", ("90d", "app")),
        ("stats app 90d", ("90d", "app")),
    ],
)
def test_period_and_target_are_words_in_either_order(line: str, words: tuple[str, ...]) -> None:
    assert parse(line) == Asked(words)


@pytest.mark.parametrize("line", ["stats 2h", "stats 91d", "stats 7d 30d", "stats app staging", "stats 0d"])
def test_what_is_no_period_or_too_much_is_not_understood(line: str) -> None:
    with pytest.raises(NotUnderstood, match=r"too short|too long|too many|no duration"):
        parse(line)


async def done(asking: Asking, ended: float, outcome: Outcome) -> None:
    """An operation of the record, by the journal's own way, which then ended so many seconds ago."""
    journal, state = asking.parts.world.memory.journal, asking.parts.state
    now = await state.now()
    operation = an_operation(id_=f"d-{next(_ids)}", created=now - ended - 60)
    lease = await journal.start(operation, runner="r1", opening="point")
    assert lease is not None
    await journal.finish(lease, operation, outcome, {"point"})
    at = int((now - ended) * 1000)
    await state.ask("HSET", state.key(f"op:{operation.id}"), "finished", at)
    await state.ask("ZADD", state.key("history"), at, operation.id)


async def deployed(asking: Asking, ended: float, base: str, head: str) -> tuple[Commit, ...]:
    commits = (await asking.parts.world.systems.github.compare(base, head)).commits
    await done(asking, ended, Deployed("app", head, base, "", 90, "digest", commits))
    return commits


async def told(asking: Asking, line: str = "stats") -> Stats:
    reply = await asking(line, policy=Policy())
    assert isinstance(reply, StatsTable)
    return reply.stats


async def test_lead_time_is_from_a_commits_push_to_the_end_of_the_deploy_that_first_brought_it(
    asking: Asking,
) -> None:
    await deployed(asking, 30 * MINUTE, story.RUNS, story.BUILT)  # pushed 42 min, 3 h and 5 h ago
    await deployed(asking, 10 * MINUTE, story.RUNS, story.BUILT)
    lead = (await told(asking)).lead
    assert replace(lead.took, few=tuple(round(each / MINUTE) for each in lead.took.few)) == Times(
        3, few=(12, 150, 270)
    )
    assert (lead.unknown, lead.source) == (0, "pushes")


async def test_of_what_was_pushed_before_githubs_list_begins_the_push_is_not_known(
    asking: Asking, outside: World
) -> None:
    outside.github.history.pushes = [
        each for each in outside.github.history.pushes if each.after == story.BUILT
    ]
    await deployed(asking, 30 * MINUTE, story.RUNS, story.BUILT)
    lead = (await told(asking)).lead
    assert (lead.took.count, lead.unknown) == (1, 2)


async def test_where_github_does_not_tell_pushes_the_builds_beginning_counts_and_that_is_named(
    asking: Asking, outside: World
) -> None:
    outside.github.faults.queue("GET */activity", status=403, times=9)
    await deployed(asking, 30 * MINUTE, story.RUNS, story.BUILT)
    stats = await told(asking)
    assert (stats.lead.took.count, stats.lead.unknown, stats.lead.source) == (3, 0, "runs")
    assert [round(each / MINUTE) for each in stats.lead.took.few] == [12, 150, 270]
    assert [each.why.startswith("GitHub") for each in stats.missing] == [True]


async def test_failed_deploys_are_those_put_back_or_gone_back_from(asking: Asking) -> None:
    await deployed(asking, 5 * DAY, story.RUNS, story.BUILT)
    await done(asking, 4 * DAY, PUT_BACK)
    await deployed(asking, 3 * DAY, story.RUNS, story.BUILT)
    await done(asking, 2 * DAY, Deployed("app", story.RUNS, story.BUILT, "", 90, "digest", going_back=True))
    stats = await told(asking)
    assert (stats.deploys, stats.failed, stats.back, stats.broken) == (3, 2, 1, 0)
    assert stats.restore.count == 2
    assert round(stats.restore.few[1] / DAY, 3) == 1
    assert sum(each.deploys for each in stats.periods) == 3
    assert sum(each.failed for each in stats.periods) == 2


async def test_a_deploy_fails_from_the_step_that_failed(asking: Asking) -> None:
    """Really: a deploy of what is not healthy."""
    begun = await asking(f"deploy {story.SICK[:7]}")
    assert isinstance(begun, Started)
    await asking.parts.engine.run_one(begun.operation.id)
    journal = asking.parts.world.memory.journal
    failed = [each.at for each in await journal.events(begun.operation.id) if isinstance(each, StepFailed)]
    snapshot = await journal.load(begun.operation.id)
    stats = await told(asking)
    assert (stats.deploys, stats.failed, stats.restore) == (
        1,
        1,
        Times(1, few=(snapshot.finished - failed[0],)),
    )


async def test_only_the_targets_own_deploys_of_the_period_count(asking: Asking) -> None:
    await deployed(asking, 20 * DAY, story.RUNS, story.BUILT)
    assert (await told(asking, "stats 7d")).deploys == 0
    assert (await told(asking, "stats 30d staging")).deploys == 0
    assert (await told(asking, "stats 30d")).deploys == 1
    with pytest.raises(UnknownTarget):
        await told(asking, "stats nowhere")


async def test_the_period_is_bounded_by_fisks_record(asking: Asking) -> None:
    empty = await told(asking)
    assert (empty.record, empty.record_day, empty.covered, empty.recorded) == (0, "", 0, ())
    await deployed(asking, 9 * DAY, story.RUNS, story.BUILT)
    stats = await told(asking)
    assert round(stats.covered / DAY, 2) == 9
    assert (
        stats.record_day
        == f"{time.gmtime(stats.record).tm_mday} {time.strftime('%b', time.gmtime(stats.record))}"
    )
    assert len(stats.recorded) < len(stats.periods)
    assert (await told(asking, "stats 7d")).record_day == ""


async def test_builds_are_those_that_speak_for_a_commit(asking: Asking, outside: World) -> None:
    """Not the one of the feature branch, nor the one under way, nor those of the night."""
    night = past(outside, story.RUNS, -2 * DAY)
    night.event = "schedule"
    (builds,) = (await told(asking)).builds
    assert (builds.workflow, builds.good, builds.bad, builds.again) == ("build.yml", 8, 1, 0)
    assert (builds.took.count, builds.took.usual and builds.took.usual.p50) == (8, 1134)
    (builds,) = (await told(asking, "stats 1d")).builds
    assert builds == Builds("build.yml", 3, 0, 0, Times(3, few=(1014.0, 1074.0, 1134.0)))


async def test_a_build_that_needed_another_attempt_is_good_and_counted_and_none_to_measure_by(
    asking: Asking, outside: World
) -> None:
    rerun = past(outside, story.RUNS, -2 * DAY)
    rerun.attempts.append(replace(rerun.attempts[0], number=2))
    (builds,) = (await told(asking)).builds
    assert (builds.good, builds.again, builds.took.count) == (9, 1, 8)


async def test_cancelled_and_skipped_builds_are_neither_good_nor_bad(asking: Asking, outside: World) -> None:
    past(outside, story.RUNS, -2 * DAY, "cancelled")
    past(outside, story.RUNS, -2 * DAY, "skipped")
    past(outside, story.RUNS, -2 * DAY, "timed_out")
    (builds,) = (await told(asking)).builds
    assert (builds.good, builds.bad) == (8, 2)


async def test_ten_pages_of_builds_are_asked_for_at_most_and_it_says_since_when_they_are(
    asking: Asking, outside: World
) -> None:
    for number in range(PAGES * PAGE):
        past(outside, story.RUNS, -DAY - number * MINUTE)
    outside.github.runs.all.sort(key=lambda run: run.attempts[0].created)
    stats = await told(asking)
    (builds,) = stats.builds
    assert DAY + 250 * MINUTE < stats.now - builds.since < DAY + 300 * MINUTE
    assert PAGES * PAGE - 10 < builds.good <= PAGES * PAGE
    assert len(stats.listed) < len(stats.periods)


async def test_unchanged_builds_and_pushes_cost_no_call_the_second_time(asking: Asking) -> None:
    await told(asking)
    github = asking.parts.world.systems.github
    before = github.calls_left
    await told(asking)
    assert github.calls_left == before


def past(outside: World, sha: str, at: float, conclusion: str = "success") -> Run:
    """Another run of the story's past."""
    runs = outside.github.runs
    runs._tell(replace(story.COMMITS[sha], at=at), story.Built(conclusion=conclusion))
    return runs.all[-1]


async def test_the_storys_past_has_enough_for_every_figure(asking: Asking, outside: World) -> None:
    await past_of_story.remember(asking.parts.state, outside.clock)
    reply = await asking("stats")
    assert isinstance(reply, StatsTable)
    head, *figures = reply_text(reply, TERMINAL)[0].splitlines()[:5]
    assert head.startswith("app, the last 30 days, since ")
    assert figures == [
        "Deploys: 6, about 4.8 a week; 1 way back",
        "Lead time: median 2 h, 9 of 10 within 40 h (5 commits, push to running)",
        "Change failure rate: 33% (2 of 6 deploys)",
        "Time to restore: 40 s, 2 h 30 min (2 failed deploys, failing to running again; too few for a median)",
    ]


async def test_what_coolify_deployed_past_fisk_is_counted_apart(asking: Asking) -> None:
    assert (await told(asking)).past_fisk == 1  # which the story began with
    assert (await told(asking, "stats 30d staging")).past_fisk == 1


async def test_a_system_that_is_silent_leaves_a_gap_that_is_named_once(
    asking: Asking, outside: World
) -> None:
    outside.github.faults.queue("*", status=500, times=100)
    outside.coolify.faults.queue("*", status=500, times=100)
    stats = await told(asking)
    assert (stats.builds, stats.lead, stats.past_fisk) == ((), Lead(Times(), source="runs"), 0)
    assert [each.why for each in stats.missing] == ["GitHub answers 500.", "Coolify answers 500."]
    assert all(isinstance(each, Unknown) for each in stats.missing)


async def test_home_has_the_builds_of_a_week_and_the_newest_one_by_one(asking: Asking) -> None:
    world = asking.parts.world
    assert await builds(world, await world.memory.now()) == Health(
        6,
        1,
        Times(6, Usual(1104.0, 1284.0, 1359.0, 6)),
        (0.0, 1134.0, 1434.0, 1074.0, 1014.0, 1134.0, 1074.0),
    )


async def test_home_says_where_it_has_only_the_newest_of_the_week(asking: Asking, outside: World) -> None:
    for number in range(PAGE):
        past(outside, story.RUNS, -DAY - number * MINUTE)
    world = asking.parts.world
    found = await builds(world, await world.memory.now())
    assert found is not None
    assert not found.whole


async def test_home_has_none_where_github_does_not_answer(asking: Asking, outside: World) -> None:
    outside.github.faults.queue("*", status=500, times=100)
    assert await builds(asking.parts.world, await asking.parts.world.memory.now()) is None
