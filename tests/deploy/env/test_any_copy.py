"""Arbitrary variables and applications, with a crash at an arbitrary request: the target matches the plan,
and after undo its first state.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings, strategies as st

from deploy.env.outcomes import EnvCopied, EnvPutBack
from deploy.env.plan import Options, Plan
from deploy.env.propose import propose
from deploy.redis.connect import connect
from deploy.systems.coolify.values import stored
from sandbox.world import World
from tests.deploy.env.copying import VERSIONS, Copying
from tests.deploy.play import Play
from tests.keys import SEAL

if TYPE_CHECKING:
    from sandbox.coolify.applications import App

KEYS = ["A", "B", "C_1", "dotted.key", "with-dash", "with space", "PORT", "SERVICE_X", "ž"]
TEXTS = st.one_of(
    st.none(),
    st.sampled_from(
        ["", " ", "same", "a b", "$X", "it's", '"', "{{team.X}}", "1\n2", "\t tabbed\n", "\u200bx"]
    ),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=30),
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "key": st.sampled_from(KEYS),
            "value": TEXTS,
            "is_preview": st.booleans(),
            "preview_too": st.booleans(),
        },
        optional={
            "is_literal": st.booleans(),
            "is_multiline": st.booleans(),
            "is_shown_once": st.booleans(),
            "is_runtime": st.booleans(),
            "is_buildtime": st.booleans(),
            "comment": st.sampled_from(["why", "c" * 256]),
        },
    ),
    max_size=8,
)
ONLY, BUT = st.sampled_from([(), ("[A-C]*",)]), st.sampled_from([(), ("B",)])
OPTIONS = st.builds(Options, st.booleans(), st.booleans(), ONLY, BUT)


def fill(app: App, given_rows: list[dict[str, Any]], version: str) -> None:
    """As Coolify would have them: trimmed, and without what this version does not know."""
    app.variables.rows.clear()
    unknown = {"4.0.0-beta.426", "4.0.0-beta.430"}
    for row in given_rows:
        kept = dict(row)
        if version in unknown:
            kept = {name: value for name, value in kept.items() if name not in {"is_runtime", "is_buildtime"}}
        if version not in {"4.1.0", "4.3.11"}:
            kept.pop("comment", None)
        kept["value"] = stored(kept["value"] or "") or None
        app.variables.add(**kept)


def wanted(plan: Plan, before: Counter[Any], target: dict[Any, Any], source: dict[Any, Any]) -> Counter[Any]:
    """The target's rows by the plan: what is written is the source's, what is removed is gone, the rest stays."""
    after = Counter(before)
    for item in plan.items:
        if item.fate in {"change", "remove"}:
            after[target[item.name]] -= 1
        if item.fate in {"add", "change"}:
            after[source[item.name]] += 1
    return +after


async def check(copying: Copying, options: Options, death: tuple[int, bool]) -> None:
    """Copy, dying once at the so-manyth request, if there are so many; then take it back."""
    order = await copying.order(options)
    confirmed = await propose(copying.play.world, order)
    plan = confirmed.plan
    start, target, source = (
        copying.rows(copying.staging),
        copying.named(copying.staging),
        copying.named(copying.app),
    )
    if not plan.acts:
        return
    died = copying.dying(death[0], after=death[1])
    operation = await copying.begin_confirmed(order, confirmed.sure)
    outcome = await copying.play.end(operation)
    died()
    assert isinstance(outcome, EnvCopied), outcome
    assert copying.rows(copying.staging) == wanted(plan, start, target, source)
    undone = await copying.undo(operation.id)
    assert isinstance(undone, EnvPutBack)
    assert undone.status == "done", undone
    assert copying.rows(copying.staging) == start


def test_any_copy_gives_what_its_plan_says_and_undo_what_was_there(valkey_url: str, tmp_path: Path) -> None:
    with asyncio.Runner() as runner:
        state = runner.run(connect(valkey_url, tmp_path, seal=SEAL))
        outside = World(speed=0)
        runner.run(outside.start())
        outside.coolify.access.per_minute = 10**6
        copying = runner.run(_staged(outside, state))

        @settings(max_examples=80, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
        @given(ROWS, ROWS, OPTIONS, st.sampled_from(VERSIONS), st.tuples(st.integers(1, 25), st.booleans()))
        def any_copy(
            source: list[Any], target: list[Any], options: Options, version: str, death: tuple[int, bool]
        ) -> None:
            copying.coolify.version = version
            copying.coolify.received.clear()
            fill(copying.app, source, version)
            fill(copying.staging, target, version)
            runner.run(check(copying, options, death))

        try:
            any_copy()
        finally:
            runner.run(copying.play.close())
            runner.run(outside.stop())
            runner.run(state.aclose())


async def _staged(outside: World, state: Any) -> Copying:
    return Copying(Play(outside, state))
