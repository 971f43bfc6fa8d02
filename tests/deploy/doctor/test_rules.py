"""Each rule holds in the sandbox, and each is broken there by a real change, not by a faked report."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Coroutine
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from commands.grammar import parse
from deploy.doctor.examine import rules
from sandbox import story
from sandbox.buildkitd import Nature
from sandbox.coolify.access import Token
from sandbox.host import Container
from sandbox.hosts import SERVICE
from sandbox.world import OUTSIDE
from tests.deploy.doctor.conftest import BUILDKIT
from tests.deploy.doctor.test_memory import MEMORY
from tests.deploy.doctor.test_releases import TARGETS

if TYPE_CHECKING:
    from deploy.doctor.verdicts import Examination
    from sandbox.world import World
    from tests.deploy.doctor.conftest import Patient

Act = Callable[["World"], Coroutine[None, None, None]]
AMD64, ARM64 = "linux/amd64", "linux/arm64"
NOW = 0.0  # in story seconds


def changed(old: str, new: str, file: str = story.WORKFLOW) -> Act:
    async def act(world: World) -> None:
        world.github.contents.change(old, new, file)

    return act


def column(app: str, name: str, value: object) -> Act:
    async def act(world: World) -> None:
        world.coolify.apps[app].columns[name] = value

    return act


def setting(app: str, name: str) -> Act:
    async def act(world: World) -> None:
        world.coolify.apps[app].settings[name] = True

    return act


def pushed(tag: str, *platforms: str, image: str = story.IMAGE, revision: str = story.BUILT) -> Act:
    async def act(world: World) -> None:
        world.registry.push(
            image, [tag], revision, platforms=platforms, index=len(platforms) > 1, created=NOW, at=NOW
        )

    return act


def untagged(tag: str) -> Act:
    async def act(world: World) -> None:
        world.registry.untag(story.IMAGE, tag)

    return act


def remade(old: str = "", new: str = "", nature: Nature = Nature(boot=0)) -> Act:  # noqa: B008 (it is frozen)
    """BuildKit's container, made by hand with something else in its definition."""

    async def act(world: World) -> None:
        docker = world.hosts.vps01.docker
        docker.images[new or BUILDKIT] = docker.images[BUILDKIT] = nature
        words = [word.replace(old, new) if old else word for word in world.hosts.definition]
        await docker.stop("buildkitd")
        del docker.containers["buildkitd"]
        said = await docker.run(words)
        assert said.status == 0, said

    return act


async def stopped(world: World) -> None:
    await world.hosts.vps01.docker.stop("buildkitd")


async def unguarded(world: World) -> None:
    world.hosts.vps01.network.chains["INPUT"] = ["-P INPUT ACCEPT"]


async def other_processor(world: World) -> None:
    world.hosts.vps01.processor = "x86_64"


async def service_down(world: World) -> None:
    world.hosts.vps.systemd.units[SERVICE].active = False


async def runner_offline(world: World) -> None:
    world.github.runs.online = False


def behind_a_login(app: str) -> Act:
    async def act(world: World) -> None:
        world.host.guarded.add(app)

    return act


def by_hand(app: str) -> Act:
    """Somebody started another container where Coolify's was."""

    async def act(world: World) -> None:
        shipped = world.registry.find(story.IMAGE, story.BUILT)
        assert shipped is not None
        world.host.running[app] = Container.of(shipped)

    return act


def detour(app: str) -> Act:
    """Somebody started a container by hand, and leads the app's domain to it."""

    async def act(world: World) -> None:
        shipped = world.registry.find(story.IMAGE, story.BUILT)
        assert shipped is not None
        world.host.detours[app] = Container.of(shipped)

    return act


def full(*percent: int) -> Act:
    async def act(world: World) -> None:
        world.hosts.vps01.full = percent[0], percent[1]

    return act


async def half_a_day(world: World) -> None:
    """The newest good build ended when it did, but began hours before: it emulated."""
    (run,) = [run for run in world.github.runs.all if run.commit.sha == story.BUILT]
    for attempt in run.attempts:
        attempt.plan = replace(attempt.plan, minutes=attempt.plan.minutes + 300)
        attempt.created -= 300 * story.MINUTE
        attempt.begins -= 300 * story.MINUTE


def ahead(host: str) -> Act:
    async def act(world: World) -> None:
        world.hosts.sshd[host].machine.ahead = 90

    return act


async def no_right_to_deploy(world: World) -> None:
    world.github.allowance.denied.add("deployments")


async def weaker_token(world: World) -> None:
    world.coolify.access.tokens[world.coolify_token] = Token(frozenset({"read", "read:sensitive", "write"}))


EVERYWHERE = remade("127.0.0.1", "0.0.0.0")
PUBLISHED = {"buildkit.published", "buildkit.docker", f"buildkit.outside:{OUTSIDE}"}
LOGIN = "      - uses: docker/login-action@v3\n"
QEMU = "      - uses: docker/setup-qemu-action@v3\n"

