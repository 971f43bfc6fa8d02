"""docs/guarantees.md: every cell of its table names a test, and every test that it names is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

TEXT = Path("docs/guarantees.md").read_text()
TABLE, REST = TEXT.split("## Tests")[0], TEXT.split("## Tests")[1]
LISTED = {int(number): tests for number, tests in re.findall(r"^(\d+)\. (.+)$", REST, re.MULTILINE)}
NAMED = sorted(set(re.findall(r"`(tests/[^`]+)`", REST)))
CITED = {int(number) for group in re.findall(r"\[([\d, ]+)\]", TABLE) for number in group.split(", ")}
ROWS = [line.split("|")[3:6] for line in TABLE.splitlines() if line.startswith("| ") and line.count("|") == 6]


def test_what_is_cited_is_listed_and_nothing_else() -> None:
    assert set(LISTED) == CITED


@pytest.mark.parametrize("name", NAMED)
def test_each_test_that_is_named_is_there(name: str) -> None:
    file, _, function = name.partition("::")
    found = {
        each.name
        for each in ast.walk(ast.parse(Path(file).read_text()))
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert any(each.startswith("test_") for each in found) or "TestCase" in Path(file).read_text()
    assert not function or function in found


def test_each_row_names_a_test() -> None:
    rows = ROWS[1:]
    assert len(rows) > 20
    assert [row for row in rows if not any(re.search(r"\[[\d, ]+\]", cell) for cell in row)] == []
