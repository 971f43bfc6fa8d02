"""Targets that are deployed together."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from deploy.core.fields import Text
from deploy.core.values import dataclass


@dataclass(frozen=True, slots=True)
class Group:
    """Targets that one operation deploys: a `[groups.NAME]` table of fisk.toml.

    Attributes:
        targets: in the order in which they are deployed, and back in the reverse one.
        at_once: all of them at the same time; otherwise each begins once the one before it is proven.
        pairs: a file in the repository of the commit that is deployed, which names the commits of the other
            repositories' targets; empty: the newest built commit of each is taken, after asking.
    """

    name: str
    targets: Annotated[tuple[Text, ...], Field(min_length=2)]
    at_once: bool = False
    pairs: str = ""
