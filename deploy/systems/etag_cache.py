"""What was answered before, kept for conditional requests."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx


class Known:
    """Answers by address with their ETags; the least used ones are forgotten."""

    def __init__(self, entries: int = 200, largest: int = 2**19) -> None:
        self._entries = entries
        self._largest = largest
        self._answers: OrderedDict[str, tuple[str, Any]] = OrderedDict()

    def get(self, key: str) -> tuple[str, Any]:
        """The ETag and the answer; an empty tag where it is not known."""
        if key not in self._answers:
            return "", None
        self._answers.move_to_end(key)
        return self._answers[key]

    def keep(self, key: str, response: httpx.Response, answer: Any) -> None:
        tag = response.headers.get("ETag", "")
        if not tag or len(response.content) > self._largest:
            return
        self._answers[key] = (tag, answer)
        self._answers.move_to_end(key)
        if len(self._answers) > self._entries:
            self._answers.popitem(last=False)
