"""What people type and press in the transcripts of docs/tasks/, in this order and in one story."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Typed:
    """`/fisk LINE` in the channel."""

    line: str
    user: str = "ana"


@dataclass(frozen=True, slots=True)
class Pressed:
    """The newest button with this label that somebody sees."""

    label: str
    user: str = "ana"


@dataclass(frozen=True, slots=True)
class Shell:
    """`fisk LINE` in a terminal on fisk's host; with other settings, if any."""

    line: str
    settings: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BotDown:
    """The bot is gone, as after kill -9."""


Step = Typed | Pressed | Shell | BotDown
NOWHERE = {"FISK_REDIS_URL": "redis://127.0.0.1:1/0"}

SCENES: dict[str, tuple[Step, ...]] = {
    "where-building": (Typed("where 9c41d07"),),
    "where-left-out": (Typed("where b7d0c5e"),),
    "noop": (Typed("deploy 3f2a1b9 --noop"),),
    "refused": (Typed("deploy 51ab3c4"),),
    "put-back": (Typed("deploy e02d8aa"), Pressed("Log")),
    "deploy": (Typed("deploy 3f2a1b9"),),
    "rollback": (Typed("rollback app"),),
    "hold": (
        Typed("lock app incident 4711, nobody deploys --for 2h"),
        Typed("deploy 3f2a1b9", "marko"),
        Typed("unlock app"),
    ),
    "build-failed": (Typed("build 77be0f2"), Pressed("Rerun")),
    "buildkit": (Typed("buildkit"), Typed("buildkit restart")),
    "env": (
        Typed("env copy fiskai-app fiskai-staging --only FEATURE_*"),
        Pressed("Copy"),
        Pressed("Undo"),
        Pressed("Remove"),
    ),
    "staging": (Typed("deploy 3f2a1b9 --to staging"),),
    "release": (Typed("deploy 3f2a1b9 --to release"), Typed("rollback app")),
    "newcomer": (Typed("deploy 3f2a1b9", "ivo"), Typed("access check @ivo deploy 3f2a1b9")),
    "changes": (Typed("changes 1h"),),
    "slack-down": (Shell("locks"), Shell("history app 2")),
    "bot-down": (BotDown(), Shell("deploy 3f2a1b9")),
    "memory-down": (Shell("deploy 3f2a1b9", NOWHERE),),
}
