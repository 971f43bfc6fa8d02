"""Commands on builds in Slack and in a terminal, with a running bot."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sandbox import story
from tests.acceptance.show import CHANNEL

if TYPE_CHECKING:
    from sandbox.github.runs import Run
    from tests.acceptance.show import Show


def run_of(show: Show, sha: str) -> Run:
    return next(run for run in show.world.github.runs.all if run.commit.sha == sha)


async def test_on_a_phone_at_night_the_chain_is_one_answer(show: Show) -> None:
    answer = await show.asked("status")
    lines = show.slack.reading(answer).split("\n")
    assert lines[0].startswith("app   runs a4c9e1f (pinned, 5 behind main), healthy, proven")
    assert re.match(r"build 9c41d07 building: [▰▱]{5} step 7 of 12, Build and push; about ", lines[1])
    assert lines[2].startswith("image latest is 3f2a1b9 (linux/arm64, sha256:")
    assert lines[3].startswith("runner fiskai-vps-x86 online, busy · BuildKit answers (linux/arm64")
    assert lines[4].startswith("holds none · under way none · Coolify 4.3.11 · GitHub 4,9")
    assert answer.buttons() == ["Show the build"]


async def test_with_coolify_and_the_registry_down_the_rest_is_told(show: Show) -> None:
    show.world.coolify.faults.queue("*", status=502, times=999)
    show.world.registry.faults.queue("*", drop=True, times=999)
    lines = (await show.ask("status")).split("\n")
    assert lines[0].startswith("app   runs the image sha256:")
    assert ", healthy, its commit is not known (The registry cannot be reached" in lines[0]
    assert " step 7 of 12" in lines[1]
    assert lines[2].startswith("image not known: The registry cannot be reached")
    assert "Coolify: Coolify answers 502" in lines[4]


async def test_where_is_my_commit(show: Show) -> None:
    answer = await show.asked("where 9c41d07")
    lines = show.slack.reading(answer).split("\n")
    assert [line.split()[:2] for line in lines[1:6]] == [
        ["✓", "pushed"],
        ["●", "built"],
        ["○", "image"],
        ["○", "app"],
        ["○", "staging"],
    ]
    assert answer.buttons() == ["Deploy when it is done", "Show the build"]


async def test_why_is_my_commit_not_live(show: Show) -> None:
    await show.type("deploy e02d8aa", "marko")
    await show.said("a4c9e1f is back")
    line = (await show.ask("where e02d8aa")).split("\n")[4]
    assert line.startswith("✗ app   runs a4c9e1f, which is older; @marko tried ")
    assert "e02d8aa" in line
    assert "/fisk op d-" in line


async def test_a_failed_build_is_read_run_again_and_stopped_by_buttons(show: Show) -> None:
    answer = await show.asked("build 77be0f2")
    read = show.slack.reading(answer)
    assert "code ERESOLVE" in read
    assert "_authToken=***" in read
    assert "ghp_" not in read
    await show.press(answer, "Rerun")
    again = await show.said("build of 77be0f2 runs again as attempt 2; it waits for a runner.")
    run = run_of(show, story.BUILD_FAILED)
    assert len(run.attempts) == 2
    answer = await show.pressed(again, "Show the build")
    await show.press(answer, "Cancel the build")
    await show.said("build of 77be0f2 stopped.")
    assert run.job.conclusion == "cancelled"


async def test_a_build_is_started_and_deployed_when_it_is_done(show: Show) -> None:
    await show.type("build start --no-cache")
    started = await show.said("build of 9c41d07, the head of main, started without any cache")
    assert show.world.github.runs.all[-1].event == "workflow_dispatch"
    await show.press(started, "Deploy when it is done")
    await show.said("Waiting to deploy 9c41d07")
    show.world.clock.skip(60 * story.MINUTE)
    await show.said("app runs 9c41d07: deployed")
    assert show.runs == "9c41d07"


async def test_a_stuck_runner_is_reported_until_it_is_not(show: Show) -> None:
    show.world.clock.skip(30 * story.MINUTE)
    show.world.github.runs.stuck = True
    show.world.github.push("Sum VAT twice")
    show.world.github.runs.all[-1].newest.created = -10 * story.MINUTE
    assert "fiskai-vps-x86 is stuck: online and idle while job build of" in await show.ask("runner")
    assert "online, STUCK" in await show.ask("status")
    show.world.github.runs.stuck = False
    show.world.clock.skip(story.MINUTE)
    assert "online, busy" in await show.ask("runner")


async def test_whoever_may_not_change_things_may_look_but_not_act(show: Show) -> None:
    assert "You may look but not run builds again: builds is for role team." in await show.ask(
        "build rerun 77be0f2", "ivo"
    )
    assert "failed" in await show.ask("build 77be0f2", "ivo")
    assert len(run_of(show, story.BUILD_FAILED).attempts) == 1


async def test_a_killed_bot_runs_a_build_again_once(show: Show) -> None:
    show.world.github.runs.shows_after = 2
    await show.type("build rerun 77be0f2")
    run = run_of(show, story.BUILD_FAILED)
    await show.until(lambda: len(run.attempts) == 2)
    await show.bots[0].kill()
    await show.join()
    await show.said("build of 77be0f2 runs again as attempt 2")
    assert len(run.attempts) == 2


async def test_a_terminal_asks_the_same(show: Show) -> None:
    ended = await show.terminal("status", "--json")
    assert ended.status == 0, ended
    told = ended.json["status"]
    assert (told["live"]["running"]["sha"], told["live"]["behind"]) == (story.RUNS, 5)
    assert (told["live"]["running"]["source"], told["building"]["builds"][0]["sha"]) == (
        "host",
        story.BUILDING,
    )
    ended = await show.terminal("where", "3f2a1b9")
    assert "✓ built   in 18 min" in ended.out
    ended = await show.terminal("build", "cancel", "3f2a1b9")
    assert (ended.status, "is over already: it ended as success" in ended.out + ended.err) == (3, True)
    ended = await show.terminal("build", "1234567890123")
    assert (ended.status, "GitHub has no build 1234567890123" in ended.err) == (3, True)
    assert not show.slack.find(CHANNEL, "Traceback")
