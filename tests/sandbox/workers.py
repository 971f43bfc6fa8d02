"""The workers' project, as somebody who logs in on its host has it in hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from deploy.systems.docker import WORKER
from sandbox.compose import files

if TYPE_CHECKING:
    from sandbox.output import Output
    from sandbox.world import World

SERVICES = ("receipts", "invoices", "reports", "scans", "letters")
VARIABLES = ("IMAGE_TAG", "EXPECTED_GIT_SHA")


def everywhere(value: str) -> dict[str, str]:
    return dict.fromkeys(SERVICES, value)


class Workers:
    def __init__(self, world: World) -> None:
        self.world, self.machine, self.compose = world, world.hosts.vps, world.hosts.compose
        self.folder = world.hosts.workers

    @property
    def file(self) -> str:
        return f"{self.folder}/{files.FILE}"

    async def run(self, *words: str, heard: str = "") -> Output:
        return await self.machine.run(words, heard)

    async def does(self, *words: str, command: str = "docker compose", file: str = "") -> Output:
        """A command of compose's, under the lock."""
        about = ("--project-directory", str(self.folder), "--file", file or self.file)
        locked = ("flock", "--nonblock", "--conflict-exit-code", "75", str(self.folder))
        return await self.run(*locked, *command.split(), *about, "--project-name", files.NAME, *words)

    async def up(self, *words: str, command: str = "docker compose") -> Output:
        return await self.does("up", "--detach", "--remove-orphans", *words, command=command)

    async def set(self, sha: str) -> Output:
        heard = f"IMAGE_TAG={sha}\nEXPECTED_GIT_SHA={sha}\n"
        return await self.run("fisk-compose", "write", str(self.folder), *VARIABLES, heard=heard)

    async def seen(self) -> dict[str, dict[str, Any]]:
        """Each container by its service, as `docker inspect` tells fisk."""
        label = f"label=com.docker.compose.project={files.NAME}"
        form = ("--format", "{{.ID}} {{.Names}}")
        listed = (await self.run("docker", "ps", "--all", "--no-trunc", "--filter", label, *form)).out
        ids = [line.split()[0] for line in listed.splitlines()]
        inspect = ("docker", "inspect", "--type", "container", "--format", WORKER)
        told = [json.loads(line) for line in (await self.run(*inspect, *ids)).out.splitlines()]
        return {each["Config"]["Labels"]["service"]: each for each in told}

    async def states(self) -> dict[str, str]:
        return {name: each["State"]["Status"] for name, each in (await self.seen()).items()}

    async def commits(self) -> dict[str, str]:
        """The commit that each container says of itself."""
        found = {name: each["Id"] for name, each in (await self.seen()).items()}
        said = {
            name: await self.run("docker", "exec", id_, "printenv", "GIT_SHA") for name, id_ in found.items()
        }
        return {name: each.out.strip() for name, each in said.items()}
