"""The fixtures of these tests: a real Valkey, real engines, the sandbox."""

from __future__ import annotations

from tests.deploy.conftest import engines, journal, outside, play, state

__all__ = ["engines", "journal", "outside", "play", "state"]
