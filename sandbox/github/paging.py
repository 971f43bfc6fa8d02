"""Shared by GitHub's endpoints: ids in paths, request bodies, pagination."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from aiohttp import web

T = TypeVar("T")
PER_PAGE = 30


def id_of(request: web.Request) -> int:
    return int(request.match_info["id"])


async def body_of(request: web.Request) -> dict[str, Any]:
    text = await request.text()
    return dict(json.loads(text)) if text else {}


def page(
    request: web.Request, items: Sequence[T], per_page: int = PER_PAGE
) -> tuple[Sequence[T], dict[str, str]]:
    """The requested page, and the Link header to the next one."""
    size = min(int(request.query.get("per_page", per_page)), max(100, per_page))
    number = int(request.query.get("page", 1))
    shown = items[(number - 1) * size : number * size]
    if number * size >= len(items):
        return shown, {}
    following = request.url.update_query({"page": str(number + 1)})
    return shown, {"Link": f'<{following}>; rel="next"'}
