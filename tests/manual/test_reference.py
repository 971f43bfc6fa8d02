"""The reference has every command, setting and error, each with what whoever reads it needs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.app.settings import STRUCTURE
from commands.dispatch import COMMANDS
from commands.grammar import parse
from commands.grammar.groups import GROUPS
from deploy.core.errors import FiskError, every_error
from manual.parts import PARTS, filled
from manual.parts.commands import KINDS, as_sent, examples, topics, typed
from manual.parts.errors import code, why
from manual.parts.settings import attributes, explanation, keys, models, variables
from manual.project import DOCS, ROOT


def headings(part: str) -> list[str]:
    return re.findall(r"^### (.+)$", PARTS[part](), re.MULTILINE)


# --- commands


def test_every_command_is_listed_once() -> None:
    assert sorted(topic for group in GROUPS for verb in group.verbs for topic in topics(verb)) == sorted(
        KINDS
    )
    assert len(headings("commands")) == len(COMMANDS)


@pytest.mark.parametrize("topic", KINDS)
def test_every_command_has_an_example_on_a_page(topic: str) -> None:
    assert examples().get(KINDS[topic])


@pytest.mark.parametrize(("page", "line"), sorted(set(typed())))
def test_every_line_that_a_page_shows_typed_is_understood(page: str, line: str) -> None:
    assert parse(as_sent(line)), page


# --- settings


@pytest.mark.parametrize("variable", variables())
def test_every_variable_is_explained(variable: str) -> None:
    assert explanation(variable)


@pytest.mark.parametrize("table", sorted(models()))
def test_every_key_of_fisk_toml_is_explained_by_its_models_docstring(table: str) -> None:
    model = models()[table]
    assert [key for key in keys(model) if key not in attributes(model)] == []


def test_every_table_of_fisk_toml_is_on_the_page() -> None:
    page = filled((DOCS / "reference/settings.md").read_text())
    assert [name for name in STRUCTURE if not re.search(rf"\[{name}[\].]", page)] == []


# --- errors


def test_every_error_is_listed_once() -> None:
    assert sorted(headings("errors")) == sorted(code(kind) for kind in every_error())


@pytest.mark.parametrize("kind", [*every_error()], ids=code)
def test_a_sentence_that_is_only_filled_in_has_its_cause_in_the_docstring(kind: type[FiskError]) -> None:
    told = [re.sub(r"\{[^}]*\}", "", text).strip() for text in (kind.says, kind.hint or kind.says)]
    assert all(told) or why(kind)


# --- the site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return folder


def test_the_site_has_a_page_for_each_file_and_loads_nothing_from_elsewhere(site: Path) -> None:
    pages = {path.parent.relative_to(site).as_posix() for path in site.rglob("index.html")}
    sources = {path.relative_to(DOCS).with_suffix("").as_posix() for path in DOCS.rglob("*.md")}
    assert {name.removesuffix("/README") for name in sources} - pages == set()
    assert {"CHANGELOG", "CONTRIBUTING", "SECURITY", "."} <= pages
    loads = re.compile(r"<(?:script|img|link|iframe)\b[^>]*(?:src|href)=\"?(?:https?:)?//[^>]*>")
    assert [found for path in site.rglob("*.html") for found in loads.findall(path.read_text())] == []


def test_no_part_of_a_page_is_left_to_be_made(site: Path) -> None:
    assert [path.name for path in site.rglob("*.html") if "<!-- made:" in path.read_text()] == []
