"""What is so outside Slack, read from the stand-ins and the servers themselves, never from the bot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from sandbox import story
from sandbox.coolify.deployments import FINISHED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.coolify.applications import App
    from sandbox.github.runs import Run
    from sandbox.redis_servers import Role
    from sandbox.stage import Stage

Row = dict[str, str]
NEWEST = 3  # runs and tags
GOOD, BAD, BUSY, PLAIN = "good", "bad", "busy", ""


def row(name: str, says: str, tone: str = PLAIN) -> Row:
    return {"name": name, "says": says, "tone": tone}


def groups(stage: Stage, roles: Sequence[Role]) -> list[dict[str, Any]]:
    """Each system with its rows; `roles` are Redis's servers."""
    found = {
        "GitHub": _github(stage),
        "Registry": _registry(stage),
        "Coolify": _coolify(stage),
        "vps01": _vps01(stage),
        "vps": _vps(stage),
        "Redis": _redis(roles),
        "fisk": _bots(stage),
    }
    return [{"name": name, "rows": list(rows)} for name, rows in found.items()]


def _github(stage: Stage) -> Iterator[Row]:
    runs = stage.world.github.runs
    for run in list(reversed(runs.shown))[:NEWEST]:
        yield row(run.commit.sha[:7], *_run(stage, run))
    idle = "takes no job" if runs.stuck else "busy" if runs.busy else "idle"
    yield row("runner", idle if runs.online else "offline", BAD if runs.stuck or not runs.online else PLAIN)


def _run(stage: Stage, run: Run) -> tuple[str, str]:
    clock = stage.world.clock
    if concluded := run.whole.concluded(clock):
        return concluded, GOOD if concluded == "success" else BAD
    return run.whole.status(clock).replace("_", " "), BUSY


def _registry(stage: Stage) -> Iterator[Row]:
    """The newest images by their commits, and what other tags name."""
    named = stage.world.registry.named(story.IMAGE)
    commits = [shipped for tag, shipped in named.items() if tag == shipped.sha]
    for shipped in commits[:NEWEST]:
        yield row(shipped.sha[:7], ", ".join(shipped.platforms))
    for tag, shipped in named.items():
        if shipped.sha[:7] not in tag:
            yield row(tag, f"is {shipped.sha[:7]}")


def _coolify(stage: Stage) -> Iterator[Row]:
    for app in stage.world.coolify.apps.values():
        newest = next(iter(stage.world.coolify.queue.of(app)), None)
        says = f"set to {_set_to(stage, app)}"
        if newest and newest.status != FINISHED:
            says += f"; {newest.status.replace('_', ' ')}"
        yield row(app.name, says, BUSY if newest and newest.active else PLAIN)


def _set_to(stage: Stage, app: App) -> str:
    tag = app.tag
    reference = tag.replace("sha256-", "sha256:") if tag.startswith("sha256-") else tag
    shipped = stage.world.registry.find(story.IMAGE, reference)
    return shipped.sha[:7] if shipped else tag


def _vps01(stage: Stage) -> Iterator[Row]:
    for target, container in stage.world.host.running.items():
        says = f"runs {container.sha[:7]}, {'healthy' if container.healthy else 'sick'}"
        yield row(target, says, GOOD if container.healthy else BAD)
    for own in stage.world.hosts.vps01.docker.containers.values():
        yield row(own.name, own.status, GOOD if own.status == "running" else BAD)


def _vps(stage: Stage) -> Iterator[Row]:
    """The workers by what they run, and how they are."""
    made = stage.world.hosts.compose.containers.made
    for (sha, status), count in Counter((shipped.sha, each.status) for each, shipped in made).items():
        yield row("workers", f"{count} of {sha[:7]}, {status}", GOOD if status == "running" else BAD)


def _redis(roles: Iterable[Role]) -> Iterator[Row]:
    for each in roles:
        yield row(
            each.name, each.role or "killed", GOOD if each.role == "master" else PLAIN if each.role else BAD
        )
    for each in roles:
        for resource, operation in (each.locks or {}).items():
            yield row(f"lock on {resource}", operation, BUSY)


def _bots(stage: Stage) -> Iterator[Row]:
    for bot in stage.bots:
        says = f"process {bot.process.pid}" if bot.process and bot.lives else "killed"
        yield row("bot", says, GOOD if bot.lives else BAD)
    open_ = stage.slack.socket.connections
    yield row("Slack", f"{open_} connection{'' if open_ == 1 else 's'}", PLAIN if open_ else BAD)
