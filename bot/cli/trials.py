"""The trials of `fisk check`, and the lines that tell how they went."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from bot.cli.main import DONE, FAILED
from bot.cli.pages import page
from deploy.core import errors
from deploy.core.together import together
from deploy.core.values import dataclass

if TYPE_CHECKING:
    from bot.app.settings import Settings


@dataclass(frozen=True, slots=True)
class Without:
    """What fisk works without: `why` it has not got it, or why nobody can tell."""

    why: str


Trial = Callable[[], Awaitable[str | Without]]
Trials = Mapping[str, Trial]


@dataclass(frozen=True, slots=True)
class Report:
    """The lines of trials, in the order in which they were asked for, and the exit status of all."""

    lines: tuple[str, ...] = ()
    status: int = DONE


def joined(reports: Iterable[Report]) -> Report:
    """All of them as one, whose status is 0 only if that of each is."""
    each = [Report(), *reports]
    return Report(tuple(line for one in each for line in one.lines), max(one.status for one in each))


class Trier:
    """Makes a line of each trial: `✓` it works, `✗` it does not, `○` fisk works without it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def all(self, trials: Trials) -> Report:
        """Try all at once."""
        return joined(await together(*(self.one(name, trial) for name, trial in trials.items())))

    async def one(self, name: str, trial: Trial, then: Callable[[], Trials] = dict) -> Report:
        """Try one and, where it works, what goes into its details."""
        try:
            told = await trial()
        except errors.FiskError as error:
            return Report((f"✗ {name}   {error} {error.failure.hint}{self._page(error)}",), FAILED)
        line = f"○ {name}   {told.why}" if isinstance(told, Without) else f"✓ {name}   {told}"
        return joined([Report((line,)), await self.all(then())])

    def _page(self, error: errors.FiskError) -> str:
        found = page(error, self._settings)
        return f" The page for it: {found}" if found else ""
