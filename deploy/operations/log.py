"""The operations' logger, made when something is first logged: structlog is a third of a short start."""

from __future__ import annotations

from functools import cache
from typing import Any


@cache
def logger() -> Any:
    import structlog  # noqa: PLC0415 (see above)

    return structlog.get_logger("fisk.operations")
