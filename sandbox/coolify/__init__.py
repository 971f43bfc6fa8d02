"""A stand-in for Coolify: its API, its deployment queue, and the pitfalls of both."""

from sandbox.coolify.applications import App
from sandbox.coolify.deployments import Deployment
from sandbox.coolify.server import Coolify

__all__ = ["App", "Coolify", "Deployment"]
