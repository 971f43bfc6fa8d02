"""The checks that tests give the app of the sandbox."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from deploy.core.checks import Check
from sandbox.host import SCHEMA
from sandbox.world import ERRORS
from tests.worlds import with_targets

if TYPE_CHECKING:
    from deploy.core.model import Target
    from tests.deploy.play import Play

RUN = Check("schema", run=SCHEMA)


def get(play: Play) -> Check:
    return Check("status", get=play.outside.host.health_url("app"), json=(("status", "ok"),))


def query(play: Play) -> Check:
    return Check("errors", query=ERRORS, prometheus=play.outside.prometheus.url, below=0.05)


def checked(play: Play, *checks: Check, bake: float = 0) -> Target:
    """The app with these checks from now on."""
    target = replace(play.world.targets.named("app"), checks=checks, bake=bake)
    play.world = with_targets(play.world, target)
    play.engine.draining = True  # it knows nothing of them
    play.engine = play.another_engine("checking")
    return target
