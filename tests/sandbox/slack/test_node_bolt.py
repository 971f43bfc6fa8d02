"""Slack's Bolt for Node, which shares no code with the Python one, served by the stand-in in Socket Mode."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.packages import NODE, installed

if TYPE_CHECKING:
    from sandbox.slack import Slack


@pytest.fixture(scope="session")
def bolt() -> Path:
    """The folder of the Node bot, with Bolt in it."""
    installed("@slack/bolt")
    return NODE


@asynccontextmanager
async def node_bot(folder: Path, slack: Slack) -> AsyncIterator[None]:
    """Runs until the end of the block; by then it must have left in good order."""
    process = await asyncio.create_subprocess_exec(
        "node", "bot.mjs", cwd=folder, env={**os.environ, **slack.environment()}
    )
    try:
        await slack.until(lambda: slack.socket.connections == 1, within=30)
        yield
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 15) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.mark.node
async def test_a_whole_conversation_with_a_node_bot(bolt: Path, slack: Slack) -> None:
    async with node_bot(bolt, slack):
        assert (await slack.command("ana", "#deploys", "/fisk", "deploy 3f2a1b9")).error == ""
        live = await slack.until(lambda: slack.find("#deploys", "Deploying deploy 3f2a1b9: pulling"))
        await slack.until(lambda: slack.find("#deploys", "looking at"))
        assert live is not None
        assert [version.text for version in live.versions] == [
            "Deploying deploy 3f2a1b9",
            "Deploying deploy 3f2a1b9: pulling",
        ]

        await slack.mention("marko", "#deploys", "status", thread_ts=live.ts)
        await slack.until(lambda: slack.find("#deploys", "all is well"))

        assert (await slack.press("ana", live, "Cancel")).error == ""
        await slack.until(lambda: slack.find("#deploys", "it stays as it was"))

    said = [(m.user, m.text, m.thread_ts, m.visible_to) for m in slack.messages("#deploys")]
    assert sorted(said) == [
        ("U0FISK001", "<@U0MARKO01> all is well", live.ts, ""),
        ("U0FISK001", "Cancelled d-1", live.ts, ""),
        ("U0FISK001", "it stays as it was", "", "U024BE7LH"),
        ("U0FISK001", "looking at deploy 3f2a1b9", "", "U024BE7LH"),
        ("U0MARKO01", "<@U0FISK001> status", live.ts, ""),
    ]


@pytest.mark.node
async def test_a_node_bot_comes_back_after_a_refresh_and_after_a_drop(bolt: Path, slack: Slack) -> None:
    async with node_bot(bolt, slack):
        await slack.socket.warn("refresh_requested")
        await slack.until(lambda: slack.socket.opened == 2 and slack.socket.connections == 1, within=30)
        slack.socket.drop()
        await slack.until(lambda: slack.socket.opened == 3 and slack.socket.connections == 1, within=30)
        assert (await slack.command("ana", "#deploys", "/fisk", "status")).error == ""
        await slack.until(lambda: slack.find("#deploys", "Deploying status: pulling"))


@pytest.mark.node
async def test_a_node_bot_fills_a_modal_and_hears_shortcuts(bolt: Path, slack: Slack) -> None:
    async with node_bot(bolt, slack):
        assert (await slack.shortcut("ana", "deploy")).error == ""
        await slack.until(lambda: slack.workspace.views.modals.get("U024BE7LH"))
        await slack.fill("ana", commit="3f2a1b9")
        await slack.until(lambda: len(slack.modal("ana").content["blocks"]) == 2)
        assert (await slack.submit("ana")).error == ""
        await slack.until(lambda: slack.find("U024BE7LH", "Deploying 3f2a1b9"))

        message = await slack.say("marko", "#deploys", "is 3f2a1b9 live?")
        assert (await slack.shortcut("ana", "where", message)).error == ""
        told = await slack.until(lambda: slack.find("#deploys", "is 3f2a1b9 live? (C0DEPLOYS)"))
    assert told is not None
    assert told.visible_to == "U024BE7LH"
