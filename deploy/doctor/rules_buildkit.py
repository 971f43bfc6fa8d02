"""BuildKit runs as the platform defines it, for Tailscale alone, on the right processor; the runner is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from deploy.doctor.evidence import Evidence
from deploy.doctor.guard import private
from deploy.doctor.rule import Look, Rule
from deploy.doctor.rules_firewall import RECREATE, docker_guards, input_guards, missing
from deploy.doctor.verdicts import Judgement, broken, must
from deploy.systems.hosts import BuildKitSpec, RunnerSpec

if TYPE_CHECKING:
    from deploy.core.model import Runner
    from deploy.systems.docker import Container, Disk
    from deploy.systems.runner import Service
    from deploy.world import World

FULL = 85  # percent
POLICY = "unless-stopped"
PROCESSORS = {"linux/arm64": frozenset({"aarch64", "arm64"}), "linux/amd64": frozenset({"x86_64", "amd64"})}


def rules(world: World) -> Iterator[Rule]:
    """Those of the builder and of the runner; unknown where they are not configured."""
    buildkit = world.systems.buildkit.spec if world.systems.buildkit else BuildKitSpec(host="", address="")
    yield from _of_buildkit(buildkit)
    for address in buildkit.outside:
        title = f"BuildKit cannot be reached at {address}"
        answers = partial(Evidence.answers, address=address)
        yield Rule(f"buildkit.outside:{address}", title, answers, partial(outside, address))
    yield from _of_runner(world.systems.runner.spec if world.systems.runner else RunnerSpec(name=""))


def _of_buildkit(spec: BuildKitSpec) -> Iterator[Rule]:
    port, it = spec.port, Evidence
    at = f"{spec.address}:{port}" if spec.address else f"port {port}"
    definition = f"BuildKit is privileged, and started with {' '.join(spec.arguments)}"
    docker = f"What Docker publishes at port {port} is for Tailscale only (DOCKER-USER, or the address)"
    room_left = f"BuildKit's host has room: less than {FULL} % of the disk and of its inodes"
    judged: tuple[tuple[str, str, Look[Any], Callable[..., Judgement]], ...] = (
        ("container", f"The container {spec.container} runs", it.container, runs),
        ("image", f"BuildKit's container was made from {spec.image}", it.container, partial(_there, image)),
        ("definition", definition, it.container, partial(_there, defined)),
        ("restarts", f"Docker starts BuildKit again ({POLICY})", it.container, partial(_there, restarts)),
        (
            "published",
            f"BuildKit is published at {at}, and at no other address",
            it.published,
            published_once,
        ),
        ("input", f"The firewall (INPUT) lets only Tailscale to port {port}", it.guard, input_guards),
        ("docker", docker, it.guard, docker_guards),
        ("processor", f"BuildKit's host has the processor of {spec.platform}", it.machine, processor),
        ("disk", room_left, it.disk, room),
        ("workers", f"BuildKit's workers build for {spec.platform}", it.workers, builds),
    )
    for rule, title, look, judge in judged:
        yield Rule(f"buildkit.{rule}", title, look, partial(judge, spec))


def _of_runner(spec: RunnerSpec) -> Iterator[Rule]:
    yield Rule("runner.service", "The runner's service is active", Evidence.service, partial(active, spec))
    title = "GitHub has the runner online, with its labels"
    yield Rule("runner.online", title, Evidence.runners, partial(online, spec))


# --- judging


def runs(spec: BuildKitSpec, it: Container | None) -> Judgement:
    """There is a container, and it runs."""
    if it is None:
        return broken(f"there is no container {spec.container}", RECREATE)
    return must(
        it.running,
        f"{it.state}, restarted {it.restarts} times",
        "`/fisk buildkit restart`, and `/fisk buildkit logs` if it ends again.",
    )


def _there(
    judge: Callable[[BuildKitSpec, Container], Judgement], spec: BuildKitSpec, it: Container | None
) -> Judgement:
    """Nothing is known of a container that is not there."""
    return judge(spec, it) if it else missing(spec)


def image(spec: BuildKitSpec, it: Container) -> Judgement:
    """The image that it was made from."""
    return must(it.image == spec.image, f"from {it.image}", RECREATE)


def defined(spec: BuildKitSpec, it: Container) -> Judgement:
    """It may do what building needs, and listens where its port is published."""
    told = f"{'privileged' if it.privileged else 'not privileged'}, with {' '.join(it.arguments) or 'no arguments'}"
    return must(it.privileged and it.arguments == spec.arguments, told, RECREATE)


def restarts(_spec: BuildKitSpec, it: Container) -> Judgement:
    """It comes back with the host."""
    return must(it.policy == POLICY, f"restart policy {it.policy or 'no'}", RECREATE)


def published_once(spec: BuildKitSpec, seen: tuple[Container | None, tuple[str, ...]]) -> Judgement:
    """Docker's word and the open ports are both asked: neither says it all."""
    it, open_ = seen
    if it is None:
        return missing(spec)
    wanted = f"{spec.address}:{spec.port}"
    if not private(ip_address(spec.address)):
        return broken(
            f"fisk.toml has it at {wanted}, which is no Tailscale address",
            "Correct `address` under `[buildkit]`.",
        )
    told = f"Docker: {', '.join(it.published) or 'nowhere'}; open: {', '.join(open_) or 'nothing'}"
    return must(set(it.published) == {wanted} == set(open_), told, RECREATE)


def processor(spec: BuildKitSpec, machine: str) -> Judgement:
    """Its own, not an emulated one."""
    known = PROCESSORS.get(spec.platform, frozenset())
    return must(
        machine in known,
        f"uname says {machine}",
        f"Build on a host for {spec.platform}: anything else emulates it.",
    )


def room(_spec: BuildKitSpec, it: Disk) -> Judgement:
    """A full disk ends builds and the app on it; inodes run out before bytes do."""
    return must(it.fullest < FULL, str(it), "`/fisk buildkit prune` frees what BuildKit caches.")


def builds(spec: BuildKitSpec, platforms: tuple[str, ...]) -> Judgement:
    """As BuildKit itself lists them."""
    told = ", ".join(platforms) or "no worker"
    return must(
        spec.platform in platforms, told, "`/fisk buildkit restart`; if that does not help, look at its host."
    )


def outside(address: str, answers: bool) -> Judgement:  # noqa: FBT001 (it is the evidence)
    """Tried from where fisk runs."""
    told = "it takes connections there" if answers else "no connection from where fisk runs"
    return must(not answers, f"{address}: {told}", f"{RECREATE} Then look at the firewall.")


def active(spec: RunnerSpec, it: Service) -> Judgement:
    """As systemd has it."""
    return must(it.active, f"{spec.service}: {it.state}", "`/fisk runner restart`")


def online(spec: RunnerSpec, runners: tuple[Runner, ...]) -> Judgement:
    """As GitHub has it."""
    it = next((each for each in runners if each.name == spec.name or not spec.name), None)
    if it is None:
        known = ", ".join(each.name for each in runners) or "none"
        return broken(
            f"GitHub knows no runner {spec.name} (known: {known})",
            "Register it again, or correct `name` under `[runner]`.",
        )
    able = it.takes(spec.labels)
    told = f"{it.name} is {'online' if it.online else 'offline'}, with {', '.join(it.labels) or 'no labels'}"
    fix = "`/fisk runner restart`; labels are set on GitHub's page of the runner."
    return must(it.online and able, told, fix)
