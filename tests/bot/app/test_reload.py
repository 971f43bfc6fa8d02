"""Rules that are read again: when the file changed, and when somebody asks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bot.app import reload
from bot.app.reload import Reload
from bot.app.settings import Settings
from deploy.access.access import Access, Rules
from deploy.access.policy import Policy, Role
from deploy.core.cancelling import end
from deploy.core.errors import BadSettings
from deploy.core.freeze import Freeze, Freezes
from deploy.kinds import KINDS
from tests.bot.conversation import TARGETS
from tests.waiting import until

SHIP = Policy(roles={"ship": Role(frozenset({"U1"}), frozenset({"deploy"}))})
WEEKEND = Freeze("the weekend", weekly=("Fri 16:00 to Mon 07:00",))


class File:
    """A fisk.toml that is read as these settings, or does not fit."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.read = 0
        self.settings: Settings | None = None
        path.write_text("")

    def __call__(self) -> Settings:
        self.read += 1
        if self.settings is None:
            raise BadSettings(why="line 3")
        return self.settings


@pytest.fixture
def file(tmp_path: Path) -> File:
    return File(tmp_path / "fisk.toml")


@asynccontextmanager
async def reloading(file: File) -> AsyncIterator[tuple[Reload, Access, Freezes]]:
    access, freezes = Access(Rules(policy=Policy(frozenset({"U9"}))), KINDS), Freezes()
    it = Reload(access, freezes, file.path, file)
    working = asyncio.create_task(it.work())
    try:
        yield it, access, freezes
    finally:
        await end([working])


async def test_a_changed_file_gives_new_rules_and_freezes(file: File) -> None:
    async with reloading(file) as (_, access, freezes):
        file.settings = Settings(_env_file=None, access=SHIP, freeze=(WEEKEND,))
        file.path.write_text("changed")
        await until(lambda: file.read)
        await until(lambda: access.rules.policy == SHIP)
        assert (freezes.windows, access.rules.stale) == ((WEEKEND,), "")


async def test_whoever_asks_gets_them_read_though_the_file_is_the_same(file: File) -> None:
    async with reloading(file) as (it, access, _):
        file.settings = Settings(_env_file=None, access=SHIP)
        it.ask()
        await until(lambda: access.rules.policy == SHIP)
        assert file.read == 1


async def test_a_file_that_is_being_written_is_read_once_it_rests(
    file: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = [1, 2, 3]
    looks: list[int] = []

    def look(_file: Path) -> tuple[float, int, int]:
        looks.append(file.read)
        return 0.0, sizes[min(len(looks), len(sizes)) - 1], 0

    monkeypatch.setattr(reload, "_state", look)
    monkeypatch.setattr(reload, "LOOK_EVERY", 0.01)
    file.settings = Settings(_env_file=None, access=SHIP)
    async with reloading(file):
        await until(lambda: len(looks) > 6)
    assert looks[:5] == [0, 0, 0, 0, 1]


async def test_a_file_without_a_target_that_is_served_keeps_what_protects_it(file: File) -> None:
    async with reloading(file) as (it, access, _):
        served = Settings(_env_file=None, targets=TARGETS).rules
        access.take(served)
        file.settings = Settings(_env_file=None, access=SHIP)
        it.ask()
        await until(lambda: access.rules.stale)
        assert access.rules == replace(served, stale=access.rules.stale)
        assert "target app is gone, which needs a restart" in access.rules.stale


@pytest.mark.parametrize("how", ["does not fit", "is gone"])
async def test_a_file_that_cannot_be_read_keeps_the_rules(file: File, how: str) -> None:
    async with reloading(file) as (it, access, _):
        if how == "is gone":
            file.path.unlink()
        it.ask()
        await until(lambda: access.rules.stale)
        assert access.rules.policy == Policy(frozenset({"U9"}))
        assert "line 3" in access.rules.stale
