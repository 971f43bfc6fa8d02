"""Structured logs by structlog: each line carries what `about` says of the place that it is written at."""

from __future__ import annotations

import structlog
from structlog.contextvars import bound_contextvars, merge_contextvars
from structlog.stdlib import BoundLogger, LoggerFactory, ProcessorFormatter, filter_by_level

structlog.configure(
    processors=[filter_by_level, merge_contextvars, ProcessorFormatter.wrap_for_formatter],
    wrapper_class=BoundLogger,
    logger_factory=LoggerFactory(),
    cache_logger_on_first_use=True,
)

about = bound_contextvars  # facts for each line that is written within the block, in whatever task it begins


def logger(name: str = "fisk") -> BoundLogger:
    log: BoundLogger = structlog.get_logger(name)
    return log
