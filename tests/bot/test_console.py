"""A line from the terminal, done here where no bot runs."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from bot import console
from bot.console import Console, who
from bot.settings import Settings
from bot.terminal import DONE, FAILED, REFUSED, Options
from bot.wiring import opened as opened_parts
from commands.grammar import parse
from deploy import errors
from sandbox.world import World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

PACE = {
    "FISK_POLL_SECONDS": "0.05",
    "FISK_HEALTHY_SECONDS": "0.1",
    "FISK_HEALTHY_WITHIN": "1",
    "FISK_DEPLOY_WITHIN": "20",
}


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World(deploy_seconds=0.2) as world:
        yield world


@pytest.fixture
async def do(
    world: World, valkey_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Callable[..., Awaitable[int]]]:
    monkeypatch.setattr(console, "CLAIMED_WITHIN", 0.01)
    (tmp_path / "fisk.toml").write_text(world.config_toml())
    monkeypatch.chdir(tmp_path)
    for name, value in {**world.environment(), **PACE, "FISK_REDIS_URL": valkey_url}.items():
        monkeypatch.setenv(name, value)
    async with opened_parts(Settings()) as parts:

        async def do(line: str, **options: bool) -> int:
            async with asyncio.timeout(30):
                return await Console(parts, Options(**options)).do(parse(line), line)

        yield do


async def test_a_deploy_runs_here_and_tells_each_step(
    do: Callable[..., Awaitable[int]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert await do("deploy 3f2a1b9") == DONE
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith(": deploy 3f2a1b9")
    assert lines[1] == "No bot took it, so it runs here."
    assert [line for line in lines if line.startswith("✓ prove")]
    assert [line for line in lines if line.startswith("Deployed 3f2a1b9 to app in ")]
    assert lines[-2] == "  Roll back: fisk rollback app a4c9e1f"


async def test_with_json_a_deploy_is_one_object(
    do: Callable[..., Awaitable[int]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert await do("deploy 3f2a1b9", as_json=True) == DONE
    told = json.loads(capsys.readouterr().out)
    assert (told["status"], told["outcome"]["outcome"]) == ("done", "deployed")
    assert told["operation"].startswith("d-")


async def test_a_failed_deploy_is_put_back_and_exits_1(
    do: Callable[..., Awaitable[int]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert await do("deploy e02d8aa --force", as_json=True) == FAILED
    assert json.loads(capsys.readouterr().out)["outcome"]["outcome"] == "put_back"


async def test_a_refused_deploy_exits_3(
    do: Callable[..., Awaitable[int]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert await do("deploy b7d0c5e") == REFUSED
    assert "The nearest built commit before it is 3f2a1b9" in capsys.readouterr().out


@pytest.mark.parametrize(
    "line", ["locks", "history", "history app 5", "lock app why", "deploy 3f2a1b9 --noop"]
)
async def test_each_report_is_said_in_words_and_as_json(
    do: Callable[..., Awaitable[int]], capsys: pytest.CaptureFixture[str], line: str
) -> None:
    assert await do(line) == DONE
    assert capsys.readouterr().out.strip()
    assert await do(line, as_json=True) == DONE
    assert isinstance(json.loads(capsys.readouterr().out), dict)


async def test_a_question_without_anybody_to_answer_is_not_answered_with_yes(
    do: Callable[..., Awaitable[int]], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr("builtins.input", asked.append)
    with pytest.raises(errors.NotLocked):
        await do("unlock app --force")
    assert asked == []
    assert capsys.readouterr().out == ""


def test_a_person_is_known_by_the_operating_system_not_by_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mine = who()
    monkeypatch.setenv("USER", "somebody")
    monkeypatch.setenv("LOGNAME", "somebody")
    assert who() == mine
    assert mine.id == f"cli:{mine.name}"
