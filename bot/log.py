"""Logs: JSON lines on standard error, with the operation's id where there is one."""

from __future__ import annotations

import logging
import sys
from typing import TextIO

from deploy.log import JsonLines


def configure(level: str, stream: TextIO = sys.stderr) -> None:
    """Send fisk's own log from this level on, and warnings of the libraries, to standard error."""
    number = logging.getLevelNamesMapping()[level.upper()]
    lines = logging.StreamHandler(stream)
    lines.setFormatter(JsonLines())
    logging.basicConfig(handlers=[lines], level=max(number, logging.WARNING), force=True)
    logging.getLogger("fisk").setLevel(number)
