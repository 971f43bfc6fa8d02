"""Structured logs by structlog: each line carries what `about` says of the place that it is written at."""

from __future__ import annotations

import logging
import sys
from typing import Any

_rich: dict[str, Any] = {"rich": None} if "rich" not in sys.modules else {}
sys.modules.update(_rich)  # structlog would load it for a terminal's colours, 37 ms of every start

import structlog  # noqa: E402 (see above)
from structlog.contextvars import bound_contextvars, merge_contextvars  # noqa: E402
from structlog.processors import JSONRenderer, TimeStamper, format_exc_info  # noqa: E402
from structlog.stdlib import (  # noqa: E402
    BoundLogger,
    LoggerFactory,
    ProcessorFormatter,
    add_log_level,
    add_logger_name,
    filter_by_level,
)

for name in _rich:
    del sys.modules[name]

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


def json_lines() -> logging.Formatter:
    """One JSON object for each line of any logger, those of libraries too."""
    return ProcessorFormatter(
        foreign_pre_chain=[merge_contextvars],
        processors=[
            add_log_level,
            add_logger_name,
            ProcessorFormatter.remove_processors_meta,
            TimeStamper(fmt="iso"),
            format_exc_info,
            JSONRenderer(ensure_ascii=False, default=str),
        ],
    )
