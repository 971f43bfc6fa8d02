"""The fixtures that the stories lean on: a real Valkey, real engines, the sandbox."""

from __future__ import annotations

from tests.deploy.conftest import engines, journal, outside, play, state

__all__ = ["engines", "journal", "outside", "play", "state"]
