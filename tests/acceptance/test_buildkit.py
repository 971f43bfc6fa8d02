"""BuildKit and the runner with the whole bot: state, confirmed restarts, crashes midway, and the terminal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from sandbox import story
from sandbox.buildkitd import Nature
from sandbox.hosts import SERVICE
from sandbox.stage import Stage
from sandbox.world import World
from tests.acceptance.show import Show
from tests.chromium import opened, type_line

if TYPE_CHECKING:
    from sandbox.docker import Docker
    from sandbox.output import Output
    from sandbox.slack.message import Message

PATIENT = 20_000  # milliseconds
STUCK = 30.0  # seconds: longer than the bot that waits for the answer lives
HOUR = 3600.0


def docker(show: Show) -> Docker:
    return show.world.hosts.vps01.docker


def running(show: Show) -> dict[str, str]:
    return {name: each.status for name, each in docker(show).containers.items()}


async def refused(show: Show) -> Message:
    """The question that everybody in the channel sees."""
    await show.type("buildkit restart")
    return await show.said("Not started: 1 build on vps01, and it would die:")


# --- asked and confirmed


async def test_another_person_who_may_confirms_and_the_killed_build_is_run_again(show: Show) -> None:
    question = await refused(show)
    assert "build 9c41d07 “Add a VAT summary to the dashboard”" in show.slack.reading(question)
    await show.press(question, "Restart now", user="marko")
    done = await show.said("BuildKit on vps01 restarted and answers for linux/arm64")
    assert "1 build died of it: 9c41d07." in show.slack.reading(done)
    await show.press(done, "Rerun 1 build", user="marko")
    cancel = f"POST /repos/{story.REPOSITORY}/actions/runs/"
    await show.until(lambda: any(each.line.startswith(cancel) for each in show.world.github.received))
    show.world.clock.skip(60)
    await show.said("build of 9c41d07 runs again as attempt 2")


async def test_the_answer_to_an_old_question_is_not_taken(show: Show) -> None:
    told = await show.ask("buildkit restart --force --asked 1764000000")
    assert "and since then another build may have begun" in told
    assert show.world.hosts.vps01.asked("docker restart") == 0


async def test_who_may_only_look_cannot_confirm(show: Show) -> None:
    question = await refused(show)
    told = await show.pressed(question, "Restart now", user="ivo")
    assert "You may look but not restart BuildKit: buildkit is for role team." in show.slack.reading(told)
    assert show.world.hosts.vps01.asked("docker restart") == 0


async def test_when_idle_waits_holds_new_builds_off_and_restarts(show: Show) -> None:
    await show.press(await refused(show), "When idle")
    await show.said("1 build (9c41d07) on it; fisk starts no new one meanwhile")
    assert "is restarting BuildKit on vps01" in await show.ask("build start", user="marko")
    show.world.clock.skip(HOUR)
    await show.said("BuildKit on vps01 restarted and answers for linux/arm64")
    assert running(show) == {"buildkitd": "running"}


# --- killed in the middle


async def killed_at(show: Show, line: str, command: tuple[str, ...], done: str = "") -> None:
    """Type a line; kill the bot once the machine has done `done`, or nothing, at this command of it."""
    machine, reached = show.world.hosts.vps01, asyncio.Event()
    usual = machine.commands[command]

    async def stuck(words: Sequence[str]) -> Output:
        machine.commands[command] = usual
        if done:
            await machine.commands[tuple(done.split())](words)
        reached.set()
        await asyncio.sleep(STUCK)  # the machine does not answer before the bot that asked was killed
        return await usual(words)

    machine.commands[command] = stuck
    await show.type(line)
    async with asyncio.timeout(20):
        await reached.wait()
    await show.bots[0].kill()


async def nothing_is_left(show: Show) -> None:
    """A builder that runs and answers, and no lock."""
    assert running(show) == {"buildkitd": "running"}
    told = await show.ask("buildkit")
    assert "✓ BuildKit on vps01 answers" in told
    async with show.memory() as journal:
        assert await journal.running() == ()
        assert await journal.state.ask("HGETALL", journal.state.key("locks")) == {}


@pytest.mark.parametrize("done", ["docker stop", "docker restart"])
async def test_a_bot_killed_in_the_middle_of_a_restart_is_followed_by_one_that_ends_it(
    show: Show, done: str
) -> None:
    await killed_at(show, "buildkit restart --force", ("docker", "restart"), done)
    await show.join()
    await show.said("BuildKit on vps01 restarted")
    await nothing_is_left(show)
    assert docker(show).containers["buildkitd"].started


@pytest.mark.parametrize("done", [False, True])
async def test_a_bot_killed_in_the_middle_of_a_prune_is_followed_by_one_that_tells_what_was_freed(
    show: Show, *, done: bool
) -> None:
    """Before the cache was pruned, or after it was and before anybody wrote that down."""
    machine, reached = show.world.hosts.vps01, asyncio.Event()
    usual = machine.commands["docker", "exec"]

    async def stuck(words: Sequence[str]) -> Output:
        if "prune" not in words or reached.is_set():
            return await usual(words)
        output = await usual(words) if done else None
        reached.set()
        await asyncio.sleep(STUCK)  # the machine does not answer before the bot that asked was killed
        return output or await usual(words)

    machine.commands["docker", "exec"] = stuck
    await show.type("buildkit prune --force")
    async with asyncio.timeout(20):
        await reached.wait()
    await show.bots[0].kill()
    await show.join()
    await show.said("BuildKit on vps01: freed 11.47GB; its cache takes 20GB now, and took 31.47GB.")
    await nothing_is_left(show)


async def test_a_prune_is_asked_about_and_confirmed(show: Show) -> None:
    show.world.clock.skip(HOUR)
    await show.type("buildkit prune")
    question = await show.said("Prune it to 20GB?")
    await show.press(question, "Prune to 20GB")
    await show.said("freed 11.47GB")
    assert show.world.hosts.buildkit.cache.total == 20_000_000_000


@pytest.mark.parametrize("command", ["docker rename", "docker stop", "docker run"])
async def test_a_bot_killed_in_the_middle_of_a_recreate_is_followed_by_one_that_ends_it(
    show: Show, command: str
) -> None:
    old = docker(show).containers["buildkitd"].id
    words = tuple(command.split())
    await killed_at(show, "buildkit recreate --force", words, command)
    await show.join()
    await show.said("BuildKit on vps01 was made anew")
    await nothing_is_left(show)
    assert docker(show).containers["buildkitd"].id != old


async def test_a_bot_killed_while_it_puts_the_old_one_back_is_followed_by_one_that_does(show: Show) -> None:
    old = docker(show).containers["buildkitd"].id
    docker(show).images["moby/buildkit:latest"] = Nature("crashes")
    await killed_at(show, "buildkit recreate --force", ("docker", "rm"), "docker rm")
    await show.join()
    await show.said("the old container is back, and BuildKit answers")
    await nothing_is_left(show)
    assert docker(show).containers["buildkitd"].id == old


# --- at a terminal, without a bot


@pytest.fixture
async def alone() -> AsyncIterator[Show]:
    """The world, and no bot."""
    show = Show()
    await show.start(bots=0)
    yield show
    await show.stop()


async def test_at_a_terminal_each_verb_tells_by_its_exit_status(alone: Show) -> None:
    status = await alone.terminal("buildkit")
    refusal = await alone.terminal("buildkit", "restart")
    restarted = await alone.terminal("buildkit", "restart", "--force")
    logs = await alone.terminal("buildkit", "logs", "5")
    runner = await alone.terminal("runner", "restart", "--json")
    ends = (status, refusal, restarted, logs, runner)
    assert [each.status for each in ends] == [0, 3, 0, 0, 3], ends
    assert "✓ published on 127.0.0.1:" in status.out
    assert "Not started: 1 build on vps01, and it would die:" in refusal.out
    assert "Rerun 1 build: fisk build rerun" in restarted.out
    assert "running server on tcp://0.0.0.0:1234" in logs.out
    assert runner.json["outcome"]["error"]["code"] == "job_running"


async def test_at_a_terminal_an_idle_runner_is_restarted(alone: Show) -> None:
    alone.world.clock.skip(HOUR)
    ended = await alone.terminal("runner", "restart")
    assert ended.status == 0, ended
    assert "fiskai-vps-x86 restarted; its service was active" in ended.out
    assert alone.world.hosts.vps.systemd.units[SERVICE].restarts == 1


# --- before everybody's eyes


@pytest.mark.debian("chromium")
async def test_on_the_page_a_restart_is_asked_for_confirmed_and_done(tmp_path: Path) -> None:
    async with Stage(tmp_path, world=World(speed=0)) as stage, opened(stage.slack.url, tmp_path) as page:
        channel = page.get_by_role("log", name="Messages in #deploys")
        await type_line(page, "/fisk buildkit status")
        await expect(
            channel.get_by_text("BuildKit on vps01 answers and builds for linux/arm64")
        ).to_be_visible(timeout=PATIENT)
        await type_line(page, "/fisk buildkit logs 3")
        await expect(channel.get_by_text("running server on")).to_be_visible(timeout=PATIENT)
        await type_line(page, "/fisk buildkit restart")
        await channel.get_by_role("button", name="Restart now").click()
        await page.get_by_role("dialog").get_by_role("button", name="Restart BuildKit").click()
        await expect(channel.get_by_text("BuildKit on vps01 restarted")).to_be_visible(timeout=PATIENT)
        await expect(channel.get_by_role("button", name="Rerun 1 build")).to_be_visible()
        await type_line(page, "/fisk buildkit recreate --force")
        await expect(channel.get_by_text("BuildKit on vps01 was made anew")).to_be_visible(timeout=PATIENT)
        await type_line(page, "/fisk runner restart --force")
        await expect(channel.get_by_text("fiskai-vps-x86 restarted;")).to_be_visible(timeout=PATIENT)
