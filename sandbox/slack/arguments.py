"""A call's arguments, in any of the encodings that Slack accepts."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.slack.errors import SlackError
from sandbox.slack.message import Json
from sandbox.slack.workspace import Workspace

if TYPE_CHECKING:
    from aiohttp import web


class Arguments(dict[str, Any]):
    """The arguments of one call, parsed as by Slack: `"true"` is true, JSON may be in a string."""

    def text(self, name: str, default: str = "") -> str:
        value = self.get(name)
        return default if value is None else str(value)

    def required(self, name: str, missing: str = "") -> str:
        if value := self.text(name):
            return value
        if missing:
            raise SlackError(missing)
        raise SlackError.explained("invalid_arguments", f"[ERROR] missing required field: {name}")

    def flag(self, name: str) -> bool:
        return self.text(name).lower() in ("true", "1")

    def number(self, name: str, default: int) -> int:
        try:
            return int(self.text(name, str(default)))
        except ValueError:
            raise SlackError(f"invalid_{name}") from None

    def structure(self, name: str, otherwise: str) -> Any:
        """A list or an object; raises `otherwise` where it is not JSON."""
        value = self.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError:
            raise SlackError(otherwise) from None

    def blocks(self) -> list[Json] | None:
        blocks = self.structure("blocks", "invalid_blocks_format")
        if blocks is not None and not isinstance(blocks, list):
            raise SlackError("invalid_blocks_format")
        return blocks


@dataclass(frozen=True, slots=True)
class Method:
    """A method of the Web API and the scope it needs: one of `scopes`, and every one of `each`."""

    run: Callable[[Workspace, Arguments], Json]
    scopes: tuple[str, ...] = ()
    each: Callable[[Arguments], tuple[str, ...]] = lambda _: ()


async def read(request: web.Request) -> Arguments:
    """Parse arguments from query, form, multipart or JSON."""
    arguments = Arguments(request.query)
    if request.content_type == "application/json":
        arguments.update(_object(await request.text()))
    elif request.method == "POST":
        arguments.update(
            {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
        )
    return arguments


def _object(body: str) -> Json:
    try:
        parsed = json.loads(body or "{}")
    except ValueError:
        raise SlackError("invalid_json") from None
    if not isinstance(parsed, dict):
        raise SlackError("json_not_object")
    return parsed


def page_of(items: list[Any], arguments: Arguments, default: int = 100) -> tuple[list[Any], Json]:
    """The page of a list by `limit` and `cursor`, and the next cursor."""
    limit = arguments.number("limit", default) or default
    start = _offset(arguments.text("cursor"))
    end = start + limit
    return items[start:end], {"next_cursor": f"next:{end}" if end < len(items) else ""}


def _offset(cursor: str) -> int:
    number = cursor.removeprefix("next:")
    if cursor and not number.isdigit():
        raise SlackError("invalid_cursor")
    return int(number or 0)
