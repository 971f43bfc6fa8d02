"""Lines about environment variables, and what they answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from commands.env import ConfirmEnv

if TYPE_CHECKING:
    from tests.commands.conftest import Asking


COPY = "env copy fiskai-app fiskai-staging"


async def asked(asking: Asking, line: str, **more: Any) -> ConfirmEnv:
    question = await asking(line, **more)
    assert isinstance(question, ConfirmEnv), question
    return question
