"""The two composes that hosts have, and what they say differently.

Sources: docker/compose 1.29.2 (cli/main.py, service.py), and v2 (pkg/compose/metrics.go, the exit statuses; cmd/).
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.output import Output


@dataclass(frozen=True, slots=True)
class Edition:
    """`between` joins the parts of a container's name; the others are exit statuses."""

    command: str
    version: str
    between: str
    no_file: int
    pull_failed: int
    old: bool = False

    def refused(self, why: str, status: int = 1) -> Output:
        return Output("", f"ERROR: {why}\n" if self.old else f"{why}\n", status)

    def missing_file(self, path: str) -> Output:
        if self.old:
            return self.refused(
                f".FileNotFoundError: [Errno 2] No such file or directory: '{path}'", self.no_file
            )
        return self.refused(f"open {path}: no such file or directory", self.no_file)

    def not_pulled(self, service: str, why: str) -> Output:
        text = f"for {service}  {why}\nERROR: {why}" if self.old else f" {service} Error {why}\n{why}"
        return self.refused(text, self.pull_failed)

    def warned(self, text: str) -> str:
        return f"WARNING: {text}\n" if self.old else f'level=warning msg="{text}"\n'

    def did(self, what: str, container: str) -> str:
        """On stderr, as all that they tell of their progress."""
        return f"{what} {container} ... done\n" if self.old else f" Container {container}  {_PAST[what]}\n"

    def absent(self) -> Output:
        """What the shell, or docker without the plugin, says in its place."""
        if self.old:
            return Output("", "bash: line 1: docker-compose: command not found\n", 127)
        return Output("", "docker: 'compose' is not a docker command.\nSee 'docker --help'\n", 1)


_PAST = {"Creating": "Started", "Recreating": "Recreated", "Starting": "Started"}
V1 = Edition("docker-compose", "docker-compose version 1.29.2, build unknown", "_", 1, 1, old=True)
V2 = Edition("docker compose", "Docker Compose version v2.29.7", "-", 14, 18)
