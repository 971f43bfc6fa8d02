"""undo: how to take back what was done last; it does nothing by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.words.format import TERMINAL, Format
from bot.words.texts import reply_text
from commands.history import Undoable
from deploy.core.outcomes import Completed
from deploy.engine.snapshot import Snapshot
from tests.bot.words.test_env import OPERATION as COPY
from tests.bot.words.test_outcomes import OPERATION

if TYPE_CHECKING:
    from deploy.core.model import Operation
    from tests.commands.conftest import Asking

DEPLOYED = OPERATION
COPIED = replace(COPY, id="e-7k3f")


def done(operation: Operation, at: float) -> Snapshot:
    return Snapshot(operation, "done", finished=at, outcome=Completed("done"))


async def test_nothing_done_is_nothing_to_take_back(asking: Asking) -> None:
    reply = await asking("undo")
    assert reply == Undoable(None, None)
    assert reply_text(reply, TERMINAL) == ("Nothing was done yet that could be taken back.", ())


def test_what_was_done_last_comes_first_and_nothing_is_a_button() -> None:
    text, offers = reply_text(Undoable(done(DEPLOYED, 2.0), done(COPIED, 3.0)), Format(slack=True))
    first, second = text.splitlines()
    assert first.endswith("To take it back: `/fisk env undo e-7k3f`.")
    assert second.endswith("deploy e02d8aa app. To take it back: `/fisk rollback app`.")
    assert offers == ()
