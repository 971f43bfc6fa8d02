"""Texts of `status`: a few lines that fit a phone; unknown values are named as unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.words.builds import share_of
from bot.words.conclusions import clause
from bot.words.line import in_line
from bot.words.locks import set_aside
from bot.words.registry import Text, reply_text
from bot.words.runner import runners_line, stuck_lines
from bot.words.running import again, drifted, image, proven, unknown
from bot.words.sight import unseen_line
from commands.status import ChainStatus
from deploy.builds.fit import fit
from deploy.builds.rules import doing
from deploy.core.ask import Unknown, known
from deploy.core.freeze import is_rule
from deploy.core.model import Offer, Running, short
from deploy.core.units import age, plural
from deploy.deploys.offers import deploying
from deploy.kinds import KINDS
from deploy.runner.report import WAITING
from deploy.status.overview import Live, Memory, Status

if TYPE_CHECKING:
    from bot.words.format import Format
    from deploy.builds.under_way import Building
    from deploy.core.github_model import Build, Commit
    from deploy.core.model import Hold


@reply_text.register(ChainStatus)
def _status(reply: ChainStatus, fmt: Format) -> Text:
    it = reply.status
    lines = [
        *of_target(it, fmt),
        *of_chain(it, fmt),
        " · ".join([_holds(it, fmt), _under_way(it, fmt), of_systems(it, fmt)]),
        *of_fisk(it, fmt),
    ]
    return "\n".join(lines), offers(it)


def of_target(it: Status, fmt: Format) -> list[str]:
    """What it runs, how well, and what differs from what is set."""
    drift = drifted(it.live.drift, it.live.running, it.now)
    told = (*drift, *_containers(it.live))
    return [_app(it, fmt), *(fmt.escape(f"      {each}") for each in told), *_coolify_deploys(it, fmt)]


def _containers(live: Live) -> tuple[str, ...]:
    """How many are up, and what they would run once they are made anew, where that differs."""
    if live.project is None:
        return ()
    set_to, sha = live.project.set_to, live.running.sha
    differs = f"; .env is set to {short(set_to)}" if set_to and sha and set_to != sha else ""
    return (f"{live.project.note}{differs}",)


def of_chain(it: Status, fmt: Format) -> list[str]:
    """The way of a commit to it: build, image, runners and BuildKit."""
    return [
        _build(it, fmt),
        _image(it, fmt),
        f"{runners_line(it.runners, fmt)} · {fmt.escape(_buildkit(it))}",
        *stuck_lines(it.runners, fmt),
    ]


def of_systems(it: Status, fmt: Format) -> str:
    return " · ".join([*([_coolify(it, fmt)] if it.coolify is not None else []), _calls(it)])


def of_fisk(it: Status, fmt: Format) -> list[str]:
    """What somebody has to do for fisk itself."""
    return [
        *([fmt.escape(renamed(it.renamed))] if it.renamed else []),
        *_unseen(it, fmt),
        *_nobodys(known(it.memory) or Memory(), fmt),
    ]


def _nobodys(memory: Memory, fmt: Format) -> list[str]:
    """What waits for a person, or for another version of fisk."""
    left = [f"{plural(memory.left, 'message')} for another version of fisk to send"] if memory.left else []
    lines = (
        [f"{plural(memory.lines, 'typed line')} for another version of fisk to do"] if memory.lines else []
    )
    return [*(set_aside(each, fmt) for each in memory.set_aside), *left, *lines]


def _unseen(it: Status, fmt: Format) -> list[str]:
    memory = known(it.memory) or Memory()
    return [unseen_line(memory.unseen, it.now, fmt)] if memory.unseen else []


def renamed(new: str) -> str:
    """What to do where the repository has another name than the configured one."""
    return (
        f"GitHub: the repository is called {new} now, so fisk reads but cannot act there."
        f" Set FISK_GITHUB_REPOSITORY to {new} and restart fisk."
    )


def name(text: str, fmt: Format) -> str:
    return fmt.bold(fmt.escape(text))


def ago(at: float, now: float) -> str:
    return f"{age(now - at)} ago"


def _app(it: Status, fmt: Format) -> str:
    live = it.live
    if why := unknown(live.running):
        parts = [f"what it runs is not known ({why})", _health(live)]
    else:
        parts = [
            f"runs {_runs(live.running, live.behind, it.branch)}",
            _health(live),
            proven(live.running, it.now),
        ]
    label = fmt.page(fmt.escape(it.target.name), fmt.links.at_coolify(live.app_page))
    told = f"{fmt.bold(label)}   {fmt.escape(', '.join(parts))}"
    if live.release and not why:
        who = fmt.person(live.release.actor)
        return f"{told} · released by {who} {ago(live.release.at, it.now)}"
    return told


def _runs(running: Running, behind: int | None, branch: str) -> str:
    how = "" if running.tag is None or running.others else "pinned" if running.pinned else "follows latest"
    place = "" if behind is None else f"{behind} behind {branch}" if behind else f"the head of {branch}"
    about = ", ".join(part for part in (how, place) if part)
    return image(running) + (f" ({about})" if about else "")


def _health(live: Live) -> str:
    if isinstance(live.health, Unknown):
        return f"health not known ({_why(live.health)})"
    if live.health.ok:
        return "healthy"
    if live.project is not None and not live.health.status:
        return "NOT healthy"
    why = live.health.why or "no reason given"
    return f"NOT healthy ({live.health.status or 'no answer'}: {why})"


def _coolify_deploys(it: Status, fmt: Format) -> list[str]:
    if not it.live.active:
        return []
    first = it.live.active[0]
    commit = f" of {short(first.commit)}" if first.commit not in {"", "HEAD"} else ""
    return [
        fmt.escape(
            f"      Coolify deploys it now: deployment {first.shown}{commit} is {first.status.replace('_', ' ')}"
        )
    ]


def _build(it: Status, fmt: Format) -> str:
    label = name("build", fmt)
    if isinstance(it.building, Unknown):
        return f"{label} not known: {fmt.escape(_why(it.building))}"
    if it.building.newest is None:
        return f"{label} none on {fmt.escape(it.branch)} yet"
    return f"{label} {fmt.escape(_how(it.building, it.building.newest, known(it.head), it.now))}"


def _how(building: Building, build: Build, head: Commit | None, now: float) -> str:
    waits = [f"{short(each.sha)} {_brief(each, now)}" for each in building.others]
    if head and not building.has(head.sha):
        waits.append(f"the head, {short(head.sha)}, has no build")
    return "; ".join([_newest(building, build, now), *waits])


def _newest(building: Building, build: Build, now: float) -> str:
    sha = short(build.sha)
    if build.status in WAITING:
        return f"{sha} {_brief(build, now)}"
    if not build.over:
        share = share_of(build, building.left, now)
        return f"{sha} building: {share}{doing(build, building.jobs, building.left)}"
    return f"{sha} {clause(build.conclusion)} {ago(build.updated, now)}"


def _brief(build: Build, now: float) -> str:
    since = age(now - build.started)
    waits = WAITING.get(build.status)
    return f"waits for {waits} since {since}" if waits else f"building for {since}"


def _image(it: Status, fmt: Format) -> str:
    label = name("image", fmt)
    if isinstance(it.image, Unknown):
        return f"{label} not known: {fmt.escape(_why(it.image))}"
    if it.image is None:
        return f"{label} {fmt.escape(it.target.image)} has no tag latest"
    of = short(it.image.revision) or "an unknown commit"
    platforms = ", ".join(it.image.platforms) or "no known platform"
    when = f", made {ago(it.image.created, it.now)}" if it.image.created else ""
    told = f"latest is {of} ({platforms}, {it.image.digest[:19]}…){when}"
    return f"{label} {fmt.escape(told + _doubts(it, platforms))}"


def _doubts(it: Status, platforms: str) -> str:
    image, building = known(it.image), known(it.building)
    if image and not fit(image, it.target.platform).platform:
        return f": {it.target.name} needs {it.target.platform}, and this is {platforms}"
    built = building.built if building else None
    if image and image.revision and built and built.sha != image.revision:
        return f", although {short(built.sha)} is newer and was built: latest is stale"
    return ""


def _buildkit(it: Status) -> str:
    kit = it.buildkit
    if kit is None:
        return "BuildKit: not configured"
    if isinstance(kit, Unknown):
        return f"BuildKit: {_why(kit)}"
    if not kit.answers:
        return f"BuildKit does NOT answer ({kit.answer.why})"
    ours = [it.target.platform] if it.target.platform in kit.answer.platforms else kit.answer.platforms
    disk = f", {kit.disk} of cache" if kit.disk else ""
    return f"BuildKit answers ({', '.join(ours)}){disk}"


def _holds(it: Status, fmt: Format) -> str:
    if isinstance(it.memory, Unknown):
        return f"holds not known ({fmt.escape(_why(it.memory))})"
    held = [hold_line(hold, fmt) for hold in it.memory.holds]
    return f"holds {', '.join(held) or 'none'}"


def hold_line(hold: Hold, fmt: Format) -> str:
    until = f" until {fmt.moment(hold.until)}" if hold.until else ""
    by = "frozen by fisk.toml" if is_rule(hold) else f"by {fmt.person(hold.actor)}"
    return f"{fmt.escape(hold.resource.plain)} {by}{until} ({fmt.escape(hold.reason)})"


def _under_way(it: Status, fmt: Format) -> str:
    memory = known(it.memory) or Memory()
    doing_ = [
        f"{each.operation.id}: {fmt.person(each.operation.actor)}"
        f" {fmt.escape(KINDS.busy(each.operation) + in_line(each, memory.running))}"
        for each in memory.running
    ]
    return f"under way {', '.join(doing_) or 'none'}"


def _coolify(it: Status, fmt: Format) -> str:
    if isinstance(it.coolify, Unknown):
        return fmt.escape(f"Coolify: {_why(it.coolify)}")
    return fmt.escape(f"Coolify {it.coolify}")


def _calls(it: Status) -> str:
    if it.calls_left is None:
        return "GitHub: calls left not known"
    left, limit = it.calls_left
    return f"GitHub {left:,} of {limit:,} calls left"


def _why(unknown: Unknown) -> str:
    return unknown.why.rstrip(".")


def offers(it: Status) -> tuple[Offer, ...]:
    building = known(it.building)
    build = building.newest if building else None
    anew = again(it.live.drift, it.live.running, it.target)
    if build is None:
        return anew
    show = Offer("Show the build", f"build {build.id}")
    live = it.live.running
    if build.over and build.conclusion == "success" and live.of and live.sha != build.sha:
        sha = short(build.sha)
        return deploying(f"Deploy {sha}", sha, it.target.name, short(live.sha)), *anew, show
    return *anew, show
