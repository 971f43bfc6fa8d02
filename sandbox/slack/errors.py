"""How Slack refuses."""

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
        """With the reasons where Slack puts them, in `response_metadata.messages`."""
        return cls(code, response_metadata={"messages": list(messages)})

    def answer(self) -> dict[str, Any]:
        return {"ok": False, "error": self.code, **self.details}
