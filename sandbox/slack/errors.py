"""Slack's error answers."""

from __future__ import annotations

from typing import Any


class SlackError(Exception):
    """An answer with `ok: false`; the details become fields of the answer beside `error`."""

    def __init__(self, code: str, **details: Any) -> None:
        super().__init__(code)
        self.code = code
        self.details = details

    @classmethod
    def explained(cls, code: str, *messages: str) -> SlackError:
        """An error with reasons in `response_metadata.messages`, as Slack sends them."""
        return cls(code, response_metadata={"messages": list(messages)})

    def answer(self) -> dict[str, Any]:
        return {"ok": False, "error": self.code, **self.details}
