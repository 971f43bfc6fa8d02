"""The definition of a kind of operation, as one value."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from deploy.core.model import Actor, Arguments, Operation, Origin, Resource
from deploy.core.operation_id import ALPHABET, LENGTH
from deploy.core.outcomes import Outcome
from deploy.core.parts import PART, own_name
from deploy.core.permissions import Permission, needed
from deploy.core.values import dataclass

if TYPE_CHECKING:
    from deploy.engine.op import Op

Story = Callable[[Any, "Op"], Awaitable["Outcome"]]
DIGITS = 16  # of a fingerprint
OPTIONAL = re.compile(r"\[([^\]]*)\]")
FIELD = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Plan:
    """What an operation would do now, for whoever approves it.

    Attributes:
        wants: what would be done, as in `deploy 3f2a1b9 to app (4 commits, replaces a4c9e1f)`.
        fingerprint: of all that must be the same when it is done.
        notes: what to know besides, such as the gates that were forced.
        look: the line that shows it in full.
        exempt: whether nobody needs to approve it, since it is the way back.
        refused: whether it would be refused as things are, so that there is nothing to approve.
        until: when it is to be done, so that it may be approved until then; 0: at once.
    """

    wants: str
    fingerprint: str
    notes: tuple[str, ...] = ()
    look: str = ""
    exempt: bool = False
    refused: bool = False
    until: float = 0


@dataclass(frozen=True, slots=True)
class Step:
    """A named step of a kind's story.

    Attributes:
        by: who tells what its note says.
        quiet: bookkeeping, so views show it only where it fails.
        sometimes: not every run has it, so it is not listed in advance.
        acts: it changes something, in the system that `by` names.
        each: every part of the story has one of its own.
    """

    name: str
    by: str = ""
    quiet: bool = False
    sometimes: bool = False
    acts: bool = False
    each: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of operation. `doing` and `busy` are templates over the arguments, in the form of `fill`.

    Attributes:
        story: runs it: called with the world and the operation's Op.
        arguments: the dataclass of its arguments.
        doing: its headline while it runs, as in `Deploying {what} to {target}`.
        busy: the same about its actor, as in `is deploying {what} to {target}`.
        steps: in the order of the story; the first one is its opening, unless it is `sometimes`.
        outcomes: how it can end, besides the outcomes that every kind can have.
        locks: the resources that it locks, by its arguments; the first is its main one.
        right: the right that it takes, besides `force` and `break-glass`.
        verb: the command that begins it, where that has another name.
        touches: the resources whose rules it is under, where it does not lock them all.
        by: by whose right it acts and from where, by its arguments, where that is not whoever began it.
        plan: what an operation would do now, called with the world and the operation; only what other people may
            have to approve has one.
        waits: whether it does nothing but wait, so that a stopping fisk hands it over at once.
        parts: the parts of its story, by its arguments, where it has any.
    """

    name: str
    story: Story
    arguments: type[Arguments]
    doing: str
    busy: str
    steps: tuple[Step, ...]
    outcomes: tuple[type[Outcome], ...]
    locks: Callable[[Any], tuple[Resource, ...]]
    right: Permission
    verb: str = ""
    touches: Callable[[Any], tuple[Resource, ...]] | None = None
    plan: Callable[[Any, Operation], Awaitable[Plan]] | None = None
    waits: bool = False
    by: Callable[[Any], tuple[Actor, Origin]] | None = None
    parts: Callable[[Any], tuple[str, ...]] | None = None

    @property
    def typed(self) -> str:
        """The command that begins it."""
        return self.verb or self.name

    def concerns(self, arguments: Arguments) -> tuple[Resource, ...]:
        """The resources whose rules an operation is under."""
        return (self.touches or self.locks)(arguments)

    def needs(self, arguments: Arguments, *, break_glass: bool = False) -> tuple[Permission, ...]:
        """The permissions that an operation takes, its kind's own first."""
        force, deploys = (bool(getattr(arguments, name, False)) for name in ("force", "redeploy"))
        return needed(self.right, force=force, break_glass=break_glass, deploys=deploys)

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
        break_glass: str = "",
    ) -> Operation:
        """A new operation of this kind; `now` is the store's time, the rest as in Operation.

        Its id is new, or follows from the request in Slack that led to it, so that this leads to no second one.
        """
        resources = self.locks(arguments)
        asked = f"{origin.request} {self.name} {' '.join(map(str, resources))}"
        return Operation(
            id=f"{self.name[0]}-{_digits(asked) if origin.request else _random()}",
            kind=self.name,
            actor=actor,
            origin=origin,
            arguments=arguments,
            resources=resources,
            created=now,
            reason=reason,
            decided=decided,
            line=line,
            usual=usual,
            break_glass=break_glass,
        )

    @property
    def opening(self) -> str:
        """The first step of every run, whose intent is written with the operation; empty: none."""
        first = next(iter(self.steps), None)
        return "" if first is None or first.sometimes else first.name

    @property
    def planned(self) -> tuple[str, ...]:
        """The steps to list in advance, by their own names."""
        return tuple(step.name for step in self._planned)

    @property
    def _planned(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if not step.quiet and not step.sometimes)

    def planned_by(self, arguments: Arguments) -> tuple[str, ...]:
        """The same for an operation with these arguments: those of the whole story, then those of each part."""
        if self.parts is None or not isinstance(arguments, self.arguments):
            return self.planned
        whole = [step.name for step in self._planned if not step.each]
        own = [step.name for step in self._planned if step.each]
        return (*whole, *(f"{part}{PART}{name}" for part in self.parts(arguments) for name in own))

    @property
    def acting(self) -> frozenset[str]:
        """The steps that change something outside of fisk."""
        return frozenset(step.name for step in self.steps if step.acts)

    @property
    def quiet(self) -> frozenset[str]:
        return frozenset(step.name for step in self.steps if step.quiet)

    def has_acted(self, begun: Iterable[str]) -> bool:
        """Whether one of these steps, of whatever part of the story, changes something outside of fisk."""
        return not self.acting.isdisjoint(map(own_name, begun))


