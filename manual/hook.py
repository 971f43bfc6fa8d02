"""What mkdocs calls while it builds the site."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.structure.files import File, Files

from manual.links import OUTSIDE, within_site
from manual.parts import filled
from manual.project import DOCS, ROOT

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.pages import Page


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put the pages into the navigation that a pattern stands for: those that it does not name itself."""
    sections = [next(iter(each.values())) for each in config.nav or () if isinstance(each, dict)]
    named = {page for pages in sections for page in pages}
    for pages in sections:
        pages[:] = [each for entry in pages for each in _expanded(entry, named)]
    return config


def _expanded(entry: str, named: set[str]) -> list[str]:
    if "*" not in entry:
        return [entry]
    found = sorted(path.relative_to(DOCS).as_posix() for path in DOCS.glob(entry))
    return [page for page in found if page not in named]


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that lie outside docs/."""
    for name, page in OUTSIDE.items():
        files.append(File.generated(config, page, abs_src_path=str(ROOT / name)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Fill in the parts that are made from the code, and set the links right."""
    del config, files  # mkdocs hands them by name
    source = Path(page.file.abs_src_path or "").relative_to(ROOT)
    return within_site(filled(markdown), source.as_posix(), page.file.src_uri)
