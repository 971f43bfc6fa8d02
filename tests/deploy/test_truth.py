"""Whatever people and CI do past fisk, what fisk claims is so: drawn at random, and compared with the stand-ins.
Time in the sandbox stands still until an act moves it.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from inspect import isawaitable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, given, settings, strategies as st

from deploy.core.model import is_sha
from deploy.core.outcomes import Failed, Refused
from deploy.core.reference import LATEST, configured
from deploy.deploys.outcomes import Deployed, NotPutBack, PutBack
from deploy.doctor.evidence import Evidence
from deploy.doctor.rules_coolify import as_set
from deploy.redis.connect import connect
from deploy.status.journey import journey
from deploy.status.overview import status
from deploy.world import Targets
from sandbox import story
from sandbox.host import Container
from sandbox.world import World
from tests.deploy.play import TIMEOUTS, Play
from tests.keys import SEAL

if TYPE_CHECKING:
    from deploy.core.model import Running
    from deploy.core.outcomes import Outcome

EPISODES, AT_ONCE = 500, 10  # most of an episode is waiting for deployments
COMMITS = (story.RUNS, story.BUILT, story.MULTI_ARCH, story.SICK, story.WRONG_REVISION)
QUICK = replace(TIMEOUTS, poll=0.005, healthy_for=0.01, healthy_within=0.3, deploy_within=5)
_numbers = itertools.count(1)

commits = st.sampled_from(COMMITS)
tags = st.sampled_from((*COMMITS, LATEST))


class Containers(dict[str, Container]):
    """The containers of a host; `by_coolify` are those that Coolify started last, wherever they are by now."""

    def __init__(self, before: dict[str, Container]) -> None:
        super().__init__(before)
        self.by_coolify = dict(before)

    def __setitem__(self, target: str, container: Container) -> None:
        super().__setitem__(target, container)
        if container.image:
            self.by_coolify[target] = container


class Episode:
    """One world, what is done in it, and what is really so."""

    def __init__(self, play: Play) -> None:
        self.play = play
        self.outside = play.outside
        self.built = {self.digest(sha): sha for sha in COMMITS}  # what each digest was really built from
        self.containers = Containers(self.outside.host.running)
        self.outside.host.running = self.containers

    # --- what is so

    @property
    def container(self) -> Container | None:
        return self.containers.get("app")

    def digest(self, tag: str) -> str:
        """What a tag or a digest names now; empty where it names nothing."""
        found = self.outside.registry.find(story.IMAGE, tag)
        return found.digest if found else ""

    def sha(self, digest: str) -> str:
        found = self.outside.registry.find(story.IMAGE, digest)
        return found.sha if found else self.built.get(digest, "")

    # --- what people and CI do past fisk

    def rebuild(self, sha: str) -> None:
        run = next(run for run in self.outside.github.runs.all if run.commit.sha == sha)
        self.outside.github.runs.rerun(run, story.ANA)
        self.outside.clock.skip(60 * story.MINUTE)
        self.built[self.digest(sha)] = sha

    def move(self, tag: str, sha: str) -> None:
        if digest := self.digest(sha):
            self.outside.registry.tag(story.IMAGE, tag, digest, at=self.outside.clock.elapsed)

    def set_in_coolify(self, tag: str, *, pinned: bool) -> None:
        digest = self.digest(tag) if pinned else ""
        self.play.app.columns["docker_registry_image_tag"] = digest.replace(":", "-") or tag

    async def deploy_in_coolify(self, tag: str, *, pinned: bool) -> None:
        self.set_in_coolify(tag, pinned=pinned)
        row = self.outside.coolify.queue.ask(self.play.app, "HEAD", force=True).deployment
        assert row is not None
        await self.play.until(lambda: not row.active)

    def start_by_hand(self, sha: str) -> None:
        if shipped := self.outside.registry.find(story.IMAGE, sha):
            self.containers["app"] = Container.of(shipped)

    def stop_by_hand(self) -> None:
        self.containers.pop("app", None)

    def retention(self, sha: str) -> None:
        if digest := self.digest(sha):
            self.outside.registry.delete(digest)

    def untag(self, tag: str) -> None:
        self.outside.registry.untag(story.IMAGE, tag)

    def logs_expire(self, sha: str) -> None:
        runs = (run for run in self.outside.github.runs.all if run.commit.sha == sha)
        self.outside.github.actions.expired_logs |= {run.id for run in runs}

    def change_the_store(self, *, containerd: bool, forgets: bool) -> None:
        self.outside.hosts.containerd, self.outside.hosts.forgets_digests = containerd, forgets

    def lose_the_host(self) -> None:
        world = self.play.world
        targets = Targets(replace(each, host="") for each in world.targets.values())
        self.play.world = replace(world, targets=targets)
        self.play.engine = self.play.another_engine(f"blind-{next(_numbers)}")

    # --- what fisk does, and what it says of that

    async def deploy(self, ref: str, *, force: bool) -> None:
        before = self.container
        self.told(await self.play.deploy(ref, force=force), before)

    async def deploy_while(self, step: str, act: Act, ref: str) -> None:
        """Somebody does something at the moment at which a step of the deploy begins."""
        name, arguments, options = act
        before = self.container
        self.play.journal.at[step] = partial(getattr(self, name), *arguments, **options)
        outcome = await self.play.deploy(ref)
        happened = not self.play.journal.at
        self.play.journal.at.clear()
        self.told(outcome, self.container if happened else before)

    async def roll_back(self) -> None:
        before = self.container
        self.told(await self.play.rollback(), before)

    def told(self, outcome: Outcome, before: Container | None) -> None:
        now = self.container
        if isinstance(outcome, Deployed):
            assert now is not None
            assert now.digest == outcome.digest, outcome
            assert now.sha == outcome.sha or any("only its tag says so" in each for each in outcome.warnings)
        elif isinstance(outcome, PutBack):
            assert (
                outcome.unproven or not is_sha(outcome.sha) or (now is not None and now.sha == outcome.sha)
            ), outcome
        elif isinstance(outcome, NotPutBack):
            assert not outcome.runs or (now is not None and now.sha == outcome.runs), outcome
        else:
            assert isinstance(outcome, Refused | Failed), outcome
            assert now is before, outcome

    # --- what fisk claims

    async def claims(self) -> None:
        """Of status, where, the doctor and the history, each against what is so."""
        world, target = self.play.world, self.play.world.targets.named("app")
        live = (await status(world, target)).live
        self.runs(live.running)
        self.is_set_to(live.running, live.drift.set_to)
        if live.drift.again:
            assert live.drift.again.digest == self.digest(live.running.sha) != live.running.digest
            assert not live.drift.built or self.sha(live.drift.again.digest) == live.running.sha
        sha = COMMITS[next(_numbers) % len(COMMITS)]
        there = (await journey(world, target, sha)).there[0]
        self.runs(there.running)
        assert (there.relation == "this") is (there.running.sha == sha)
        self.as_set_says((await as_set_now(self.play)), live.running)
        for release in await world.memory.history.releases("app"):
            assert release.weak or self.built.get(release.digest, release.sha) == release.sha, release

    def runs(self, running: Running) -> None:
        """By the host it is what the host runs; by Coolify's log what Coolify deployed last."""
        now = self.container if running.source == "host" else self.containers.by_coolify.get("app")
        if running.digest:
            assert now is not None
            assert running.digest == now.digest, running
        if running.sha and not running.deployed and not running.weak:
            assert now is not None
            assert running.sha == now.sha, running
        if running.source == "host" and not running.digest:
            assert now is None or running.why, running

    def is_set_to(self, running: Running, told: str) -> None:
        reference = configured(self.play.app.image, self.play.app.tag)
        assert reference is not None
        if running.digest and reference.digest:
            assert bool(told) is (reference.digest != running.digest), (running, told)

    def as_set_says(self, verdict: str, running: Running) -> None:
        reference = configured(self.play.app.image, self.play.app.tag)
        if verdict == "holds":
            assert reference is not None
            assert self.container is not None
            assert self.digest(reference.of) in {self.container.digest, ""}, running


