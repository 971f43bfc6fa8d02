"""buildkit status, logs, restart, recreate, prune."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from commands.begin import begin
from commands.grammar import buildkit as grammar
from commands.reply import AskFirst, Reply, Started
from commands.request import Request, runs
from deploy.buildkit.arguments import PruneArguments, RecreateArguments, RestartArguments
from deploy.buildkit.errors import BuildsUnknown, QuestionTooOld
from deploy.buildkit.kinds import PRUNE, RECREATE, RESTART
from deploy.buildkit.load import running_builds, the_buildkit
from deploy.buildkit.offers import all_the_same
from deploy.buildkit.prune import users
from deploy.core import errors
from deploy.core.ask import Unknown, ask
from deploy.core.model import Build, Offer
from deploy.core.together import together
from deploy.core.units import size, typed_size
from deploy.core.values import dataclass
from deploy.systems.buildkit import BuildKit, BuildKitStatus
from deploy.systems.hosts import BuildKitSpec

if TYPE_CHECKING:
    from deploy.world import World

VALID = 120.0  # seconds for which the confirmation of a restart that kills builds is valid
MINUTE = 60


@dataclass(frozen=True, slots=True)
class BuildKitReport(Reply):
    """BuildKit as it is, and the builds that run on it now."""

    spec: BuildKitSpec
    status: BuildKitStatus
    builds: tuple[Build, ...] | Unknown
    now: float


@dataclass(frozen=True, slots=True)
class BuildKitLog(Reply):
    """The last lines of BuildKit's log."""

    spec: BuildKitSpec
    text: str


@dataclass(frozen=True, slots=True)
class WouldKill(Reply):
    """Nothing was begun, since these builds would die; `verb` is restart or recreate. Any deployer may confirm.

    `asked` is when it was asked, in seconds since the epoch.
    """

    spec: BuildKitSpec
    verb: str
    builds: tuple[Build, ...]
    asked: int
    now: float
    public: ClassVar[bool] = True

    @property
    def refused(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class CacheIsUsed(Reply):
    """Nothing was pruned, since these builds may need the cache. `keep` in bytes, `asked` as above."""

    spec: BuildKitSpec
    keep: int
    builds: tuple[Build, ...]
    asked: int
    now: float
    public: ClassVar[bool] = True

    @property
    def refused(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class NothingToPrune(Reply):
    """The cache is no larger than what is to stay of it; both in bytes."""

    host: str
    total: int
    keep: int


@runs(grammar.BuildKitStatus)
async def status(_asked: grammar.BuildKitStatus, _request: Request, world: World) -> BuildKitReport:
    """BuildKit's status and its running builds; `builds` is Unknown where GitHub does not answer."""
    buildkit = the_buildkit(world)
    found, builds = await together(buildkit.status(), ask("GitHub", running_builds(world)))
    return BuildKitReport(buildkit.spec, found, builds, await world.memory.now())


@runs(grammar.BuildKitLogs)
async def logs(asked: grammar.BuildKitLogs, _request: Request, world: World) -> BuildKitLog:
    buildkit = the_buildkit(world)
    return BuildKitLog(buildkit.spec, await buildkit.logs(asked.lines))


@runs(grammar.RestartBuildKit)
async def restart(asked: grammar.RestartBuildKit, request: Request, world: World) -> Started | WouldKill:
    """Begin a restart, or ask for confirmation where it would kill running builds."""
    if not asked.when_idle and (refused := await _first_look(asked, "restart", world)):
        return refused
    force = asked.force and not asked.when_idle
    arguments = RestartArguments(the_buildkit(world).spec.host, force, asked.when_idle)
    return await begin(request, world, RESTART, arguments)


@runs(grammar.RecreateBuildKit)
async def recreate(asked: grammar.RecreateBuildKit, request: Request, world: World) -> Started | WouldKill:
    """Begin a recreate, or ask for confirmation where it would kill running builds."""
    if refused := await _first_look(asked, "recreate", world):
        return refused
    return await begin(
        request, world, RECREATE, RecreateArguments(the_buildkit(world).spec.host, asked.force)
    )


async def _first_look(
    asked: grammar.RestartBuildKit | grammar.RecreateBuildKit, verb: str, world: World
) -> WouldKill | None:
    """The builds that would die, to ask at once; the operation checks again under its lock.

    Raises:
        QuestionTooOld: the confirmation has expired.
        BuildsUnknown: GitHub does not answer, and --force was not given.
    """
    buildkit, now = the_buildkit(world), await world.memory.now()
    _still_valid(asked.asked, now, verb)
    if asked.force:
        return None
    try:
        builds = await running_builds(world)
    except errors.SystemFailure as failure:
        raise BuildsUnknown(why=str(failure), verb=verb, offers=(all_the_same(verb),)) from None
    return WouldKill(buildkit.spec, verb, builds, int(now), now) if builds else None


def _still_valid(asked: int, now: float, verb: str) -> None:
    if asked and now - asked > VALID:
        raise QuestionTooOld(minutes=round((now - asked) / MINUTE), verb=verb)


@runs(grammar.PruneBuildKit)
async def prune(
    asked: grammar.PruneBuildKit, request: Request, world: World
) -> Started | AskFirst | CacheIsUsed | NothingToPrune:
    """Begin a prune that somebody confirmed, or ask; the operation looks for builds again.

    Raises:
        QuestionTooOld: the confirmation has expired.
        CacheUseUnknown: GitHub does not answer, and --force was not given.
    """
    spec, now = the_buildkit(world).spec, await world.memory.now()
    _still_valid(asked.asked, now, "prune")
    if not asked.force and not asked.asked:
        return await _before_pruning(asked, world, now)
    force = asked.force and not asked.when_idle
    arguments = PruneArguments(spec.host, force, asked.keep, asked.when_idle)
    return await begin(request, world, PRUNE, arguments)


async def _before_pruning(
    asked: grammar.PruneBuildKit, world: World, now: float
) -> AskFirst | CacheIsUsed | NothingToPrune:
    buildkit = the_buildkit(world)
    cache, disk = await together(buildkit.cache(), _disk(buildkit))
    if cache.total <= asked.keep:
        return NothingToPrune(buildkit.spec.host, cache.total, asked.keep)
    builds = () if asked.when_idle else await users(world, asked.keep)
    if builds:
        return CacheIsUsed(buildkit.spec, asked.keep, builds, int(now), now)
    when = " --when-idle" if asked.when_idle else ""
    line = f"buildkit prune --keep {typed_size(asked.keep)}{when} --asked {int(now)}"
    question = (
        f"BuildKit's cache on {buildkit.spec.host} takes {cache.note}{disk}."
        f" Prune it to {size(asked.keep)}? Builds take longer until they have filled it again."
    )
    return AskFirst(question, Offer(f"Prune to {size(asked.keep)}", line, danger=True), "Leave the cache")


async def _disk(buildkit: BuildKit) -> str:
    """How full the disk is, for whoever decides; empty where a restricted key may not ask."""
    try:
        return f"; {await buildkit.docker.disk()}"
    except errors.SystemFailure:
        return ""
