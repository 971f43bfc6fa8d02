"""The Lua scripts: none scans the key space, none accesses an undeclared key."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from deploy.engine.journal import Journal
from deploy.kinds import KINDS
from deploy.redis.connect import State, connect
from deploy.redis.scripts import FOLDER, PRELUDE
from tests.deploy.conftest import ANA, an_operation
from tests.keys import SEAL

SCRIPTS = sorted(path for path in FOLDER.glob("*.lua") if path.name != PRELUDE)
SOURCES = [*SCRIPTS, FOLDER / PRELUDE, *Path("deploy").rglob("*.py")]
WALKS = re.compile(r"""['"](SCAN|KEYS|FLUSHALL|FLUSHDB)['"]|\.(scan|scan_iter|keys)\(['"]""")


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_nothing_walks_the_key_space(source: Path) -> None:
    assert WALKS.findall(source.read_text()) == []


@pytest.mark.parametrize("source", SCRIPTS, ids=lambda path: path.name)
def test_a_script_names_keys_by_what_it_was_given_only(source: Path) -> None:
    """A key is a local taken from KEYS, or KEYS[…] itself: never text put together in the script."""
    text = (FOLDER / PRELUDE).read_text() + source.read_text()
    taken = {"operation", "events", "stream", "chain.stream", "chain.head"}  # the prelude's own parameters
    for names in re.findall(r"local ([\w, ]+) = unpack\(KEYS\)", text):
        taken |= {name.strip() for name in names.split(",")}
    taken |= set(re.findall(r"local (\w+) = KEYS\[", text))
    keys = re.findall(r"redis\.p?call\('(?!TIME|XGROUP|XREADGROUP)\w+', ([^,)]+)", text)
    keys += re.findall(r"'(?:CREATE|STREAMS)', (\w+)", text)
    looped = {"history"} if "ipairs(KEYS)" in text else set()
    assert [key for key in keys if not key.startswith("KEYS[") and key not in taken | looped] == []


async def test_all_keys_of_a_script_share_the_tag(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, tuple[str, ...]] = {}
    run = state.run

    async def noting(name: str, keys: tuple[str, ...], *args: object) -> object:
        seen[name] = keys
        return await run(name, keys, *args)

    monkeypatch.setattr(state, "run", noting)
    journal = Journal(state, KINDS)
    operation = an_operation()
    await journal.start(operation)
    lease = await journal.claim("r1")
    assert lease
    await journal.begin(lease, "one")
    await journal.renew([lease])
    await journal.cancel(operation.id, ANA)
    await journal.mark(operation.id, "ts", "1.2")
    await journal.hand_over(lease)
    await journal.abandon(operation.id, ANA, "stuck")
    tags = {re.match(r"\{fisk\}:", key) is not None for keys in seen.values() for key in keys}
    assert tags == {True}
    assert {"start", "due", "claim", "write", "renew", "cancel", "mark", "hand_over", "finish"} <= set(seen)


async def test_a_server_that_forgot_the_scripts_is_taught_again(journal: Journal) -> None:
    await journal.state.ask("SCRIPT", "FLUSH")
    assert await journal.start(an_operation(), runner="r1") is not None


async def test_two_namespaces_do_not_meet(valkey_url: str, tmp_path: Path, state: State) -> None:
    other = await connect(valkey_url, tmp_path, namespace="staging", seal=SEAL)
    try:
        assert await Journal(state, KINDS).start(an_operation("app:app"), runner="r1")
        assert await Journal(other, KINDS).start(an_operation("app:app"), runner="r1")
        assert await Journal(other, KINDS).claim("r2") is None
    finally:
        await other.aclose()
