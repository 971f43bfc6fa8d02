"""A fault comes at its request, once, and spoils it as it says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from sandbox.serving import StandIn
from tests.chaos.plan import Fault, When
from tests.chaos.watch import Watch

DEPLOY = When("coolify", "POST /deploy", 2)


class Counting(StandIn):
    """A stand-in that counts what it has handled."""

    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self.handled = 0
        self.site.router.add_post("/deploy", self._deploy)
        self.site.middlewares.insert(0, watch.outer("coolify"))
        self.site.middlewares.append(watch.inner("coolify"))

    async def _deploy(self, _request: web.Request) -> web.Response:
        self.handled += 1
        return web.Response(text="done")


@asynccontextmanager
async def watched(*faults: Fault) -> AsyncIterator[tuple[Counting, Watch, list[Fault]]]:
    done: list[Fault] = []
    watch = Watch(faults, lambda fault, _: done.append(fault))
    stand_in = Counting(watch)
    await stand_in.start()
    try:
        yield stand_in, watch, done
    finally:
        await stand_in.stop()


async def asked(stand_in: Counting, times: int) -> list[int]:
    """The status of so many requests; 0 where there was no answer."""
    async with aiohttp.ClientSession() as session:
        return [await _ask(session, stand_in) for _ in range(times)]


async def _ask(session: aiohttp.ClientSession, stand_in: Counting) -> int:
    try:
        async with session.post(
            f"{stand_in.url}/deploy", headers={"Authorization": "Bearer t0ken"}
        ) as answer:
            return answer.status
    except aiohttp.ClientError:
        return 0


@pytest.mark.parametrize(
    ("what", "status", "handled"),
    [
        ("answer_500", 500, 2),
        ("answer_429", 429, 2),
        ("drop", 0, 2),
        ("lose", 0, 3),
        ("delay", 200, 3),
    ],
)
async def test_the_second_request_is_spoiled_and_no_other(what: str, status: int, handled: int) -> None:
    async with watched(Fault(DEPLOY, what)) as (stand_in, watch, done):
        assert await asked(stand_in, 3) == [200, status, 200]
        assert (stand_in.handled, len(watch.handled), watch.left, done) == (handled, handled, [], [])


async def test_a_fault_of_something_else_is_done_at_the_request_which_is_answered() -> None:
    kill = Fault(DEPLOY, "kill", 1, 2.0)
    async with watched(kill) as (stand_in, watch, done):
        assert await asked(stand_in, 1) == [200]
        assert (watch.left, done) == ([kill], [])
        assert await asked(stand_in, 2) == [200, 200]
        assert (watch.left, done) == ([], [kill])


async def test_what_was_handled_is_written_down_with_who_asked() -> None:
    async with watched() as (stand_in, watch, _):
        await asked(stand_in, 1)
        (handled,) = watch.handled
        assert (handled.system, handled.method, handled.path, handled.token, handled.status) == (
            "coolify",
            "POST",
            "/deploy",
            "t0ken",
            200,
        )


def test_steps_and_lines_are_moments_too() -> None:
    at_step, at_line = Fault(When("step", "trigger", 1), "kill"), Fault(When("line", "", 2), "pause")
    done: list[Fault] = []
    watch = Watch((at_step, at_line), lambda fault, _: done.append(fault))
    for system, what in (("step", "point"), ("line", "status"), ("step", "trigger"), ("line", "locks")):
        watch.at(system, what)
    assert done == [at_step, at_line]
