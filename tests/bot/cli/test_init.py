"""`fisk init`: from answers at a terminal, or in a pipe, to settings with which `fisk check` finds nothing wrong."""

from __future__ import annotations

import asyncio
import io
import os
import re
import stat
import sys
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest
from dotenv import dotenv_values

from bot.app.settings import Settings
from bot.cli.console import who
from bot.cli.init import init
from bot.cli.main import DONE
from bot.slack.manifest import manifest
from sandbox import story
from sandbox.world import APP_UUID, World

if TYPE_CHECKING:
    from sandbox.slack import Slack

ANA = "U024BE7LH"
FOUND = (
    "FISK_GITHUB_URL",
    "FISK_REGISTRY_URL",
    "FISK_SLACK_API_URL",
)  # where the systems are, which nobody is asked


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World(speed=0) as world:
        world.coolify.apps["app"].columns["fqdn"] = f"{world.host.url}/app,https://www.fiskai.example"
        yield world


@pytest.fixture
def folder(world: World, slack: Slack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty one, in which fisk's settings will be."""
    for name, value in {**world.environment(), **slack.environment()}.items():
        monkeypatch.delenv(name, raising=False)
        if name in FOUND:
            monkeypatch.setenv(name, value)
    monkeypatch.setenv("FISK_CONFIG", str(tmp_path))
    slack.api.scopes = frozenset(manifest(Settings.model_construct())["oauth_config"]["scopes"]["bot"])
    return tmp_path


def answers(world: World, slack: Slack, **other: str) -> dict[str, str]:
    """What is typed, by what is asked for; empty for Enter alone, several lines where it is asked again."""
    return {
        "repository": story.REPOSITORY,
        "github": world.github.token,
        "address": world.coolify.url,
        "coolify": world.coolify_token,
        "application": "",
        "image": "",
        "workflow": "",
        "platform": "",
        "health": "",
        "host": "",
        "more": "",
        "bot": slack.bot_token,
        "app": slack.app_token,
        "member": ANA,
        "announce": "C0DEPLOYS",
    } | other


def typed(told: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in told.values())))


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir() if each.name != "state")


def secrets(told: dict[str, str]) -> list[str]:
    return [told[name] for name in ("github", "coolify", "bot", "app")]


async def test_with_piped_answers_it_writes_both_files_and_ends_in_a_check_where_all_is_well(
    world: World, slack: Slack, folder: Path
) -> None:
    told = answers(world, slack)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "init"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "PYTHONPATH": str(Path.cwd()), "FISK_CONFIG": str(folder)},
    )
    out = (await process.communicate("".join(f"{line}\n" for line in told.values()).encode()))[0].decode()
    assert process.returncode == DONE, out
    assert [line for line in out.splitlines() if line.startswith(("✗", "○"))] == []
    assert [each for each in secrets(told) if each in out] == []
    environment, structure = folder / ".env", folder / "fisk.toml"
    assert [stat.S_IMODE(each.stat().st_mode) for each in (environment, structure)] == [0o600, 0o600]
    written = dotenv_values(environment)
    assert len(written.pop("FISK_KEY") or "") == 44
    assert len(written.pop("FISK_REDIS_PASSWORD") or "") == 32
    assert written == {
        "FISK_SLACK_BOT_TOKEN": slack.bot_token,
        "FISK_SLACK_APP_TOKEN": slack.app_token,
        "FISK_GITHUB_TOKEN": world.github.token,
        "FISK_GITHUB_REPOSITORY": story.REPOSITORY,
        "FISK_GITHUB_BRANCH": "main",
        "FISK_COOLIFY_URL": world.coolify.url,
        "FISK_COOLIFY_TOKEN": world.coolify_token,
    }
    assert tomllib.loads(structure.read_text()) == {
        "targets": {
            "app": {
                "image": "ghcr.io/wandeon/fiskai-app",
                "platform": "linux/arm64",
                "workflow": "build.yml",
                "app": APP_UUID,
                "health": world.host.health_url("app"),
                "environment": "production",
            }
        },
        "access": {
            "roles": {
                "team": {
                    "members": [ANA, who().id],
                    "may": [
                        *("details", "deploy", "rollback", "builds", "env", "buildkit", "locks", "approve"),
                        "force",
                    ],
                }
            }
        },
        "channels": {"announce": "C0DEPLOYS"},
    }


