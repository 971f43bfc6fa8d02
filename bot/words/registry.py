"""Single-dispatch functions from replies and outcomes to text; the other modules register theirs."""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING

from bot.pictures.chart import Chart
from deploy.core.model import Offer, Operation
from deploy.core.values import dataclass
from deploy.deploys.arguments import SHIPS

if TYPE_CHECKING:
    from bot.words.format import Format
    from commands.reply import Reply
    from deploy.core.outcomes import Outcome


Text = tuple[str, tuple[Offer, ...]]


@singledispatch
def reply_text(reply: Reply, _fmt: Format) -> Text:
    """A reply's text and offers."""
    raise TypeError(f"nobody has words for {type(reply).__name__}")


@dataclass(frozen=True, slots=True)
class File:
    """A reply that is too long for a message; `summary` says in one line what is in it."""

    name: str
    title: str
    text: str
    summary: str


@singledispatch
def reply_file(_reply: Reply) -> File | None:
    """What is a file in Slack; None where a message has room for the reply."""
    return None


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn beside a reply's text; `alt` says it to whoever does not see it."""

    name: str
    title: str
    alt: str
    chart: Chart


@singledispatch
def reply_picture(_reply: Reply) -> Picture | None:
    """What is a picture in Slack, too; None where there is nothing to draw."""
    return None


@singledispatch
def outcome_text(outcome: Outcome, _operation: Operation, _fmt: Format) -> str:
    """The whole outcome, in one to three sentences."""
    raise TypeError(f"nobody has words for {type(outcome).__name__}")


@singledispatch
def outcome_offers(_outcome: Outcome, operation: Operation) -> tuple[Offer, ...]:
    """The next steps that make sense after this outcome."""
    return (log(operation),)


def log(operation: Operation) -> Offer:
    """A deploy's log is Coolify's; of the others there are their steps."""
    return Offer("Log", f"{'logs' if operation.kind in SHIPS else 'op'} {operation.id}")
