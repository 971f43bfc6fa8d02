"""Texts of `where`: how far a commit has come, stage by stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.words.builds import failing_line, how_long
from bot.words.conclusions import brief
from bot.words.registry import Text, reply_text
from bot.words.running import drifted, image, proven, unknown
from bot.words.status import ago
from commands.status import CommitJourney
from deploy.builds.fit import fit
from deploy.core.ask import Unknown, known
from deploy.core.model import Offer, Running, Target, short
from deploy.core.units import age, minutes, plural
from deploy.deploys.offers import deploying
from deploy.kinds import KINDS
from deploy.runner.report import WAITING

if TYPE_CHECKING:
    from bot.words.format import Format
    from deploy.core.github_model import Build
    from deploy.status.journey import Built, Journey
    from deploy.status.there import There


DONE, NOW, STUCK, COMING, UNSURE = "✓", "●", "✗", "○", "?"


@reply_text.register(CommitJourney)
def _journey(reply: CommitJourney, fmt: Format) -> Text:
    it = reply.journey
    title = f"{short(it.commit.sha)} “{fmt.literal(it.commit.title)}”"
    lines = [
        f"{fmt.bold(fmt.escape(title))} · {fmt.author(it.commit)}",
        _pushed(it, fmt),
        _built(it, fmt),
        _image(it, fmt),
        *(_there(each, it, fmt) for each in it.there),
    ]
    return "\n".join(lines), _offers(it)


def _line(mark: str, stage: str, told: str) -> str:
    return f"{mark} {stage}   {told}"


def _pushed(it: Journey, fmt: Format) -> str:
    when = ago(it.commit.at, it.now)
    if isinstance(it.to_main, Unknown):
        return _line(
            DONE,
            "pushed",
            fmt.escape(f"{when}; whether it is on {it.branch} is not known ({it.to_main.why})"),
        )
    if it.to_main.status == "identical":
        return _line(DONE, "pushed", fmt.escape(f"{when}, the head of {it.branch}"))
    if it.to_main.status == "ahead":
        since = plural(it.to_main.ahead_by, "commit")
        return _line(DONE, "pushed", fmt.escape(f"{when}, on {it.branch}; {since} since"))
    return _line(
        DONE, "pushed", fmt.escape(f"{when}, NOT on {it.branch}: merge it, or deploy it with --force")
    )


def _built(it: Journey, fmt: Format) -> str:
    if isinstance(it.built, Unknown):
        return _line(UNSURE, "built", fmt.escape(f"not known: {it.built.why} {it.built.hint}".strip()))
    build = it.built.build
    if build is None:
        return _unbuilt(it.built, fmt)
    if build.over:
        return _over(it.built, build, it.now, fmt)
    if build.status in WAITING:
        return _waiting(it.built, WAITING[build.status], fmt)
    return _line(NOW, "built", fmt.escape(how_long(build, it.built.jobs, it.built.left, it.now)))


def _unbuilt(built: Built, fmt: Format) -> str:
    if built.unbuilt and built.unbuilt.why:
        return _line(COMING, "built", fmt.escape(f"it {built.unbuilt.why}, so nothing was built for it"))
    why = f", and why is not known: {fmt.escape(built.unbuilt.unknown)}" if built.unbuilt else ""
    todo = f"start one: `{fmt.escape('/fisk build start')}` builds the head"
    return _line(STUCK, "built", f"GitHub lists no build of it{why}; {todo}")


def _over(built: Built, build: Build, now: float, fmt: Format) -> str:
    took = minutes(build.updated - build.started)
    if build.conclusion == "success":
        usually = f" (usually {minutes(built.usual.p50)})" if built.usual else ""
        return _line(DONE, "built", f"in {took}{usually}, {ago(build.updated, now)}")
    failed = failing_line(built.failing, fmt)
    todo = f"Run it again: `{fmt.escape(f'/fisk build rerun {build.id}')}`."
    return _line(STUCK, "built", f"{brief(build.conclusion)} after {took}{failed}. {todo}")


def _waiting(built: Built, what: str, fmt: Format) -> str:
    told = f"waits for {what} since {minutes(built.waited)}"
    if not built.stuck:
        return _line(NOW, "built", told)
    todo = f"`{fmt.escape('/fisk runner restart')}`"
    return _line(
        STUCK,
        "built",
        f"{told}: {fmt.escape(built.stuck)} is online and does not take it, so it is stuck. Restart it: {todo}.",
    )


def _image(it: Journey, fmt: Format) -> str:
    if isinstance(it.image, Unknown):
        return _line(UNSURE, "image", fmt.escape(f"not known: {it.image.why} {it.image.hint}".strip()))
    if it.image is None:
        return _no_image(it, fmt)
    platforms = ", ".join(it.image.platforms) or "no known platform"
    when = f", made {ago(it.image.created, it.now)}" if it.image.created else ""
    told = f"{platforms} {it.image.digest[:19]}…{when}"
    misfit = fit(it.image, it.target.platform, it.commit.sha).misfit
    if misfit == "wrong platform":
        return _line(
            STUCK, "image", fmt.escape(f"{told}: {it.target.name} needs {it.target.platform}. {_again(it)}")
        )
    if misfit == "wrong revision":
        wrong = f"{told}, but it says that it was built from {short(it.image.revision)}. {_again(it)}"
        return _line(STUCK, "image", fmt.escape(wrong))
    return _line(DONE, "image", fmt.escape(told))


def _no_image(it: Journey, fmt: Format) -> str:
    built = known(it.built)
    if built and built.build and built.build.conclusion == "success":
        told = f"none, although its build is green: look at {built.build.url}. {_again(it)}"
        return _line(STUCK, "image", fmt.escape(told))
    yet = " yet" if built and built.build and not built.build.over else ""
    return _line(COMING, "image", f"none{yet}")


def _again(it: Journey) -> str:
    built = known(it.built)
    return f"Build it again: `/fisk build rerun {built.build.id}`." if built and built.build else ""


def _there(there: There, it: Journey, fmt: Format) -> str:
    name = fmt.escape(there.target.name)
    if why := unknown(there.running):
        return _line(UNSURE, name, fmt.escape(f"what it runs is not known: {why}."))
    if there.relation in {"this", "within"}:
        part = "" if there.relation == "this" else f" as part of {_runs(there.running, fmt)}"
        live = f"live{part}{_shipped(there, it, fmt)}; {_how_well(there, it, fmt)}"
        return _line(_mark(there), name, live)
    mark, told = _missing(there, it, there.running, fmt)
    return _line(mark, name, told + _way_there(there, it, fmt))


def _runs(running: Running, fmt: Format) -> str:
    return fmt.escape(image(running))


def _missing(there: There, it: Journey, running: Running, fmt: Format) -> tuple[str, str]:
    """The mark and text for a target that does not run the commit."""
    tried = there.tried
    mark = COMING if tried is None else NOW if tried.outcome is None else STUCK
    runs, shipped = _runs(running, fmt), _shipped(there, it, fmt)
    if there.relation == "not yet":
        before = f"{shipped.lstrip(', ')}, and taken back since; " if shipped else ""
        return mark, f"{before}runs {runs}, which is older"
    if there.relation == "elsewhere":
        return mark, f"runs {runs}, which has no part of it"
    return UNSURE if tried is None else mark, f"runs {runs}; whether that has it is not known{shipped}"


def _way_there(there: There, it: Journey, fmt: Format) -> str:
    """The operation or Coolify deployment that was to deploy the commit there."""
    tried, deployment = there.tried, there.deployment
    if tried and tried.outcome is None:
        doing = fmt.escape(
            f"{KINDS.busy(tried.operation)} (step {tried.step or 'none yet'}, {tried.operation.id})"
        )
        return f"; {fmt.person(tried.operation.actor)} {doing}"
    if tried:
        why = getattr(getattr(tried.outcome, "error", None), "sentence", f"it was {tried.state}.")
        who = f"{fmt.person(tried.operation.actor)} tried {age(it.now - tried.operation.created)} ago"
        return f"; {who}: {fmt.escape(f'{why} See `/fisk op {tried.operation.id}`.')}"
    if deployment and deployment.active:
        return fmt.escape(f"; Coolify deploys it now ({deployment.shown}), not asked by fisk")
    return ""


def _mark(there: There) -> str:
    if isinstance(there.health, Unknown):
        return UNSURE
    drift = there.drift
    return DONE if there.health.ok and not (drift.set_to or drift.answers) else STUCK


def _shipped(there: There, it: Journey, fmt: Format) -> str:
    if there.release:
        return f", released {ago(there.release.at, it.now)} by {fmt.person(there.release.actor)}"
    if there.deployment and there.deployment.at and there.deployment.status == "finished":
        return f", deployed {ago(there.deployment.at, it.now)} by Coolify, not by fisk"
    return ""


def _how_well(there: There, it: Journey, fmt: Format) -> str:
    if isinstance(there.health, Unknown):
        health = f"health not known ({there.health.why.rstrip('.')})"
    elif there.health.ok:
        health = "healthy"
    else:
        health = f"NOT healthy ({there.health.status or 'no answer'})"
    told = [f"{health}, {proven(there.running, it.now)}", *drifted(there.drift, there.running, it.now)]
    return fmt.escape("; ".join(told))


def _what_runs(it: Journey, target: Target) -> str:
    """What the target runs, for the button to compare with."""
    return short(next((each.running.sha for each in it.there if each.target == target and each.running), ""))


def _offers(it: Journey) -> tuple[Offer, ...]:
    sha, built, image = short(it.commit.sha), known(it.built), known(it.image)
    build = built.build if built else None
    show = (Offer("Show the build", f"build {build.id}"),) if build else ()
    if build and build.over and build.conclusion != "success":
        return (Offer("Rerun", f"build rerun {build.id}"), *show)
    lacking = [each.target for each in it.there if each.relation == "not yet"]
    fitting = (each for each in lacking if fit(image, each.platform, it.commit.sha).misfit is None)
    if target := next(fitting, None):
        return (deploying(f"Deploy {sha}", sha, target.name, _what_runs(it, target)), *show)
    if lacking and build and not build.over:
        return (Offer("Deploy when it is done", f"deploy {sha} --to {lacking[0].name} --wait"), *show)
    return show
