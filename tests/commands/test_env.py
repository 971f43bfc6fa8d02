"""env list, diff, copy, resume, undo: which application is meant, what is asked first, who may confirm it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from commands.env import ConfirmEnv, ConfirmEnvAloud, EnvDifference, EnvPlan, EnvTable, Row
from commands.reply import Started
from deploy.core import errors
from deploy.core.model import Actor
from deploy.core.seal import Seal
from deploy.env.errors import AmbiguousApp, NeedsAnother, NoBackup, SameApp, UnknownApp
from deploy.env.order import Order
from deploy.env.outcomes import EnvCopied, EnvHalf, Line
from deploy.env.plan import Options
from tests.commands.conftest import ANYONE, MARKO, Asking
from tests.deploy.conftest import ANA
from tests.worlds import with_targets

if TYPE_CHECKING:
    from sandbox.world import World

COPY = "env copy fiskai-app fiskai-staging"


async def asked(asking: Asking, line: str, **more: Any) -> ConfirmEnv:
    question = await asking(line, **more)
    assert isinstance(question, ConfirmEnv), question
    return question


# --- which application


@pytest.mark.parametrize("name", ["app", "fiskai-app", "FiskAI-App", "k8wcgo4s0gk4sc4wg8ko0cs4"])
async def test_an_application_goes_by_target_name_or_uuid(asking: Asking, name: str) -> None:
    table = await asking(f"env list {name}")
    assert isinstance(table, EnvTable)
    assert (table.owner.name, table.owner.target, table.owner.hosts) == (
        "fiskai-app",
        "app",
        ("app.fiskai.example",),
    )


async def test_a_name_that_two_applications_have_is_refused_with_their_uuids(
    asking: Asking, outside: World
) -> None:
    outside.coolify.add("other", "another-uuid", "fiskai-app")
    with pytest.raises(AmbiguousApp) as refusal:
        await asking("env list fiskai-app")
    assert str(refusal.value) == (
        "`fiskai-app` names several applications: fiskai-app (k8wcgo4s0gk4sc4wg8ko0cs4), fiskai-app (another-uuid)."
    )


async def test_an_unknown_one_is_told_with_those_that_there_are(asking: Asking) -> None:
    with pytest.raises(UnknownApp) as refusal:
        await asking("env list nobody")
    assert refusal.value.failure.hint == "Known: fiskai-app, fiskai-staging."


async def test_an_application_is_not_copied_onto_itself(asking: Asking) -> None:
    with pytest.raises(SameApp):
        await asking("env copy app fiskai-app")


# --- looking


async def test_a_list_shows_keys_flags_and_fingerprints(asking: Asking) -> None:
    table = await asking("env list app")
    assert isinstance(table, EnvTable)
    rows = {(row.key, row.preview): row for row in table.rows}
    mark = rows["SIGNING_KEY", False].mark
    assert rows["SIGNING_KEY", True] == Row(
        "SIGNING_KEY", preview=True, fate="same", flags=("literal", "multi-line"), mark=mark
    )
    assert len(mark) == 6
    assert mark.isdigit()
    assert rows["STRIPE_SECRET", False].mark == "", "nobody knows its value"


async def test_equal_values_have_equal_fingerprints_on_both_sides(asking: Asking) -> None:
    difference = await asking("env diff app staging")
    assert isinstance(difference, EnvDifference)
    rows = {(row.key, row.preview): row for row in difference.rows}
    assert rows["LOG_LEVEL", False].mark == rows["LOG_LEVEL", False].other
    assert rows["DATABASE_URL", False].mark != rows["DATABASE_URL", False].other
    fates = {key: row.fate for (key, preview), row in rows.items() if not preview}
    assert (fates["LOG_LEVEL"], fates["DATABASE_URL"]) == ("same", "keep")
    assert (fates["APP_URL"], fates["STAGING_BANNER"], fates["STRIPE_SECRET"]) == ("add", "extra", "cannot")


async def test_without_a_key_there_are_no_fingerprints_and_no_copies(asking: Asking) -> None:
    world = asking.parts.world
    memory = replace(world.memory, seal=Seal())
    bare = Asking(replace(asking.parts, world=replace(world, memory=memory)))
    table = await bare("env list app")
    assert isinstance(table, EnvTable)
    assert not table.sealed
    assert {row.mark for row in table.rows} == {""}
    with pytest.raises(errors.NoKey):
        await bare(COPY)


# --- asking first


async def test_a_copy_asks_with_its_counts_and_begins_what_was_confirmed(asking: Asking) -> None:
    question = await asked(asking, f"{COPY} --overwrite --mirror --except 'LOG_*'")
    assert question.offer.label == "Copy 22, overwrite 2, remove 2"
    assert question.offer.danger
    assert question.offer.command.startswith(f"{COPY} --overwrite --mirror --except 'LOG_*' --sure ")
    begun = await asking(question.offer.command)
    assert isinstance(begun, Started)
    operation = begun.operation
    assert (operation.kind, operation.arguments.place, operation.id[0]) == ("env copy", "staging", "e")
    assert tuple(map(str, operation.resources)) == ("env:m0ssk8cw4gwosgk0o48cwck0", "app:staging")
    assert isinstance(operation.arguments, Order)
    assert operation.arguments.options == Options(overwrite=True, mirror=True, but=("LOG_*",))


async def test_a_deploy_afterwards_is_part_of_what_is_confirmed(asking: Asking) -> None:
    question = await asked(asking, f"{COPY} --redeploy")
    assert (question.offer.label, question.view.redeploy) == ("Copy 22, then deploy", True)
    mark = question.offer.command.partition(" --sure ")[2]
    assert isinstance(await asking(f"{COPY} --sure {mark}"), ConfirmEnv)
    begun = await asking(question.offer.command)
    assert isinstance(begun, Started)
    assert isinstance(begun.operation.arguments, Order)
    assert begun.operation.arguments.redeploy


@pytest.mark.parametrize(("count", "takes"), [(0, 0), (120, 0), (121, 60), (500, 240)])
async def test_how_long_it_takes_to_remove_one_by_one_is_known_before(
    asking: Asking, outside: World, count: int, takes: float
) -> None:
    app, staging = (outside.coolify.apps[name].variables for name in ("app", "staging"))
    app.rows.clear()
    app.add("A", "x")
    staging.rows.clear()
    for number in range(count):
        staging.add(f"KEY_{number}", "x", preview_too=False)
    question = await asked(asking, f"{COPY} --mirror")
    assert question.view.takes == takes


async def test_what_changed_since_it_was_shown_is_shown_again(asking: Asking, outside: World) -> None:
    question = await asked(asking, COPY)
    outside.coolify.apps["app"].variables.add("LATE", "comer")
    again = await asked(asking, question.offer.command)
    assert (question.view.stale, again.view.stale) == (False, True)
    assert again.offer.command != question.offer.command


async def test_noop_and_nothing_to_do_ask_nothing(asking: Asking, outside: World) -> None:
    plan = await asking(f"{COPY} --noop")
    assert isinstance(plan, EnvPlan)
    assert plan.go is not None
    assert (plan.go.label, plan.go.command) == ("Copy 22", COPY)
    outside.coolify.apps["app"].variables.rows.clear()
    nothing = await asking(COPY)
    assert isinstance(nothing, EnvPlan)
    assert nothing.go is None


async def test_whoever_may_only_look_may_see_a_plan_and_not_copy(asking: Asking) -> None:
    nobody = Actor("U404", "ivo")
    assert isinstance(await asking(f"{COPY} --noop", nobody), EnvPlan)
    for line in (COPY, "env undo e-1", "env resume e-1"):
        with pytest.raises(errors.NotAllowed):
            await asking(line, nobody)


async def test_somebody_elses_hold_or_operation_on_the_target_stops_it(asking: Asking) -> None:
    await asking("lock staging we measure")
    question = await asked(asking, COPY)
    with pytest.raises(errors.OnHold):
        await asking(question.offer.command)
    await asking("unlock staging")
    assert isinstance(await asking(question.offer.command), Started)
    with pytest.raises(errors.Locked) as refusal:
        await asking(question.offer.command)
    assert "is copying variables to staging" in str(refusal.value)


async def test_there_is_nothing_to_undo_of_what_kept_nothing(asking: Asking) -> None:
    begun = await asking("deploy 3f2a1b9")
    assert isinstance(begun, Started)
    with pytest.raises(NoBackup):
        await asking(f"env undo {begun.operation.id}")
    with pytest.raises(errors.UnknownOperation):
        await asking("env undo e-nobody")


async def test_an_undo_is_planned_too_and_names_what_others_changed_since(
    asking: Asking, outside: World
) -> None:
    question = await asked(asking, COPY)
    begun = await asking(question.offer.command)
    assert isinstance(begun, Started)
    assert await asking.parts.engine.run_one(begun.operation.id)
    staging = outside.coolify.apps["staging"].variables
    staging.add("THEIRS", "since", preview_too=False)
    staging.add("SENTRY_DSN", "since", is_preview=True)  # the copy removed one that Coolify had made
    company = staging.find("COMPANY", preview=False)
    assert company
    company.value = "theirs"
    undo = await asked(asking, f"env undo {begun.operation.id}")
    assert undo.offer.label == "Remove 24"
    assert undo.view.strangers == ("COMPANY", "SENTRY_DSN", "THEIRS")
    assert (undo.view.going_back, undo.view.base) == (True, begun.operation.id)


async def test_a_resume_shows_what_is_left_and_asks_nothing_where_nothing_is(
    asking: Asking, outside: World
) -> None:
    begun = await asking((await asked(asking, COPY)).offer.command)
    assert isinstance(begun, Started)
    assert await asking.parts.engine.run_one(begun.operation.id)
    nothing = await asking(f"env resume {begun.operation.id}")
    assert isinstance(nothing, EnvPlan)
    assert nothing.go is None
    staging = outside.coolify.apps["staging"].variables
    for row in [row for row in staging.rows if row.key == "COMPANY"]:
        staging.remove(row.uuid)
    rest = await asked(asking, f"env resume {begun.operation.id}")
    assert (rest.offer.label, [row.key for row in rest.view.of("add")]) == ("Copy 2", ["COMPANY", "COMPANY"])


async def test_a_twin_that_coolify_did_not_let_go_is_removed_by_a_resume(
    asking: Asking, outside: World
) -> None:
    app, staging = (outside.coolify.apps[name].variables for name in ("app", "staging"))
    app.rows.clear()
    app.add("ALONE", "x", preview_too=False)
    begun = await asking((await asked(asking, COPY)).offer.command)
    assert isinstance(begun, Started)
    outside.coolify.faults.queue("DELETE */envs/*", status=500, body='{"message": "No."}')
    assert await asking.parts.engine.run_one(begun.operation.id)
    half = (await asking.parts.world.memory.journal.load(begun.operation.id)).outcome
    assert isinstance(half, EnvHalf)
    assert [line for line in half.lines if line.bad] == [
        Line("ALONE", preview=True, became="failed", why="Coolify says: No")
    ]

    rest = await asked(asking, f"env resume {begun.operation.id}")
    assert (rest.offer.label, rest.view.previews_made) == ("Remove 1", ())
    assert [row for row in rest.view.rows if row.key == "ALONE" and row.preview] == [
        Row(
            "ALONE",
            preview=True,
            fate="remove",
            why="Coolify made it by itself",
            other=rest.view.rows[0].mark,
        )
    ]
    again = await asking(rest.offer.command)
    assert isinstance(again, Started)
    assert await asking.parts.engine.run_one(again.operation.id)
    outcome = (await asking.parts.world.memory.journal.load(again.operation.id)).outcome
    assert isinstance(outcome, EnvCopied)
    assert (outcome.previews_made, staging.find("ALONE", preview=True)) == (("ALONE",), None)


async def test_what_coolify_made_twice_in_the_end_is_put_right_by_a_resume(
    asking: Asking, outside: World
) -> None:
    begun = await asking((await asked(asking, f"{COPY} --only COMPANY")).offer.command)
    assert isinstance(begun, Started)
    assert await asking.parts.engine.run_one(begun.operation.id)
    staging = outside.coolify.apps["staging"].variables
    row = staging.find("COMPANY", preview=False)
    assert row
    staging.add("COMPANY", row.value, preview_too=False)

    rest = await asked(asking, f"env resume {begun.operation.id}")
    assert rest.offer.label == "Remove 1"
    assert [(it.key, it.preview, it.why) for it in rest.view.of("remove")] == [
        ("COMPANY", False, "it stands there twice, and one stays")
    ]
    again = await asking(rest.offer.command)
    assert isinstance(again, Started)
    assert await asking.parts.engine.run_one(again.operation.id)
    outcome = (await asking.parts.world.memory.journal.load(again.operation.id)).outcome
    assert isinstance(outcome, EnvCopied)
    rows = [(it.key, it.is_preview) for it in staging.rows if it.key == "COMPANY"]
    assert sorted(rows) == [("COMPANY", False), ("COMPANY", True)]


async def test_a_second_row_of_a_key_is_not_taken_for_the_first_which_was_copied(
    asking: Asking, outside: World
) -> None:
    begun = await asking((await asked(asking, COPY)).offer.command)
    assert isinstance(begun, Started)
    assert await asking.parts.engine.run_one(begun.operation.id)
    outside.coolify.apps["staging"].variables.add("COMPANY", "theirs", preview_too=False)
    nothing = await asking(f"env resume {begun.operation.id}")
    assert isinstance(nothing, EnvPlan)
    assert nothing.go is None


# --- a protected target


@pytest.fixture
def protected(asking: Asking) -> Asking:
    world = asking.parts.world
    targets = [replace(target, protected=True) for target in world.targets.values()]
    return Asking(replace(asking.parts, world=with_targets(world, *targets)))


async def test_a_protected_target_is_confirmed_by_somebody_else_before_everybodys_eyes(
    protected: Asking,
) -> None:
    question = await asked(protected, COPY)
    assert isinstance(question, ConfirmEnvAloud)
    assert question.public
    with pytest.raises(NeedsAnother):
        await protected(question.offer.command, ANA)
    with pytest.raises(errors.NotAllowed):
        await protected(question.offer.command, Actor("U404", "ivo"))
    assert isinstance(await protected(question.offer.command, MARKO), Started)


async def test_one_person_in_two_places_is_not_two(protected: Asking) -> None:
    question = await asked(protected, COPY, actor=Actor("cli:ana", "ana"), policy=ANYONE)
    with pytest.raises(NeedsAnother):
        await protected(question.offer.command, ANA)
    assert isinstance(await protected(question.offer.command, Actor("cli:marko", "marko")), Started)


async def test_a_mark_that_nobody_asked_for_confirms_nothing(protected: Asking) -> None:
    plan = await asking_noop(protected)
    assert isinstance(plan, EnvPlan)
    assert isinstance(await protected(f"{COPY} --sure 00000000", MARKO), ConfirmEnvAloud)


async def asking_noop(asking: Asking) -> object:
    return await asking(f"{COPY} --noop")
