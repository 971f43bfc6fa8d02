"""fisk itself: the store persists its data, clocks agree, tokens have the permissions needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING

from deploy.core.model import Failure
from deploy.core.rights import MISSING, Right
from deploy.deploys.coolify_gates import NEEDED_ABILITIES
from deploy.doctor.evidence import Evidence
from deploy.doctor.rights import Rights, github_rights
from deploy.doctor.rule import Rule
from deploy.doctor.verdicts import Judgement, broken, holds, must, unknown
from deploy.redis import promises

if TYPE_CHECKING:
    from deploy.world import World

SKEW = 2.0  # seconds; hosts tell whole ones
CHMOD = (
    "As their owner, who is fisk's user or root: `chmod 600` for .env and keys, `chmod 644` for fisk.toml."
)


def rules(world: World) -> Iterator[Rule]:
    """Those of memory, clocks and tokens."""
    title = "Redis or Valkey keeps what it is told through a crash"
    yield Rule("fisk.memory-persists", title, Evidence.memory, partial(promised, promises.persists))
    title = "Redis or Valkey evicts nothing"
    yield Rule("fisk.memory-keeps", title, Evidence.memory, partial(promised, promises.keeps))
    title = "a Redis or Valkey that is cut off from its replicas takes no writes"
    yield Rule("fisk.memory-replicas", title, Evidence.memory, partial(promised, promises.replicates))
    yield Rule("fisk.files", "nobody else reads fisk's secrets or writes its rules", Evidence.files, closed)
    ours = partial(agrees, "fisk's clock", "its memory's")
    yield Rule("fisk.clock", "fisk's clock agrees with its memory's", Evidence.clock, ours)
    for host in world.systems.hosts:
        title, look = f"The clock of {host} agrees with fisk's", partial(Evidence.host_clock, host=host)
        yield Rule(f"fisk.clock:{host}", title, look, partial(agrees, f"the clock of {host}", "fisk's"))
    for target in [*world.targets.values()][:1]:
        rights = partial(github_rights, workflow=target.workflow)
        yield Rule("fisk.github-token", "GitHub's token may do what fisk does", rights, may_all)
    for target in (each for each in world.targets.values() if each.kind == "coolify"):
        title = f"Coolify's token may do what a deploy of {target.name} needs"
        of_app = partial(Evidence.rights, app=target.app)
        yield Rule(f"fisk.coolify-token:{target.name}", title, of_app, may_deploy)


# --- judging


def promised(
    of: Callable[[promises.ServerSettings], promises.Finding], it: promises.ServerSettings
) -> Judgement:
    """What the store's own settings promise."""
    found = of(it)
    if not found.known:
        return unknown(found.told, found.fix)
    return must(not found.lost, found.told, found.fix)


def closed(wrong: tuple[str, ...]) -> Judgement:
    """Who reads `.env` or the key can act as fisk; who writes fisk.toml says who may do what."""
    return must(not wrong, "; ".join(wrong) or "they are fisk's alone", CHMOD)


def agrees(whose: str, than: str, ahead: float) -> Judgement:
    """Times in messages and logs are to be compared."""
    told = f"{whose} is {abs(ahead):.1f} s {'ahead of' if ahead > 0 else 'behind'} {than}"
    return must(abs(ahead) <= SKEW, told, "Let both machines keep time by NTP: `timedatectl`.")


def may_all(it: Rights) -> Judgement:
    """Each right is tried; nothing is changed by that."""
    missing = {right: why for right, why in it.items() if isinstance(why, Failure)}
    told = "; ".join(f"{right}: {why.sentence}" for right, why in missing.items())
    if missing:
        return broken(told, f"Give the token in FISK_GITHUB_TOKEN {', '.join(missing)}.")
    unsure = {right: why for right, why in it.items() if isinstance(why, str)}
    return _unknown("GITHUB", unsure) if unsure else holds(f"{', '.join(it)} all work")


def may_deploy(rights: Mapping[str, Right]) -> Judgement:
    """The rights that the gates ask for, each by evidence."""
    needed = {ability: rights.get(ability, MISSING) for ability in NEEDED_ABILITIES}
    if missing := [ability for ability, right in needed.items() if right.held is False]:
        lacks = ", ".join(missing)
        return broken(f"it lacks {lacks}", f"Give the token in FISK_COOLIFY_TOKEN {lacks}.")
    unsure = {ability: right.why for ability, right in needed.items() if right.held is None}
    return _unknown("COOLIFY", unsure) if unsure else holds(", ".join(NEEDED_ABILITIES))


def _unknown(system: str, unsure: Mapping[str, str]) -> Judgement:
    told = "; ".join(f"{right}: {why}" for right, why in unsure.items())
    return unknown(
        f"nothing shows whether it has {told}", f"Look at what the token in FISK_{system}_TOKEN was given."
    )