def following(id_: str) -> str:
    """An id that follows from another one, so that whoever makes it twice makes the same."""
    return id_[:2] + _digits(id_)


def _digits(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in digest[:LENGTH])


def _random() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


class Kinds(Mapping[str, Kind]):
    """Known kinds, by name."""

    def __init__(self, kinds: Iterable[Kind] = ()) -> None:
        self._kinds = {kind.name: kind for kind in kinds}

    def __getitem__(self, name: str) -> Kind:
        return self._kinds[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._kinds)

    def __len__(self) -> int:
        return len(self._kinds)

    def opening(self, operation: Operation) -> str:
        """The opening of an operation's kind; empty for an unknown kind."""
        return self[operation.kind].opening if operation.kind in self else ""

    def planned(self, operation: Operation) -> tuple[str, ...]:
        """The steps to list in advance; none for an unknown kind."""
        return self[operation.kind].planned_by(operation.arguments) if operation.kind in self else ()

    def did(self, operation: Operation, begun: Collection[str]) -> tuple[str, ...]:
        """What an operation did to which system: those of the steps that it began which act."""
        steps = {each.name: each for each in self[operation.kind].steps} if operation.kind in self else {}
        parts = [(step, begun_) for begun_ in begun if (step := steps.get(own_name(begun_))) and step.acts]
        order = list(steps)
        return tuple(
            f"{name}: {step.by}" for step, name in sorted(parts, key=lambda each: order.index(each[0].name))
        )

    def busy(self, operation: Operation) -> str:
        """What its actor is doing, as in `is deploying 3f2a1b9 to app`; also for an unknown kind."""
        if operation.kind not in self:
            where = "".join(f" on {each.plain}" for each in operation.resources[:1])
            return f"is at work{where} ({operation.kind})"
        return fill(self[operation.kind].busy, operation.arguments)


def fill(template: str, arguments: Arguments, what: str = "") -> str:
    """Fill a template. `{what}` is the commit, by default as requested; other fields are those of the arguments.

    Text in brackets is left out where a field in it is empty: `Rolling {target} back[ to {what}]`.
    """

    def value(name: str) -> str:
        return str((what or arguments.what) if name == "what" else getattr(arguments, name, ""))

    def optional(found: re.Match[str]) -> str:
        return found[1] if all(value(name) for name in FIELD.findall(found[1])) else ""

    return FIELD.sub(lambda found: value(found[1]), OPTIONAL.sub(optional, template)).strip()
