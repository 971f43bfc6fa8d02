"""`fisk init` with an image that is not for all to see."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from dotenv import dotenv_values

from bot.cli.init import init
from bot.cli.main import DONE, FAILED
from sandbox import story
from tests.bot.cli.test_init import answers, folder, typed, world

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.slack import Slack
    from sandbox.world import World

__all__ = ["folder", "world"]


@pytest.mark.parametrize("known", [True, False])
async def test_a_private_image_is_asked_for_with_a_user_and_a_token_or_left_to_check(
    world: World,
    slack: Slack,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    known: bool,
) -> None:
    world.registry.private.add(story.IMAGE)
    user, token = world.registry.user, world.registry.password
    credentials = f"{user}\nghp_canary\n{user}\n{token}" if known else ""
    typed(answers(world, slack, workflow=f"\n{credentials}"), monkeypatch)
    assert await init() == (DONE if known else FAILED)
    out = capsys.readouterr().out
    assert [line for line in out.splitlines() if line.startswith("✗ The registry")] == [
        "✗ The registry refuses fisk's credentials."
    ] * (2 if known else 1)
    assert "canary" not in out
    assert ("Platform of its host (build.yml builds for it) [linux/arm64]" in out) is not known
    written = dotenv_values(folder / ".env")
    assert (written.get("FISK_REGISTRY_USER"), written.get("FISK_REGISTRY_HOST")) == (
        (user, "ghcr.io") if known else (None, None)
    )
