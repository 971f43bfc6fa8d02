"""Stands in for docker compose on a machine: the project's real files, and containers of the machine's Docker."""

from sandbox.compose.compose import Compose

__all__ = ["Compose"]
