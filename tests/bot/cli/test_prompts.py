"""Questions at a terminal: what is typed for a secret is not shown, and what names from outside hold is not obeyed."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING

from bot.cli.main import FAILED
from bot.cli.prompts import ask, choose
from bot.cli.service import COMMANDS

if TYPE_CHECKING:
    import pytest

CANARY = "xoxb-canary"
ASKS = "from bot.cli.prompts import ask_secret; print(len(ask_secret('Token', 'kept-canary')))"


def test_a_secret_is_not_shown_while_it_is_typed() -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", ASKS], stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    )
    os.close(theirs)
    shown = b""
    while b"Token" not in shown:
        shown += os.read(ours, 1024)
    os.write(ours, f"{CANARY}\n".encode())
    while f"\n{len(CANARY)}" not in shown.decode():
        shown += os.read(ours, 1024)
    assert process.wait(timeout=30) == 0
    os.close(ours)
    assert b"canary" not in shown


def test_names_from_outside_move_no_cursor(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n2\n"))
    ask("Image", "ghcr.io/\x1b[2Japp")
    assert choose("Application", ["\x1b]0;owned\x07app", "staging"]) == 1
    assert not {"\x1b", "\x07"} & set(capsys.readouterr().out)


def test_where_the_answers_end_nothing_is_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: os.PathLike[str], capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FISK_CONFIG", os.fspath(tmp_path))
    monkeypatch.setattr(sys, "stdin", io.StringIO("owner/name\n"))
    assert COMMANDS["init"]() == FAILED
    assert capsys.readouterr().err == "\nStopped; nothing was written.\n"
    assert os.listdir(tmp_path) == []  # noqa: PTH208 (nothing but their names)
