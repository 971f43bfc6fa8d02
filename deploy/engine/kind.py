"""A kind of operation: everything that fisk knows of it, as one value."""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from deploy.core.model import Arguments, Operation, Resource
from deploy.core.outcomes import Outcome

if TYPE_CHECKING:
    from deploy.core.model import Actor, Origin
    from deploy.engine.op import Op

Story = Callable[[Any, "Op"], Awaitable["Outcome"]]
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # without what a tired eye confuses
ID_LENGTH = 6
OPTIONAL = re.compile(r"\[([^\]]*)\]")
FIELD = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Step:
    """A named part of a kind's story.

    Attributes:
        quiet: it keeps the books, so views show it only where it fails.
        sometimes: not every run has it, so nobody is told to expect it.
    """

    name: str
    quiet: bool = False
    sometimes: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of operation. `doing` and `busy` are templates over the arguments, in the form of `fill`.

    Attributes:
        story: runs it: called with the world and the operation's Op.
        arguments: the dataclass of what it is asked for with.
        doing: its headline while it runs, as in `Deploying {what} to {target}`.
        busy: what somebody is at, as in `is deploying {what} to {target}`.
        steps: in the order of the story; the first one is its opening, unless it is there sometimes only.
        outcomes: how it can end, besides the ends that every kind can have.
        locks: the resources that it locks, by its arguments; the first is the one that it is about.
    """

    name: str
    story: Story
    arguments: type[Arguments]
    doing: str
    busy: str
    steps: tuple[Step, ...]
    outcomes: tuple[type[Outcome], ...]
    locks: Callable[[Any], tuple[Resource, ...]]

    def operation(
        self,
        arguments: Arguments,
        now: float,
        *,
        actor: Actor,
        origin: Origin,
        reason: str = "",
        decided: str = "",
        line: str = "",
        usual: float = 0,
    ) -> Operation:
        """A new operation of this kind with a fresh id; `now` is the memory's time, the rest as Operation has it."""
        identity = "".join(secrets.choice(ALPHABET) for _ in range(ID_LENGTH))
        return Operation(
            id=f"{self.name[0]}-{identity}",
            kind=self.name,
            actor=actor,
            origin=origin,
            arguments=arguments,
            resources=self.locks(arguments),
            created=now,
            reason=reason,
            decided=decided,
            line=line,
            usual=usual,
        )

    @property
    def opening(self) -> str:
        """The step with which every run begins, so that it begins together with the operation; empty: none does."""
        first = next(iter(self.steps), None)
        return "" if first is None or first.sometimes else first.name

    @property
    def planned(self) -> tuple[str, ...]:
        """The steps that a person wants to see coming."""
        return tuple(step.name for step in self.steps if not step.quiet and not step.sometimes)

    @property
    def quiet(self) -> frozenset[str]:
        return frozenset(step.name for step in self.steps if step.quiet)


class Kinds(Mapping[str, Kind]):
    """All kinds that somebody knows, by name."""

    def __init__(self, kinds: Iterable[Kind] = ()) -> None:
        self._kinds = {kind.name: kind for kind in kinds}

    def __getitem__(self, name: str) -> Kind:
        return self._kinds[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._kinds)

    def __len__(self) -> int:
        return len(self._kinds)

    def opening(self, operation: Operation) -> str:
        """The opening of an operation's kind; empty where nobody knows it."""
        return self[operation.kind].opening if operation.kind in self else ""

    def busy(self, operation: Operation) -> str:
        """What whoever asked for it is at, as in `is deploying 3f2a1b9 to app`; also of a kind that nobody knows."""
        if operation.kind not in self:
            where = "".join(f" on {each.plain}" for each in operation.resources[:1])
            return f"is at work{where} ({operation.kind})"
        return fill(self[operation.kind].busy, operation.arguments)


def fill(template: str, arguments: Arguments, what: str = "") -> str:
    """A template's text. `{what}` is the commit, by default as asked for, and any other field the arguments' own.

    What stands in brackets is left out where a field in it is empty: `Rolling {target} back[ to {what}]`.
    """

    def value(name: str) -> str:
        return str((what or arguments.what) if name == "what" else getattr(arguments, name, ""))

    def optional(found: re.Match[str]) -> str:
        return found[1] if all(value(name) for name in FIELD.findall(found[1])) else ""

    return FIELD.sub(lambda found: value(found[1]), OPTIONAL.sub(optional, template)).strip()
