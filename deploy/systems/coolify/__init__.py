"""Coolify: which image an application is set to, the deployments that run it, and its environment variables."""

from __future__ import annotations

from deploy.systems.coolify.applications import Applications
from deploy.systems.coolify.variables import Variables

__all__ = ["Coolify"]


class Coolify(Applications, Variables):
    """Coolify's API, whole. Every method may raise any SystemFailure."""
