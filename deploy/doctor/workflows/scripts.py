"""What a step's commands do: with the variables that the workflow and the script itself set."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from deploy.doctor.workflows import buildx, programs
from deploy.doctor.workflows.acts import RUNNER, Act, Builds, Buildx, Create, Emulates, MayBuild, Pushes
from deploy.doctor.workflows.model import SHA, Joined, resolved
from deploy.doctor.workflows.options import option, option_values, positional
from deploy.doctor.workflows.program_names import SHELLS
from deploy.doctor.workflows.shell import Command, commands
from deploy.doctor.workflows.shell_words import CannotFollow
from deploy.doctor.workflows.step import Step
from deploy.doctor.workflows.values import Partial
from deploy.doctor.workflows.variables import Variables, written

OWN_SHELL = re.compile(r"[^\sA-Za-z0-9/{}+-]|\s-\w*c\b")  # more than options and the script's own place
# Options of `docker buildx create` and `use` that take no word.
CREATE = frozenset(["--use", "--append", "--bootstrap", "--leave", "--default", "--global"])


class Scripted(Step):
    """A step with what it takes to follow its commands."""

    __slots__ = ()

    def run(self, script: str, shell: str, *, elsewhere: bool = False) -> None:
        program = (shell.split() or ["bash"])[0].rpartition("/")[2]
        if OWN_SHELL.search(shell):
            self.doubts(f"is a script for {shell[:40]}, which may run more than the script")
            return
        if program not in SHELLS:
            self.doubts(f"is a script for {program}, which fisk does not read")
            return
        try:
            self.script(script, elsewhere=elsewhere)
        except CannotFollow as error:
            self.doubts(f"is a script that fisk cannot follow: {error}")

    def script(self, script: str, *, elsewhere: bool) -> None:
        github = {"GITHUB_SHA": SHA, "GITHUB_REPOSITORY": self.job.setting.repository}
        github["GITHUB_REPOSITORY_OWNER"] = self.job.setting.repository.partition("/")[0]
        variables = Variables({**self.environment(), **github})
        found = commands(script)
        own = {command.defines for command in found}
        for command in found:
            variables.take(command)
            self.writes(command, variables)
            filled = _filled(command, variables)
            for act in programs.of_command(filled):
                if isinstance(act, MayBuild) and command.words[0] in own:
                    continue  # a function, whose commands are looked at where it is defined
                self.act(act, {**variables.known, **dict(filled.sets)}, elsewhere=elsewhere)

    def writes(self, command: Command, variables: Variables) -> None:
        """What it hands to later steps by the runner's files."""
        if pair := written(command, "GITHUB_OUTPUT", variables):
            self.outputs({pair[0]: pair[1] if resolved(pair[1]) else Partial(pair[1])})
        if pair := written(command, "GITHUB_ENV", variables):
            self.outer["env"][pair[0]] = (
                pair[1] if resolved(pair[1]) and not self.own_doubt else Partial(f"${pair[0]}")
            )

    def act(self, act: Act, env: Mapping[str, str], *, elsewhere: bool) -> None:
        if isinstance(act, MayBuild):
            self.doubts(f"runs `{act.what}`, which may build an image for all that fisk knows")
        elif isinstance(act, Emulates):
            self.emulates(act.what)
        elif isinstance(act, Builds):
            own = act == Builds("buildctl", RUNNER)
            self.builds(act.what, env.get("BUILDKIT_HOST", RUNNER) if own else act.where)
        elif isinstance(act, Create):
            self.create(act)
        elif isinstance(act, Pushes):
            self.joins(act)
        elif elsewhere:
            self.builds("docker build", "on another host")
        else:
            self.command(act, env)

    def command(self, act: Buildx, env: Mapping[str, str]) -> None:
        """A `docker build` of its own takes the engine's builder, whichever was set up, unless buildx is installed."""
        words = [part for word in act.words for part in (word.split() if word.startswith("-") else [word])]
        builder = buildx.builder(words, env)
        own = act.own and not builder and not self.job.builders.installed
        where = "" if own else self.where(builder)
        if env.get("DOCKER_HOST") or env.get("DOCKER_CONTEXT"):
            where = where or "$DOCKER_HOST"
        files = ", ".join(option_values(act.words, "-f", "--file")) or "docker-bake.hcl"
        opaque = f"what it builds stands in {files}" if act.bake else buildx.hidden(words)
        self.builds_image(where, opaque=opaque, **buildx.told(words, env))

    def create(self, act: Create) -> None:
        words = positional(act.words, CREATE)
        if act.use:
            self.job.builders.current = self.job.builders.where(words[-1] if words else "$builder")
            return
        driver = option(act.words, "--driver") or "docker-container"
        name = option(act.words, "--name") or f"builder-{self.place}"
        append = "more" if "--append" in act.words else ""
        endpoint = buildx.endpoint_of(driver, words[-1] if words else "", append)
        self.job.builders.set_up(
            name, endpoint, use="true" if "--use" in act.words else "false", doubt=self.own_doubt
        )

    def joins(self, act: Pushes) -> None:
        named = [word for word in act.words if not word.startswith("-")]
        from_metadata = any("DOCKER_METADATA_OUTPUT_JSON" in word for word in named)
        made = self.job.tags if from_metadata else tuple(named)
        self.found.joined.append(Joined(self.job.name, made, self.doubt, self.ordinary))


def _filled(command: Command, variables: Variables) -> Command:
    words = tuple(variables.fill(word) for word in command.words)
    return replace(
        command, words=words, sets=tuple((name, variables.fill(value)) for name, value in command.sets)
    )
