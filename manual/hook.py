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

DECISIONS = "decisions/README.md"


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put each decision into the navigation."""
    for section in config.nav or ():
        pages = next(iter(section.values())) if isinstance(section, dict) else []
        if DECISIONS in pages:
            pages += [f"decisions/{path.name}" for path in sorted(DOCS.glob("decisions/0*.md"))]
    return config


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
