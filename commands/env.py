"""env list, diff, copy, resume, undo."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from commands.access import allow_on
from commands.begin import begin
from commands.grammar import env as grammar
from commands.reply import AskFirst, Reply, Started
from commands.request import Request, runs
from deploy.access.access import Access
from deploy.core.model import Offer
from deploy.core.values import dataclass
from deploy.env.backup import KEPT_DAYS
from deploy.env.cautions import Caution
from deploy.env.errors import NoBackup
from deploy.env.kinds import COPY, UNDO
from deploy.env.marks import Marks, fingerprint
from deploy.env.order import Order, Planned
from deploy.env.plan import Fate, Item, Options, plan
from deploy.env.propose import Proposal, owner, propose, strangers, two_owners, variables_of
from deploy.env.write import MINUTE, SINGLES
from deploy.redis import codec
from deploy.systems.coolify.values import Owner, Variable

if TYPE_CHECKING:
    from deploy.core.seal import Seal
    from deploy.engine.journal import Snapshot
    from deploy.world import World

VERBS = {"add": "copy", "change": "overwrite", "remove": "remove"}
MADE_ITSELF = "Coolify made it by itself"
MADE_TWICE = "it stands there twice, and one stays"
BACK_VERBS = {"add": "bring back", "change": "put back", "remove": "remove"}


@dataclass(frozen=True, slots=True)
class Row:
    """A variable as it is shown. `mark` is the source's fingerprint and `other` the target's; empty where unknown."""

    key: str
    preview: bool
    fate: Fate
    why: str = ""
    flags: tuple[str, ...] = ()
    mark: str = ""
    other: str = ""


@dataclass(frozen=True, slots=True)
class PlanView:
    """A plan as it is shown.

    Attributes:
        base: the operation that is resumed or undone.
        going_back: whether this is the way back.
        stale: whether it differs from the plan that the user confirmed.
        strangers: keys that were changed outside fisk since that operation.
        approvals: how many other people must approve it then.
        redeploy: whether the target is deployed afterwards.
        takes: the minimum duration in seconds under Coolify's rate limit; 0 where the limit is not reached.
    """

    source: Owner
    target: Owner
    rows: tuple[Row, ...]
    previews_made: tuple[str, ...] = ()
    cautions: tuple[Caution, ...] = ()
    base: str = ""
    going_back: bool = False
    stale: bool = False
    strangers: tuple[str, ...] = ()
    approvals: int = 0
    redeploy: bool = False
    takes: float = 0

    def of(self, *fates: Fate) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.fate in fates)


@dataclass(frozen=True, slots=True)
class EnvTable(Reply):
    owner: Owner
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class EnvDifference(Reply):
    source: Owner
    target: Owner
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class EnvPlan(Reply):
    """The plan without a confirmation; `go` begins it, None where there is nothing to do."""

    view: PlanView
    go: Offer | None = None


@dataclass(frozen=True, slots=True)
class ConfirmEnv(AskFirst):
    """The plan, and the button that confirms exactly this plan. `question` is empty, since the plan is shown."""

    view: PlanView


@runs(grammar.EnvList)
async def table(asked: grammar.EnvList, request: Request, world: World) -> EnvTable:
    """An application's variables."""
    app = await owner(world, asked.app)
    await allow_on(request, world, app.uuid)
    variables = sorted(await world.systems.coolify.variables(app.uuid), key=lambda each: each.name)
    rows = tuple(_row(Item(each.name, "same", "", each), world.memory.seal) for each in variables)
    return EnvTable(app, rows)


@runs(grammar.EnvDiff)
async def difference(asked: grammar.EnvDiff, request: Request, world: World) -> EnvDifference:
    """How two applications' variables differ. Raises ValuesHidden where the token may not compare."""
    source, target = await two_owners(world, asked.source, asked.target)
    await allow_on(request, world, source.uuid, target.uuid)
    here, there = await variables_of(world, source), await variables_of(world, target)
    items = plan(here, there, Options(), await world.systems.coolify.dialect()).items
    return EnvDifference(source, target, tuple(_row(item, world.memory.seal) for item in items))


@runs(grammar.EnvCopy)
async def copy(asked: grammar.EnvCopy, request: Request, world: World) -> EnvPlan | ConfirmEnv | Started:
    """Show the plan, or begin the copy where exactly this plan was confirmed."""
    source, target = await two_owners(world, asked.source, asked.target)
    options = Options(asked.overwrite, asked.mirror, asked.only, asked.but)
    order = Order(source, target, options, redeploy=asked.redeploy)
    return await _settle(order, request, world, line=_line(asked), sure=asked.sure, noop=asked.noop)


@runs(grammar.EnvResume)
async def resume(asked: grammar.EnvResume, request: Request, world: World) -> EnvPlan | ConfirmEnv | Started:
    """Resume a copy that stopped half way, planned from the target's state before it began."""
    order = _order(await world.memory.journal.load(asked.operation))
    going_on = replace(order, base=order.base if order.going_back else asked.operation, sure="")
    return await _settle(going_on, request, world, line=f"env resume {asked.operation}", sure=asked.sure)


