"""No value leaks: all of fisk's output is searched for canary values, whole and in part."""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import aiohttp

from deploy.core.cancelling import end
from deploy.engine.history import History
from deploy.kinds import KINDS
from tests.acceptance.show import Show

ENVS = "/api/v1/applications/*/envs"


class Canaries:
    """Values that nobody else has. A half of one is one, too."""

    def __init__(self) -> None:
        self.halves: list[str] = []

    def new(self) -> str:
        first, second = secrets.token_hex(8), secrets.token_hex(8)
        self.halves += [first, second]
        return f"{first}-ž\"'$ {second}"

    def found_in(self, written: bytes) -> list[str]:
        return [half for half in self.halves for form in _forms(half) if form in written]


def _forms(half: str) -> Iterator[bytes]:
    """As it is, and as whoever encodes it would write it, wherever in a longer text it stands."""
    yield half.encode()
    yield quote(half).encode()
    yield half.encode().hex().encode()
    for shift in range(3):
        encoded = base64.b64encode(b"x" * shift + half.encode())
        yield encoded[4:-4]


async def test_no_value_nor_a_part_of_one_is_in_anything_that_fisk_wrote() -> None:
    canaries = Canaries()
    async with Show() as show:
        for app in show.world.coolify.apps.values():
            for row in app.variables.rows:
                row.value = canaries.new()
        seen = bytearray()
        watching = asyncio.create_task(_processes(show, seen))
        outputs = await _everything_that_can_happen(show, canaries)
        await end({watching})
        written = {
            "terminals": "\n".join(outputs).encode(),
            "metrics": await _metrics(show),
            "messages": _messages(show),
            "processes": bytes(seen),
        }
        await asyncio.gather(*(bot.stop() for bot in show.bots))
        written |= {str(file): file.read_bytes() for file in show.folder.rglob("*") if file.is_file()}
        assert {name: found for name, text in written.items() if (found := canaries.found_in(text))} == {}
        logs = b"".join(text for name, text in written.items() if name.endswith(".log"))
        memory = b"".join(text for name, text in written.items() if "aof" in name)
        assert b"env copy" in logs
        assert b"op:e-" in memory
        assert b"SMTP_PASSWORD" in memory
        assert "so it is not shown" in str(outputs), "Coolify quoted a value"


async def _processes(show: Show, seen: bytearray) -> None:
    """What `ps` shows of every process that belongs to the stage, again and again."""
    while True:
        seen += _shown(str(show.folder).encode())
        await asyncio.sleep(0.2)  # reading all of /proc takes the bots' processor


def _shown(belongs: bytes) -> bytes:
    shown = b""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended meanwhile
            environment = (process / "environ").read_bytes()
            if belongs in environment:
                shown += environment + (process / "cmdline").read_bytes()
    return shown


async def _everything_that_can_happen(show: Show, canaries: Canaries) -> list[str]:
    coolify, outputs = show.world.coolify, []
    quoted = coolify.apps["app"].variables.find("APP_URL", preview=True)
    assert quoted is not None
    quoting = json.dumps({"message": f"SQLSTATE[22001]: value {quoted.value} is too long"})
    await show.ask("env list app")
    await show.ask("env diff app staging")
    await show.ask("env copy app staging --noop")

    for body in (
        '["?"]',
        '"?"',
        '{"a": "?"',
        '[{"key": "K", "value": {"a": "?"}}]',
        '[{"value": "?"}]',
        "<p>?</p>",
    ):
        told = body.replace("?", canaries.new()[:16])
        coolify.faults.queue(f"GET {ENVS}", status=200, body=told)
        outputs.append(str(await show.terminal("env", "list", "app")))

    coolify.faults.queue(f"PATCH {ENVS}*", status=422, body=quoting, times=3)
    outputs.append(str(await show.terminal("env", "copy", "app", "staging", "--overwrite", "--yes")))
    coolify.faults.queue(f"PATCH {ENVS}*", status=500, body=quoting, times=2)
    outputs.append(str(await show.terminal("env", "copy", "app", "staging", "--mirror", "--yes", "--json")))
    outputs.append(str(await show.terminal("env", "undo", await _newest(show), "--yes")))
    question = await show.asked("env copy app staging --overwrite --mirror --redeploy")
    await show.press(question, "confirm")
    await show.said("in effect")
    return outputs


async def _newest(show: Show) -> str:
    async with show.memory() as journal:
        return (await History(journal.state, KINDS).operations(limit=1))[0].operation.id


async def _metrics(show: Show) -> bytes:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{show.bots[0].metrics_url}/metrics") as answer,
    ):
        return await answer.read()


def _messages(show: Show) -> bytes:
    said = [str(message) for user in ("ana", "marko") for message in show.slack.messages("#deploys", user)]
    return "\n".join(said).encode()
