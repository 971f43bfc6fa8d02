"""Settings come from a folder that somebody has chosen, never from the one in which they stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.app import places
from bot.app.load import load
from bot.app.places import Places
from bot.cli.main import USAGE, run


@pytest.fixture(autouse=True)
def hostile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where one stands: a folder of somebody else's. The project's own and /etc/fisk are beside it."""
    for name in ("FISK_CONFIG", "FISK_COOLIFY_URL", "FISK_STATE"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "hostile"
    folder.mkdir()
    (folder / ".env").write_text("FISK_COOLIFY_URL=http://attacker.example\nFISK_STATE=here\n")
    (folder / "fisk.toml").write_text('[access]\ndeployers = ["U0ATTACK1"]\n')
    monkeypatch.chdir(folder)
    monkeypatch.setattr(places, "PROJECT", tmp_path / "project")
    monkeypatch.setattr(places, "SYSTEM", tmp_path / "etc")
    return folder


def filled(folder: Path, url: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / ".env").write_text(f"FISK_COOLIFY_URL={url}\n")
    return folder


def test_a_file_where_one_stands_is_not_read(tmp_path: Path) -> None:
    settings = load()
    assert (settings.coolify_url, settings.access.deployers) == ("http://127.0.0.1:8000", frozenset())
    assert (settings.config, settings.state) == (
        tmp_path / "project" / "fisk.toml",
        tmp_path / "project" / "state",
    )


def test_the_projects_own_folder_counts_and_etc_fisk_before_it(tmp_path: Path) -> None:
    filled(tmp_path / "project", "http://project.example")
    assert load().coolify_url == "http://project.example"
    filled(tmp_path / "etc", "http://etc.example")
    assert load().coolify_url == "http://etc.example"


@pytest.mark.parametrize("name", ["", "fisk.toml", "other.toml"])
def test_what_somebody_names_counts_before_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    filled(tmp_path / "etc", "http://etc.example")
    chosen = filled(tmp_path / "chosen", "http://chosen.example")
    monkeypatch.setenv("FISK_CONFIG", str(chosen / name))
    assert load().coolify_url == "http://chosen.example"
    assert places.places() == Places(chosen / ".env", chosen / (name or "fisk.toml"))
    assert load().state == chosen / "state"


@pytest.mark.parametrize("form", [("--config", "{}"), ("--config={}",)])
def test_a_line_may_name_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FISK_CONFIG", "")  # put back after the test
    run([*(part.format(tmp_path / "chosen") for part in form), "check"])
    assert f"no targets in {tmp_path}/chosen; there is no such file" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--config"], ["--config="], ["--config", ""]])
def test_a_line_that_names_nothing_is_not_understood(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words) == USAGE
    assert "`--config` names fisk.toml, or the folder with it and .env." in capsys.readouterr().err
