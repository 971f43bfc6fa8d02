"""Access control: a pure function of actor, command, target and channel. What is not allowed is refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator

if TYPE_CHECKING:
    from deploy.core.model import Actor


def _known_forms(entries: frozenset[str]) -> frozenset[str]:
    for entry in entries:
        if not (entry.startswith("cli:") or entry[:1] in {"U", "W", "S"}):
            raise ValueError(f"{entry!r} is no Slack user (U…), user group (S…) or terminal user (cli:NAME)")
    return entries


@dataclass(frozen=True, slots=True)
class Policy:
    """Who may change things, the `[access]` table of fisk.toml: Slack user ids (`U…`), user groups (`S…`), terminal
    users (`cli:ana`, `cli:*`).

    `channels`, where it is not empty, lists the only Slack channels in which things may be changed.
    """

    deployers: Annotated[frozenset[str], AfterValidator(_known_forms)] = field(default_factory=frozenset)
    channels: frozenset[str] = field(default_factory=frozenset)

    @property
    def groups(self) -> frozenset[str]:
        """The Slack user groups whose members must be known to decide."""
        return frozenset(entry for entry in self.deployers if entry.startswith("S"))


@dataclass(frozen=True, slots=True)
class Decision:
    """`why`: the entry that allowed the actor, or that none matches; `channel`: refused because of the channel."""

    allowed: bool
    why: str
    channel: bool = False


def decide(
    policy: Policy,
    actor: Actor,
    *,
    changes: bool,
    confidential: bool = False,
    target: str = "",
    channel: str = "",
) -> Decision:
    """Everyone may read; to change something, or to see what is confidential, an entry of `deployers` must match.

    `channels` restricts changes only. `target` is reserved for later rules.
    """
    if not changes and not confidential:
        return Decision(allowed=True, why="looking is free")
    if changes and policy.channels and channel and channel not in policy.channels:
        return Decision(allowed=False, why=f"not from channel {channel}", channel=True)
    entry = _fitting(policy, actor)
    scope = f" for {target}" if target else ""
    return Decision(
        bool(entry), f"deployers: {entry}{scope}" if entry else "nobody listed them under deployers"
    )


def _fitting(policy: Policy, actor: Actor) -> str:
    if actor.id in policy.deployers:
        return actor.id
    if actor.at_terminal:
        return "cli:*" if "cli:*" in policy.deployers else ""
    return next(iter(sorted(policy.groups & actor.groups)), "")
