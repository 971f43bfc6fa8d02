"""Slack down, Slack slow, Valkey down: the operation continues, or pauses before its next step and resumes."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from deploy.redis import embedded
from sandbox.slack.limits import Limit
from tests.acceptance.show import Show


async def test_slack_down_during_a_deploy_shows_the_end_when_it_is_back(show: Show) -> None:
    show.world.coolify.queue.freeze()
    await show.type("deploy 3f2a1b9")
    live = await show.said("● watch")
    show.slack.go_down()
    show.world.coolify.queue.thaw()
    await show.until(lambda: show.runs == "3f2a1b9")
    await show.until(lambda: any("statuses" in each.path and '"success"' in each.body.replace(" ", "")
                                 for each in show.world.github.received))  # fmt: skip
    assert "● watch" in show.slack.reading(live)
    show.slack.come_back()
    await show.said("app runs 3f2a1b9: deployed")
    assert [post.ts for post in show.posts()] == [live.ts]


async def test_slack_dropping_connections_is_no_different(show: Show) -> None:
    show.world.coolify.queue.freeze()
    await show.type("deploy e02d8aa")
    live = await show.said("● watch")
    show.slack.go_down(drop=True)
    show.world.coolify.queue.thaw()
    await show.until(lambda: show.set_to == "a4c9e1f")
    show.slack.come_back()
    await show.said("a4c9e1f is back")
    assert [post.ts for post in show.posts()] == [live.ts]


async def test_a_bot_that_starts_while_slack_is_down_serves_once_it_is_back(show: Show) -> None:
    await show.bots[0].stop()
    show.slack.go_down()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sandbox.bot.READY_WITHIN", 0.5)
        with pytest.raises(TimeoutError):
            await show.join()
    show.slack.come_back()
    late = show.bots[-1]
    await late.ready()
    assert "Nothing is under way" in await show.ask("locks")


async def test_slacks_rate_limit_delays_the_message_and_not_the_deploy() -> None:
    async with Show() as show:
        show.slack.limits.of["chat.update"] = Limit(30, 1)
        show.slack.limits.enabled = True
        await show.type("deploy 3f2a1b9")
        await show.said("app runs 3f2a1b9: deployed")
        refused = [call.error for call in show.slack.workspace.calls if call.error]
        assert set(refused) <= {"ratelimited"}
        assert len(show.posts()) == 1


async def test_a_429_for_the_last_edit_is_made_up_for(show: Show) -> None:
    show.world.coolify.queue.freeze()
    await show.type("deploy 3f2a1b9")
    await show.said("● watch")
    show.slack.faults.queue(
        "POST /api/chat.update",
        status=429,
        body='{"ok":false,"error":"ratelimited"}',
        headers={"Retry-After": "1"},
        times=3,
    )
    show.world.coolify.queue.thaw()
    await show.said("app runs 3f2a1b9: deployed")
    assert len(show.posts()) == 1


@asynccontextmanager
async def _remembering(folder: Path) -> AsyncIterator[tuple[Show, int]]:
    """A bot whose memory is a Valkey of ours, with that server's process id."""
    server = embedded.Server(folder)
    server.join()
    try:
        async with Show(FISK_REDIS_URL=f"unix://{server.socket}") as show:
            yield show, server.pid
    finally:
        server.leave()


async def test_without_its_memory_fisk_begins_nothing_and_what_ran_resumes(tmp_path: Path) -> None:
    async with _remembering(tmp_path) as (show, server):
        show.world.coolify.queue.freeze()
        await show.type("deploy 3f2a1b9")
        await show.said("● watch")
        os.kill(server, signal.SIGSTOP)
        try:
            refusal = await show.ask("deploy 3f2a1b9 --to staging", "marko")
            assert "fisk's memory did not take that within a second" in refusal
            assert "so nothing was begun" in refusal
            show.world.coolify.queue.thaw()
            await show.until(lambda: show.runs == "3f2a1b9")
            assert "● watch" in show.slack.reading(show.posts()[0])
        finally:
            os.kill(server, signal.SIGCONT)
        await show.said("app runs 3f2a1b9: deployed")
        assert (show.deploys, len(show.posts())) == (1, 1)
        assert show.world.coolify.apps["staging"].deploys == 0
        await show.type("deploy 3f2a1b9 --to staging", "marko")
        await show.said("staging runs 3f2a1b9: deployed")


async def test_a_killed_embedded_valkey_is_started_again_and_the_deploy_goes_on(show: Show) -> None:
    show.world.coolify.queue.freeze()
    await show.type("deploy 3f2a1b9")
    await show.said("● watch")
    server = int((show.folder / "state/valkey/valkey.pid").read_text())
    os.kill(server, signal.SIGKILL)
    show.world.coolify.queue.thaw()
    await show.said("app runs 3f2a1b9: deployed")
    assert (show.deploys, len(show.posts())) == (1, 1)


async def test_github_down_refuses_to_begin_and_says_what_answered(show: Show) -> None:
    show.world.github.faults.queue("* /*", status=503, times=99)
    await show.type("deploy 3f2a1b9")
    message = await show.said("Nothing was changed.")
    assert "GitHub answers 503." in show.slack.reading(message)
    assert (show.deploys, show.set_to) == (0, "a4c9e1f")
