"""Logs: JSON lines on standard error, with the operation's id where there is one."""

from __future__ import annotations

import logging
import sys

import structlog


def configure(level: str) -> None:
    """Send fisk's own log, and warnings of the libraries, to standard error."""
    number = logging.getLevelNamesMapping()[level.upper()]
    logging.basicConfig(
        stream=sys.stderr,
        level=max(number, logging.WARNING),
        format='{"library": "%(name)s", "event": "%(message)s"}',
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
