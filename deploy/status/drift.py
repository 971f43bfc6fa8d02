"""How what runs differs from what Coolify is set to, and from what its commit's tag names by now."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from deploy.core.ask import Unknown, ask, known
from deploy.core.model import Application, Health, Image, Release, Running, Target, short
from deploy.core.reference import brief
from deploy.core.values import dataclass
from deploy.deploys.answers import is_commit, of_another
from deploy.deploys.origin import evidence

if TYPE_CHECKING:
    from deploy.world import World


@dataclass(frozen=True, slots=True)
class Drift:
    """Attributes:
    set_to: what the next deployment from anywhere would ship, where the app is pinned to something else.
    again: the image that the tag of the commit names now, where another one of that commit runs.
    built: whether a build of that commit pushed it; otherwise somebody moved the tag, as far as is known.
    answers: the commit that the health answer names, where that is another one.
    """

    set_to: str = ""
    again: Image | None = None
    built: bool = False
    answers: str = ""


async def drift(
    world: World,
    target: Target,
    application: Application | Unknown | None,
    running: Running,
    releases: Iterable[Release],
    tagged: Image | Unknown | None,
    health: Health | Unknown,
) -> Drift:
    """Compare what runs with what is set, what the tag of its commit names (`tagged`), and who answers."""
    again = known(tagged)
    if again is None or not running.digest or again.digest == running.digest:
        again = None
    built = bool(again) and await _was_built(world, target, running, again)
    answers = await _answers(world, known(health), running)
    return Drift(_set_to(known(application), running, releases), again, built, answers)


async def _answers(world: World, health: Health | None, running: Running) -> str:
    version = health.version.lower() if health else ""
    return version if of_another(version, running.sha) and await is_commit(world, version) else ""


async def _was_built(world: World, target: Target, running: Running, again: Image | None) -> bool:
    """Remembered by the digest, which never becomes another commit's."""
    if again is None:
        return False
    key = f"commit:{again.digest}"
    cached = known(await ask("fisk's memory", world.memory.cache.get(key))) or ("",)
    if cached[0]:
        return cached[0] == running.sha
    if (await evidence(world, target, running.sha, again.digest)).verdict != "log":
        return False
    await ask("fisk's memory", world.memory.cache.set(key, running.sha))
    return True


def _set_to(application: Application | None, running: Running, releases: Iterable[Release]) -> str:
    reference = application.reference if application else None
    if application is None or not running.of or (reference and reference.follows):
        return ""
    if reference is None:
        return f"{application.image}:{application.tag}, which names no image"
    if reference.digest:
        return "" if reference.digest == running.digest else _named(reference.digest, releases)
    if reference.tag == running.sha:
        return ""  # the tag of what runs; where it names another image by now, `again` says so
    return reference.shown


def _named(digest: str, releases: Iterable[Release]) -> str:
    return next((short(release.sha) for release in releases if release.digest == digest), brief(digest))
