"""A key of fisk.toml that there is not: its line, and the nearest key that there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.app.load import load
from deploy.core.errors import BadSettings

APP = '[targets.app]\nimage = "a/b"\napp = "x"\nhealth = "http://a/b"\n'


@pytest.mark.parametrize(
    ("toml", "why"),
    [
        (f'{APP}platfrom = "linux/arm64"\n', "targets.app.platfrom: {} (line 5; the nearest is `platform`)"),
        (f'{APP}\n[acess]\ndeployers = ["U1"]\n', "acess: {} (line 6; the nearest is `access`)"),
        (f'{APP}\n[acess.roles.team]\nmay = ["deploy"]\n', "acess: {} (line 6; the nearest is `access`)"),
        (
            '[access.roles."the team"]\nmay = [\n  "deploy",\n]\nmembres = ["U1"]\n',
            "access.roles.the team.membres: {} (line 5; the nearest is `members`)",
        ),
        (
            '[buildkit]\nhost = "x"\ncontaner = "y"\n',
            "buildkit.contaner: {} (line 3; the nearest is `container`)",
        ),
        (
            'access.roles.team.membres = ["U1"]\n',
            "access.roles.team.membres: {} (line 1; the nearest is `members`)",
        ),
        (
            '[access]\nroles = { team = { membres = ["U1"] } }\n',
            "access.roles.team.membres: {} (the nearest is `members`)",
        ),
        (f'{APP}migratons = "db/**"\n', "targets.app.migratons: {} (line 5; the nearest is `migrations`)"),
        (f'{APP}zzz = "red"\n', "targets.app.zzz: {} (line 5)"),
    ],
)
def test_a_typo_is_told_with_its_line_and_the_nearest_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, toml: str, why: str
) -> None:
    (tmp_path / "fisk.toml").write_text(toml)
    monkeypatch.setenv("FISK_CONFIG", str(tmp_path))
    with pytest.raises(BadSettings) as refusal:
        load()
    assert why.format("extra inputs are not permitted") in str(refusal.value)


def test_of_several_freezes_the_one_with_the_typo_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = '[[freeze]]\nreason = "night"\nweekly = ["22:00 to 06:00"]\n'
    (tmp_path / "fisk.toml").write_text(f"{whole}\n{whole}zoen = 'UTC'\n")
    monkeypatch.setenv("FISK_CONFIG", str(tmp_path))
    with pytest.raises(BadSettings, match=r"freeze\.1\.zoen: .* \(line 8; the nearest is `zone`\)"):
        load()