BREAKS: dict[str, tuple[Act, set[str]]] = {
    "workflow.readable": (changed("name: CI", "name: [CI", "ci.yml"), set()),
    "workflow.builder": (changed("driver: remote", "driver: docker-container"), set()),
    "workflow.no-emulation": (changed(LOGIN, QEMU + LOGIN), set()),
    "workflow.labels:build.yml": (changed("fiskai-build]\n    permissions", "gpu]\n    permissions"), set()),
    "workflow.trigger:build.yml": (changed("branches: [main]", "branches: [release]"), set()),
    "workflow.minutes:build.yml": (half_a_day, set()),
    "workflow.platform:fiskai-app": (
        changed("platforms: linux/arm64", "platforms: linux/amd64"),
        {"workflow.no-emulation"},
    ),
    "workflow.tags:fiskai-app": (changed("type=sha,prefix=,format=long", "type=ref,event=pr"), set()),
    "workflow.cache:fiskai-app": (changed("cache-to", "cache-not-to"), set()),
    "workflow.single:fiskai-app": (changed("provenance: false", "provenance: mode=max"), set()),
    "image.latest:fiskai-app": (pushed("latest", AMD64), set()),
    "image.fresh:fiskai-app": (pushed("latest", ARM64, revision=story.RUNS), set()),
    "image.tags:fiskai-app": (untagged(story.BUILT[:7]), set()),
    "image.platform:fiskai-app": (pushed(story.BUILT, AMD64), {"image.tags:fiskai-app"}),
    "image.cache:fiskai-app": (untagged("buildcache"), set()),
    "worker.platform:fiskai-worker": (pushed("latest", AMD64, ARM64, image=story.WORKER), set()),
    "coolify.build-pack:app": (column("app", "build_pack", "dockerfile"), set()),
    "coolify.image:app": (column("app", "docker_registry_image_name", "ghcr.io/somebody/else"), set()),
    "coolify.no-build:app": (column("app", "build_command", "npm run build"), set()),
    "coolify.health-check:app": (column("app", "health_check_enabled", 0), set()),
    "coolify.rolling:app": (column("app", "ports_mappings", "3000:3000"), set()),
    "app.container:app": (by_hand("app"), set()),
    "app.answers:app": (detour("app"), set()),
    "app.health:app": (behind_a_login("app"), set()),
    "coolify.build-pack:staging": (column("staging", "build_pack", "nixpacks"), set()),
    "coolify.image:staging": (column("staging", "docker_registry_image_name", "fiskai-app"), set()),
    "coolify.no-build:staging": (setting("staging", "is_build_server_enabled"), set()),
    "coolify.health-check:staging": (column("staging", "health_check_enabled", 0), set()),
    "coolify.rolling:staging": (setting("staging", "is_consistent_container_name_enabled"), set()),
    "app.container:staging": (by_hand("staging"), set()),
    "app.answers:staging": (detour("staging"), set()),
    "app.health:staging": (behind_a_login("staging"), set()),
    "buildkit.container": (stopped, {"buildkit.published"}),
    "buildkit.image": (remade("moby/buildkit:latest", "moby/buildkit:nightly"), set()),
    "buildkit.definition": (remade("--privileged", "--detach"), set()),
    "buildkit.restarts": (remade("unless-stopped", "no"), set()),
    "buildkit.published": (EVERYWHERE, PUBLISHED),
    "buildkit.input": (unguarded, set()),
    "buildkit.docker": (EVERYWHERE, PUBLISHED),
    "buildkit.disk": (full(61, 85), set()),
    "buildkit.processor": (other_processor, set()),
    "buildkit.workers": (remade(nature=Nature(platforms=(AMD64,), boot=0)), set()),
    f"buildkit.outside:{OUTSIDE}": (EVERYWHERE, PUBLISHED),
    "runner.service": (service_down, set()),
    "runner.online": (runner_offline, set()),
    "fisk.clock:vps01": (ahead("vps01"), set()),
    "fisk.clock:vps": (ahead("vps"), set()),
    "fisk.github-token": (no_right_to_deploy, set()),
    "fisk.coolify-token:app": (weaker_token, {"fisk.coolify-token:staging"}),
    "fisk.coolify-token:staging": (weaker_token, {"fisk.coolify-token:app"}),
}


async def test_every_rule_holds_in_the_sandbox(patient: Patient) -> None:
    seen = await patient.look()
    assert [(each.id, each.verdict) for each in seen.findings] == [
        (rule.id, "holds") for rule in rules(patient.parts.world)
    ]


@pytest.mark.parametrize("rule", BREAKS)
async def test_a_rule_that_is_broken_for_real_is_found_with_its_evidence_and_a_fix(
    patient: Patient, rule: str
) -> None:
    act, also = BREAKS[rule]
    await act(patient.outside)
    assert_broken(await patient.look(), rule, also)


async def test_a_clock_that_is_wrong_is_found(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sandbox's machines are of this process, so they are wrong alike; Valkey is not."""
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() - 60)
    assert_broken(await patient.look(), "fisk.clock")


async def test_rules_that_anybody_may_write_are_found(patient: Patient) -> None:
    patient.parts.settings.config.chmod(0o666)
    assert_broken(await patient.look(), "fisk.files")


async def test_a_worker_that_nobody_listed_is_built_astray(patient: Patient) -> None:
    patient.outside.github.contents.change("fiskai-worker", "fiskai-ocr", "worker.yml")
    finding = await patient.finding("workflow.builder")
    assert (finding.verdict, finding.evidence) == (
        "broken",
        "worker.yml, job worker, step docker/build-push-action@v6 builds on the runner itself",
    )


def test_every_rule_can_be_broken() -> None:
    """As many as hold in the test above."""
    assert len(BREAKS) + len({"fisk.clock", "fisk.files", "workflow.alone", *MEMORY, *TARGETS}) == 58


def assert_broken(seen: Examination, rule: str, also: Collection[str] = ()) -> None:
    broken = {each.id: each for each in seen.of("broken")}
    assert set(broken) == {rule, *also}
    assert broken[rule].evidence
    assert broken[rule].fix.endswith((".", "`"))
    for line in re.findall(r"`/fisk ([a-z0-9 -]+)`", broken[rule].fix):
        parse(line)  # what is to be typed can be typed
