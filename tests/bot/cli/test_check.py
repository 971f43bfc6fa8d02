"""`fisk check`: each system is tried and reported in a line."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from redis.asyncio import Redis

from bot.app.settings import Settings
from bot.cli.check import check
from bot.cli.main import DONE, FAILED
from deploy.core import errors
from deploy.core.errors import BadSettings
from deploy.doctor.rights import GITHUB_RIGHTS
from sandbox import story
from sandbox.output import Output
from tests.bot.cli.checking import lines, stage, world

if TYPE_CHECKING:
    from sandbox.world import World

__all__ = ["stage", "world"]


@asynccontextmanager
async def forwarded(path: str) -> AsyncIterator[int]:
    """A port of 127.0.0.1 that leads to a Unix socket."""

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            writer.write(data)
        writer.close()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_unix_connection(path)
        await asyncio.gather(pump(reader, back), pump(there, writer))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.mark.usefixtures("stage")
async def test_where_all_is_well_each_part_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    told = await lines(capsys, DONE)
    assert {
        name: told[name] for name in ("✓ memory", "✓ github", "✓ slack", "✓ key", "✓ files", "✓ app: health")
    } == {
        "✓ memory": "answers; no replicas",
        "✓ github": "main is at 9c41d07; 4,999 of 5,000 calls left",
        "✓ slack": "workspace T0FISKAI1",
        "✓ key": "is this installation's",
        "✓ files": "are fisk's alone",
        "✓ app: health": "answers 200",
    }
    assert sorted(told) == [
        "✓ access",
        "✓ app: coolify",
        "✓ app: health",
        "✓ app: registry",
        "✓ channels",
        *(f"✓ coolify: {right}" for right in ("deploy", "read", "read:sensitive", "write")),
        "✓ files",
        "✓ github",
        *(f"✓ github: {right}" for right in sorted(GITHUB_RIGHTS)),
        "✓ host vps",
        "✓ host vps01",
        *(f"✓ host vps01: {right}" for right in ("buildkit", "buildkit restart", "firewall")),
        *(f"✓ host vps01: image of {target}" for target in ("app", "staging")),
        *(f"✓ host vps: {right}" for right in ("runner", "runner restart")),
        "✓ key",
        "✓ memory",
        "✓ people",
        "✓ slack",
        "✓ socket",
        "✓ staging: coolify",
        "✓ staging: health",
        "✓ staging: registry",
    ]


OLD = '[access]\ndeployers = ["U024BE7LH"]\n'
ACCESS = {
    "": "✗ access",
    OLD: "✓ access",
    '[access.roles.look]\nmembers = ["U024BE7LH"]\nmay = ["look"]\n': "✗ access",
    '[access.roles.ship]\nmay = ["deploy"]\n': "✗ access",
    '[access.roles.ship]\nmembers = ["U024BE7LH"]\nmay = ["deploy"]\n': "✓ access",
}


@pytest.mark.usefixtures("stage")
@pytest.mark.parametrize("table", ACCESS)
async def test_where_nobody_may_deploy_check_fails_and_the_old_list_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], table: str
) -> None:
    config = tmp_path / "fisk.toml"
    config.write_text(config.read_text().partition("[access")[0] + table)
    told = await lines(capsys, DONE if ACCESS[table].startswith("✓") else FAILED)
    assert ACCESS[table] in told
    assert ("the old form" in told[ACCESS[table]]) is (table == OLD)


async def test_whoever_else_may_reach_the_memory_is_told_of(
    stage: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], valkey_url: str
) -> None:
    async with forwarded(valkey_url.removeprefix("unix://")) as port:
        stage.setenv("FISK_REDIS_URL", f"redis://127.0.0.1:{port}")
        told = await lines(capsys, DONE)
    assert told["✓ memory"] == (
        "answers, but it asks for no password: whoever reaches it can delete what fisk knows, and read it; "
        "no replicas"
    )


@pytest.mark.usefixtures("stage")
async def test_what_the_memory_does_not_promise_is_told(
    capsys: pytest.CaptureFixture[str], valkey_url: str
) -> None:
    async with Redis.from_url(valkey_url) as redis:
        await redis.config_set("maxmemory-policy", "allkeys-lru")
        try:
            told = await lines(capsys, DONE)
        finally:
            await redis.config_set("maxmemory-policy", "noeviction")
    assert told["✓ memory"] == (
        "answers; no replicas; maxmemory-policy allkeys-lru, so it is not promised that no lock is evicted, which "
        "would let two deploys run. Set `maxmemory-policy noeviction`."
    )


async def test_without_a_key_there_is_nothing_to_check(stage: pytest.MonkeyPatch) -> None:
    stage.setenv("FISK_KEY", "")
    with pytest.raises(errors.NoKey):
        await check(Settings())


async def test_what_does_not_work_says_which_setting_to_change_and_fails(
    stage: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.setenv("FISK_COOLIFY_TOKEN", "canary")
    stage.setenv("FISK_SLACK_BOT_TOKEN", "")
    told = await lines(capsys, FAILED)
    assert "FISK_COOLIFY_TOKEN" in told["✗ app: coolify"]
    assert "FISK_SLACK_BOT_TOKEN is empty" in told["✗ slack"]
    assert told["✓ github"]
    assert "canary" not in str(told)


async def test_without_a_token_for_github_check_fails(
    stage: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.setenv("FISK_GITHUB_TOKEN", "")
    assert "FISK_GITHUB_TOKEN is empty: make a token at" in (await lines(capsys, FAILED))["✗ github"]


@pytest.mark.usefixtures("stage")
async def test_an_image_that_the_target_cannot_run_is_no_good_one(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.registry.untag(story.IMAGE, "latest")
    world.registry.push(story.IMAGE, ["latest"], story.BUILT, platforms=("linux/amd64",))
    told = await lines(capsys, FAILED)
    assert "3f2a1b9 has an image for linux/amd64 only; app runs on linux/arm64." in told["✗ app: registry"]


@pytest.mark.usefixtures("stage")
async def test_an_app_that_is_down_is_told_apart_from_coolify(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    del world.host.running["app"]
    told = await lines(capsys, FAILED)
    assert "502" in told["✗ app: health"]
    assert "✓ app: coolify" in told


@pytest.mark.usefixtures("stage")
async def test_a_host_that_does_not_let_fisk_in_says_why(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.hosts.sshd["vps"].write_key(world.hosts.key("vps01"))
    told = await lines(capsys, FAILED)
    assert told["✗ host vps01"].startswith("vps01 refuses the key of admin (Authentication failed).")
    assert told["✓ host vps"] == "admin@127.0.0.1 lets fisk in"


@pytest.mark.usefixtures("stage")
async def test_a_key_that_is_locked_down_too_far_names_the_line_to_add(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.hosts.vps.trouble("date", Output("", "fisk-gate: not on the list: date -u +%s\n", 126))
    told = await lines(capsys, FAILED)
    assert told["✗ host vps"] == (
        "The key of admin on vps is locked down and does not allow `date -u +%s`."
        " Add that line to the gate's list of commands on vps."
    )


async def test_without_targets_there_is_nothing_to_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadSettings, match="no targets in "):
        await check(Settings())


async def test_each_channel_that_is_to_hear_of_builds_is_looked_for(
    stage: pytest.MonkeyPatch, world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    toml = tmp_path / "fisk.toml"
    toml.write_text(f'{world.config_toml()}\n[channels.builds]\nC0DEPLOYS = "failures"\n')
    told = await lines(capsys, DONE)
    assert told["✓ builds"] == "#deploys hears of failures; told by webhook; looked at every 15 s"
    stage.delenv("FISK_GITHUB_WEBHOOK_SECRET")
    assert (await lines(capsys, DONE))["✓ builds"] == "#deploys hears of failures; looked at every 15 s"
    toml.write_text(f'{world.config_toml()}\n[channels.builds]\nC0NOWHERE = "all"\n')
    told = await lines(capsys, FAILED)
    assert told["✗ builds"] == (
        "Slack has no channel C0NOWHERE that fisk is a member of. Check its name or id in fisk.toml."
    )