async def test_each_guess_says_where_it_comes_from_and_each_token_names_its_page(
    world: World,
    slack: Slack,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    typed(answers(world, slack), monkeypatch)
    assert await init() == DONE
    out = capsys.readouterr().out
    assert re.findall(r"^(.*) \((Coolify.*|latest.*)\) \[(.*?)\]: ", out, re.MULTILINE) == [
        ("Image, without a tag", "Coolify runs it", "ghcr.io/wandeon/fiskai-app"),
        ("Platform of its host", "latest in the registry is built for it", "linux/arm64"),
        (
            "Health URL, which answers 200",
            "Coolify's domain and its health check",
            world.host.health_url("app"),
        ),
    ]
    assert f"  1  fiskai-app   ghcr.io/wandeon/fiskai-app   {APP_UUID}" in out
    assert "  1  build.yml   builds it\n  2  ci.yml\n  3  worker.yml\n" in out
    for page in (
        f"{world.github.url}/settings/personal-access-tokens/new?name=fisk&contents=read&actions=write",
        f"{world.coolify.url}/security/api-tokens",
        "https://api.slack.com/apps?new_app=1&manifest_json=%7B%22_metadata%22",
    ):
        assert page in out
    assert f"Written: {folder / '.env'} and {folder / 'fisk.toml'}." in out


async def test_a_wrong_answer_is_told_at_once_and_asked_again(
    world: World,
    slack: Slack,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    weak = world.coolify.access.issue("read", "read:sensitive")
    again = story.REPOSITORY
    told = answers(
        world,
        slack,
        repository=f"github_pat_canary\n{again}",  # a token where a name is asked for
        github=f"github_pat_canary\nWandeon/Nothing\n{world.github.token}\n{again}\n{world.github.token}",
        address=f"nonsense\n1|canary\n{world.coolify.url}",
        coolify=f"1|canary\n\n{weak}\n\n{world.coolify_token}",
        image="Not An Image\n",
        platform="arm\n",
        bot=f"xoxb-canary\n{slack.bot_token}",
        app=f"{slack.bot_token}\n{slack.app_token}",
        member=f"U0NOBODY1\n{ANA}",
        announce="C0NOWHERE\n",
    )
    typed(told, monkeypatch)
    assert await init() == DONE
    out = capsys.readouterr().out
    assert [line for line in out.splitlines() if line.startswith("✗")] == [
        "✗ GitHub refuses fisk's credentials.",
        "✗ GitHub has no repository Wandeon/Nothing.",
        "✗ Coolify cannot be reached (its address is not one of the web).",
        "✗ Coolify refuses fisk's credentials.",
        (
            "✗ Coolify's token lacks write, deploy, so fisk cannot set the image that is deployed and start"
            " deployments."
        ),
        "✗ `Not An Image` is no image: a host and a name, without a tag.",
        "✗ `arm` is no platform, such as linux/arm64.",
        "✗ Slack refuses fisk's credentials.",
        "✗ Slack gives fisk no connection for Socket Mode (not_allowed_token_type).",
        "✗ Slack has no member U0NOBODY1.",
        "✗ fisk may not speak in C0NOWHERE, or Slack has no such channel.",
    ]
    assert ("canary" in out, "Error: that is no OWNER/NAME." in out) == (False, True)
    assert 'announce = ""' in (folder / "fisk.toml").read_text()


async def test_a_right_that_the_token_lacks_is_missing_until_another_one_is_given(
    world: World, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    world.github.allowance.denied.add("deployments")
    typed({"first": story.REPOSITORY, "token": world.github.token}, monkeypatch)
    with pytest.raises(click.Abort):  # the answers end
        await init()
    lacks = "✗ GitHub's token lacks deployments: write, so fisk cannot show on GitHub what runs where."
    assert lacks in capsys.readouterr().out.splitlines()
    assert names(folder) == []


async def test_what_was_there_is_replaced_when_somebody_says_so_and_kept_as_copies(
    world: World,
    slack: Slack,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    environment, structure = folder / ".env", folder / "fisk.toml"
    old = f"FISK_KEY={world.key}\nFISK_GITHUB_TOKEN={world.github.token}\nFISK_REDIS_PASSWORD='a b$c'\n"
    environment.write_text(old + "FISK_POLL_SECONDS=1\n")
    structure.write_text("[targets.old]\n")
    typed({"go on": "n"}, monkeypatch)
    assert await init() == DONE
    assert capsys.readouterr().out.rstrip().endswith("Nothing was written.")
    assert names(folder) == [".env", "fisk.toml"]
    typed({"go on": "y", **answers(world, slack, github="")}, monkeypatch)
    assert await init() == DONE
    written = dotenv_values(environment)
    assert {name: written[name] for name in ("FISK_KEY", "FISK_GITHUB_TOKEN", "FISK_REDIS_PASSWORD")} == {
        "FISK_KEY": world.key,
        "FISK_GITHUB_TOKEN": world.github.token,
        "FISK_REDIS_PASSWORD": "a b$c",
    }
    assert written["FISK_POLL_SECONDS"] == "1"
    copies = [folder / each for each in names(folder) if ".before-" in each]
    assert [each.name.partition(".before-")[0] for each in copies] == [".env", "fisk.toml"]
    assert [each.stat().st_mode & 0o777 for each in copies] == [0o600, 0o600]
    assert copies[1].read_text() == "[targets.old]\n"
    assert f"What was there before: {copies[0]}, {copies[1]}" in capsys.readouterr().out
