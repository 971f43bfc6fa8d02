"""Fixtures for BuildKit: a builder that starts faster, and builds that tests can end."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from sandbox.buildkitd import Nature
    from sandbox.docker import Docker
    from tests.deploy.play import Play

HOUR = 3600.0


@pytest.fixture(autouse=True)
def docker(play: Play) -> Docker:
    """Docker of the machine on which BuildKit runs, in a hurry."""
    docker = play.outside.hosts.vps01.docker
    docker.stopping = 0.1
    return docker


@pytest.fixture
def idle(play: Play) -> Callable[[], None]:
    """Let every build of the story end."""
    return lambda: play.outside.clock.skip(HOUR)


@pytest.fixture
def image(docker: Docker) -> Callable[[Nature], None]:
    """Let containers that are made from now on behave so."""

    def become(nature: Nature) -> None:
        docker.images["moby/buildkit:latest"] = nature

    return become
