"""env list, diff, copy, resume, undo: choice of application, confirmation, and who may confirm."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from commands.env import ConfirmEnv, EnvDifference, EnvPlan, EnvTable, Row
from commands.reply import Started
from deploy.access.errors import NotAllowed
from deploy.access.policy import Policy, Role
from deploy.core import errors
from deploy.env.errors import AmbiguousApp, SameApp, UnknownApp
from deploy.env.order import Order
from deploy.env.plan import Options
from tests.commands.env_lines import COPY, asked
from tests.deploy.conftest import ANA

if TYPE_CHECKING:
    from sandbox.world import World
    from tests.commands.conftest import Asking


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
    asking.access.rules = replace(asking.access.rules, apps={"other": "another-uuid"})
    with pytest.raises(AmbiguousApp) as refusal:
        await asking("env list fiskai-app")
    assert str(refusal.value) == (
        "`fiskai-app` names several applications: fiskai-app (`k8wcgo4s0gk4sc4wg8ko0cs4`), fiskai-app (`another-uuid`)."
    )


async def test_what_fisk_toml_does_not_list_is_unknown_though_the_token_can_see_it(
    asking: Asking, outside: World
) -> None:
    outside.coolify.add("other", "another-uuid", "shop")
    for name in ("shop", "another-uuid"):
        with pytest.raises(UnknownApp) as refusal:
            await asking(f"env list {name}")
        assert str(refusal.value) == f"fisk.toml lists no application `{name}` that Coolify has."
    asking.access.rules = replace(asking.access.rules, apps={"till": "another-uuid"})
    for name in ("shop", "another-uuid", "till"):
        assert isinstance(await asking(f"env list {name}"), EnvTable)


async def test_an_unknown_one_is_told_with_those_that_there_are(asking: Asking) -> None:
    with pytest.raises(UnknownApp) as refusal:
        await asking("env list nobody")
    assert refusal.value.failure.hint == (
        'Known: fiskai-app, fiskai-staging. Others are listed under `[apps]`, as NAME = "UUID".'
    )


async def test_an_application_is_not_copied_onto_itself(asking: Asking) -> None:
    with pytest.raises(SameApp):
        await asking("env copy app fiskai-app")


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


async def test_whoever_may_see_details_may_see_a_plan_and_not_copy(asking: Asking) -> None:
    details = Policy(roles={"see": Role(frozenset({ANA.id}), frozenset({"details"}))})
    assert isinstance(await asking(f"{COPY} --noop", policy=details), EnvPlan)
    for line in (COPY, "env undo e-1", "env resume e-1"):
        with pytest.raises(NotAllowed):
            await asking(line, policy=details)


@pytest.mark.parametrize("line", [COPY, f"{COPY} --noop", "env diff app staging", "env list app"])
async def test_a_role_for_one_target_shows_no_variables_of_another(asking: Asking, line: str) -> None:
    staging = Role(frozenset({ANA.id}), frozenset({"details", "env"}), frozenset({"staging"}))
    with pytest.raises(NotAllowed) as refusal:
        await asking(line, policy=Policy(roles={"staging": staging}))
    assert refusal.value.facts["why"] == "role staging is only for staging"
    assert isinstance(await asking("env list staging", policy=Policy(roles={"staging": staging})), EnvTable)


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


async def test_to_deploy_afterwards_takes_the_right_to_deploy(asking: Asking) -> None:
    copies = Policy(roles={"copy": Role(frozenset({ANA.id}), frozenset({"env"}))})
    with pytest.raises(NotAllowed) as refusal:
        await asking(f"{COPY} --redeploy", policy=copies)
    assert refusal.value.facts["verb"] == "env copy with deploy"
    assert isinstance(await asking(COPY, policy=copies), ConfirmEnv)