async def as_set_now(play: Play) -> str:
    """The doctor's verdict on the container of the app."""
    target = play.world.targets.named("app")
    found = await Evidence(play.world).running(target)
    return as_set(target, (found, None)).verdict


Act = tuple[str, tuple[object, ...], dict[str, object]]


def act(
    name: str, *drawn: st.SearchStrategy[object], **options: st.SearchStrategy[object]
) -> st.SearchStrategy[Act]:
    return st.tuples(st.just(name), st.tuples(*drawn), st.fixed_dictionaries(options))


by_hand = st.one_of(
    act("move", tags, commits),
    act("set_in_coolify", tags, pinned=st.booleans()),
    act("start_by_hand", commits),
    act("stop_by_hand"),
    act("retention", commits),
    act("untag", tags),
)
acts = st.lists(
    st.one_of(
        by_hand,
        act("deploy", tags, force=st.booleans()),
        act("deploy_while", st.sampled_from(("point", "trigger", "watch", "prove")), by_hand, commits),
        act("roll_back"),
        act("rebuild", commits),
        act("deploy_in_coolify", tags, pinned=st.booleans()),
        act("logs_expire", commits),
        act("change_the_store", containerd=st.booleans(), forgets=st.booleans()),
        act("lose_the_host"),
    ),
    min_size=1,
    max_size=5,
)


async def _play(url: str, folder: Path, drawn: list[Act], starting: asyncio.Lock) -> None:
    async with AsyncExitStack() as stack:
        async with starting:  # a port that was found free is taken a moment later
            outside = await stack.enter_async_context(World(speed=0, deploy_seconds=0.02))
        outside.coolify.access.per_minute = 100_000
        state = await connect(url, folder, namespace=f"truth-{next(_numbers)}", seal=SEAL)
        stack.push_async_callback(state.aclose)
        play = Play(outside, state, QUICK)
        stack.push_async_callback(play.close)
        episode = Episode(play)
        for name, arguments, options in drawn:
            done: object = getattr(episode, name)(*arguments, **options)
            if isawaitable(done):
                await done
        await episode.claims()


async def _all(url: str, folder: Path, episodes: list[list[Act]]) -> None:
    starting = asyncio.Lock()
    plays = (_play(url, folder, drawn, starting) for drawn in episodes)
    for failed in await asyncio.gather(*plays, return_exceptions=True):
        if failed:
            raise failed


@pytest.mark.timeout(900)
def test_no_claim_is_untrue_whatever_is_done_past_fisk(valkey_url: str, tmp_path: Path) -> None:
    at_once = st.lists(acts, min_size=AT_ONCE, max_size=AT_ONCE)
    with asyncio.Runner() as runner:

        @settings(
            max_examples=EPISODES // AT_ONCE,
            deadline=None,
            database=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        )
        @given(at_once)
        def every(episodes: list[list[Act]]) -> None:
            runner.run(_all(valkey_url, tmp_path, episodes))

        every()
    gc.collect()  # a connection that was left open is this test's, not that of whichever runs next
