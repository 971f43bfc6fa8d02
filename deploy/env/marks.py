"""Digests of variables' contents."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploy.core.seal import Seal
    from deploy.systems.coolify.values import Variable


class Marks:
    """Cached digests of contents; one object for each plan, since the cache holds values."""

    def __init__(self, seal: Seal) -> None:
        self._seal = seal
        self._known: dict[tuple[str | bool, ...], str] = {}
        # By a variable's id, which stays its own while the variable is kept.
        self._of: dict[int, tuple[Variable, str]] = {}

    def of(self, variable: Variable | None) -> str:
        """The mark of all that a copy of this variable must get right; empty where there is none."""
        if variable is None:
            return ""
        if id(variable) not in self._of:
            self._of[id(variable)] = variable, self._mark(variable.content)
        return self._of[id(variable)][1]

    def _mark(self, content: tuple[str | bool, ...]) -> str:
        if content not in self._known:
            self._known[content] = self._seal.mark("content", repr(content))
        return self._known[content]


def fingerprint(seal: Seal, variable: Variable | None) -> str:
    """Six digits by which two people compare a variable's value; empty where there is none, or none is told."""
    told = variable is not None and variable.value is not None
    return seal.fingerprint(variable.text if variable and told else None)
