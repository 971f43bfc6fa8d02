"""JSON from outside, read within bounds: a few megabytes of `[]` would take seconds, and most of the memory."""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import Any

MOST_VALUES = 250_000  # the largest real answers, lists of a hundred runs or applications, have about 30,000
MARKS = (b",", b"[", b"{")
TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[,\[{]', re.DOTALL)


def loads(text: bytes | str) -> Any:
    """The value that a text stands for.

    Not in a thread: the parser keeps the interpreter to itself, so a bound is what leaves time for others.

    Raises:
        ValueError: it is no JSON, is nested too deeply, or has more than MOST_VALUES values.
    """
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if sum(map(raw.count, MARKS)) > MOST_VALUES and _has_more_values(raw):
        raise ValueError(f"more than {MOST_VALUES} values")
    try:
        return json.loads(text.decode("utf-8-sig") if isinstance(text, bytes) else text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _has_more_values(raw: bytes) -> bool:
    """Whether it has too many even without the marks inside texts."""
    marks = (None for found in TOKEN.finditer(raw) if not found[0].startswith(b'"'))
    return next(islice(marks, MOST_VALUES, None), True) is None
