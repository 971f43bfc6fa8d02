"""What no reader sees is left out of text, and spelled as a number in JSON."""

from __future__ import annotations

import json
import sys
import unicodedata

import pytest
from hypothesis import given, strategies as st

from deploy.core.visible import HIDDEN, numbered, visible

# Signs before a number or a word, which are seen, and joints of Egyptian hieroglyphs.
SEEN = {*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD, *range(0x13430, 0x13440)}


def test_every_character_that_unicode_calls_a_control_is_known() -> None:
    kinds = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    hidden = {code for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) in kinds}
    assert {code for code in hidden - SEEN if not HIDDEN.match(chr(code))} == {ord("\t"), ord("\n")}


@pytest.mark.parametrize("text", ["Ana Kovač", "naïve", "日本", "a\tb\nc", "✔\ufe0f ✓ ● 🚀", "مرحبا", "שלום"])
def test_what_is_seen_stays(text: str) -> None:
    assert visible(text) == text


@given(st.text())
def test_json_keeps_its_meaning_and_shows_nothing_hidden(text: str) -> None:
    spelled = numbered(json.dumps([text], ensure_ascii=False))
    assert json.loads(spelled) == [text]
    assert not HIDDEN.search(spelled)
