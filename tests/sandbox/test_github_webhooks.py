"""The stand-in's webhooks: payloads, signatures, and lost, repeated or delayed deliveries."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from sandbox import story
from sandbox.serving import StandIn
from sandbox.world import World
from tests.contracts import contract
from tests.waiting import until

if TYPE_CHECKING:
    from sandbox.github.webhooks import Webhooks


class Receiver(StandIn):
    """Whoever is told."""

    def __init__(self) -> None:
        super().__init__()
        self.site.router.add_post("/hook", self._hear)

    async def _hear(self, _: web.Request) -> web.Response:
        return web.Response(text="heard")

    @property
    def heard(self) -> list[tuple[str, str]]:
        return [(each.headers["X-GitHub-Event"], each.json.get("action", "")) for each in self.received]

    def of(self, event: str) -> list[dict[str, Any]]:
        return [each.json for each in self.received if each.headers["X-GitHub-Event"] == event]


@asynccontextmanager
async def listening(world: World) -> AsyncIterator[Receiver]:
    receiver = Receiver()
    await receiver.start()
    await world.webhooks.start(f"{receiver.url}/hook")
    yield receiver
    await world.webhooks.stop()
    await receiver.stop()


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World(speed=0) as world:
        yield world


async def test_a_push_is_told_with_its_build_step_by_step_and_each_once(world: World) -> None:
    async with listening(world) as receiver:
        world.github.push("Sort invoices")
        world.clock.skip(3600)
        await until(lambda: _of(len(receiver.heard) == 9))
        assert receiver.heard == [
            ("push", ""),
            ("workflow_run", "completed"),  # the one that ran when the story began
            ("workflow_job", "completed"),
            ("workflow_run", "requested"),
            ("workflow_job", "queued"),
            ("workflow_run", "in_progress"),
            ("workflow_job", "in_progress"),
            ("workflow_run", "completed"),
            ("workflow_job", "completed"),
        ]
        assert len({each.headers["X-GitHub-Delivery"] for each in receiver.received}) == 9
        statuses = [each["workflow_run"]["status"] for each in receiver.of("workflow_run")]
        assert statuses == ["completed", "queued", "in_progress", "completed"]


async def _of(found: object) -> object:
    return found


async def _told(webhooks: Webhooks, title: str) -> bool:
    return str(webhooks.deliveries[-1].json["head_commit"]["message"]).startswith(title)


async def test_each_bears_a_signature_over_its_raw_body(world: World) -> None:
    async with listening(world) as receiver:
        world.github.push("Sort invoices", built=None)
        await until(lambda: _of(receiver.received))
        (told,) = receiver.received
        signature = hmac.new(world.webhooks.secret.encode(), told.body.encode(), hashlib.sha256).hexdigest()
        assert told.headers["X-Hub-Signature-256"] == f"sha256={signature}"


async def test_payloads_are_as_github_documents_them(world: World) -> None:
    async with listening(world) as receiver:
        world.github.push("Sort invoices")
        world.clock.skip(3600)
        await until(lambda: _of(len(receiver.heard) == 9))
    github = contract("github")
    told = {
        f"{event}-{action}".replace("_", "-"): each.json
        for (event, action), each in zip(receiver.heard, receiver.received, strict=True)
    }
    documented = [
        name for name in told if name.startswith("workflow-run") or name == "workflow-job-completed"
    ]
    assert len(documented) == 4
    assert {name: faults for name in documented if (faults := github.webhook(name, told[name]))} == {}


async def test_on_the_way_they_get_lost_come_twice_and_overtake_each_other(world: World) -> None:
    webhooks = world.webhooks
    async with listening(world) as receiver:
        webhooks.lose = 1
        world.github.push("Lost", built=None)
        await until(lambda: _of(len(webhooks.deliveries) == 1))
        webhooks.repeat = 2
        world.github.push("Twice", built=None)
        await until(lambda: _of(len(receiver.received) == 2))
        webhooks.repeat, webhooks.hold = 1, True
        for title in ("First", "Second"):
            world.github.push(title, built=None)
            await until(partial(_told, webhooks, title))

        await webhooks.release()
        titles = [each["head_commit"]["message"].split("\n")[0] for each in receiver.of("push")]
        assert titles == ["Twice", "Twice", "Second", "First"]
        twice = [each.headers["X-GitHub-Delivery"] for each in receiver.received[:2]]
        assert twice[0] == twice[1], "a redelivery keeps its id"
        assert [each.status for each in webhooks.deliveries] == [0, 200, 200, 200]


async def test_a_rerun_is_told_as_the_next_attempt(world: World) -> None:
    async with listening(world) as receiver:
        world.clock.skip(3600)
        run = next(run for run in world.github.runs.all if run.commit.sha == story.BUILD_FAILED)
        world.github.runs.rerun(run, story.ANA)
        world.clock.skip(60)
        await until(
            lambda: _of(
                [each for each in receiver.of("workflow_run") if each["workflow_run"]["id"] == run.id]
            )
        )
        (first, *_) = [each for each in receiver.of("workflow_run") if each["workflow_run"]["id"] == run.id]
        assert (first["action"], first["workflow_run"]["run_attempt"]) == ("requested", 2)


async def test_where_nobody_answers_it_is_not_tried_again(world: World) -> None:
    await world.webhooks.start("http://127.0.0.1:1/hook")
    world.github.push("Nobody hears", built=None)
    await until(lambda: _of(len(world.webhooks.deliveries) == 1 and world.webhooks.deliveries[0].seconds))
    assert world.webhooks.deliveries[0].status == 0
