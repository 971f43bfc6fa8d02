"""The workers on a real host: their images, their compose project, and Debian's docker-compose with fisk's key locked
down to the list that is shipped for them.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from deploy.core.target import Target
from sandbox import workers_story
from sandbox.compose import files
from tests.gate import LISTS, WORKERS
from tests.real.registry import NAME
from tests.real.sshd import Sshd

if TYPE_CHECKING:
    from deploy.systems.hosts import Host
    from sandbox.world import World as Sandbox
    from tests.real.conftest import RealMachine

COMMITS = (workers_story.RUNS, workers_story.BUILT, workers_story.CRASHES)
IMAGES = tuple(f"{NAME}/{image}" for image in workers_story.IMAGES)
# As the platform's workers do: one whose commit is not the wanted one exits at once.
WORKER = """#!/bin/sh
trap 'exit 0' TERM
echo "worker $GIT_SHA starts"
[ "$EXPECTED_GIT_SHA" = "$GIT_SHA" ] || { echo "expected $EXPECTED_GIT_SHA" >&2; exit 1; }
[ ! -e /broken ] || { echo "cannot connect to $DATABASE_URL" >&2; exit 1; }
while :; do sleep 1 & wait $!; done
"""
PROGRAMS = ("sh", "sleep", "true")
# Which Debian's busybox lacks.
PRINTENV = """#!/bin/sh
eval "[ \\"\\${$1+set}\\" ] && echo \\"\\$$1\\""
"""
# docker-compose as an old one is installed: beside a docker that has no such plugin.
COMPOSE = '#!/bin/sh\nDOCKER_HOST=unix://{socket} exec /usr/bin/docker-compose "$@"\n'


class RealWorkers:
    """`folder` is the project's, `target` as fisk.toml names it."""

    def __init__(self, machine: RealMachine, folder: Path) -> None:
        self._machine = machine
        self._keys = folder
        self.folder = folder / files.NAME
        self.digests: dict[tuple[str, str], str] = {}

    @property
    def target(self) -> Target:
        told = {
            "name": "workers",
            "kind": "compose",
            "host": "vps",
            "folder": str(self.folder),
            "file": files.FILE,
            "images": IMAGES,
            "variables": {"IMAGE_TAG": "{sha}", "EXPECTED_GIT_SHA": "{sha}"},
            "revision": "GIT_SHA",
            "repository": workers_story.REPOSITORY,
            "workflow": workers_story.WORKFLOW,
            "platform": workers_story.PLATFORM,
            "environment": "workers",
            "settle": 1,
        }
        return TypeAdapter(Target).validate_python(told)

    def install(self) -> None:
        """Everything but containers: the tools, the files, and the images of each commit in the registry."""
        tools = self._machine.docker.tools
        compose = tools / "docker-compose"
        compose.write_text(COMPOSE.format(socket=self._machine.docker.listens_at))
        compose.chmod(0o755)
        shutil.copy(LISTS / "fisk-compose", tools)
        files.write(self.folder)
        file = self.folder / files.FILE
        quick = (
            file.read_text()
            .replace("ghcr.io", NAME)
            .replace("node, alive.js", '"/bin/true"')
            .replace("10s", "1s")
        )
        file.write_text(re.sub(r"    command: .*\n", "", f'version: "3.7"\n{quick}'))
        for sha in COMMITS:
            self._push(sha)

    def _push(self, sha: str) -> None:
        """The images of a commit, each with a layer of its own."""
        docker = self._machine.docker
        for image in IMAGES:
            made = self._import(image, sha)
            docker.docker("tag", made, f"{image}:{sha}")
            docker.docker("push", "--quiet", f"{image}:{sha}")
            known = docker.docker("image", "inspect", "--format", "{{index .RepoDigests 0}}", made)
            self.digests[image, sha] = known.strip().partition("@")[2]
            docker.docker("image", "rm", "--force", made)

    def _import(self, image: str, sha: str) -> str:
        root = self._keys / "rootfs"
        shutil.rmtree(root, ignore_errors=True)
        (root / "bin").mkdir(parents=True)
        shutil.copy("/bin/busybox", root / "bin" / "busybox")
        for name in PROGRAMS:
            (root / "bin" / name).symlink_to("busybox")
        for name, script in {"worker": WORKER, "printenv": PRINTENV}.items():
            (root / "bin" / name).write_text(script)
            (root / "bin" / name).chmod(0o755)
        (root / "image").write_text(image)
        if sha == workers_story.CRASHES:
            (root / "broken").touch()
        return self._made(root, sha)

    def _made(self, root: Path, sha: str) -> str:
        archive = subprocess.run(("tar", "-C", root, "-c", "."), capture_output=True, check=True).stdout
        changes = (
            'ENTRYPOINT ["/bin/worker"]',
            f"ENV GIT_SHA={sha}",
            f"LABEL org.opencontainers.image.revision={sha}",
        )
        told = (word for change in changes for word in ("--change", change))
        words = (str(self._machine.docker.tools / "docker"), "import", *told, "-")
        made = subprocess.run(words, input=archive, capture_output=True, check=True, timeout=60)
        return made.stdout.decode().strip()

    def tell_of_builds(self, outside: Sandbox) -> None:
        """Have GitHub's logs of these builds name the images that are really there."""
        for run in outside.github.workers.runs.all:
            if run.commit.sha in COMMITS:
                sha = run.commit.sha
                run.newest.pushed = tuple(f"{image}:{sha}@{self.digests[image, sha]}" for image in IMAGES)

    # --- fisk's key

    def locked_down(self) -> Host:
        """The host by a key that may run what the shipped list has, with this folder in place of the platform's."""
        listed = (LISTS / "fisk-gate.vps").read_text().replace(WORKERS, str(self.folder))
        (self._keys / "commands").write_text(listed)
        key = self._keys / "id_workers"
        public = Path(f"{key}.pub").read_text().strip() if key.exists() else Sshd.new_key(key)
        gate = f"{LISTS / 'fisk-gate'} {self._keys / 'commands'}"
        self._machine.sshd.authorize(f'restrict,command="{gate}" {public}')
        return replace(self._machine.sshd.host(key=key), name="vps")
