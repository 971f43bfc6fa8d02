"""Arguments of a deploy to a group."""

from __future__ import annotations

from deploy.core.model import Arguments, short
from deploy.core.values import dataclass


@dataclass(frozen=True, slots=True)
class GroupArguments(Arguments):
    """`parts`: each target with the commit that it gets, in the order of the group; `force` counts for all."""

    group: str
    parts: tuple[tuple[str, str], ...]
    at_once: bool = False
    force: bool = False

    @property
    def what(self) -> str:
        return ", ".join(f"{short(sha)} to {target}" for target, sha in self.parts)

    @property
    def place(self) -> str:
        return self.group
