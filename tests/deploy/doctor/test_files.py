"""Files that others may read or write are told by their paths."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from deploy.doctor.files import SettingsFiles
from deploy.doctor.rules_fisk import CHMOD, closed
from deploy.doctor.verdicts import broken, holds


@pytest.mark.parametrize(
    ("secret", "structure", "wrong"),
    [
        (0o600, 0o644, ()),
        (0o400, 0o600, ()),
        (0o640, 0o644, (".env has mode 640",)),
        (0o604, 0o644, (".env has mode 604",)),
        (0o600, 0o664, ("fisk.toml has mode 664",)),
        (0o644, 0o646, (".env has mode 644", "fisk.toml has mode 646")),
    ],
)
def test_secrets_are_for_their_owner_and_rules_are_written_by_nobody_else(
    tmp_path: Path, secret: int, structure: int, wrong: tuple[str, ...]
) -> None:
    environment, rules = tmp_path / ".env", tmp_path / "fisk.toml"
    for path, mode in ((environment, secret), (rules, structure)):
        path.touch()
        path.chmod(mode)
    files = SettingsFiles((environment, tmp_path / "missing"), (rules,))
    assert files.too_open() == tuple(f"{tmp_path}/{each}" for each in wrong)


@pytest.mark.root
def test_a_file_of_another_users_is_told(tmp_path: Path) -> None:
    (tmp_path / ".env").touch(mode=0o600)
    os.chown(tmp_path / ".env", 4321, 4321)
    assert SettingsFiles((tmp_path / ".env",)).too_open() == (
        f"{tmp_path}/.env belongs to another user (4321)",
    )


def test_the_rule_says_what_to_do() -> None:
    assert closed(()) == holds("they are fisk's alone")
    assert closed((".env has mode 644", "x has mode 666")) == broken(
        ".env has mode 644; x has mode 666", CHMOD
    )
