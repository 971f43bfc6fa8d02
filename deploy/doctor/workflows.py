"""Workflow files, read for what they build, where, and when. Pure and lenient: what it cannot read it leaves out.

Expressions are resolved as far as the file itself says them: `env.*`, a job's matrix, and the tags that
docker/metadata-action makes. The commit's own digits read as `<sha>` and `<short>`.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import yaml

EXPRESSION = re.compile(r"\$\{\{\s*(.+?)\s*\}\}")
BUILD_COMMAND = re.compile(r"\bdocker\s+(?:buildx\s+)?(?:build|bake)\b")
EMULATION = re.compile(r"setup-qemu-action|tonistiigi/binfmt|multiarch/qemu-user-static|\bqemu-user-static\b")
SHA, SHORT = "<sha>", "<short>"
MOST_JOBS = 64  # that a matrix makes; GitHub's own limit is 256


@dataclass(frozen=True, slots=True)
class ImageBuild:
    """A step that builds an image. `endpoint` is that of the remote builder set up before it; empty for none.

    `flags` are `provenance` and `sbom` as written; in `tags` an expression that nobody can resolve stands as it is.
    """

    job: str
    labels: tuple[str, ...]
    endpoint: str = ""
    platforms: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    cache_to: tuple[str, ...] = ()
    flags: Mapping[str, str] = field(default_factory=dict)
    command: bool = False  # a command line, which is not read any further


@dataclass(frozen=True, slots=True)
class Workflow:
    """`pushes` are the patterns of the branches whose pushes start it, the last that fits deciding, with `!` for
    those that do not; `problem` says why it could not be read.
    """

    path: str
    pushes: tuple[str, ...] = ()
    builds: tuple[ImageBuild, ...] = ()
    emulates: tuple[str, ...] = ()
    problem: str = ""

    @property
    def file(self) -> str:
        return self.path.rpartition("/")[2]

    def starts_at(self, branch: str) -> bool:
        """Whether a push to the branch starts it, whatever it changes."""
        fits = [each for each in self.pushes if _glob(each.removeprefix("!")).fullmatch(branch)]
        return bool(fits) and not fits[-1].startswith("!")


def read(path: str, text: str) -> Workflow:
    """What a workflow file says."""
    try:
        raw = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        return Workflow(path, problem=f"it is no YAML ({type(error).__name__})")
    if not isinstance(raw, dict):
        return Workflow(path, problem="it is no workflow")
    jobs = [each for name, job in _table(raw.get("jobs")).items() for each in _jobs(str(name), job, raw)]
    builds = tuple(build for job in jobs for build in job.builds())
    emulates = tuple(dict.fromkeys(what for job in jobs for what in job.emulates()))
    return Workflow(path, _pushes(raw), builds, emulates)


def _pushes(raw: Mapping[Any, Any]) -> tuple[str, ...]:
    """YAML reads a bare `on` as the truth."""
    events = raw.get("on", raw.get(True))
    if isinstance(events, str | list):
        return EVERY if "push" in _list(events) else ()
    if "push" not in _table(events):
        return ()
    push = _table(_table(events)["push"])
    if but := _list(push.get("branches-ignore")):
        return (*EVERY, *(f"!{each}" for each in but))
    only_tags = "tags" in push or "tags-ignore" in push
    return tuple(_list(push.get("branches"))) or (() if only_tags else EVERY)


def _glob(pattern: str) -> re.Pattern[str]:
    """GitHub's filter pattern as a regular expression; of one that is none, the literal text."""
    try:
        return re.compile("".join(_in_regex(part) for part in GLOBS.findall(pattern)))
    except re.error:
        return re.compile(re.escape(pattern))


def _in_regex(part: str) -> str:
    if part[0] == "[":
        return part
    return GLOB.get(part) or re.escape(part.removeprefix("\\"))


# https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet
GLOB = {"**": ".*", "*": "[^/]*", "?": "?", "+": "+"}
GLOBS = re.compile(r"\*\*|\[[^\]]*\]|\\?.", re.DOTALL)
EVERY = ("**",)


