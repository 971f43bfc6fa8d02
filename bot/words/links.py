"""Short forms of what is long, and the pages of GitHub and Coolify that they are links to.

Coolify's pages stand below its projects and environments, so an id alone has none: what has one is told by its path.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from deploy.core.pages import DEPLOYMENT
from deploy.core.units import short
from deploy.core.values import dataclass

# Code stays as it is, since people copy it. No part of an address, a digest or a longer word is a name.
NAMES = re.compile(
    r"(?P<code>`[^`\n]*`)"
    rf"|(?<![\w/.:@=#-])(?:(?P<page>{DEPLOYMENT})|(?P<sha>[0-9a-f]{{40}}|[0-9a-f]{{7}})|(?P<id>[a-z0-9]{{24}}))"
    r"(?![\w/@-])"
)
MIXED = re.compile(r"(?=.*\d)(?=.*[a-z])")  # no number, and no word
PAGE = re.compile(r"https?://[^\s<>|]+")
DIGITS = 8  # of one of Coolify's ids


@dataclass(frozen=True, slots=True)
class Links:
    """`repository`: the address of its page at GitHub, `coolify`: of Coolify; empty: there are no links to it."""

    repository: str = ""
    coolify: str = ""

    def commit(self, sha: str) -> str:
        return self._page(f"commit/{sha}")

    def compared(self, old: str, new: str) -> str:
        """What came with a commit since an earlier one."""
        return self._page(f"compare/{old}...{new}")

    def _page(self, path: str) -> str:
        return f"{self.repository}/{path}" if self.repository else ""

    def at_coolify(self, path: str) -> str:
        """A page of Coolify's, by its path; empty without one."""
        return f"{self.coolify}{path}" if self.coolify and path else ""

    def named(self, text: str) -> str:
        """Text in Slack's markup with commits and deployments outside of code as links, and long ids short."""
        return "".join(link(label, page) for label, page in self.parts(text)).replace("….", "…")

    def parts(self, text: str) -> Iterator[tuple[str, str]]:
        """A text piece by piece, each with the page that it is a link to; empty: none."""
        end = 0
        for found in NAMES.finditer(text):
            yield text[end : found.start()], ""
            yield self._short(found)
            end = found.end()
        yield text[end:], ""

    def _short(self, found: re.Match[str]) -> tuple[str, str]:
        name = found[0]
        if path := found["page"]:
            page = self.at_coolify(path)
            return f"{path.rpartition('/')[2][:DIGITS]}{'' if page else '…'}", page
        if found["code"] or not MIXED.match(name):
            return name, ""
        return (short(name), self.commit(name)) if found["sha"] else (f"{name[:DIGITS]}…", "")


NO_LINKS = Links()


def link(label: str, page: str) -> str:
    """A link in Slack's markup, or the label alone where there is no such page."""
    return f"<{page.replace('&', '&amp;')}|{label}>" if PAGE.fullmatch(page) else label


def origin(address: str) -> str:
    """Where a system's pages are, by the address at which fisk asks it."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def repository_page(api: str, repository: str) -> str:
    """The address of a repository's page, from that of GitHub's API; empty without a repository."""
    parts = urlsplit(api)
    return f"{parts.scheme}://{parts.netloc.removeprefix('api.')}/{repository}" if repository else ""
