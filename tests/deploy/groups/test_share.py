"""What each target had of a group, for the figures, for what changed lately, and for what follows a branch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.deploys.arguments import DeployArguments
from deploy.deploys.outcomes import Deployed, PutBack
from deploy.groups.share import share
from deploy.incidents.changes import past_fisk
from deploy.releases.following import Following, put_back
from deploy.stats.shipped import shipped
from deploy.stats.stats import stats
from sandbox import story, workers_story
from tests.deploy.groups.test_group import release

if TYPE_CHECKING:
    from deploy.engine.snapshot import Snapshot
    from tests.deploy.play import Play

FAILS = ("workers", workers_story.BUILT), ("app", story.SICK)
WORKERS_FAIL = ("workers", workers_story.CRASHES), ("app", story.BUILT)


async def its(play: Play, target: str) -> Snapshot:
    """The share that a target has of the only operation."""
    (whole,) = await play.world.memory.history.operations(limit=1)
    found = share(whole, target)
    assert found is not None
    return found


async def test_each_target_had_a_deploy_of_its_own_and_others_had_none(play: Play) -> None:
    await release(play)
    app = await its(play, "app")
    assert app.operation.arguments == DeployArguments("app", story.BUILT)
    assert isinstance(app.outcome, Deployed)
    assert (app.outcome.target, {"gates", "point", "trigger"} <= set(app.results)) == ("app", True)
    (whole,) = await play.world.memory.history.operations(limit=1)
    assert share(whole, "staging") is None


async def test_what_a_group_asked_coolify_for_is_not_past_fisk(play: Play) -> None:
    await release(play)
    found = await past_fisk(play.world, play.world.targets.named("app"), 0)
    assert [each.commit for each in found] == [story.RUNS]  # from before the story


async def test_each_target_counts_what_became_of_it(play: Play) -> None:
    await release(play)
    for name in ("workers", "app"):
        made = await stats(play.world, play.world.targets.named(name), 86_400, ())
        assert (made.deploys, made.failed) == (1, 0)


async def test_what_was_taken_back_counts_as_put_back_and_stops_what_follows(play: Play) -> None:
    await release(play, *FAILS)
    for name in ("workers", "app"):
        mine = await its(play, name)
        assert isinstance(mine.outcome, PutBack)
        counted = shipped(mine)
        assert counted is not None
        assert counted.end == "put back"
        assert put_back(Following(on=True, since=0), [mine]) is not None


async def test_what_was_never_touched_counts_as_nothing(play: Play) -> None:
    await release(play, *WORKERS_FAIL)
    app = await its(play, "app")
    assert shipped(app) is None
    assert put_back(Following(on=True, since=0), [app]) is None
