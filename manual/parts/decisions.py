"""The list of decisions."""

from __future__ import annotations

from manual.project import DOCS


def listed() -> str:
    return "\n".join(
        f"- [{path.read_text().partition(chr(10))[0].lstrip('# ')}]({path.name})"
        for path in sorted(DOCS.glob("decisions/0*.md"))
    )
