"""`fisk check`: tries the settings against the real systems and prints a line for each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from bot.app.key import key_file
from bot.app.load import require_platform
from bot.app.wiring import Parts, opened
from bot.cli import check_slack
from bot.cli.check_checks import checks
from bot.cli.check_compose import of_compose
from bot.cli.check_migrations import migrations
from bot.cli.check_rights import of_coolify, of_github, of_host
from bot.cli.main import show
from bot.cli.pages import github_tokens
from bot.cli.trials import Report, Trial, Trier, joined
from bot.slack.budget import Budget
from bot.slack.client import slack_client
from bot.slack.speaker import Speaker
from deploy.builds.fit import fit
from deploy.core import errors
from deploy.core.model import LATEST, Target, short
from deploy.core.together import together
from deploy.deploys.errors import NoImage, Unhealthy, WrongBuildPack, WrongPlatform
from deploy.doctor.evidence import Evidence
from deploy.doctor.files import SettingsFiles
from deploy.redis import promises
from deploy.redis.address import warnings
from deploy.systems.host import stdout

if TYPE_CHECKING:
    from bot.app.settings import Settings

POWER = "delete what fisk knows, and read it"  # SECURITY.md says what not
RIGHTS_WITHIN = 10.0  # seconds for each right of GitHub's


async def check(settings: Settings) -> int:
    """Check every system; the exit status is 0 only if all of them work.

    Raises:
        errors.BadSettings: there are no targets.
        errors.StateUnavailable: Redis or Valkey does not answer.
    """
    require_platform(settings)
    async with opened(settings) as parts, _evidence(parts) as each:
        report = await _tried(Trier(settings), each, parts)
    show("\n".join(report.lines))
    return report.status


@asynccontextmanager
async def _evidence(parts: Parts) -> AsyncIterator[tuple[Evidence, ...]]:
    """Of each repository, the usual one first."""
    each = tuple(Evidence(world, RIGHTS_WITHIN) for world in parts.world.of_each_repository())
    try:
        yield each
    finally:
        for evidence in each:
            await evidence.close()


async def _tried(trier: Trier, each: Sequence[Evidence], parts: Parts) -> Report:
    """Everything at once."""
    evidence = each[0]
    return joined(
        await together(
            trier.all(_own(parts)),
            trier.one("github", lambda: _github(parts), lambda: of_github(each)),
            *(_target(target, trier, evidence, parts) for target in parts.world.targets.values()),
            *(_host(name, trier, evidence, parts) for name in parts.world.systems.hosts),
        )
    )


def _own(parts: Parts) -> dict[str, Trial]:
    """What needs neither a target nor a host."""
    settings = parts.settings
    trials: dict[str, Trial] = {
        "memory": lambda: _memory(parts),
        "slack": lambda: check_slack.workspace(settings),
        "key": lambda: _key(parts),
        "access": lambda: _access(parts),
        "people": lambda: check_slack.people(settings),
        "files": lambda: _files(parts),
    }
    if not settings.http_mode:
        trials["socket"] = lambda: check_slack.socket(settings)
    if any(check_slack.named(settings)):
        trials["channels"] = lambda: check_slack.channels(settings)
    if settings.channels.builds:
        trials["builds"] = lambda: _builds(parts)
    return trials


async def _target(target: Target, trier: Trier, evidence: Evidence, parts: Parts) -> Report:
    """The abilities of Coolify's token are tried on the first target alone."""
    first = target is next((each for each in parts.world.targets.values() if each.kind == "coolify"), None)
    others: dict[str, Trial] = {
        f"{target.name}: registry": lambda: _registry(target, parts),
        **checks(target, parts.world),
    }
    if target.health:
        others[f"{target.name}: health"] = lambda: _health(target, parts)
    if target.migrations:
        github = parts.world.of(target).systems.github
        others[f"{target.name}: migrations"] = lambda: migrations(target, github)
    if target.repository:
        others[f"{target.name}: repository"] = lambda: _repository(target, parts)
    if target.kind == "compose":
        others[f"{target.name}: compose"] = lambda: of_compose(target, parts.world)
        return await trier.all(others)
    reports = await together(
        trier.one(
            f"{target.name}: coolify",
            lambda: _coolify(target, parts),
            lambda: of_coolify(evidence, target) if first else {},
        ),
        trier.all(others),
    )
    return joined(reports)


async def _host(name: str, trier: Trier, evidence: Evidence, parts: Parts) -> Report:
    return await trier.one(
        f"host {name}", lambda: _login(name, parts), lambda: of_host(name, evidence, parts.world)
    )


