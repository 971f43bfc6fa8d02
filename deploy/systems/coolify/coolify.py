"""All of Coolify's API in one class."""

from __future__ import annotations

from deploy.systems.coolify.applications import Applications
from deploy.systems.coolify.variables import Variables


class Coolify(Applications, Variables):
    """Coolify's API, whole. Every method may raise any SystemFailure."""
