"""Arguments of promotions and follows."""

from __future__ import annotations

from dataclasses import dataclass

from deploy.deploys.arguments import Shipping


@dataclass(frozen=True, slots=True)
class PromoteArguments(Shipping):
    """`source`: the target whose release goes to `target`; `ref`: the commit that it must be, empty where any may.

    `force` overrides the gates that can be overridden.
    """

    source: str = ""
    force: bool = False
