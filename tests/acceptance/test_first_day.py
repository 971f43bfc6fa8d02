"""The first day, in one terminal: `fisk init`, and the first deploy with what it wrote."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bot.app.settings import Settings
from bot.slack.manifest import manifest
from sandbox import story
from sandbox.slack import Slack
from sandbox.stage import SETTINGS
from sandbox.world import World

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parents[2]
FOUND = (
    "FISK_GITHUB_URL",
    "FISK_REGISTRY_URL",
    "FISK_SLACK_API_URL",
)  # where the systems are, which nobody is asked


def answers(world: World, slack: Slack) -> list[str]:
    sshd = world.hosts.sshd["vps01"]
    return [
        *(story.REPOSITORY, world.github.token),
        *(world.coolify.url, world.coolify_token),
        *("", "", "", "", ""),  # application, image, workflow, platform and health URL, as guessed
        *(f"127.0.0.1:{sshd.port}", "admin", str(world.hosts.key("vps01")), "y", "vps01"),
        "",  # no further target
        *(slack.bot_token, slack.app_token, "U024BE7LH", "C0DEPLOYS"),
    ]


async def fisk(line: str, environment: Mapping[str, str], *typed: str) -> tuple[int | None, str]:
    """What a line in a terminal ends with, and prints."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *line.split()),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=environment,
    )
    out, _ = await process.communicate("".join(f"{each}\n" for each in typed).encode())
    return process.returncode, out.decode()


async def test_what_init_writes_deploys_and_proves_the_first_commit(tmp_path: Path) -> None:
    slack = Slack()
    await slack.start()
    slack.api.scopes = frozenset(manifest(Settings.model_construct())["oauth_config"]["scopes"]["bot"])
    try:
        async with World(deploy_seconds=0.5) as world:
            world.coolify.apps["app"].columns["fqdn"] = f"{world.host.url}/app"
            known = {**world.environment(), **slack.environment()}
            environment = {
                **{name: value for name, value in os.environ.items() if not name.startswith("FISK_")},
                **{name: known[name] for name in FOUND},
                **SETTINGS,
                "PYTHONPATH": str(ROOT),
                "FISK_CONFIG": str(tmp_path),
            }
            status, said = await fisk("init", environment, *answers(world, slack))
            assert (status, "✗" in said) == (0, False), said
            status, said = await fisk("deploy 3f2a1b9", environment)
            assert (status, world.coolify.running("app")) == (0, story.BUILT), said
            assert "✓ app runs 3f2a1b9: deployed in" in said
            assert "The running image is the registry's" in said
    finally:
        await slack.stop()
