"""Runs copies in the sandbox: the requests, the outcome, and both applications' variables afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from deploy.core.model import Origin
from deploy.engine.engine import Suspended
from deploy.env.kinds import COPY, UNDO
from deploy.env.order import Order
from deploy.env.plan import USUAL, Options
from deploy.env.propose import propose, two_owners
from tests.deploy.conftest import ANA

if TYPE_CHECKING:
    from deploy.core.model import Operation
    from deploy.core.outcomes import Outcome
    from sandbox.coolify import Coolify
    from sandbox.coolify.applications import App
    from sandbox.coolify.variables import Variable
    from tests.deploy.play import Play

VERSIONS = ("4.0.0-beta.426", "4.0.0-beta.430", "4.0.0-beta.435", "4.1.0", "4.3.11")
ENVS = "/api/v1/applications/*/envs"
NOT_COPIED = {"id", "uuid", "value", "real_value", "is_shared", "created_at", "updated_at"}

Rows = Counter[tuple[Any, ...]]


def rows(coolify: Coolify, app: App) -> Rows:
    """Everything that a copy must get right, as far as this version has it, counted: a duplicate shows."""
    return Counter(_content(coolify, row) for row in app.variables.rows)


def _content(coolify: Coolify, row: Variable) -> tuple[Any, ...]:
    return (row.key, row.value or "", *(value or "" for _, value in _settings(coolify, row)))


def _settings(coolify: Coolify, row: Variable) -> list[tuple[str, Any]]:
    payload = row.payload(coolify, "", sensitive=False)
    return sorted((name, value) for name, value in payload.items() if name not in NOT_COPIED | {"key"})


def values(app: App, *, preview: bool = False) -> dict[str, str | None]:
    return {row.key: row.value for row in app.variables.rows if row.is_preview is preview}


class Copying:
    """fiskai-app and fiskai-staging, emptied; `copy` and `undo` confirm what was proposed."""

    def __init__(self, play: Play) -> None:
        self.play = play
        self.coolify = play.outside.coolify
        self.app, self.staging = self.coolify.apps["app"], self.coolify.apps["staging"]

    def rows(self, app: App) -> Rows:
        return rows(self.coolify, app)

    def named(self, app: App) -> dict[tuple[str, bool], tuple[Any, ...]]:
        """Its rows by name; the first one of several."""
        newest_first = reversed(app.variables.rows)
        return {(row.key, row.is_preview): _content(self.coolify, row) for row in newest_first}

    def empty(self) -> None:
        for app in (self.app, self.staging):
            app.variables.rows.clear()

    async def order(self, options: Options = USUAL, **more: Any) -> Order:
        source, target = await two_owners(self.play.world, "fiskai-app", "fiskai-staging")
        return Order(source, target, options, **more)

    async def begin(self, order: Order) -> Operation:
        confirmed = await propose(self.play.world, order)
        return await self.begin_confirmed(order, confirmed.sure)

    async def begin_confirmed(self, order: Order, sure: str) -> Operation:
        order = replace(order, sure=sure)
        now = await self.play.world.memory.now()
        kind = UNDO if order.going_back else COPY
        operation = kind.operation(order, now, actor=ANA, origin=Origin("terminal"), line="env copy")
        await self.play.engine.submit(operation)
        return operation

    async def copy(self, options: Options = USUAL, **more: Any) -> tuple[str, Outcome]:
        operation = await self.begin(await self.order(options, **more))
        return operation.id, await self.play.end(operation)

    async def undo(self, operation: str) -> Outcome:
        target = (await self.order()).target
        return await self.play.end(await self.begin(Order(target, target, base=operation, going_back=True)))

    def dying(self, at: int, *, after: bool) -> Callable[[], bool]:
        """Let the run die once at the so-manyth request to Coolify from now: before it is sent, or after its answer
        came. The answer tells whether it did, and ends the danger.
        """
        http = self.play.http[1]
        real, seen = type(http).request, 0

        async def request(*args: Any, **options: Any) -> Any:
            nonlocal seen
            seen += 1
            if seen == at and not after:
                raise Suspended("the power went")
            answer = await real(http, *args, **options)
            if seen == at and after:
                raise Suspended("the power went")
            return answer

        def died() -> bool:
            http.request = partial(real, http)  # type: ignore[method-assign]
            return seen >= at

        http.request = request  # type: ignore[method-assign]
        return died


def became(outcome: Any) -> dict[str, list[str]]:
    """Keys by what became of them; previews in brackets."""
    told: dict[str, list[str]] = {}
    for line in outcome.lines:
        told.setdefault(line.became, []).append(f"({line.key})" if line.preview else line.key)
    return told


def nothing_written(copying: Copying) -> bool:
    return not any(asked.method in {"POST", "PATCH", "DELETE"} for asked in copying.coolify.received)


def refuse_first(copying: Copying) -> None:
    """Coolify takes no bulk request, and not the first of the single ones."""
    refused = '{"message": "Validation failed.", "errors": {"value": ["The value field must be a string."]}}'
    copying.coolify.faults.queue(f"PATCH {ENVS}/bulk", status=422, body=refused, times=2)
    copying.coolify.faults.queue(f"PATCH {ENVS}", status=422, body=refused, times=1)
