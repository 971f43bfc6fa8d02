"""A container's state, and how Docker's commands print it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.buildkitd import Buildkitd, Cache, Nature
from sandbox.output import Output
from sandbox.printed import Line, moment

ENVIRONMENT = [
    "DATABASE_URL=postgres://fiskai:canary-2b71@db/fiskai"
]  # of every container that sets no other
VALUED = {"--name", "--restart", "--publish", "-p", "--label", "--volume", "-v"}


@dataclass(slots=True)
class Container:
    """`status` is one of Docker's: created, running, restarting, exited.

    `checked`: the health check is passed after so many seconds; None without one. `sick`: it never is.
    `programs` are the commands that are in it.
    """

    name: str
    image: str
    id: str = ""
    image_id: str = ""
    digests: list[str] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)
    status: str = "created"
    started: float = 0
    policy: str = "no"
    privileged: bool = False
    bindings: list[tuple[str, int]] = field(default_factory=list)
    arguments: list[str] = field(default_factory=list)
    restarts: int = 0
    exit_code: int = 0
    logs: list[Line] = field(default_factory=list)
    nature: Nature | None = None
    process: Buildkitd | None = None
    cache: Cache = field(default_factory=Cache)
    environment: list[str] = field(default_factory=ENVIRONMENT.copy)
    checked: float | None = None
    sick: bool = False
    programs: Mapping[tuple[str, ...], Output] = field(default_factory=dict)

    @classmethod
    def asked_for(cls, words: Sequence[str]) -> Container:
        """Parse the arguments of `docker run`."""
        options: dict[str, str] = {}
        place = 0
        while words[place].startswith("-"):
            valued = words[place] in VALUED
            options[words[place]] = words[place + 1] if valued else "yes"
            place += 2 if valued else 1
        published = options.get("--publish") or options.get("-p", "")
        return cls(
            name=options["--name"],
            image=words[place],
            policy=options.get("--restart", "no"),
            privileged="--privileged" in options,
            bindings=[_binding(published)] if published else [],
            arguments=list(words[place + 1 :]),
        )

    def crash(self) -> None:
        """Exit at once with status 1; Docker restarts it repeatedly if its restart policy says so."""
        self.status = "restarting" if self.policy in {"always", "unless-stopped"} else "exited"
        self.exit_code = 1
        self._print("buildkitd: cannot create /var/lib/buildkit: no space left on device")

    def say(self, text: str) -> None:
        """Add a line to the log, in BuildKit's format."""
        self._print(f'time="{moment(time.time())}" level=info msg="{text}"')

    def _print(self, text: str) -> None:
        """Add a line on stderr, the only stream that BuildKit uses."""
        self.logs.append(Line(time.time(), text, error=True))

    def look(self) -> None:
        """Add the restarts of a crash loop since the last look: three, as Docker makes in the first second."""
        if self.status == "restarting":
            self.restarts += 3

    @property
    def variables(self) -> dict[str, str]:
        return dict(each.partition("=")[::2] for each in self.environment)

    @property
    def health(self) -> str:
        """As the health check has it; empty without one."""
        if self.checked is None:
            return ""
        if self.status != "running" or self.sick:
            return "unhealthy"
        return "healthy" if time.time() - self.started >= self.checked else "starting"

    @property
    def row(self) -> dict[str, object]:
        """The fields of `docker ps --format`."""
        ports = ", ".join(f"{address}:{port}->{port}/tcp" for address, port in self.bindings)
        state = {"running": "Up 3 hours", "exited": f"Exited ({self.exit_code}) 2 minutes ago"}
        status = state.get(self.status, self.status.capitalize())
        row = {"ID": self.id, "Names": self.name, "Image": self.image, "Status": status, "Ports": ports}
        return {**row, "Labels": self.labels}

    @property
    def inspected(self) -> dict[str, Any]:
        """The fields of `docker inspect` that fisk reads, and the environment, which it must not."""
        bindings = [{"HostIp": _host_ip(address), "HostPort": str(port)} for address, port in self.bindings]
        return {
            "Id": self.id,
            "Name": f"/{self.name}",
            "Image": self.image_id,
            "RestartCount": self.restarts,
            "State": {
                "Status": self.status,
                "Running": self.status in {"running", "restarting"},
                "ExitCode": self.exit_code,
                "Error": "",
                "StartedAt": moment(self.started),
                **({"Health": {"Status": self.health, "FailingStreak": 0, "Log": []}} if self.health else {}),
            },
            "Config": {
                "Image": self.image,
                "Cmd": self.arguments,
                "Labels": self.labels,
                "Env": self.environment,
            },
            "HostConfig": {
                "Privileged": self.privileged,
                "RestartPolicy": {"Name": self.policy, "MaximumRetryCount": 0},
                "PortBindings": {"1234/tcp": bindings} if bindings else {},
            },
        }


def _binding(published: str) -> tuple[str, int]:
    """Address and port of `-p 100.64.123.81:1234:1234`; the address is optional."""
    *address, outside, _inside = published.split(":")
    return (address[0] if address else "0.0.0.0"), int(outside)


def _host_ip(address: str) -> str:
    """Docker stores an omitted address as an empty string."""
    return "" if address == "0.0.0.0" else address