@runs(grammar.EnvUndo)
async def undo(asked: grammar.EnvUndo, request: Request, world: World) -> EnvPlan | ConfirmEnv | Started:
    """Restore the target's variables as they were before a copy, or before an earlier undo."""
    before = await world.memory.journal.load(asked.operation)
    target = _order(before).target
    order = Order(target, target, base=asked.operation, going_back=True)
    line = f"env undo {asked.operation}"
    return await _settle(order, request, world, line=line, sure=asked.sure, begun=_begun(before))


def _order(snapshot: Snapshot) -> Order:
    arguments = snapshot.operation.arguments
    if isinstance(arguments, Order):
        return arguments
    raise NoBackup(operation=snapshot.operation.id, days=KEPT_DAYS)


def _begun(snapshot: Snapshot) -> Planned | None:
    """The plan that an operation journaled; None where it ended before that."""
    result = snapshot.results.get("plan")
    return codec.readable(Planned, result, "plan") if result else None


async def _settle(
    order: Order,
    request: Request,
    world: World,
    *,
    line: str,
    sure: str,
    noop: bool = False,
    begun: Planned | None = None,
) -> EnvPlan | ConfirmEnv | Started:
    """Show the plan, ask for confirmation, or begin: it begins only if `sure` is the digest of the current plan."""
    await allow_on(request, world, order.source.uuid, order.target.uuid)
    made = await propose(world, order)
    view = _view(made, world, stale=bool(sure) and sure != made.sure, begun=begun)
    if noop or not made.left:
        go = Offer(_label(view), line) if made.left else None
        return EnvPlan(view, go)
    if sure != made.sure:
        return ConfirmEnv("", _confirming(made, view, line), f"Leave {view.target.name} as it is", view)
    return await begin(
        request, world, UNDO if order.going_back else COPY, replace(order, sure=sure, again=line)
    )


def _confirming(made: Proposal, view: PlanView, line: str) -> Offer:
    return Offer(_label(view), f"{line} --sure {made.sure}", danger=bool(view.of("change", "remove")))


def _view(made: Proposal, world: World, *, stale: bool, begun: Planned | None) -> PlanView:
    order = made.order
    wanted = world.memory.stores.of(Access).need_of(UNDO if order.going_back else COPY, order)
    items = _as_it_stands(made)
    previews_made = tuple(key for key in made.plan.previews_made if (key, False) in made.left)
    going = len(previews_made) + sum(item.fate == "remove" for item in items)
    return PlanView(
        source=order.source,
        target=order.target,
        rows=tuple(_row(item, world.memory.seal) for item in items),
        previews_made=previews_made,
        cautions=made.cautions,
        base=order.base,
        going_back=order.going_back,
        stale=stale,
        strangers=strangers(made, begun, Marks(world.memory.seal)) if begun else (),
        approvals=wanted.count if wanted else 0,
        redeploy=order.redeploy,
        takes=max(0, going - 1) // SINGLES * MINUTE,
    )


def _as_it_stands(made: Proposal) -> list[Item]:
    """The plan's items with those already done as `same`, and Coolify's unrequested previews and doubles to remove."""
    acts = {item.name for item in made.plan.items if item.fate in VERBS}
    items = {
        item.name: replace(item, fate="same") if item.name in acts - made.left else item
        for item in made.plan.items
    }
    gone = [(row, MADE_ITSELF) for row in made.stayed if row.name not in acts]
    gone += [(row, MADE_TWICE) for row in made.doubled]
    items |= {row.name: Item(row.name, "remove", why, None, row) for row, why in gone}
    return [items[name] for name in sorted(items)]


def _row(item: Item, seal: Seal) -> Row:
    told: Variable | None = item.source or item.target
    flags = tuple(flag for flag in told.flags if flag != "preview") if told else ()
    marks = [fingerprint(seal, each) for each in (item.source, item.target)]
    return Row(*item.name, item.fate, item.why, flags, *marks)


def _label(view: PlanView) -> str:
    """`Copy 9, overwrite 1, remove 2`; with `, then deploy` where that is asked for."""
    verbs = BACK_VERBS if view.going_back else VERBS
    parts = [f"{verb} {count}" for fate, verb in verbs.items() if (count := len(view.of(fate)))]  # type: ignore[arg-type]  # the keys are fates
    return ", ".join([*parts, "then deploy"] if view.redeploy else parts).capitalize()


def _line(asked: grammar.EnvCopy) -> str:
    """The same command as text, quoted for a shell."""
    flags = {"--overwrite": asked.overwrite, "--mirror": asked.mirror, "--redeploy": asked.redeploy}
    globs = [word for glob in asked.only for word in ("--only", glob)]
    globs += [word for glob in asked.but for word in ("--except", glob)]
    words = ["env", "copy", asked.source, asked.target, *(flag for flag, on in flags.items() if on), *globs]
    return shlex.join(words)
