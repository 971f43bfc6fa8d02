"""The page that plays Slack."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiohttp import web

    from sandbox.slack.inbound import Inbound
    from sandbox.slack.workspace import Workspace


class Page:
    def __init__(self, workspace: Workspace, inbound: Inbound, story: Sequence[tuple[str, str]]) -> None:
        self._workspace = workspace
        self._inbound = inbound
        self._story = story

    def install(self, app: web.Application) -> None:
        """Nothing yet."""
