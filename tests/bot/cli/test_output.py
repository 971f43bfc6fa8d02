"""What is printed can neither be obeyed by a terminal nor hide anything from its reader."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bot.cli.main import Options, listed, show, show_error, show_json, warn
from deploy.core.actor import Offer
from deploy.core.errors import NotUnderstood

if TYPE_CHECKING:
    import pytest

BAD = "Round\x1b[2J VAT\u202e\u200b\U000e0041\x9b1A\x07"
SHOWN = "Round[2J VAT1A"


def test_json_spells_what_nobody_sees_as_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    show_json({"title": BAD})
    out = capsys.readouterr().out
    assert json.loads(out) == {"title": BAD}
    assert out == ('{"title": "Round\\u001b[2J VAT\\u202e\\u200b\\udb40\\udc41\\u009b1A\\u0007"}\n')


def test_text_is_printed_without_it(capsys: pytest.CaptureFixture[str]) -> None:
    show(f"{BAD}\n{listed([Offer(BAD, BAD)])}")
    warn(BAD)
    assert capsys.readouterr() == (f"{SHOWN}\n  {SHOWN}: fisk {SHOWN}\n", f"{SHOWN}\n")


def test_an_error_is_printed_without_it(capsys: pytest.CaptureFixture[str]) -> None:
    show_error(NotUnderstood(what=BAD), Options())
    assert capsys.readouterr().err == f"{SHOWN}\n`fisk help` lists the commands.\n"
    show_error(NotUnderstood(what=BAD), Options(as_json=True))
    assert json.loads(capsys.readouterr().out)["error"]["sentence"] == BAD


def test_json_names_lines_as_they_are_typed_here(capsys: pytest.CaptureFixture[str]) -> None:
    show_json({"why": ["Held.\n/fisk locks tells", ("`/fisk unlock app`", 1)], "path": "/opt/fisk locks"})
    assert json.loads(capsys.readouterr().out) == {
        "why": ["Held.\nfisk locks tells", ["`fisk unlock app`", 1]],
        "path": "/opt/fisk locks",
    }
