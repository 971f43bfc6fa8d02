"""How long a target has run an image healthy and without a gap, and the gate that asks for it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from deploy.core.model import After, Target
from deploy.core.outcomes import Refused
from deploy.deploys.sample import sample
from deploy.deploys.steady import Sample, Steadies, Steady, after
from deploy.redis.mutex import Mutex
from deploy.releases.sampling import MUTEX, Sampling
from sandbox import story
from tests.deploy.play import IMAGE, Play, deployed
from tests.worlds import with_systems, with_targets

if TYPE_CHECKING:
    from deploy.redis.connect import State

ONE, OTHER = "sha256:" + "1" * 64, "sha256:" + "2" * 64
AT = 1_790_000_000.0  # 2026-09-21T13:33:20Z
SICK = Sample(AT + 60, why="it answered 503")
BEFORE = "fisk had not looked before"


def seen(*samples: Sample) -> Steady | None:
    steady = None
    for each in samples:
        steady = after(steady, each)
    return steady


# --- what is known


def test_samples_without_a_gap_make_one_time() -> None:
    samples = [Sample(AT + 30 * n, ONE) for n in range(5)]
    assert seen(*samples) == Steady(ONE, AT, AT + 120, BEFORE)


def test_one_missed_sample_is_no_gap() -> None:
    assert seen(Sample(AT, ONE), Sample(AT + 60, ONE)) == Steady(ONE, AT, AT + 60, BEFORE)


def test_after_a_gap_the_time_counts_anew() -> None:
    why = "nobody looked from 2026-09-21T14:13Z to 2026-09-21T14:14Z"
    assert seen(Sample(AT, ONE), Sample(AT + 61, ONE)) == Steady(ONE, AT + 61, AT + 61, why)


def test_after_another_image_the_time_counts_anew() -> None:
    found = seen(Sample(AT, ONE), Sample(AT + 30, OTHER))
    assert found == Steady(OTHER, AT + 30, AT + 30, "it ran another image before")


def test_what_is_sick_counts_for_nothing_and_afterwards_the_time_counts_anew() -> None:
    why = "it answered 503 at 2026-09-21T14:14Z"
    assert seen(Sample(AT, ONE), SICK) == Steady("", AT + 60, AT + 60, why)
    assert seen(Sample(AT, ONE), SICK, Sample(AT + 90, ONE)) == Steady(ONE, AT + 90, AT + 90, why)


# --- looking


def waiting(play: Play, seconds: float = 1800) -> None:
    app = replace(play.world.targets["app"], after=After("staging", seconds))
    play.sees(with_targets(play.world, app))


def staging(play: Play) -> Target:
    return play.world.targets["staging"]


async def digest(play: Play, sha: str) -> str:
    return await play.world.systems.registry.digest(IMAGE, sha) or ""


async def test_a_sample_says_what_the_host_runs_and_asks_no_api(play: Play) -> None:
    asked = len(play.outside.github.received), len(play.outside.coolify.received)
    found = await sample(play.world, staging(play))
    assert replace(found, at=0) == Sample(0, await digest(play, story.RUNS))
    assert (len(play.outside.github.received), len(play.outside.coolify.received)) == asked


async def test_without_a_host_coolify_is_asked_and_github_is_not(play: Play) -> None:
    await play.deploy(story.BUILT, "staging")
    play.world = with_systems(play.world, hosts={}, docker={})
    asked = len(play.outside.github.received)
    found = await sample(play.world, staging(play))
    assert replace(found, at=0) == Sample(0, await digest(play, story.BUILT))
    assert len(play.outside.github.received) == asked


async def test_a_sick_target_is_no_good_sample(play: Play) -> None:
    running = play.outside.host.running
    running["staging"] = replace(running["staging"], healthy=False)
    assert replace(await sample(play.world, staging(play)), at=0) == Sample(0, why="it answered 503")


async def test_where_nothing_runs_that_is_no_good_sample(play: Play) -> None:
    play.outside.host.detours["staging"] = play.outside.host.running.pop("staging")
    found = await sample(play.world, staging(play))
    assert found.why == "what it ran was not known (no container of it runs on vps01)"


async def test_one_replica_samples_what_is_named_and_only_when_it_is_due(play: Play, state: State) -> None:
    waiting(play)
    first, second = (Sampling(play.world, Mutex(state, name)) for name in ("r1", "r2"))
    for each in (first, second, first):
        await each.look()
    steady = await Steadies(state).of("staging")
    assert steady is not None
    assert (steady.digest, steady.since == steady.seen, await Steadies(state).of("app")) == (
        await digest(play, story.RUNS),
        True,
        None,
    )
    assert await state.ask("GET", state.key(f"mutex:{MUTEX}")) == "r1"


async def test_what_somebody_else_wrote_there_is_not_believed(state: State) -> None:
    await Steadies(state).add("staging", Sample(AT, ONE))
    text = await state.ask("GET", state.key("steady:staging"))
    forged = text.replace(str(int(AT)), str(int(AT) - 9000))
    await state.ask("SET", state.key("steady:staging"), forged, "KEEPTTL")
    assert await Steadies(state).of("staging") is None


async def test_a_sample_that_was_overtaken_is_left_out(state: State) -> None:
    """Its process slept, and another one has seen meanwhile that it was sick."""
    steadies = Steadies(state)
    await steadies.add("staging", Sample(AT, ONE))
    text = await state.ask("GET", state.key("steady:staging"))
    await steadies.add("staging", SICK)
    stale = state.signer.sign("{}", state.key("steady:staging"))
    assert await state.run("replace", (state.key("steady:staging"),), text, stale, 1000) == 0
    assert await steadies.of("staging") == seen(Sample(AT, ONE), SICK)


# --- the gate


async def ran(play: Play, sha: str, seconds: float) -> None:
    """Staging has run it for that long until now."""
    now, image = await play.world.memory.now(), await digest(play, sha)
    steadies = play.world.memory.stores.of(Steadies)
    for ago in range(int(seconds), -1, -30):
        await steadies.add("staging", Sample(now - ago, image))


async def refusal(play: Play) -> tuple[str, str]:
    outcome = await play.deploy(story.BUILT)
    assert isinstance(outcome, Refused), outcome
    return outcome.error.code, outcome.error.sentence


async def test_what_ran_there_long_enough_is_deployed(play: Play) -> None:
    waiting(play)
    await ran(play, story.BUILT, 2040)
    operation = await play.begin("deploy", target="app", ref=story.BUILT)
    assert deployed(await play.end(operation)).sha == story.BUILT


async def test_what_ran_there_too_short_is_not(play: Play) -> None:
    waiting(play)
    await ran(play, story.BUILT, 720)
    code, sentence = await refusal(play)
    assert code == "not_long_enough"
    assert sentence.startswith("staging has run 3f2a1b9 healthy for 12 min, since ")
    assert sentence.endswith(" (fisk had not looked before); app wants 30 min: 18 min to go.")


async def test_another_image_there_is_named(play: Play) -> None:
    waiting(play)
    await ran(play, story.RUNS, 3000)
    found = (await digest(play, story.RUNS))[:19]
    assert await refusal(play) == (
        "not_on_trial",
        f"app takes only what staging has run healthy for 30 min: it runs {found}…, another image.",
    )


@pytest.mark.parametrize(
    ("ago", "why"), [(None, "fisk has not looked there yet."), (100, "nobody has looked since ")]
)
async def test_what_nobody_saw_is_not_known(play: Play, ago: float | None, why: str) -> None:
    waiting(play)
    if ago is not None:
        now = await play.world.memory.now()
        await play.world.memory.stores.of(Steadies).add("staging", Sample(now - ago, ONE))
    code, sentence = await refusal(play)
    assert code == "trial_unknown"
    assert sentence.startswith(f"Whether staging has run 3f2a1b9 healthy for 30 min is not known: {why}")


async def test_force_goes_past_it_and_says_so(play: Play) -> None:
    waiting(play)
    outcome = deployed(await play.deploy(story.BUILT, force=True))
    assert outcome.warnings == (
        "forced: Whether staging has run 3f2a1b9 healthy for 30 min is not known: fisk has not looked there yet.",
    )


async def test_a_way_back_waits_for_nothing(play: Play) -> None:
    await play.deploy(story.BUILT)
    waiting(play)
    assert deployed(await play.rollback()).sha == story.RUNS
