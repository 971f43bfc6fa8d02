"""What happens to operations and to fisk's memory, for whoever counts it: a bot does, a terminal does not."""

from __future__ import annotations


class Counts:
    """Told of each event; this one forgets it."""

    def step(self, kind: str, name: str, seconds: float) -> None:
        """A step of an operation of this kind was run to its end, well or not."""

    def took_over(self) -> None:
        """An operation that another runner had begun goes on here."""

    def suspended(self, why: str) -> None:
        """A run stopped before its end: `why` is one of SUSPENSIONS."""

    def failed_over(self) -> None:
        """Another server has become fisk's memory."""

    def memory_failed(self, code: str) -> None:
        """A command was not answered, or refused: the code of the error."""


SUSPENSIONS = (
    "fenced",  # its write was refused, since another runner has it
    "lapsed",  # its lease ran out without a renewal
    "handed_over",  # its process shuts down
    "version",  # it is left to another version of fisk
    "memory",  # fisk's memory did not answer
)
