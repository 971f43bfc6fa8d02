"""The parts of pages that are made from the code, in place of `<!-- made: NAME -->`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from manual.parts import alerts, commands, decisions, errors, settings

PARTS: Mapping[str, Callable[[], str]] = {
    "alerts": alerts.listed,
    "commands": commands.listed,
    "decisions": decisions.listed,
    "errors": errors.listed,
    "settings": settings.environment,
    "tables": settings.tables,
}
MARK = re.compile(r"^<!-- made: (?P<part>\w+) -->$", re.MULTILINE)


def filled(markdown: str) -> str:
    """The page with its parts. Raises KeyError for one that there is not."""
    return MARK.sub(lambda found: PARTS[found["part"]](), markdown)
