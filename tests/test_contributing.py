"""Every path that CONTRIBUTING.md and the docs name exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = [
    ROOT / "CONTRIBUTING.md",
    ROOT / "README.md",
    ROOT / "SECURITY.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
FOLDERS = ("bot", "commands", "deploy", "sandbox", "tests", "bench", "docs", "manual", "scripts")
NAMED = re.compile(rf"`((?:{'|'.join(FOLDERS)})/[\w./*-]+)`")
NOUN = re.compile(r"NOUN|NAME")


def named(page: Path) -> list[str]:
    return [path for path in NAMED.findall(page.read_text()) if not NOUN.search(path)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    assert [path for path in named(page) if not list(ROOT.glob(path.rstrip("/")))] == []


def test_every_test_that_the_threat_model_names_is_there() -> None:
    named_tests = re.findall(r"tests/[\w/]+\.py", (ROOT / "SECURITY.md").read_text())
    assert [path for path in named_tests if not (ROOT / path).exists()] == []
    assert len(named_tests) > 20


def test_contributing_names_files() -> None:
    assert len(named(ROOT / "CONTRIBUTING.md")) > 20
