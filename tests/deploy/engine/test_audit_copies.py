"""Copies of the audit log: a file and an address, each going on where it stopped."""

from __future__ import annotations

import json
import logging
import os
import stat
from typing import TYPE_CHECKING

import httpx
import pytest

from deploy.engine.audit import Audit, Entry
from deploy.engine.audit_copies import AuditFile, AuditUrl, Copies, Copy
from deploy.redis.mutex import Mutex
from deploy.systems.http import Http
from tests.deploy.conftest import ANA, HERE

if TYPE_CHECKING:
    from pathlib import Path

    from deploy.engine.audit_copies import Line
    from deploy.redis.connect import State


async def write(state: State, *names: str) -> None:
    for name in names:
        await Audit(state).write(Entry(1.0, ANA, HERE, name))


async def refuse(state: State, name: str) -> None:
    await Audit(state).refused(Entry(1.0, ANA, HERE, name))


def told(lines: list[Line]) -> list[str]:
    return [line["entry"]["what"] for line in lines]


def lines(path: Path) -> list[Line]:
    return [json.loads(text) for text in path.read_text().splitlines()]


class Address:
    """Takes what is posted; `down`: it does not."""

    def __init__(self) -> None:
        self.got: list[Line] = []
        self.down = False
        self.bearer = ""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.bearer = request.headers.get("Authorization", "")
        if self.down:
            return httpx.Response(500, stream=httpx.ByteStream(b""))
        self.got += json.loads(request.content)["entries"]
        return httpx.Response(204, stream=httpx.ByteStream(b""))


def to_address(state: State, address: Address, runner: str = "r1") -> AuditUrl:
    transport = httpx.MockTransport(address)
    http = Http("the copy", "http://x.test/a", headers={"Authorization": "Bearer t"}, transport=transport)
    return AuditUrl(http, state, Mutex(state, runner))


async def test_a_file_gets_each_entry_once_with_its_place_and_may_be_read_by_its_owner_alone(
    state: State, tmp_path: Path
) -> None:
    path = tmp_path / "audit.jsonl"
    copies = Copies(state, (AuditFile(path),))
    await write(state, "one", "two")
    await copies.once()
    await refuse(state, "three")
    await write(state, "four")
    await copies.once()
    await Copies(state, (AuditFile(path),)).once()  # as after a restart, or by a terminal beside it
    found = lines(path)
    assert told(found) == ["one", "two", "four", "three"]
    entries = [each async for _, each in state.deeds.entries() if each]
    assert await AuditFile(path).macs("audit") == {each.link.seq: each.link.mac for each in entries}
    assert [line["seq"] for line in found] == [1, 2, 3, 1]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_what_two_processes_copy_into_one_file_stands_there_once(state: State, tmp_path: Path) -> None:
    file = AuditFile(tmp_path / "audit.jsonl")
    await write(state, "one")
    last = await file.last()
    await Copies(state, (file,)).once()
    before = lines(file.path)
    await file.add(before)
    assert (last, lines(file.path)) == ({}, before)


async def test_a_line_that_a_crash_cut_off_is_written_again(state: State, tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    await write(state, "one", "two")
    await Copies(state, (AuditFile(path),)).once()
    os.truncate(path, path.stat().st_size - 10)
    await Copies(state, (AuditFile(path),)).once()
    whole = [text for text in path.read_text().splitlines() if text.endswith("}")]
    assert told([json.loads(text) for text in whole]) == ["one", "two"]


@pytest.mark.parametrize(
    "foreign",
    [b"{}", b"7", b'"last"', b'{"record": "audit", "last": {"audit": "soon"}}', b"[" * 100_000, b"\xff\xfe"],
    ids=["empty", "number", "text", "no position", "deep", "not UTF-8"],
)
async def test_lines_of_others_in_the_file_are_passed_over(
    state: State, tmp_path: Path, foreign: bytes
) -> None:
    path = tmp_path / "audit.jsonl"
    copies = Copies(state, (AuditFile(path),))
    await write(state, "one")
    await copies.once()
    with path.open("ab") as file:
        file.write(foreign + b"\n")
    await write(state, "two")
    await copies.once()
    ours = [text for text in path.read_bytes().splitlines() if text != foreign]
    assert told([json.loads(text) for text in ours]) == ["one", "two"]
    assert list(await AuditFile(path).macs("audit")) == [1, 2]


async def test_the_end_of_a_long_file_is_found_from_behind(
    state: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deploy.engine.audit_copies.TAIL", 20)
    monkeypatch.setattr("deploy.engine.audit_copies.BATCH", 2)
    path = tmp_path / "audit.jsonl"
    await write(state, *"abcde")
    await Copies(state, (AuditFile(path),)).once()
    await write(state, "f")
    await Copies(state, (AuditFile(path),)).once()
    assert told(lines(path)) == [*"abcdef"]


async def test_an_entry_that_fisk_did_not_write_is_copied_as_such(state: State, tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    await state.ask("XADD", state.deeds.stream, "*", "entry", "what?")
    await Copies(state, (AuditFile(path),)).once()
    (line,) = lines(path)
    assert (line["record"], line["forged"]) == ("audit", True)


async def test_an_address_gets_each_entry_and_what_it_missed_once_it_answers_again(
    state: State, caplog: pytest.LogCaptureFixture
) -> None:
    address = Address()
    copies = Copies(state, (to_address(state, address),))
    await write(state, "one")
    await copies.once()
    address.down = True
    await write(state, "two")
    with caplog.at_level(logging.WARNING):
        await copies.once()
    assert "the audit log is not copied" in caplog.text
    address.down = False
    await copies.once()
    await copies.once()
    assert (told(address.got), address.bearer) == (["one", "two"], "Bearer t")


async def test_of_two_replicas_one_sends(state: State) -> None:
    one, other = Address(), Address()
    await write(state, "one")
    await Copies(state, (to_address(state, one, "r1"),)).once()
    await write(state, "two")
    await Copies(state, (to_address(state, other, "r2"),)).once()
    assert (told(one.got), other.got) == (["one"], [])


async def test_a_place_that_takes_nothing_keeps_no_other_copy_from_its_entries(
    state: State, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    good = AuditFile(tmp_path / "audit.jsonl")
    copies: tuple[Copy, ...] = (AuditFile(tmp_path / "missing" / "audit.jsonl"), good)
    await write(state, "one")
    with caplog.at_level(logging.WARNING):
        await Copies(state, copies).once()
    assert told(lines(good.path)) == ["one"]
    assert "No such file or directory" in caplog.text
