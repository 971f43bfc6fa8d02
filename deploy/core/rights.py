"""Whether a token has a right, and by what evidence."""

from __future__ import annotations

from deploy.core.values import dataclass


@dataclass(frozen=True, slots=True)
class Right:
    """`held` is None where nobody can tell, and then `why` says why; it is true only by evidence."""

    held: bool | None
    why: str = ""

    def __bool__(self) -> bool:
        return self.held is True


HELD, MISSING = Right(held=True), Right(held=False)
