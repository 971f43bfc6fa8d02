"""Questions at a terminal. Answers may be piped, a line for each; secrets are not shown while they are typed."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Container, Sequence
from typing import Annotated, TypeVar

import click
from pydantic import Field, TypeAdapter, ValidationError

from bot.cli.main import show
from deploy.core import errors
from deploy.core.values import dataclass
from deploy.core.visible import visible

Answer = TypeVar("Answer")
Result = TypeVar("Result")
KEPT = " (Enter keeps the one that is there)"


@dataclass(frozen=True, slots=True)
class Form:
    """What an answer must be, and how that is called."""

    kind: TypeAdapter[str]
    told: str

    def fits(self, text: str) -> bool:
        try:
            self.kind.validate_python(text)
        except ValidationError:
            return False
        return True


NAME = Form(
    TypeAdapter(Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_\-]*$")]),
    "name: letters, digits, - and _",
)


async def answered(asked: Callable[[], Answer], tried: Callable[[Answer], Awaitable[Result]]) -> Result:
    """What trying an answer gives. Whatever is wrong with it is told, and it is asked for again."""
    while True:
        answer = asked()
        try:
            return await tried(answer)
        except errors.FiskError as error:
            show(f"✗ {error}")


async def fitting(asked: Callable[[], str], form: Form, taken: Container[str] = ()) -> str:
    """An answer that has the form, and is not taken."""

    async def tried(answer: str) -> str:
        if not form.fits(answer):
            raise errors.NotUnderstood(what=f"`{answer}` is no {form.told}.")
        if answer in taken:
            raise errors.NotUnderstood(what=f"`{answer}` is taken.")
        return answer

    return await answered(asked, tried)


def ask(
    question: str, default: str = "", *, optional: bool = False, read: Callable[[str], str] | None = None
) -> str:
    """An answer without the blanks around it. Raises click.Abort where there is none, as for Ctrl-C.

    `read` makes of it what is wanted, or raises click.BadParameter, which is told before it is asked again.
    """
    nothing = "" if optional else None
    told = click.prompt(
        visible(question), visible(default) or nothing, show_default=bool(default), value_proc=read
    )
    return _ended(told).strip()


def ask_secret(question: str, kept: str = "") -> str:
    """Likewise; `kept` is what Enter stands for, and is not shown."""
    hidden = sys.stdin.isatty()  # else getpass would look for a terminal, past what is piped
    told = click.prompt(question + KEPT * bool(kept), kept or None, show_default=False, hide_input=hidden)
    return _ended(told).strip()


def _ended(answer: Answer) -> Answer:
    """A terminal shows the Enter that somebody pressed; what is piped does not."""
    if not sys.stdin.isatty():
        show("")
    return answer


def choose(question: str, options: Sequence[str], default: int = 0) -> int:
    """Which of the options, by its number from 1; its index. One alone needs no answer."""
    if len(options) == 1:
        show(f"{question}: {options[0]}")
        return 0
    show(f"{question}:")
    for number, option in enumerate(options, 1):
        show(f"  {number}  {option}")
    return _ended(click.prompt("Number", default + 1, type=click.IntRange(1, len(options)))) - 1


def confirm(question: str) -> bool:
    """Whether the answer is yes; Enter is no."""
    return _ended(click.confirm(visible(question), default=False))
