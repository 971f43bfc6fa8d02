"""Short forms of what is long, and the pages of GitHub that they are links to.

Coolify's pages stand below its projects, whose ids fisk does not know, so what is Coolify's has no link.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from deploy.core.units import short

# Code stays as it is, since people copy it. No part of an address, a digest or a longer word is a name.
NAMES = re.compile(
    r"(?P<code>`[^`\n]*`)"
    r"|(?<![\w/.:@=#-])(?:(?P<sha>[0-9a-f]{40}|[0-9a-f]{7})|(?P<id>[a-z0-9]{24}))(?![\w/@-])"
)
MIXED = re.compile(r"(?=.*\d)(?=.*[a-z])")  # no number, and no word
PAGE = re.compile(r"https?://[^\s<>|]+")
DIGITS = 8  # of one of Coolify's ids


@dataclass(frozen=True, slots=True)
class Links:
    """`repository`: the address of its page at GitHub; empty: there are no links."""

    repository: str = ""

    def commit(self, sha: str) -> str:
        return self._page(f"commit/{sha}")

    def compared(self, old: str, new: str) -> str:
        """What came with a commit since an earlier one."""
        return self._page(f"compare/{old}...{new}")

    def _page(self, path: str) -> str:
        return f"{self.repository}/{path}" if self.repository else ""

    def named(self, text: str) -> str:
        """Text in Slack's markup with each commit outside of code as a link, and long ids short."""
        return NAMES.sub(self._named, text).replace("….", "…")

    def _named(self, found: re.Match[str]) -> str:
        name = found[0]
        if found["code"] or not MIXED.match(name):
            return name
        return link(short(name), self.commit(name)) if found["sha"] else f"{name[:DIGITS]}…"


NO_LINKS = Links()


def link(label: str, page: str) -> str:
    """A link in Slack's markup, or the label alone where there is no such page."""
    return f"<{page.replace('&', '&amp;')}|{label}>" if PAGE.fullmatch(page) else label


def repository_page(api: str, repository: str) -> str:
    """The address of a repository's page, from that of GitHub's API; empty without a repository."""
    parts = urlsplit(api)
    return f"{parts.scheme}://{parts.netloc.removeprefix('api.')}/{repository}" if repository else ""
