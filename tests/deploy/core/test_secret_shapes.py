"""Redaction measured on shapes of secrets written for it; docs/guide/logs.md lists those that it misses."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.core.redact import harmless_lines, hide

SHAPES = Path(__file__).parent / "shapes"
GUIDE = Path("docs/guide/logs.md")
PIECE = 6  # characters of a secret that may not be seen in a row


@dataclass(frozen=True, slots=True)
class Shape:
    line: str
    secrets: tuple[str, ...]

    @property
    def missed(self) -> bool:
        shown = hide(self.line)
        return any(piece in shown for secret in self.secrets for piece in _pieces(secret))


def _pieces(secret: str) -> list[str]:
    return [secret[at : at + PIECE] for at in range(max(1, len(secret) - PIECE + 1))]


def _shape(text: str) -> Shape:
    text = re.sub(r"(?<!\\)\\n", "\n", text.replace("·", "")).replace("\\\\n", "\\n")
    secrets = tuple(re.findall("⟦(.*?)⟧", text, re.DOTALL))
    return Shape(text.replace("⟦", "").replace("⟧", ""), secrets)


def _lines(name: str) -> list[str]:
    lines = (SHAPES / name).read_text().splitlines()
    return [line for line in lines if line and not line.startswith("# ")]


def _listed_misses() -> list[str]:
    """The lines that the guide says are missed: the code block below their heading."""
    _, _, after = GUIDE.read_text().partition("## Secrets that are not seen")
    return re.findall(r"^    (.+)$", after.partition("\n## ")[0], re.MULTILINE)


def test_exactly_the_shapes_that_the_guide_lists_are_missed() -> None:
    shapes = [_shape(text) for text in _lines("secrets.txt")]
    assert len(shapes) >= 200
    assert all(shape.secrets for shape in shapes)
    assert [shape.line for shape in shapes if shape.missed] == _listed_misses()


@pytest.mark.parametrize("line", _lines("harmless.txt"))
def test_a_harmless_line_stays_as_it_is(line: str) -> None:
    assert hide(line) == line


@pytest.mark.parametrize("text", _lines("secrets.txt"))
def test_what_is_hidden_once_is_not_changed_again(text: str) -> None:
    once = hide(_shape(text).line)
    assert hide(once) == once


def test_line_by_line_as_much_is_hidden_as_at_once() -> None:
    shape = _shape("machine api.example.com\\n  login ana\\n  password ⟦s3cr3t⟧")
    assert harmless_lines(shape.line.split("\n"))[-1] == "  password ***"
