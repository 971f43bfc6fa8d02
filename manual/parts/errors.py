"""Every error: its code, its sentence, why it comes where that needs more words, and what to do."""

from __future__ import annotations

import string
import sys
from collections.abc import Iterator
from itertools import groupby

import commands.dispatch  # noqa: F401 (it loads every feature, and so every error)
from deploy.core.errors import FiskError, HostFailure, SystemFailure, every_error


def listed() -> str:
    by_module = groupby(sorted(every_error(), key=_place), key=lambda kind: kind.__module__)
    return "\n\n".join(text for module, kinds in by_module for text in _module(module, kinds))


def _place(kind: type[FiskError]) -> tuple[str, str]:
    return kind.__module__, code(kind)


def _module(module: str, kinds: Iterator[type[FiskError]]) -> Iterator[str]:
    title = (sys.modules[module].__doc__ or "").partition("\n")[0]
    yield f"## {title.rstrip('.')}"
    yield from map(_error, kinds)


def _error(kind: type[FiskError]) -> str:
    lines = [f"### {code(kind)}", plain(kind.says), why(kind)]
    if kind.hint:
        lines.append(f"**What to do:** {plain(kind.hint)}")
    return "\n\n".join(filter(None, lines))


def code(kind: type[FiskError]) -> str:
    """As in `--json`; SYSTEM stands for whichever failed."""
    if issubclass(kind, HostFailure):
        return f"host_{kind.slug}"
    return f"SYSTEM_{kind.slug}" if issubclass(kind, SystemFailure) else kind.slug


def why(kind: type[FiskError]) -> str:
    """The class's own docstring, if it has one; a dataclass makes one of its fields."""
    doc = vars(kind).get("__doc__") or ""
    return "" if doc.startswith(f"{kind.__name__}(") else doc.partition("\n\n")[0].replace("\n    ", " ")


def plain(template: str) -> str:
    """A template with its fields in capitals: `{sha} is not there` as `SHA is not there`."""
    return "".join(map(_part, string.Formatter().parse(template))).rstrip()


def _part(part: tuple[str, str | None, str | None, str | None]) -> str:
    text, name, *_ = part
    apart = " " if name and text[-1:].isalpha() else ""  # the value begins with its own punctuation
    return text + apart + (name or "").upper().replace("_", "-")
