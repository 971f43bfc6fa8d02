"""The health URL of the stand-in's application."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.sandbox.coolify import Asker


SKIPPED = "Deployment already queued for this commit."


async def health(coolify: Asker) -> int:
    return (await coolify.client.get(coolify.world.host.health_url(coolify.app.target))).status_code
