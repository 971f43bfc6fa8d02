"""Every parsed line has a command."""

from __future__ import annotations

import inspect

import pytest

from commands.dispatch import COMMANDS
from commands.grammar.syntax import Invocation


@pytest.mark.parametrize("kind", COMMANDS)
def test_a_command_takes_its_own_kind_of_line(kind: type[Invocation]) -> None:
    run = COMMANDS[kind]
    first, *_ = inspect.signature(run).parameters.values()
    assert inspect.iscoroutinefunction(run)
    assert kind.__name__ in {
        name.strip() for name in str(first.annotation).replace("grammar.", "").split("|")
    }


def test_every_kind_of_line_has_a_command() -> None:
    kinds = {kind.__name__ for kind in Invocation.__subclasses__()}
    assert kinds == {kind.__name__ for kind in COMMANDS}
