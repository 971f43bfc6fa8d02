"""The verbs by what somebody is about, as `help` lists them."""

from __future__ import annotations

from deploy.core.values import dataclass


@dataclass(frozen=True, slots=True)
class Group:
    """`name` is a topic of `help`, too, where no verb is called that."""

    name: str
    about: str
    verbs: tuple[str, ...]


GROUPS = (
    Group("look", "how things stand", ("status", "where", "logs", "history", "stats", "op", "locks")),
    Group(
        "deploy",
        "put a commit into a target, or go back",
        (
            "deploy",
            "skip",
            "rollback",
            "promote",
            "follow",
            "undo",
            "cancel",
            "lock",
            "unlock",
            "approve",
            "reject",
        ),
    ),
    Group(
        "builds",
        "what is built, and where",
        ("builds", "build", "runner", "buildkit", "notify"),
    ),
    Group(
        "env",
        "variables of Coolify's applications",
        ("env list", "env diff", "env copy", "env resume", "env undo"),
    ),
    Group(
        "night",
        "when something is wrong",
        ("changes", "timeline", "doctor", "memory", "replicas", "audit", "access", "help"),
    ),
)
BY_NAME = {group.name: group for group in GROUPS}
