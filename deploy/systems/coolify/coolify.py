"""All of Coolify's API in one class."""

from __future__ import annotations

from deploy.systems.coolify.rights import Rights


class Coolify(Rights):
    """Coolify's API, whole. Every method may raise any SystemFailure."""
