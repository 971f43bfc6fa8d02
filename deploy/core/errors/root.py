"""The root of every failure that a person can meet."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from deploy.core.actor import Failure, Offer

if TYPE_CHECKING:
    from collections.abc import Iterator


class FiskError(Exception):
    """The root. `facts` fill the templates; keep secrets out of them, since they are journaled and shown."""

    slug: ClassVar[str] = ""
    says: ClassVar[str] = ""
    hint: ClassVar[str] = ""

    def __init__(self, *, offers: tuple[Offer, ...] = (), **facts: object) -> None:
        self.facts = facts
        self.offers = offers
        super().__init__(self.says.format(**facts))

    @property
    def code(self) -> str:
        return self.slug

    @property
    def failure(self) -> Failure:
        """This error as a value for the journal and the views."""
        return Failure(self.code, str(self), self.hint.format(**self.facts), self.offers)


def every_error(root: type[FiskError] = FiskError) -> Iterator[type[FiskError]]:
    """All concrete errors: those with a code."""
    for kind in root.__subclasses__():
        if kind.slug:
            yield kind
        yield from every_error(kind)
