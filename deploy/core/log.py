"""Structured logs: the standard library's logging, as JSON lines.

structlog would do the same, but makes every start slower.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime


class Log:
    """A logger whose lines have a name for the event and facts beside it."""

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def info(self, event: str, **facts: object) -> None:
        self._tell(logging.INFO, event, facts)

    def warning(self, event: str, **facts: object) -> None:
        self._tell(logging.WARNING, event, facts)

    def error(self, event: str, error: BaseException | None = None, **facts: object) -> None:
        """Log an error; with `error`, its traceback too."""
        self._tell(logging.ERROR, event, facts, error)

    def exception(self, event: str, **facts: object) -> None:
        """Log the exception that is being handled, with its traceback."""
        self._tell(logging.ERROR, event, facts, sys.exc_info()[1])

    def _tell(
        self, level: int, event: str, facts: dict[str, object], error: BaseException | None = None
    ) -> None:
        self._logger.log(level, "%s", event, exc_info=error, extra={"facts": facts})


class JsonLines(logging.Formatter):
    """One JSON object for each record, from any logger."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "event": record.getMessage(),
            **getattr(record, "facts", {}),
            "level": record.levelname.lower(),
            "logger": record.name,
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str, ensure_ascii=False)
