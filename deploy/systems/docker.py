"""Docker on a host: containers as they are, and the few things that fisk does to them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

from cachetools import LRUCache
from pydantic import AfterValidator, BeforeValidator

from deploy.core import errors
from deploy.core.bounded_json import loads
from deploy.core.json_fields import Flag, Moment, Number, RequiredText, Text, Texts, called, read, text
from deploy.core.redact import harmless
from deploy.core.values import dataclass
from deploy.systems.host import GATE, done, failure, stdout

if TYPE_CHECKING:
    from deploy.systems.ssh import Output, Ssh

ANYWHERE = "0.0.0.0"  # what Docker means where a published port names no address
BINDINGS = ("HostConfig", "PortBindings")
# What `docker inspect` is asked for, since all of it would have the container's environment. fisk's gate lets these
# three through and no other.
CONTAINER = (
    '{"Id":{{json .Id}},"Name":{{json .Name}},"Image":{{json .Image}},"RestartCount":{{json .RestartCount}},'
    '"State":{"Status":{{json .State.Status}},"StartedAt":{{json .State.StartedAt}},'
    '"ExitCode":{{json .State.ExitCode}},"Error":{{json .State.Error}}%s},'
    '"HostConfig":{"Privileged":{{json .HostConfig.Privileged}},"RestartPolicy":{{json .HostConfig.RestartPolicy}},'
    '"PortBindings":{{json .HostConfig.PortBindings}}},"Config":{"Image":{{json .Config.Image}}%s}}'
)
APP = CONTAINER % ("", "")
BUILDER = CONTAINER % ("", ',"Cmd":{{json .Config.Cmd}}')  # its arguments, where an app's may have a password
SERVICE, ONE_OFF = "com.docker.compose.service", "com.docker.compose.oneoff"  # labels of compose's
WORKER = CONTAINER % (  # of a compose project; what the health check printed stays on the host
    ',"Health":{{if index .State "Health"}}{{json .State.Health.Status}}{{else}}null{{end}}',
    (
        f',"Labels":{{"service":{{{{json (index .Config.Labels "{SERVICE}")}}}},'
        f'"oneoff":{{{{json (index .Config.Labels "{ONE_OFF}")}}}}}}'
    ),
)
PULLED = ("docker", "image", "inspect", "--format", "{{json .RepoDigests}}")
PERCENT = re.compile(r"^\s*(\d+)%\s+(\d+%|-)\s*$", re.MULTILINE)
STOP_WITHIN = 30.0  # seconds; Docker itself kills after 10 what does not stop
MOST_SEEN = 500  # containers of a host whose images are remembered
UNSET = 1  # what printenv exits with, saying nothing, where there is no such variable
RUN_WITHIN = 300.0  # seconds; an image that is not there yet is pulled


def _published(bindings: Any) -> tuple[str, ...]:
    """As configured, so that a stopped container has them too."""
    ports = bindings.values() if isinstance(bindings, dict) else ()
    each = [
        binding for port in ports if isinstance(port, list) for binding in port if isinstance(binding, dict)
    ]
    found = [f"{text(one.get('HostIp')) or ANYWHERE}:{text(one.get('HostPort'))}" for one in each]
    return tuple(dict.fromkeys(found))


def _inside(bindings: Any) -> tuple[int, ...]:
    """Docker names them as in `1234/tcp`."""
    names = bindings if isinstance(bindings, dict) else ()
    ports = (name.partition("/")[0] for name in names if name.endswith("/tcp"))
    return tuple(int(port) for port in ports if port.isdecimal())


@dataclass(frozen=True, slots=True)
class Container:
    """A container as `docker inspect` tells it. `published` are the `address:port` that it is configured with,
    `inside` its own ports behind them.

    `exit_code` and `error` say how it last ended; `started` is 0 where it never was. Of a compose project's container
    `health` is by its health check (`starting`, `healthy`, `unhealthy`; empty: it has none), `service` what the compose
    file calls it; `one_off` is `True` for one that `compose run` made.
    """

    id: Annotated[RequiredText, called("Id")]
    name: Annotated[Text, called("Name"), AfterValidator(lambda name: name.removeprefix("/"))]
    state: Annotated[RequiredText, called(("State", "Status"))]
    image: Annotated[Text, called(("Config", "Image"))]
    image_id: Annotated[Text, called("Image")]
    started: Annotated[Moment, called(("State", "StartedAt"))]
    policy: Annotated[Text, called(("HostConfig", "RestartPolicy", "Name"))]
    privileged: Annotated[Flag, called(("HostConfig", "Privileged"))]
    published: Annotated[tuple[str, ...], BeforeValidator(_published), called(BINDINGS, default=())]
    arguments: Annotated[Texts, called(("Config", "Cmd"))] = ()
    restarts: Annotated[Number, called("RestartCount")] = 0
    exit_code: Annotated[Number, called(("State", "ExitCode"))] = 0
    error: Annotated[Text, called(("State", "Error"))] = ""
    inside: Annotated[tuple[int, ...], BeforeValidator(_inside), called(BINDINGS)] = ()
    health: Annotated[Text, called(("State", "Health"))] = ""
    service: Annotated[Text, called(("Config", "Labels", "service"))] = ""
    one_off: Annotated[Text, called(("Config", "Labels", "oneoff"))] = ""

    @property
    def running(self) -> bool:
        return self.state == "running"


@dataclass(frozen=True, slots=True)
class Pulled:
    """An image by its id, and the `repository@digest` under which it was pulled."""

    id: str
    digests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Disk:
    """How full the file system at a path is, in percent; `inodes` is None for one that does not count them."""

    path: str
    bytes: int
    inodes: int | None

    def __str__(self) -> str:
        inodes = "" if self.inodes is None else f" and {self.inodes} % of the inodes"
        return f"{self.bytes} % of the disk{inodes} at {self.path} are in use"

    @property
    def fullest(self) -> int:
        return max(self.bytes, self.inodes or 0)


class Docker:
    """The engine of one host. Every method may raise errors.HostFailure."""

    def __init__(self, ssh: Ssh) -> None:
        self.ssh = ssh
        self.seen: LRUCache[str, Pulled] = LRUCache(
            MOST_SEEN
        )  # of containers, which run one image all their life

    async def container(self, name: str, fields: str = BUILDER) -> Container | None:
        """The container of that name or id, as far as the fields tell; None where there is none."""
        argv = ["docker", "inspect", "--type", "container", "--format", fields, name]
        output = await self.ssh.run(argv)
        if output.status and "no such container" in output.err.lower():
            return None
        if output.status:
            raise failure(self.ssh, argv, output)
        return parse_container(self.ssh.host.name, output.out)

    async def containers(self, ids: Sequence[str], fields: str) -> tuple[Container, ...]:
        """Those containers, as far as the fields tell, in one command; one that has gone meanwhile is left out."""
        if not ids:
            return ()
        argv = ["docker", "inspect", "--type", "container", "--format", fields, *ids]
        output = await self.ssh.run(argv)
        if output.status and "no such container" not in output.err.lower():
            raise failure(self.ssh, argv, output)
        lines = filter(None, output.out.splitlines())
        return tuple(parse_container(self.ssh.host.name, line) for line in lines if line != "[]")

    async def image_of(self, container: str) -> Pulled | None:
        """The image of a container; None where there is no such container."""
        found = await self.container(container, APP)
        return None if found is None else Pulled(found.image_id, await self.digests(found.image_id))

    async def named(self, part: str, *, ended: bool = False) -> tuple[tuple[str, str], ...]:
        """Id and name of each container whose name has `part` in it, newest first; those that run, or all."""
        return await self._list(f"name={part}", ended=ended)

    async def labelled(self, label: str, value: str, *, ended: bool = False) -> tuple[tuple[str, str], ...]:
        """Id and name of each container with a label of that value, newest first; those that run, or all."""
        return await self._list(f"label={label}={value}", ended=ended)

    async def by_label(self, label: str) -> dict[str, tuple[tuple[str, str], ...]]:
        """Id and name of each container that runs and has a label, newest first, by the label's value."""
        form = f'{{{{.Label "{label}"}}}} {{{{.ID}}}} {{{{.Names}}}}'
        argv = ["docker", "ps", "--no-trunc", "--filter", f"label={label}", "--format", form]
        lines = (line.split() for line in (await stdout(self.ssh, argv)).splitlines())
        found: dict[str, tuple[tuple[str, str], ...]] = {}
        for value, id_, name in (line for line in lines if len(line) == 3):  # noqa: PLR2004 (the three of the form)
            found[value] = (*found.get(value, ()), (id_, name))
        return found

    async def _list(self, condition: str, *, ended: bool) -> tuple[tuple[str, str], ...]:
        states = ["--all"] if ended else []
        form = "{{.ID}} {{.Names}}"
        argv = ["docker", "ps", *states, "--no-trunc", "--filter", condition, "--format", form]
        printed = await stdout(self.ssh, argv)
        pairs = (line.split(maxsplit=1) for line in printed.splitlines() if line.strip())
        return tuple((pair[0], pair[1]) for pair in pairs if len(pair) == 2)  # noqa: PLR2004 (id and name)

    async def digests(self, image_id: str) -> tuple[str, ...]:
        """The `repository@digest` under which an image was pulled; none for one that was built on the host."""
        return _digests(self.ssh.host.name, await stdout(self.ssh, [*PULLED, image_id]))

    async def all_digests(self, image_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """The same of several images in one command; of none where one has gone meanwhile, as docker names none."""
        output = await self.ssh.run([*PULLED, *image_ids])
        if output.status and "no such image" not in output.err.lower():
            raise failure(self.ssh, [*PULLED, *image_ids], output)
        lines = output.out.splitlines() if output.status == 0 else []
        return dict(zip(image_ids, (_digests(self.ssh.host.name, line) for line in lines), strict=False))

    async def printed_variable(self, container: str, name: str) -> str:
        """A variable of a container's environment; empty where it has none. Raises errors.CommandFailed."""
        argv = ["docker", "exec", container, "printenv", name]
        output = await self.ssh.run(argv)
        if output.status and (output.err.strip() or output.status != UNSET):
            raise failure(self.ssh, argv, output)
        return output.out.strip()

    async def disk(self) -> Disk:
        """How full it is where Docker keeps its data. Raises errors.Unexpected."""
        path = (await stdout(self.ssh, ["docker", "info", "--format", "{{.DockerRootDir}}"])).strip()
        found = PERCENT.search(await stdout(self.ssh, ["df", "--output=pcent,ipcent", path]))
        if found is None:
            raise errors.Unexpected(system=self.ssh.host.name, why="`df` tells no percentages")
        inodes = found[2].rstrip("%")
        return Disk(path, int(found[1]), int(inodes) if inodes.isdecimal() else None)

    async def restart(self, name: str) -> None:
        """Returns when it was started again, which is before it answers."""
        await stdout(self.ssh, restarting(name), within=STOP_WITHIN)

    async def start(self, name: str) -> None:
        await stdout(self.ssh, ["docker", "start", name], within=STOP_WITHIN)

    async def stop(self, name: str) -> None:
        await stdout(self.ssh, ["docker", "stop", name], within=STOP_WITHIN)

    async def rename(self, name: str, new: str) -> None:
        await stdout(self.ssh, ["docker", "rename", name, new])

    async def remove(self, name: str) -> None:
        """Remove it, running or not."""
        await stdout(self.ssh, ["docker", "rm", "--force", name], within=STOP_WITHIN)

    async def create(self, argv: Sequence[str]) -> None:
        """A whole `docker run --detach …`."""
        await stdout(self.ssh, argv, within=RUN_WITHIN)

    async def execute(self, id_: str, argv: Sequence[str], within: float) -> Output:
        """Run a command in a container, where it goes on after `within` seconds; a status other than 0 is no error."""
        argv = in_container(id_, argv)
        output = await self.ssh.run(argv, within=within)
        if output.err.startswith(GATE):
            raise failure(self.ssh, argv, output)
        return output

    async def logs(self, name: str, lines: int) -> str:
        """The last lines of what it said, on either stream, as they may be shown."""
        output = await done(self.ssh, ["docker", "logs", "--tail", str(lines), name])
        return harmless(output.out + output.err)

    async def stamped_logs(self, name: str, lines: int) -> tuple[str, str]:
        """The last lines of both streams together, of each stream by itself, with their times and all secrets."""
        output = await done(self.ssh, ["docker", "logs", "--timestamps", "--tail", str(lines), name])
        return output.out, output.err


def in_container(id_: str, argv: Sequence[str]) -> tuple[str, ...]:
    """The command that runs another one in a container."""
    return ("docker", "exec", id_, *argv)


def restarting(name: str) -> tuple[str, ...]:
    """The command that restarts a container."""
    return ("docker", "restart", name)


def _digests(system: str, printed: str) -> tuple[str, ...]:
    try:
        return tuple(str(digest) for digest in loads(printed) or ())
    except (ValueError, TypeError):
        raise errors.Unexpected(system=system, why="docker said no list") from None


def parse_container(system: str, text: str) -> Container:
    """The container of `docker inspect`'s answer. Raises errors.Unexpected."""
    try:
        raw = loads(text)
    except ValueError:
        raise errors.Unexpected(system=system, why="docker inspect said no JSON of a container") from None
    return read(system, Container, raw)
