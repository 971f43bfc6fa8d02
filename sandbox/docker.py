"""A machine's Docker: its commands on containers, with Docker's own messages and exit statuses."""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from sandbox.buildkitd import Buildkitd, Nature
from sandbox.container import Container
from sandbox.output import Commands, Output
from sandbox.printed import logs
from sandbox.template import NoEntry, filled

if TYPE_CHECKING:
    from sandbox.network import Network

DAEMON = 125  # docker's own exit status where the daemon refuses
NO_EXEC = 126
ROOT = "/var/lib/docker"


class Docker:
    """`containers` by name; `apps` returns the applications' containers, which are read-only here.

    Attributes:
        images: how each image of BuildKit behaves, for containers made from it from now on.
        pulled: the digests of each image that was pulled, by the image's id.
        stopping: seconds that a container takes to stop; Docker kills it after 10.
    """

    def __init__(self, network: Network) -> None:
        self.containers: dict[str, Container] = {}
        self.pulled: dict[str, list[str]] = {}
        self.apps: Callable[[], Iterable[Container]] = tuple
        self.images: dict[str, Nature] = {"moby/buildkit:latest": Nature()}
        self.stopping = 0.3
        self._network = network

    def commands(self) -> Commands:
        return {
            ("docker", "ps"): self._ps,
            ("docker", "info"): self._info,
            ("docker", "inspect"): self._inspect,
            ("docker", "image", "inspect"): self._inspect_image,
            ("docker", "restart"): self._restart,
            ("docker", "start"): self._start,
            ("docker", "stop"): self._stop,
            ("docker", "rename"): self._rename,
            ("docker", "rm"): self._remove,
            ("docker", "run"): self._run,
            ("docker", "logs"): self._logs,
            ("docker", "exec"): self._exec,
        }

    # --- what tests and the story do

    async def run(self, argv: Sequence[str]) -> Output:
        """Run `docker run` with these arguments."""
        return await self._run(argv)

    async def stop(self, name: str) -> None:
        await self._halt(self.containers[name])

    async def shut_down(self) -> None:
        for container in self.containers.values():
            await self._halt(container, waiting=False)

    # --- reading

    def _all(self) -> list[Container]:
        return [*self.containers.values(), *self.apps()]

    def _find(self, name: str) -> Container | None:
        return next((each for each in self._all() if name in {each.name, each.id}), None)

    async def _ps(self, words: Sequence[str]) -> Output:
        filters = [words[place + 1] for place, word in enumerate(words) if word == "--filter"]
        names = [each.removeprefix("name=") for each in filters if each.startswith("name=")]
        labels = [each.removeprefix("label=").partition("=") for each in filters if each.startswith("label=")]
        form = words[words.index("--format") + 1] if "--format" in words else "{{.ID}} {{.Names}}"
        rows = [
            each
            for each in self._all()
            if each.status in {"running", "restarting"} or "--all" in words
            if all(name in each.name for name in names)
            if all(
                each.labels.get(label) == value if equal else label in each.labels
                for label, equal, value in labels
            )
        ]
        return Output("".join(f"{filled(form, each.row)}\n" for each in rows))

    async def _info(self, words: Sequence[str]) -> Output:
        return Output(filled(words[words.index("--format") + 1], {"DockerRootDir": ROOT}) + "\n")

    async def _inspect(self, words: Sequence[str]) -> Output:
        """Those that are there are told, whatever others are not (docker/cli, cli/command/inspect)."""
        form, names = _asked(words)
        found = {name: container for name in names if (container := self._find(name))}
        for container in found.values():
            container.look()
        told = [container.inspected for container in found.values()]
        missing = [f"Error: No such container: {name}" for name in names if name not in found]
        if not form:
            return Output(json.dumps(told, indent=4) + "\n", _lines(missing), int(bool(missing)))
        try:
            said = [filled(form, each) for each in told]
        except NoEntry as none:
            return Output("\n", f"template parsing error: template: :1: {none}\n", 1)
        return Output(_lines(said) or "\n", _lines(missing), int(bool(missing)))

    async def _inspect_image(self, words: Sequence[str]) -> Output:
        """As `inspect` does: those that are there are told."""
        form, names = _asked(words)
        known = {each.image_id: each.digests for each in self._all()} | self.pulled
        told = [{"Id": name, "RepoDigests": known[name]} for name in names if name in known]
        missing = _lines(f"Error: No such image: {name}" for name in names if name not in known)
        said = _lines(filled(form, image) for image in told) if form else json.dumps(told) + "\n"
        return Output(said or "\n", missing, int(bool(missing)))

    async def _logs(self, words: Sequence[str]) -> Output:
        container = self._find(words[-1])
        if container is None:
            return _no_container(words[-1])
        return logs(container.logs, words)

    async def _exec(self, words: Sequence[str]) -> Output:
        container = self._find(words[0])
        if container is None:
            return _no_container(words[0])
        if container.status != "running":
            return Output("", f"Error response from daemon: {_idle(container)}\n", 1)
        if words[1] == "printenv":
            value = container.variables.get(words[2])
            return Output(f"{value}\n") if value is not None else Output(status=1)
        if (said := container.programs.get(tuple(words[1:]))) is not None:
            return said
        if container.process is None or words[1] != "buildctl":
            text = f'OCI runtime exec failed: exec: "{words[1]}": executable file not found in $PATH\n'
            return Output(text, "", NO_EXEC)
        return container.process.buildctl(words[2:])

    # --- changing

    async def _restart(self, words: Sequence[str]) -> Output:
        return await self._on(words[-1], self._halt, self._launch)

    async def _start(self, words: Sequence[str]) -> Output:
        return await self._on(words[-1], self._launch)

    async def _stop(self, words: Sequence[str]) -> Output:
        return await self._on(words[-1], self._halt)

    async def _on(self, name: str, *acts: Callable[[Container], Awaitable[str | None]]) -> Output:
        container = self.containers.get(name)
        if container is None:
            return _no_container(name)
        for act in acts:
            if why := await act(container):
                return Output("", f"Error response from daemon: {why}\n", 1)
        return Output(f"{name}\n")

    async def _rename(self, words: Sequence[str]) -> Output:
        old, new = words
        if old not in self.containers:
            return _no_container(old)
        if new in self.containers:
            return Output(
                "", f'Error response from daemon: Error when allocating new name: Conflict. "/{new}"\n', 1
            )
        container = self.containers.pop(old)
        container.name = new
        self.containers[new] = container
        return Output()

    async def _remove(self, words: Sequence[str]) -> Output:
        if words[-1] not in self.containers:
            return _no_container(words[-1], error="Error: No such container")
        if self.containers[words[-1]].status == "running" and not {"-f", "--force"} & set(words):
            return Output("", "Error response from daemon: You cannot remove a running container\n", 1)
        await self._halt(self.containers.pop(words[-1]), waiting=False)
        return Output(f"{words[-1]}\n")

    async def _run(self, words: Sequence[str]) -> Output:
        container = Container.asked_for(words)
        if container.name in self.containers:
            return Output(
                "", f'docker: Error response from daemon: Conflict. The name "/{container.name}"\n', DAEMON
            )
        container.id = secrets.token_hex(32)
        container.nature = self.images.get(container.image)
        container.image_id = f"sha256:{hashlib.sha256(container.image.encode()).hexdigest()}"
        self.containers[container.name] = container
        if why := await self._launch(container):
            return Output(f"{container.id}\n", f"docker: Error response from daemon: {why}\n", DAEMON)
        return Output(f"{container.id}\n")

    async def _launch(self, container: Container) -> str | None:
        """Start a container; Docker's error, or None on success."""
        if container.status == "running":
            return None
        for address, port in container.bindings:
            if not self._network.has(address) or f"{address}:{port}" in self._network.open:
                return f"driver failed programming external connectivity on endpoint {container.name}: {address}:{port}"
        container.started = time.time()
        if container.nature and container.nature.behaves == "crashes":
            container.crash()
            return None
        container.status = "running"
        if container.nature:
            container.process = Buildkitd(container.nature, container.cache)
            container.say(f"running server on {container.arguments[-1]}")
            for address, port in container.bindings:
                await container.process.start(address, port)
                self._network.open.append(f"{address}:{port}")
        return None

    async def _halt(self, container: Container, *, waiting: bool = True) -> None:
        if container.status not in {"running", "restarting"}:
            return
        if waiting:
            await asyncio.sleep(self.stopping)
        if container.process:
            await container.process.stop()
            for address, port in container.bindings:
                self._network.open.remove(f"{address}:{port}")
        container.process = None
        container.status, container.exit_code = "exited", 0


def _lines(texts: Iterable[str]) -> str:
    return "".join(f"{text}\n" for text in texts)


def _asked(words: Sequence[str]) -> tuple[str, list[str]]:
    """The template of an `inspect`, and of what it is asked."""
    options = {
        words[place]: words[place + 1] for place, word in enumerate(words) if word in {"--format", "--type"}
    }
    values = set(options.values())
    return options.get("--format", ""), [word for word in words if word not in {*options, *values}]


def _idle(container: Container) -> str:
    if container.status == "restarting":
        return f"Container {container.id} is restarting, wait until the container is running"
    return f"Container {container.id} is not running"


def _no_container(name: str, error: str = "Error response from daemon: No such container") -> Output:
    return Output("", f"{error}: {name}\n", 1)
