"""Logs: JSON lines on standard error, those of libraries too."""

from __future__ import annotations

import logging
import sys
from typing import TextIO

from deploy.core.log import json_lines


def configure(level: str, stream: TextIO = sys.stderr) -> None:
    """Log to `stream` as JSON lines: fisk from this level on, libraries from warnings on."""
    number = logging.getLevelNamesMapping()[level.upper()]
    lines = logging.StreamHandler(stream)
    lines.setFormatter(json_lines())
    logging.basicConfig(handlers=[lines], level=max(number, logging.WARNING), force=True)
    logging.getLogger("fisk").setLevel(number)
    logging.getLogger("slack_bolt").addFilter(_is_news)


def _is_news(record: logging.LogRecord) -> bool:
    """Filter out Bolt's warning that the token is ignored: fisk passes its own authorization on purpose."""
    return "`token` (or SLACK_BOT_TOKEN env variable) will be ignored" not in record.getMessage()
