"""Looking at both sides of a copy, and what it would do. Nothing here changes anything."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from deploy.access.access import Access, Rules
from deploy.core.seal import SURE
from deploy.core.together import together
from deploy.core.values import dataclass
from deploy.engine.kind import Plan as Approvable
from deploy.env.backup import Backup
from deploy.env.cautions import Caution, cautions
from deploy.env.errors import AmbiguousApp, SameApp, UnknownApp, ValuesHidden
from deploy.env.marks import Marks
from deploy.env.order import Order, Planned, entry
from deploy.env.plan import EVERYTHING, Plan, plan
from deploy.env.previews import doubles, previews_made
from deploy.redis import codec
from deploy.systems.coolify.dialect import Dialect
from deploy.systems.coolify.values import Name, Owner, Variable, first_of_each

if TYPE_CHECKING:
    from deploy.core.model import Operation
    from deploy.world import World


@dataclass(frozen=True, slots=True)
class Sides:
    """Both sides at one moment. `before` is what the plan starts from: the target, or as it once was."""

    source: tuple[Variable, ...]
    target: tuple[Variable, ...]
    before: tuple[Variable, ...]
    dialect: Dialect


@dataclass(frozen=True, slots=True)
class Proposal:
    """What an order would do now.

    Attributes:
        planned: the plan without values.
        left: what of it is still to be done: all of it, unless it goes on with what an earlier operation began.
        stayed: the previews among `left` that Coolify made when that operation was at it, and that are to go.
        doubled: what Coolify made twice then; one is to go.
        sure: the mark of exactly this plan, values included.
    """

    order: Order
    plan: Plan
    planned: Planned
    left: frozenset[Name]
    stayed: tuple[Variable, ...]
    doubled: tuple[Variable, ...]
    cautions: tuple[Caution, ...]
    sure: str


async def owner(world: World, name: str) -> Owner:
    """The application that a person means: by fisk's target, Coolify's name, or uuid.

    Raises:
        UnknownApp, AmbiguousApp.
    """
    return _meant(name, await _owners(world), world.memory.stores.of(Access).rules)


async def two_owners(world: World, source: str, target: str) -> tuple[Owner, Owner]:
    """Both applications of a copy. Raises SameApp too."""
    known, rules = await _owners(world), world.memory.stores.of(Access).rules
    here, there = _meant(source, known, rules), _meant(target, known, rules)
    if here.uuid == there.uuid:
        raise SameApp(app=here.name)
    return here, there


async def _owners(world: World) -> tuple[Owner, ...]:
    """The applications that fisk.toml lists; what else the token can see is nobody's business here."""
    rules = world.memory.stores.of(Access).rules
    targets = {target.app: target.name for target in rules.targets.values() if target.app}
    listed = {**dict.fromkeys(rules.apps.values(), ""), **targets}
    owners = await world.systems.coolify.owners()
    return tuple(replace(each, target=listed[each.uuid]) for each in owners if each.uuid in listed)


def _meant(name: str, known: tuple[Owner, ...], rules: Rules) -> Owner:
    found = [each for each in known if name.lower() in _names(each, rules)]
    if name and len(found) > 1:
        raise AmbiguousApp(app=name, found=", ".join(f"{each.name} (`{each.uuid}`)" for each in found))
    if not found or not name:
        raise UnknownApp(app=name, known=", ".join(sorted({each.name for each in known})) or "none")
    return found[0]


def _names(app: Owner, rules: Rules) -> set[str]:
    return {each.lower() for each in (app.uuid, app.name, app.target, rules.name(app.uuid))}


async def variables_of(world: World, app: Owner) -> tuple[Variable, ...]:
    """All its variables with their values. Raises ValuesHidden where the token may not see values."""
    variables = await world.systems.coolify.variables(app.uuid)
    if any(variable.value is None and not variable.shown_once for variable in variables):
        raise ValuesHidden(app=app.name, setting="FISK_COOLIFY_TOKEN")
    return variables


