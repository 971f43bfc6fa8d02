"""Coolify pulls and never builds; the app answers for itself."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from deploy.core.ask import Unknown
from deploy.core.model import Application, Health, Target, short
from deploy.core.reference import Reference, brief, same_repository
from deploy.doctor.answerer import judge_answerer, look_at_answerer, not_proven
from deploy.doctor.evidence import Evidence
from deploy.doctor.rule import Rule
from deploy.doctor.verdicts import Judgement, broken, holds, must, unknown

if TYPE_CHECKING:
    from deploy.deploys.proof import Proof
    from deploy.world import World

IMAGE = "dockerimage"
CLOSED = frozenset({401, 403, 407})


def rules(world: World) -> Iterator[Rule]:
    """Those of each target."""
    for target in world.targets.values():
        if target.kind == "coolify":
            yield from _of(target)


def _of(target: Target) -> Iterator[Rule]:
    name, application = target.name, partial(Evidence.application, app=target.app)
    judged = (
        ("build-pack", "Coolify runs an image, and does not build from source", build_pack),
        ("image", f"Coolify pulls {target.image}", image),
        ("no-build", "Nothing to build is set up in Coolify", no_build),
        ("health-check", "Coolify checks a new container's health", health_check),
        ("rolling", "A new container starts before the old one stops", rolling),
    )
    for rule, title, judge in judged:
        yield Rule(f"coolify.{rule}:{name}", title, application, partial(judge, target))
    title = "The health URL answers 200 without authentication"
    yield Rule(
        f"app.health:{name}", title, partial(Evidence.health, url=target.health), partial(healthy, target)
    )
    title = "The container on the host is of the image that Coolify is set to"
    yield Rule(f"app.container:{name}", title, partial(_running, target=target), partial(as_set, target))
    title = "What answers at the health URL is the container that Coolify knows"
    answerer = partial(look_at_answerer, target=target)
    yield Rule(f"app.answers:{name}", title, answerer, partial(judge_answerer, target), turns=3)


async def _running(it: Evidence, target: Target) -> tuple[Proof | Unknown | None, Reference | None]:
    return await it.running(target), (await it.application(target.app)).reference


# --- judging


def build_pack(target: Target, it: Application) -> Judgement:
    """A build from source is the way out of an emergency, and somebody must go back from it."""
    fix = f"In Coolify: Configuration → Build Pack → Docker Image, {target.image}. Its API cannot do that."
    return must(it.build_pack == IMAGE, f"build pack {it.build_pack}", fix)


def image(target: Target, it: Application) -> Judgement:
    """Coolify's image is the one that fisk deploys."""
    fix = f"Set the image name to {target.image} in Coolify, or correct `image` in fisk.toml."
    mine = it.reference is not None and same_repository(it.reference.repository, target.image)
    return must(mine, f"set to {it.image or 'no image'}", fix)


def no_build(_target: Target, it: Application) -> Judgement:
    """What is set up for building comes back with the next change of the build pack."""
    fix = "Switch these off in Coolify: Configuration → General, and Advanced → Build Server."
    return must(not it.builds, f"set up: {', '.join(it.builds)}" if it.builds else "nothing is", fix)


def health_check(_target: Target, it: Application) -> Judgement:
    """Without it Coolify calls every container healthy that starts."""
    fix = "Switch it on in Coolify: Configuration → Healthcheck."
    return must(it.health_check, "it is on" if it.health_check else "it is off", fix)


def rolling(_target: Target, it: Application) -> Judgement:
    """Where updates do not roll, a missing image takes the app down."""
    fix = f"Take {', '.join(it.not_rolling)} out of the application in Coolify."
    return must(
        not it.not_rolling,
        f"set: {', '.join(it.not_rolling)}" if it.not_rolling else "nothing prevents it",
        fix,
    )


def healthy(target: Target, it: Health) -> Judgement:
    """A health URL behind a login makes Coolify roll back every deploy. A sick app is no matter of authority."""
    if it.status == 0:
        return unknown(f"{target.health}: {it.why}", "Look at the app in Coolify, and at its proxy.")
    told = f"answers {it.status}" + (f" ({it.why})" if it.why else "")
    fix = (
        "Let the health path through without a login, in the app and in front of it."
        if it.status in CLOSED or it.why
        else "Look at the app's own log in Coolify."
    )
    return must(it.ok, told, fix)


def as_set(target: Target, seen: tuple[Proof | Unknown | None, Reference | None]) -> Judgement:
    """A container that somebody started by hand, or a deploy that never came, answers just as healthily."""
    it, reference = seen
    if it is None or isinstance(it, Unknown):
        return not_proven(target, it)
    told = brief(it.digest) if it.digest else "an image that was pulled from nowhere"
    fix = f"Deploy what is to run: `/fisk deploy SHA --to {target.name}`."
    if it.verdict == "proven":
        return holds(f"it runs {told}; {_restarted(reference)}")
    return broken(f"it runs {told}" + (f", built from {short(it.sha)}" if it.sha else ""), fix)


def _restarted(reference: Reference | None) -> str:
    """What a restart does, such as one by a workflow's own last job: Coolify deploys what it is set to."""
    if reference and reference.digest:
        return "a restart by a workflow's job deploys it again, as it is pinned"
    return "a restart by a workflow's job deploys what the tag names by then, as it is not pinned"
