"""A trial of `fisk check`'s, and the line that tells how it went."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.cli.main import DONE, FAILED, show
from bot.cli.pages import page
from deploy.core import errors
from deploy.core.together import together

if TYPE_CHECKING:
    from bot.app.settings import Settings


@dataclass(frozen=True, slots=True)
class Without:
    """What fisk works without: `why` it has not got it, or why nobody can tell."""

    why: str


Trial = Callable[[], Awaitable[str | Without]]
Trials = Mapping[str, Trial]


class Trier:
    """Prints a line for each trial: `✓` it works, `✗` it does not, `○` fisk works without it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def all(self, trials: Trials) -> int:
        """Try all at once; the exit status is 0 only if all of them work."""
        return max([DONE, *await together(*(self.one(name, trial) for name, trial in trials.items()))])

    async def one(self, name: str, trial: Trial, then: Callable[[], Trials] = dict) -> int:
        """Try one and, where it works, what goes into its details."""
        try:
            told = await trial()
        except errors.FiskError as error:
            show(f"✗ {name}   {error} {error.failure.hint}{self._page(error)}")
            return FAILED
        show(f"○ {name}   {told.why}" if isinstance(told, Without) else f"✓ {name}   {told}")
        return await self.all(then())

    def _page(self, error: errors.FiskError) -> str:
        found = page(error, self._settings)
        return f" The page for it: {found}" if found else ""
