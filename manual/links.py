"""Links that are right on GitHub become right in the site, which has some pages from outside docs/."""

from __future__ import annotations

import os.path
import re
from pathlib import PurePosixPath

OUTSIDE = {  # files of the project → pages of the site
    "README.md": "index.md",
    "CONTRIBUTING.md": "CONTRIBUTING.md",
    "SECURITY.md": "SECURITY.md",
    "CHANGELOG.md": "CHANGELOG.md",
}
LINK = re.compile(r"(?:(?<=\]\()|(?<=src=\"))(?P<path>[^)#\s:\"]+)(?=[)#\s\"])")


def within_site(markdown: str, source: str, page: str) -> str:
    """The text of `source`, a file of the project, with its links as they are from `page` of the site."""

    def link(found: re.Match[str]) -> str:
        there = os.path.normpath(PurePosixPath(source).parent / found["path"])
        target = OUTSIDE.get(there) or there.removeprefix("docs/")
        return os.path.relpath(target, PurePosixPath(page).parent)

    return LINK.sub(link, markdown)


def slug(heading: str, separator: str) -> str:
    """A heading's anchor as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", separator)
