"""Reuses the sandbox's fixtures of the deploys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.deploy.env.copying import Copying

if TYPE_CHECKING:
    from tests.deploy.play import Play


@pytest.fixture
def copying(play: Play) -> Copying:
    return Copying(play)
