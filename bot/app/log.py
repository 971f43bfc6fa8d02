"""Logs: JSON lines on standard error, with the operation's id where there is one."""

from __future__ import annotations

import logging
import sys
from typing import TextIO

from deploy.core.log import JsonLines


def configure(level: str, stream: TextIO = sys.stderr) -> None:
    """Send fisk's own log from this level on, and warnings of the libraries, to standard error."""
    number = logging.getLevelNamesMapping()[level.upper()]
    lines = logging.StreamHandler(stream)
    lines.setFormatter(JsonLines())
    logging.basicConfig(handlers=[lines], level=max(number, logging.WARNING), force=True)
    logging.getLogger("fisk").setLevel(number)
    logging.getLogger("slack_bolt").addFilter(_is_news)


def _is_news(record: logging.LogRecord) -> bool:
    """Bolt warns at each start of what fisk means to do: tell it the workspace instead of having it ask."""
    return "`token` (or SLACK_BOT_TOKEN env variable) will be ignored" not in record.getMessage()
