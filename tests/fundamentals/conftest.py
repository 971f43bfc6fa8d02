"""The fixtures that the stories lean on: a real Valkey, real engines, the sandbox."""

from __future__ import annotations

from tests.deploy.operations.conftest import engines, outside, play
from tests.deploy.state.conftest import journal, state

__all__ = ["engines", "journal", "outside", "play", "state"]
