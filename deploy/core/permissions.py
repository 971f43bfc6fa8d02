"""The permissions that roles give, and which of them a command or an operation needs."""

from __future__ import annotations

from typing import Literal, get_args

Permission = Literal[
    "look",
    "details",
    "deploy",
    "rollback",
    "builds",
    "env",
    "buildkit",
    "locks",
    "approve",
    "force",
    "break-glass",
    "admin",
]  # each stands for a group of verbs; `force` and `break-glass` are needed on top of the verb's own
PERMISSIONS: tuple[Permission, ...] = get_args(Permission)
READING: frozenset[Permission] = frozenset({"look", "details"})
ON_TOP: frozenset[Permission] = frozenset({"force", "break-glass"})


def needed(
    own: Permission, *, force: bool = False, break_glass: bool = False, deploys: bool = False
) -> tuple[Permission, ...]:
    """A verb's own permission, and those on top of it. `deploys`: it deploys besides, as `env copy --redeploy` does."""
    extra: list[Permission] = ["deploy"] if deploys else []
    if force:
        extra.append("force")
    if break_glass:
        extra.append("break-glass")
    return own, *extra
