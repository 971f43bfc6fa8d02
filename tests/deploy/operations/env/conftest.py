"""The stage of the deploys serves here too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.deploy.operations.conftest import outside, play
from tests.deploy.operations.env.copying import Copying
from tests.deploy.state.conftest import journal, opened, state

if TYPE_CHECKING:
    from tests.deploy.operations.play import Play

__all__ = ["journal", "opened", "outside", "play", "state"]


@pytest.fixture
def copying(play: Play) -> Copying:
    return Copying(play)