async def _memory(parts: Parts) -> str:
    """What is missing is a warning: fisk works."""
    it = await parts.world.memory.server_settings()
    found = warnings(parts.settings.redis)
    access = f", but {' and '.join(found)}: whoever reaches it can {POWER}" if found else ""
    return "; ".join(
        [f"answers{access}", promises.replicas(it), *map(promises.sentence, promises.findings(it))]
    )


async def _key(parts: Parts) -> str:
    """Without a key, or with another one, nothing would be open."""
    own = "" if parts.settings.key.get_secret_value() else f", kept in {key_file(parts.settings.state)}"
    return f"is this installation's{own}"


async def _files(parts: Parts) -> str:
    """Files that are too open are a warning: fisk works."""
    return "; ".join(parts.world.memory.stores.of(SettingsFiles).too_open()) or "are fisk's alone"


async def _access(parts: Parts) -> str:
    """Raises errors.BadSettings where nobody may deploy."""
    policy = parts.settings.access
    roles = dict(policy.all_roles())
    if not any("deploy" in role.may and role.members for role in roles.values()):
        raise errors.BadSettings(why="no role may deploy, so nobody can: see docs/guide/access.md")
    old = "; `deployers` is the old form, read as a role" if policy.deployers else ""
    return f"roles {', '.join(sorted(roles))}{old}"


async def _github(parts: Parts) -> str:
    """Without a token GitHub shows what is public, and lets fisk do nothing."""
    if not parts.settings.github_token.get_secret_value():
        make = f"make a token at {github_tokens(parts.settings)}"
        raise errors.BadSettings(why=f"FISK_GITHUB_TOKEN is empty: {make}")
    commit = await parts.world.systems.github.commit(parts.world.systems.github.branch)
    left, limit = parts.world.systems.github.calls_left or (0, 0)
    if new := await parts.world.systems.github.new_name():
        raise errors.RepositoryMoved(
            system="GitHub", repository=parts.world.systems.github.repository, new=new
        )
    return f"{parts.world.systems.github.branch} is at {short(commit.sha)}; {left:,} of {limit:,} calls left"


async def _repository(target: Target, parts: Parts) -> str:
    """What a target's own repository shows."""
    github = parts.world.of(target).systems.github
    commit = await github.commit(github.branch)
    return f"{github.repository}: {github.branch} is at {short(commit.sha)}"


async def _login(name: str, parts: Parts) -> str:
    ssh = parts.world.systems.hosts[name]
    await stdout(ssh, ("date", "-u", "+%s"))
    return f"{ssh.host.user}@{ssh.host.address} lets fisk in"


async def _builds(parts: Parts) -> str:
    """Check that fisk is in each channel that gets notices of builds; say how it learns of builds."""
    settings = parts.settings
    async with slack_client(settings) as client:
        known = await Speaker(client, Budget()).channels()
    wanted = settings.channels.builds
    if missing := ", ".join(channel for channel in wanted if channel not in known):
        raise errors.NotThere(system="Slack", what=f"channel {missing} that fisk is a member of")
    hears = ", ".join(f"#{known[channel]} hears of {rule}" for channel, rule in wanted.items())
    webhook = "told by webhook; " if settings.github_webhook_secret.get_secret_value() else ""
    return f"{hears}; {webhook}looked at every {settings.builds_seconds:g} s"


async def _coolify(target: Target, parts: Parts) -> str:
    application = await parts.world.systems.coolify.application(target.app)
    if application.build_pack != "dockerimage":
        raise WrongBuildPack(target=target.name, build_pack=application.build_pack, image=target.image)
    await parts.world.systems.coolify.version()
    set_to = application.reference.shown if application.reference else "what names no image"
    return f"{application.name} on Coolify {parts.world.systems.coolify.version_text}, set to {set_to}"


async def _registry(target: Target, parts: Parts) -> str:
    told = [await _latest(target.of_image(image), parts) for image in target.every_image]
    return "; ".join(told)


async def _latest(target: Target, parts: Parts) -> str:
    image = await parts.world.systems.registry.image(target.image, LATEST, target.platform)
    if image is None:
        raise NoImage(image=target.image, sha=LATEST, url=target.image)
    if fit(image, target.platform).misfit:
        raise WrongPlatform(
            sha=short(image.revision) or LATEST,
            found=", ".join(image.platforms) or "no known platform",
            target=target.name,
            platform=target.platform,
        )
    return (
        f"{LATEST} is {', '.join(image.platforms)}, built from {short(image.revision) or 'an unnamed commit'}"
    )


async def _health(target: Target, parts: Parts) -> str:
    health = await parts.world.systems.health.probe(target.health)
    if not health.ok:
        raise Unhealthy(sha=target.name, path=target.health, status=health.status or health.why, seconds=0)
    return "answers 200"
