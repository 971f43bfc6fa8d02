"""`fisk check` at Slack: tokens, scopes, the connection, channels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.cli.main import DONE, FAILED
from sandbox.slack.cast import Channel
from tests.bot.cli.checking import lines, stage, world

if TYPE_CHECKING:
    from sandbox.slack import Slack
    from sandbox.world import World

__all__ = ["stage", "world"]


@pytest.mark.parametrize(
    ("token", "why"),
    [
        ("xapp-canary", "it does not know the token"),
        ("xoxb-of-the-bot", "not_allowed_token_type"),
        ("", "FISK_SLACK_APP_TOKEN is empty"),
    ],
)
async def test_an_app_level_token_that_slack_does_not_take_fails_and_is_not_shown(
    stage: pytest.MonkeyPatch, slack: Slack, capsys: pytest.CaptureFixture[str], token: str, why: str
) -> None:
    stage.setenv("FISK_SLACK_APP_TOKEN", slack.bot_token if token.startswith("xoxb") else token)
    told = await lines(capsys, FAILED)
    assert told["✗ socket"].startswith(
        f"Slack gives fisk no connection for Socket Mode ({why})."
        " At https://api.slack.com/apps, in fisk's app: switch Socket Mode on"
    )
    assert ("✓ slack" in told) is bool(token)
    assert "canary" not in str(told)


@pytest.mark.usefixtures("stage")
async def test_a_connection_that_fails_is_told_apart_from_its_token(
    slack: Slack, capsys: pytest.CaptureFixture[str]
) -> None:
    slack.socket.refusing = True
    told = await lines(capsys, FAILED)
    assert told["✗ socket"].startswith(
        "Slack takes the app-level token, but the connection for Socket Mode fails (it answers 403)."
    )
    assert "ticket" not in str(told)


@pytest.mark.usefixtures("stage")
async def test_scopes_of_the_manifest_that_were_not_granted_are_named(
    slack: Slack, capsys: pytest.CaptureFixture[str]
) -> None:
    slack.api.scopes = (slack.api.scopes or frozenset()) - {"commands", "chat:write.public"}
    told = await lines(capsys, FAILED)
    assert told["✗ slack"].startswith("Slack has not granted fisk chat:write.public, commands.")
    assert "`fisk manifest`" in told["✗ slack"]


@pytest.mark.usefixtures("stage")
async def test_a_channel_that_is_not_there_or_closed_to_fisk_is_named(
    world: World, slack: Slack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    slack.workspace.channels["C0SECRET1"] = Channel("C0SECRET1", "secret", is_private=True)
    named = world.config_toml().replace('"C0INCVAT1"', '"C0SECRET1", "C0NOWHERE", "C0GENERAL"')
    (tmp_path / "fisk.toml").write_text(named)
    told = await lines(capsys, FAILED)
    assert told["✗ channels"] == (
        "fisk may not speak in C0NOWHERE, C0SECRET1, or Slack has no such channel."
        " Type `/invite @fisk` there, or correct the id in fisk.toml."
    )


@pytest.mark.usefixtures("stage")
async def test_a_channel_that_the_scopes_do_not_show_is_not_known(
    world: World, slack: Slack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    named = world.config_toml().partition("[incidents]")
    after = named[2].partition("\n\n")[2]
    config = f'{named[0]}[incidents]\nchannels = []\n\n[channels]\nannounce = "C0NOWHERE"\n\n{after}'
    (tmp_path / "fisk.toml").write_text(config)
    slack.api.scopes = (slack.api.scopes or frozenset()) - {"channels:read", "groups:read"}
    told = await lines(capsys, DONE)
    assert told["✓ channels"] == (
        "whether fisk may speak in C0NOWHERE is not known, because it has no scope to look at channels"
    )


async def test_those_who_may_deploy_are_looked_for_in_the_workspace(
    stage: pytest.MonkeyPatch, world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    structure = world.config_toml()
    assert (await lines(capsys, DONE))["✓ people"] == "U024BE7LH, U0MARKO01 may deploy"
    (tmp_path / "fisk.toml").write_text(structure.replace("U0MARKO01", "U0NOBODY1"))
    assert (await lines(capsys, DONE))["✓ people"] == (
        "U024BE7LH may deploy; U0NOBODY1 could, but is no member of the workspace"
    )
    (tmp_path / "fisk.toml").write_text(
        structure.replace("U0MARKO01", "U0NOBODY1").replace("U024BE7LH", "U0NOBODY2")
    )
    assert (await lines(capsys, FAILED))["✗ people"].startswith(
        "Slack knows nobody of those who may deploy (U0NOBODY1, U0NOBODY2) as a member of the workspace. Put the member"
    )
    (tmp_path / "fisk.toml").write_text(structure.replace('"U024BE7LH", "U0MARKO01", ', ""))
    told = await lines(capsys, DONE)
    assert told["○ people"] == "no role that may deploy names somebody of Slack's by id"
    stage.setenv("FISK_SLACK_BOT_TOKEN", "")
    (tmp_path / "fisk.toml").write_text(structure)
    assert "FISK_SLACK_BOT_TOKEN is empty" in (await lines(capsys, FAILED))["✗ people"]
