"""A job's steps in their order: builders that are set up, tags that are made, images that are built."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from deploy.doctor.workflows import actions, buildx, programs
from deploy.doctor.workflows.acts import RUNNER
from deploy.doctor.workflows.deploying import asks_coolify, is_coolifys
from deploy.doctor.workflows.errors import NotAWorkflow, Unreadable
from deploy.doctor.workflows.expressions import condition, value_of
from deploy.doctor.workflows.local import local_path, with_defaults
from deploy.doctor.workflows.metadata import tags
from deploy.doctor.workflows.model import resolved
from deploy.doctor.workflows.platforms import several
from deploy.doctor.workflows.scripts import Scripted
from deploy.doctor.workflows.values import Open, Partial
from deploy.doctor.workflows.yaml_file import table, text_of

if TYPE_CHECKING:
    from deploy.doctor.workflows.step import Job

DEEPEST = 10  # actions that use each other; GitHub's own limit
# Actions that run commands which they are given, by the inputs that hold them; some on another host.
RUNNING = {
    "nick-fields/retry": ("command",),
    "nick-invision/retry": ("command",),
    "wandalen/wretry.action": ("command",),
    "appleboy/ssh-action": ("script",),
    "changesets/action": ("publish", "version"),
    "cloudflare/wrangler-action": ("preCommands", "postCommands"),
    "cypress-io/github-action": ("install-command", "build", "start", "command"),
}
ELSEWHERE = frozenset(["appleboy/ssh-action"])
# What a script of actions/github-script reaches programs and files of the repository by.
REACHES = re.compile(
    r"\bexec\s*\.|\bgetExecOutput\b|child_process|\bimport\s*\(|\brequire\s*\((?!\s*['\"](?:node:)?(?:fs|os|path|util)['\"])"
)


def walk_steps(job: Job, raw: Any, contexts: dict[str, Any], doubt: str = "") -> None:
    """Walk them all. `contexts` grows: a step may set variables for those after it."""
    for place, each in enumerate(raw if isinstance(raw, list) else (), 1):
        raw_step = table(each)
        env = {text_of(name): value_of(value, contexts) for name, value in table(raw_step.get("env")).items()}
        here = {**contexts, "env": Open({**contexts["env"], **env})}
        runs = condition(raw_step.get("if"), here)
        if runs is False:
            continue
        why = doubt or ("" if runs else f"if: {text_of(raw_step.get('if'))}")
        _Step(job, raw_step, here, contexts, why, place).walk()


class _Step(Scripted):
    __slots__ = ()

    def walk(self) -> None:
        name = actions.name_of(self.uses)
        known = {
            "docker/setup-buildx-action": self.set_up,
            "docker/metadata-action": self.metadata,
            "docker/build-push-action": self.build,
            "docker/bake-action": self.bake,
            "docker/setup-qemu-action": lambda: self.emulates("setup-qemu-action"),
            "actions/github-script": self.github_script,
        }
        if name in known:
            known[name]()
        elif self.uses:
            self.action(name)
        elif "run" in self.raw:
            script = self.text(self.raw.get("run"))
            self.run(script, self.text(self.raw.get("shell")) or self.job.shell)
            self.asks_coolify(script)

    # --- docker's actions

    def set_up(self) -> None:
        endpoint = buildx.endpoint_of(self.given("driver"), self.given("endpoint"), self.given("append"))
        name = self.given("name") or f"builder-{self.raw.get('id') or self.place}"
        use = self.given("use") or "true"
        self.job.builders.set_up(name, endpoint, use=use, doubt=self.own_doubt)
        self.job.builders.installed |= self.given("install") == "true"
        self.outputs({"name": name})

    def metadata(self) -> None:
        made = tags(self.lines("images"), self.lines("tags"), self.lines("flavor"), self.job.setting.now)
        between = self.given("sep-tags") or "\n"
        tagged = between.join(made)
        self.job.tags = made
        if all(resolved(tag) for tag in made):
            self.outputs({"tags": tagged, "json": json.dumps({"tags": made})})
        else:
            self.outputs({"tags": Partial(tagged)})

    def build(self) -> None:
        env = self.environment()
        flags = {name: self.given(name) for name in ("provenance", "sbom")}
        self.builds_image(
            self.where(self.given("builder") or env.get("BUILDX_BUILDER", "")),
            platforms=several(self.several("platforms")),
            cache_to=tuple(self.lines("cache-to")),
            flags=buildx.flags(flags, self.given("attests"), env),
            **buildx.output(self.several("tags"), self.given("push") or "false", self.lines("outputs")),
        )

    def bake(self) -> None:
        files = ", ".join(self.several("files")) or "docker-bake.hcl"
        where = self.where(self.given("builder"))
        self.builds_image(where, opaque=f"what it builds stands in {files}")

    # --- other actions

    def asks_coolify(self, script: str) -> None:
        if asks := asks_coolify(script):
            self.deploys(asks)

    def action(self, name: str) -> None:
        if is_coolifys(name):
            self.deploys(self.uses)
        if (emulator := programs.EMULATION.search(self.uses)) or name.endswith("setup-qemu-action"):
            self.emulates(emulator[0] if emulator else name)
        elif name in actions.BUILDERS:
            self.builds(name, actions.BUILDERS[name])
        elif self.uses.startswith("docker://") and actions.BUILDER_IMAGE.search(self.uses):
            self.builds(self.uses, RUNNER)
        elif name in RUNNING:
            for command in filter(None, map(self.given, RUNNING[name])):
                self.run(command, "", elsewhere=name in ELSEWHERE)
                self.asks_coolify(command)
        elif path := local_path(self.uses, self.job.setting.repository, self.job.setting.now.default):
            self.composite(path)
        elif not actions.harmless(self.uses):
            self.doubts(
                "is an action that fisk cannot read"
                if self.raw.get("name") is None
                else f"uses {self.uses}, an action that fisk cannot read"
            )

    def github_script(self) -> None:
        self.asks_coolify(self.given("script"))
        if found := REACHES.search(self.given("script")):
            self.doubts(f"runs a script with `{found[0].strip()}`, by which it may build an image")

    def composite(self, path: str) -> None:
        """An action of this repository, read with the inputs that it is given here."""
        if self.job.depth >= DEEPEST:
            raise Unreadable("it uses actions that use each other too deeply")
        raw = self._local_action(path)
        runs = table(table(raw).get("runs"))
        if raw is None or text_of(runs.get("using")) != "composite":
            self.doubts(f"is {path}, which fisk cannot read")
            return
        given = {
            text_of(key): value_of(value, self.contexts) for key, value in table(self.raw.get("with")).items()
        }
        inputs = with_defaults(given, table(raw.get("inputs")), self.contexts)
        inner = {**self.contexts, "inputs": inputs, "steps": Open()}
        self.job.depth += 1
        walk_steps(self.job, runs.get("steps"), inner, self.own_doubt)
        self.job.depth -= 1
        told = {text_of(key): table(about).get("value") for key, about in table(raw.get("outputs")).items()}
        self.outputs({key: value_of(value, inner) for key, value in told.items()})

    def _local_action(self, path: str) -> Mapping[Any, Any] | None:
        for name in ("action.yml", "action.yaml"):
            try:
                raw = self.job.setting.file(f"{path}/{name}", self.found)
            except NotAWorkflow:
                return None
            if raw is not None or f"{path}/{name}" in self.found.needs:
                return raw
        return None
