"""Fixtures: no setting anywhere."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.app import places
from bot.app.settings import PREFIX


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without any setting, in an environment without any."""
    for name in list(os.environ):
        if name.startswith(PREFIX):
            monkeypatch.delenv(name)
    monkeypatch.setattr(places, "PROJECT", tmp_path)
    return tmp_path
