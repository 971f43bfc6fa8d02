"""`scripts/transcripts`: plays the transcripts of docs/tasks/ anew, and writes those that say something else by now."""

from __future__ import annotations

import asyncio
import re
import sys
import textwrap
from collections.abc import Mapping

from manual.played import played
from manual.project import DOCS

BLOCK = re.compile(
    r"(?<=<!-- played: )(?P<scene>[\w-]+)(?P<mark> -->\n\n)(?P<text>(?:(?: {4}.*)?\n)*?)(?=\S|\Z)"
)
PAGES = "tasks/*.md"
DEPLOY_SECONDS = 4.0
SPAN = re.compile(r"\b\d+(?:\.\d+)? (?:s|min|h|days?)(?: \d+ (?:s|min))?\b|\bjust now\b(?! ago)")
MOMENT = re.compile(r"\b\d{1,2} [A-Z][a-z]{2} \d\d:\d\d UTC")
NUMBER = re.compile(r"\S*\d\S*")
ID = re.compile(r"\b[a-z]-[0-9a-z]{6}\b|\b[0-9a-z]{8}…")  # of an operation; of a deployment of Coolify's
BAR = re.compile(r"[▰▱]+")
COMMIT = re.compile(r"\b[0-9a-f]{7}\b")


def rewritten(page: str, scenes: Mapping[str, str]) -> str:
    """A page with each transcript that says something else in its new form. Raises KeyError for an unknown scene."""

    def block(found: re.Match[str]) -> str:
        new = scenes[found["scene"]]
        if settled(new) == settled(found["text"]):
            return found[0]
        return f"{found['scene']}{found['mark']}{textwrap.indent(new, '    ')}\n\n"

    return BLOCK.sub(block, page).rstrip("\n") + "\n"


def settled(text: str) -> str:
    """What is the same in each run: without times, ids and digests, and however the lines are broken."""
    text = ID.sub("#1", BAR.sub("▰", text))
    text = MOMENT.sub("#", SPAN.sub("#", text)).replace("# ago", "#")
    return " ".join(NUMBER.sub(lambda found: found[0] if COMMIT.search(found[0]) else "#", text).split())


def shown() -> dict[str, str]:
    """Each transcript that a page has, by its scene."""
    texts = (path.read_text() for path in DOCS.glob(PAGES))
    return {found["scene"]: found["text"] for text in texts for found in BLOCK.finditer(text)}


def main() -> int:
    scenes = asyncio.run(played(DEPLOY_SECONDS))
    for path in sorted(DOCS.glob(PAGES)):
        before = path.read_text()
        if (text := rewritten(before, scenes)) != before:
            path.write_text(text)
            print(path)  # noqa: T201 (what was written anew)
    return 0


if __name__ == "__main__":
    sys.exit(main())
