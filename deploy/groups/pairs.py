"""Which commit each target of a group gets: as typed, by a file that names what goes together, or the newest built."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from deploy.core import errors
from deploy.core.ask import Unknown
from deploy.core.model import Commit, Target, short
from deploy.core.values import dataclass
from deploy.deploys.candidates import candidates
from deploy.groups.errors import NoneBuilt, NotInGroup, PairNotNamed, PartMissing

if TYPE_CHECKING:
    from deploy.core.group import Group
    from deploy.world import World

NAMED = re.compile(r"(?:(?P<target>[\w.-]+)\s*[:=\s]\s*)?(?P<sha>[0-9a-fA-F]{7,40})")


@dataclass(frozen=True, slots=True)
class Part:
    """A target of a group with the commit that it gets. `by`: who says so."""

    target: Target
    commit: Commit
    by: Literal["typed", "file", "newest"]


async def typed(world: World, group: Group, refs: Mapping[str, str]) -> tuple[Part, ...]:
    """The commits that somebody named, one for each target.

    Raises PartMissing, NotInGroup, errors.UnknownTarget, errors.CommitNotFound, SystemFailure.
    """
    named = {world.targets.named(name).name: ref for name, ref in refs.items()}
    for name in named:
        if name not in group.targets:
            raise NotInGroup(target=name, group=group.name, targets=", ".join(group.targets))
    missing = [name for name in group.targets if name not in named]
    if missing:
        raise PartMissing(
            group=group.name,
            targets=", ".join(group.targets),
            missing=", ".join(missing),
            line=line_of(group, named),
        )
    targets = [world.targets.named(name) for name in group.targets]
    return tuple([Part(each, await _commit(world, each, named[each.name]), "typed") for each in targets])


async def paired(world: World, group: Group, ref: str) -> tuple[Part, ...]:
    """The commit for the targets of its own repository, and what goes with it for the others.

    Raises errors.CommitNotFound, PairNotNamed, NoneBuilt, SystemFailure.
    """
    targets = [world.targets.named(name) for name in group.targets]
    found = {each.name: await _if_there(world, each, ref) for each in targets}
    own = [(each, commit) for each in targets if (commit := found[each.name])]
    if not own:
        await _commit(world, targets[-1], ref)  # raises what is so
    lead, commit = own[-1] if own else (targets[-1], await _commit(world, targets[-1], ref))
    pairs = await _pairs(world, group, lead, commit)
    others = [each for each in targets if found[each.name] is None]
    by_others = {each.name: await _of(world, group, each, pairs, commit) for each in others}
    return tuple(
        by_others.get(each.name) or Part(each, found[each.name] or commit, "typed") for each in targets
    )


async def _commit(world: World, target: Target, ref: str) -> Commit:
    return await world.of(target).systems.github.commit(ref)


async def _if_there(world: World, target: Target, ref: str) -> Commit | None:
    try:
        return await _commit(world, target, ref)
    except errors.CommitNotFound:
        return None


# --- the file


async def _pairs(world: World, group: Group, lead: Target, commit: Commit) -> Mapping[str, str] | str | None:
    """The commits by target, the one for all under an empty name; why there are none, or None without a file."""
    if not group.pairs:
        return None
    try:
        return parsed(await world.of(lead).systems.github.text(group.pairs, commit.sha))
    except errors.NotThere:
        return "there is no such file"


def parsed(text: str) -> dict[str, str]:
    """`SHA`, or lines of `TARGET SHA`, `TARGET=SHA` and `TARGET: SHA`; other lines say nothing."""
    lines = (NAMED.fullmatch(line.strip()) for line in text.splitlines())
    return {found["target"] or "": found["sha"].lower() for found in lines if found}


async def _of(
    world: World, group: Group, target: Target, pairs: Mapping[str, str] | str | None, commit: Commit
) -> Part:
    if pairs is None:
        return Part(target, await _newest(world, group, target, commit), "newest")
    why = pairs if isinstance(pairs, str) else "it names none"
    sha = "" if isinstance(pairs, str) else pairs.get(target.name) or pairs.get("", "")
    found = await _if_there(world, target, sha) if sha else None
    if found:
        return Part(target, found, "file")
    if sha:
        why = f"it names {short(sha)}, which {world.of(target).systems.github.repository} does not have"
    named = {target.name: "SHA"}
    raise PairNotNamed(
        file=group.pairs,
        sha=short(commit.sha),
        target=target.name,
        why=why,
        group=group.name,
        line=line_of(group, named, otherwise=short(commit.sha)),
    )


async def _newest(world: World, group: Group, target: Target, commit: Commit) -> Commit:
    """The newest commit of its branch whose build succeeded. Raises NoneBuilt."""
    found = await candidates(world, target, 1)
    if isinstance(found, Unknown) or not found:
        why = found.why.rstrip(".") if isinstance(found, Unknown) else "its branch has no good build"
        line = line_of(group, {target.name: "SHA"}, otherwise=short(commit.sha))
        raise NoneBuilt(target=target.name, why=why, group=group.name, line=line)
    return found[0].commit


def line_of(group: Group, named: Mapping[str, str], otherwise: str = "SHA") -> str:
    """As one types it: `workers=77aa001 app=3f2a1b9`."""
    return " ".join(f"{name}={named.get(name, otherwise)}" for name in group.targets)


def line_of_parts(parts: Sequence[Part]) -> str:
    return " ".join(f"{part.target.name}={short(part.commit.sha)}" for part in parts)
