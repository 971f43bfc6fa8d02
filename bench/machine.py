"""The machine that the benches run on, in a line: figures mean little without it."""

from __future__ import annotations

import os
import platform
import re
import statistics
import tempfile
import time
from pathlib import Path

MODEL = r"model name\s*: (.*)"
SYNCS = 200
WRITTEN = b"x" * 1500  # about what fisk's memory writes down at once


def described() -> str:
    """Processors, memory, kernel and Python; and how long its disk takes to keep something, by fdatasync."""
    memory = _found(r"MemTotal:\s+(\d+)", "/proc/meminfo")
    parts = (
        f"{os.cpu_count()} cores of {_found(MODEL, '/proc/cpuinfo')}",
        f"{int(memory) / 2**20:.0f} GiB",
        f"Linux {platform.release()}",
        f"Python {platform.python_version()}",
        f"fdatasync {_fdatasync():.2f} ms",
    )
    return ", ".join(parts)


def _found(pattern: str, file: str) -> str:
    found = re.search(pattern, Path(file).read_text())
    return found[1] if found else "unknown"


def _fdatasync() -> float:
    """Milliseconds, the median."""
    with tempfile.TemporaryFile(buffering=0) as file:
        return statistics.median(_kept(file.fileno()) for _ in range(SYNCS))


def _kept(descriptor: int) -> float:
    os.write(descriptor, WRITTEN)
    begun = time.perf_counter()
    os.fdatasync(descriptor)
    return (time.perf_counter() - begun) * 1000