async def look(world: World, order: Order) -> Sides:
    """Both sides now. Raises ValuesHidden, NoBackup, errors.WrongKey, SystemFailure."""
    backup = await world.memory.stores.of(Backup).find(order.base) if order.base else ()
    if order.going_back:
        dialect, target = await together(world.systems.coolify.dialect(), variables_of(world, order.target))
        return Sides(backup, target, target, dialect)
    dialect, source, target = await together(
        world.systems.coolify.dialect(), variables_of(world, order.source), variables_of(world, order.target)
    )
    return Sides(source, target, backup if order.base else target, dialect)


async def propose(world: World, order: Order) -> Proposal:
    """Look at both sides, and plan. Raises what `look` raises."""
    return proposal(world, order, await look(world, order), Marks(world.memory.seal))


def proposal(world: World, order: Order, sides: Sides, marks: Marks) -> Proposal:
    """The plan for what both sides have, and the mark of it."""
    options = EVERYTHING if order.going_back else order.options
    made = plan(sides.source, sides.before, options, sides.dialect)
    planned = _planned(made, marks)
    stayed, doubled = (find(planned, sides.target, marks) for find in (previews_made, doubles))
    return Proposal(
        order=order,
        plan=made,
        planned=planned,
        left=_left(made, sides.target) | {row.name for row in (*stayed, *doubled)},
        stayed=stayed,
        doubled=doubled,
        cautions=cautions(made, order.source, order.target),
        sure=_sure(world, order, planned),
    )


def strangers(made: Proposal, begun: Planned, marks: Marks) -> tuple[str, ...]:
    """The keys of what a way back would change and is not as that operation left it: somebody else changed it since."""
    left = {(entry.name, entry.source) for entry in begun.of("add", "change", "remove")}
    rows = [item.target for item in made.plan.items if item.target]
    left |= {(row.name, marks.of(row)) for row in previews_made(begun, rows, marks)}
    acts = made.plan.of("add", "change", "remove")
    return tuple(dict.fromkeys(it.name[0] for it in acts if (it.name, marks.of(it.target)) not in left))


def _left(made: Plan, target: tuple[Variable, ...]) -> frozenset[Name]:
    there = first_of_each(target)
    unwritten = {
        item.name
        for item in made.of("add", "change")
        if item.source and (item.name not in there or there[item.name].content != item.source.content)
    }
    return frozenset(unwritten | {item.name for item in made.of("remove") if item.name in there})


def _planned(made: Plan, marks: Marks) -> Planned:
    """The plan without values, and without what stays as it is."""
    acted = made.of("add", "change", "remove", "keep", "cannot")
    return Planned(tuple(entry(item, marks) for item in acted), made.previews_made, len(made.of("same")))


def _sure(world: World, order: Order, planned: Planned) -> str:
    sides = (order.source.uuid, order.target.uuid)
    about = (str(order.options), order.base, str(order.going_back), str(order.redeploy))
    return world.memory.seal.mark("plan", *sides, *about, codec.dump(Planned, planned))[:SURE]


async def plan_env(world: World, operation: Operation) -> Approvable:
    """What a copy or a way back would do now, for whoever approves it; its mark stands for exactly this."""
    order = operation.arguments
    if not isinstance(order, Order):
        raise TypeError(f"{operation.kind} has no Order")
    made = await propose(world, order)
    there = order.target.target or order.target.name
    deed = (
        f"put back variables of {there}"
        if order.going_back
        else f"copy variables from {order.source.name} to {there}"
    )
    then = ", then deploy it" if order.redeploy else ""
    notes = tuple(f"{each.kind}: {', '.join(each.keys)}" for each in made.cautions)
    return Approvable(
        f"{deed} ({made.planned.note}{then})", made.sure, notes, order.again, refused=made.sure != order.sure
    )
