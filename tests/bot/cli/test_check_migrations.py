"""`fisk check` tells of a target's migrations that are none."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.app.settings import Settings
from bot.cli.check_migrations import migrations
from bot.cli.main import DONE
from deploy.core.model import Target
from tests.bot.cli.checking import lines, stage, world
from tests.deploy.systems.conftest import clients

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.world import World
    from tests.deploy.systems.conftest import Clients

__all__ = ["clients", "stage", "world"]

APP = Target("app", "ghcr.io/wandeon/fiskai-app", "uuid", "https://app.example.com/health")
SQL, NONE = "prisma/migrations/**/migration.sql", "prisma/migration/**"
UNSEEN = "a way back over such files would not be seen; look at `migrations` of app in fisk.toml"
BOTH = ("prisma/migrations/1_vat/migration.sql", "prisma/migrations/2_line/migration.sql")


@pytest.mark.usefixtures("stage")
async def test_a_pattern_that_fits_no_file_of_the_branch_is_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "fisk.toml"
    config.write_text(config.read_text().replace("[targets.app]", f'[targets.app]\nmigrations = "{NONE}"', 1))
    assert Settings().targets["app"].migrations == (NONE,)
    told = await lines(capsys, DONE)
    assert told["✓ app: migrations"] == f"`{NONE}` matches nothing on main: {UNSEEN}"
    assert "✓ staging: migrations" not in told


@pytest.mark.parametrize(
    ("patterns", "told"),
    [
        ((SQL,), "2 files on main"),
        ((SQL, f"!{BOTH[0]}"), "1 file on main"),
        ((SQL, NONE, "*.sql"), f"`{NONE}` and `*.sql` match nothing on main: {UNSEEN}"),
        (("*" * 501,), "not known: `migrations` in fisk.toml is too complex to be tried"),
    ],
)
async def test_each_pattern_is_tried(
    world: World, clients: Clients, patterns: tuple[str, ...], told: str
) -> None:
    world.github.contents.files |= dict.fromkeys(BOTH, "alter table line;")
    assert await migrations(replace(APP, migrations=patterns), clients.github()) == told


async def test_where_github_lists_not_all_what_fits_none_is_not_known(world: World, clients: Clients) -> None:
    world.github.contents.files |= dict.fromkeys(BOTH, "alter table line;")
    world.github.contents.truncated = True
    told = [await migrations(replace(APP, migrations=(each,)), clients.github()) for each in (SQL, NONE)]
    assert told == ["2 files on main", "not known: main has more files than GitHub lists"]
