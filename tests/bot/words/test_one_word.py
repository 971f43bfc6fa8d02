"""One thing has one word in whatever people read."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
READ = sorted(
    path
    for pattern in ("bot/words/*.py", "commands/*.py", "deploy/**/*errors*.py", "deploy/core/errors/*.py")
    for path in ROOT.glob(pattern)
)
OTHERS = {
    r"\bnot begun\b": "not started",
    r"\brolled it back\b|\breverted\b": "put back",
    r"\baborted?\b": "stopped",
    r"\bOops\b|\b[Ss]uccessfully\b|\b[Ss]orry\b": "nothing",
}


def _sentences(path: Path) -> Iterator[str]:
    """The texts of a file that are no docstrings."""
    tree = ast.parse(path.read_text())
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.value


@pytest.mark.parametrize(("other", "word"), OTHERS.items())
def test_no_other_word_is_used(other: str, word: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}: {text} ({word})"
        for path in READ
        for text in _sentences(path)
        if re.search(other, text, re.IGNORECASE)
    ]
    assert found == []
