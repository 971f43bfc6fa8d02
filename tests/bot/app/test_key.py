"""The installation's key: where it comes from, and that nothing is open without it."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.app.key import key_file, seal
from bot.app.settings import Settings
from bot.app.wiring import opened
from deploy.core import errors
from deploy.core.seal import new_key
from tests.keys import KEY


def settings(
    folder: Path, redis: str = "", key: SecretStr | None = None, old: SecretStr | None = None
) -> Settings:
    empty = SecretStr("")
    return Settings(
        _env_file=None,
        config=folder / "none.toml",
        state=folder / "state",
        redis_url=SecretStr(redis),
        key=key or empty,
        key_old=old or empty,
    )


def test_the_embedded_valkey_gets_a_key_of_its_own_that_only_its_owner_can_read(tmp_path: Path) -> None:
    first = seal(settings(tmp_path)).proofs("fisk")
    assert seal(settings(tmp_path)).proofs("fisk") == first
    assert stat.S_IMODE(key_file(tmp_path / "state").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["key"]


def test_a_key_that_is_set_wins_over_the_file(tmp_path: Path) -> None:
    own = seal(settings(tmp_path)).proofs("fisk")
    assert seal(settings(tmp_path, key=KEY)).proofs("fisk") != own


def test_a_key_file_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("no folder")
    with pytest.raises(errors.BadSettings, match=r"FISK_STATE: .*key cannot be used"):
        seal(settings(tmp_path))


async def begin(it: Settings) -> None:
    async with opened(it):
        pass


async def test_without_a_key_nothing_of_a_shared_redis_is_opened(valkey_url: str, tmp_path: Path) -> None:
    with pytest.raises(errors.NoKey):
        await begin(settings(tmp_path, valkey_url))


async def test_nor_with_another_key_than_the_installations(valkey_url: str, tmp_path: Path) -> None:
    await begin(settings(tmp_path, valkey_url, KEY))
    with pytest.raises(errors.OtherKey, match="signed with another key than FISK_KEY"):
        await begin(settings(tmp_path, valkey_url, SecretStr(new_key())))
    await begin(settings(tmp_path, valkey_url, KEY))


async def test_the_key_is_changed_while_replicas_run(valkey_url: str, tmp_path: Path) -> None:
    new = SecretStr(new_key())
    await begin(settings(tmp_path, valkey_url, KEY, new))  # each replica believes both first
    await begin(settings(tmp_path, valkey_url, new, KEY))
    await begin(settings(tmp_path, valkey_url, KEY, new))
    await begin(settings(tmp_path, valkey_url, new, KEY))
    await begin(settings(tmp_path, valkey_url, new))
    with pytest.raises(errors.OtherKey):
        await begin(settings(tmp_path, valkey_url, KEY))