@dataclass(frozen=True, slots=True)
class _Job:
    """One job of a matrix, or the only one; `env` and `matrix` resolve its expressions."""

    name: str
    labels: tuple[str, ...]
    steps: tuple[Mapping[str, Any], ...]
    known: Mapping[str, str]

    def builds(self) -> Iterator[ImageBuild]:
        endpoint, here = "", self
        for step in self.steps:
            here = replace(here, known={**here.known, **_env(step.get("env"), here)})
            uses, given = _text(step.get("uses")), _table(step.get("with"))
            if "docker/setup-buildx-action" in uses:
                remote = here.say(given.get("driver")) == "remote"
                endpoint = here.say(given.get("endpoint")) if remote else ""
            elif "docker/metadata-action" in uses:
                tags = "\n".join(_metadata(here, given))
                here = replace(here, known={**here.known, f"steps.{step.get('id')}.outputs.tags": tags})
            elif "docker/build-push-action" in uses:
                yield here.build(endpoint, given)
            elif BUILD_COMMAND.search(_text(step.get("run"))):
                yield ImageBuild(self.name, self.labels, endpoint, command=True)

    def build(self, endpoint: str, given: Mapping[str, Any]) -> ImageBuild:
        return ImageBuild(
            job=self.name,
            labels=self.labels,
            endpoint=endpoint,
            platforms=tuple(self.several(given.get("platforms"))),
            tags=tuple(self.several(given.get("tags"))),
            cache_to=tuple(self.lines(given.get("cache-to"))),
            flags={name: self.say(given[name]).lower() for name in ("provenance", "sbom") if name in given},
        )

    def emulates(self) -> Iterator[str]:
        for step in self.steps:
            if found := EMULATION.search(f"{_text(step.get('uses'))}\n{_text(step.get('run'))}"):
                yield f"{found[0]} in job {self.name}"
        for build in self.builds():
            if len(build.platforms) > 1:
                yield f"platforms {', '.join(build.platforms)} in job {self.name}"

    def say(self, value: Any) -> str:
        """A value with its expressions resolved, as far as that is possible."""
        return EXPRESSION.sub(lambda found: self._resolve(found[0], found[1]), _text(value))

    def lines(self, value: Any) -> list[str]:
        return [line.strip() for line in self.say(value).splitlines() if line.strip()]

    def several(self, value: Any) -> list[str]:
        """A list as actions take it: separated by commas or line ends."""
        return [part.strip() for line in self.lines(value) for part in line.split(",") if part.strip()]

    def _resolve(self, whole: str, name: str) -> str:
        if name == "github.sha":
            return SHA
        if name in self.known:
            return self.known[name]
        return SHORT if "short" in name.lower() else whole


def _jobs(name: str, raw: Any, workflow: Mapping[Any, Any]) -> Iterator[_Job]:
    job = _table(raw)
    steps = tuple(step for step in job.get("steps") or () if isinstance(step, dict))
    for matrix in _matrix(_table(_table(job.get("strategy")).get("matrix"))):
        plain = _Job(name, (), steps, matrix)
        outer = replace(plain, known={**matrix, **_env(workflow.get("env"), plain)})
        known = {**outer.known, **_env(job.get("env"), outer)}
        here = replace(outer, known=known)
        yield replace(here, labels=tuple(here.say(label) for label in _labels(job.get("runs-on"))))


def _matrix(raw: Mapping[Any, Any]) -> list[dict[str, str]]:
    """Every combination, and those that `include` adds."""
    axes = {key: _list(value) for key, value in raw.items() if key not in {"include", "exclude"}}
    combined = (
        [dict(zip(axes, each, strict=True)) for each in itertools.product(*axes.values())] if axes else []
    )
    included = (
        [_table(each) for each in raw.get("include") or ()] if isinstance(raw.get("include"), list) else []
    )
    found = [*combined, *included][:MOST_JOBS] or [{}]
    return [{f"matrix.{key}": _text(value) for key, value in each.items()} for each in found]


def _env(raw: Any, job: _Job) -> dict[str, str]:
    return {f"env.{name}": job.say(value) for name, value in _table(raw).items()}


def _labels(raw: Any) -> list[str]:
    return _list(_table(raw).get("labels")) if isinstance(raw, dict) else _list(raw)


def _metadata(job: _Job, given: Mapping[str, Any]) -> Iterator[str]:
    """The tags that docker/metadata-action makes, of the kinds that the platform uses."""
    for image in job.several(given.get("images")):
        for line in job.lines(given.get("tags")):
            if tag := _made(dict(part.partition("=")[::2] for part in line.split(","))):
                yield f"{image}:{tag}"


def _made(rule: Mapping[str, str]) -> str:
    if rule.get("type") == "sha":
        digits = SHA if rule.get("format") == "long" else SHORT
        return f"{rule.get('prefix', 'sha-')}{digits}{rule.get('suffix', '')}"
    return rule.get("value", "") if rule.get("type") == "raw" else ""


# --- what YAML may have in any place


def _table(value: Any) -> Mapping[Any, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[str]:
    if isinstance(value, list):
        return [_text(each) for each in value]
    return [_text(value)] if value is not None and not isinstance(value, dict) else []


def _text(value: Any) -> str:
    """YAML's truth as workflows write it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "\n".join(_text(each) for each in value)
    return "" if value is None or isinstance(value, dict) else str(value)
