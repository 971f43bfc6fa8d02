"""The root of every failure that a person can meet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, dataclass_transform

from deploy.core.actor import Failure, Offer
from deploy.core.errors.offering import offered
from deploy.core.values import compiled_when_called


@dataclass_transform(kw_only_default=True, eq_default=False, field_specifiers=(field,))
class _Fields(Exception):
    """Makes every subclass with fields a dataclass with keyword-only arguments; errors compare by identity."""

    def __init_subclass__(cls) -> None:
        if "__annotations__" in vars(cls):
            cls.__doc__ = cls.__doc__ or cls.__name__
            dataclass(kw_only=True, init=False, eq=False, repr=False)(cls)
            cls.__init__ = compiled_when_called(cls)  # type: ignore[method-assign]


class FiskError(_Fields):
    """The base class: the sentence and the hint of a subclass are templates over its fields.

    Keep secrets out of the fields: they are journaled and shown.
    """

    slug: ClassVar[str] = ""
    says: ClassVar[str] = ""
    hint: ClassVar[str] = ""
    offers: tuple[Offer, ...] = ()

    def __str__(self) -> str:
        return self.says.format_map(vars(self))

    @property
    def code(self) -> str:
        return self.slug

    @property
    def failure(self) -> Failure:
        """This error as a value, for the journal and for messages; without offers it offers what its hint names."""
        hint = self.hint.format_map(vars(self))
        return Failure(self.code, str(self), hint, self.offers or offered(str(self), hint))

    @property
    def facts(self) -> dict[str, Any]:
        """The fields of this error without the offers."""
        return {each.name: getattr(self, each.name) for each in fields(self) if each.name != "offers"}


def every_error(root: type[FiskError] = FiskError) -> Iterator[type[FiskError]]:
    """All concrete errors: those with a code."""
    for kind in root.__subclasses__():
        if kind.slug:
            yield kind
        yield from every_error(kind)
