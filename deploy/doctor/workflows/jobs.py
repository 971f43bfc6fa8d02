"""A workflow's jobs, at one event: their matrices, their conditions, and the workflows that they call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from typing import Any

from deploy.core.values import dataclass
from deploy.doctor.workflows.errors import NotAWorkflow, Unreadable
from deploy.doctor.workflows.expressions import asks_for_state, condition, value_of
from deploy.doctor.workflows.local import local_path, with_defaults
from deploy.doctor.workflows.matrix import combinations
from deploy.doctor.workflows.model import Emulation
from deploy.doctor.workflows.programs import EMULATION
from deploy.doctor.workflows.step import Job, Setting
from deploy.doctor.workflows.steps import walk_steps
from deploy.doctor.workflows.values import Open, known
from deploy.doctor.workflows.yaml_file import items, table, text_of

DEEPEST = 10  # workflows that call each other; GitHub's own limit


@dataclass(frozen=True, slots=True)
class Walk(Setting):
    """`contexts` are those of all jobs. `before` stands before the names of the jobs of a workflow that is called,
    `doubt` says why it may not be.
    """

    contexts: Mapping[str, Any]
    before: str = ""
    doubt: str = ""
    depth: int = 0

    def workflow(self, raw: Mapping[Any, Any]) -> None:
        """Every job, after those that it needs."""
        jobs = {text_of(name): table(job) for name, job in table(raw.get("jobs")).items()}
        env = Open(self._env(raw.get("env"), self.contexts))
        needs: dict[str, Any] = Open()
        shell = table(table(raw.get("defaults")).get("run")).get("shell")
        for name in _in_order(jobs):
            contexts = {**self.contexts, "env": env, "needs": needs}
            needs[name] = Open(self._job(name, jobs[name], contexts, shell))

    def _env(self, raw: Any, contexts: Mapping[str, Any]) -> dict[str, Any]:
        return {text_of(name): value_of(value, contexts) for name, value in table(raw).items()}

    def _job(
        self, name: str, job: Mapping[Any, Any], contexts: Mapping[str, Any], shell: Any
    ) -> Mapping[str, Any]:
        """Walk a job, and say how it ended, and its outputs where there is one of it alone."""
        runs = condition(job.get("if"), contexts)
        if runs is False or _is_skipped(job, contexts["needs"]):
            return {"result": "skipped"}
        doubt = self.doubt or ("" if runs else f"if: {text_of(job.get('if'))}")
        matrices = list(self._matrices(table(job.get("strategy")).get("matrix"), contexts))
        outputs: Mapping[str, Any] = {}
        for matrix in matrices:
            here = {**contexts, "matrix": matrix}
            here["env"] = Open({**here["env"], **self._env(job.get("env"), here)})
            outputs = self._one(name, job, here, doubt, shell)
        told = {"outputs": Open(outputs)} if len(matrices) == 1 else {}
        return told if doubt else {"result": "success", **told}

    def _matrices(self, raw: Any, contexts: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """One that nobody can resolve makes a job of which nothing is known."""
        if raw is None:
            yield {}
            return
        matrix = value_of(raw, contexts)
        if not isinstance(matrix, dict) or not all(known(value) for value in matrix.values()):
            yield Open()
        else:
            yield from combinations(matrix)

    def _one(
        self, name: str, job: Mapping[Any, Any], contexts: Mapping[str, Any], doubt: str, shell: Any
    ) -> Mapping[str, Any]:
        if "uses" in job:
            self._call(name, job, contexts, doubt)
            return {}
        self._images(name, job, contexts, doubt)
        defaults = table(table(job.get("defaults")).get("run")).get("shell") or shell
        labels = _labels(value_of(job.get("runs-on"), contexts))
        walked = Job(f"{self.before}{name}", labels, self, text_of(defaults), doubt)
        inner = {**contexts, "steps": Open()}
        walk_steps(walked, job.get("steps"), inner)
        return {text_of(key): value_of(value, inner) for key, value in table(job.get("outputs")).items()}

    def _images(self, name: str, job: Mapping[Any, Any], contexts: Mapping[str, Any], doubt: str) -> None:
        """A container or a service may be what emulates."""
        for raw in (job.get("container"), *table(job.get("services")).values()):
            image = text_of(value_of(table(raw).get("image", raw), contexts))
            if found := EMULATION.search(image):
                self.found.emulates[Emulation(f"{found[0]} in job {self.before}{name}", doubt)] = None

    # --- workflows that are called

    def _call(self, name: str, job: Mapping[Any, Any], contexts: Mapping[str, Any], doubt: str) -> None:
        uses = text_of(job.get("uses"))
        path = local_path(uses, self.repository, self.now.default)
        raw = self._called(path) if path else None
        if raw is None:
            self.found.doubts[f"job {self.before}{name} uses {uses}, which fisk cannot read"] = None
            return
        if self.depth >= DEEPEST:
            raise Unreadable("it calls workflows that call each other too deeply")
        given = {text_of(key): value_of(value, contexts) for key, value in table(job.get("with")).items()}
        declared = table(table(table(raw.get("on")).get("workflow_call")).get("inputs"))
        inputs = with_defaults(given, declared, contexts)
        outer = {
            key: value for key, value in contexts.items() if key not in ("env", "needs", "matrix", "steps")
        }
        called = replace(
            self,
            contexts={**outer, "inputs": inputs},
            before=f"{self.before}{name} / ",
            doubt=doubt,
            depth=self.depth + 1,
        )
        called.workflow(raw)

    def _called(self, path: str) -> Mapping[Any, Any] | None:
        try:
            return self.file(path, self.found)
        except NotAWorkflow:
            return None


def _is_skipped(job: Mapping[Any, Any], needs: Mapping[str, Any]) -> bool:
    """A job is skipped with one that it needs, unless its `if` asks how that one ended."""
    ended = [needs.get(text_of(each), {}).get("result") for each in items(job.get("needs"))]
    return "skipped" in ended and not asks_for_state(job.get("if"))


def _labels(raw: Any) -> tuple[str, ...]:
    """The labels of `runs-on`; what they are not known by has a `$`."""
    if isinstance(raw, dict):
        found = tuple(text_of(each) for each in items(raw.get("labels")))
        return found or (f"$group {text_of(raw.get('group'))}",)
    return tuple(text_of(each) for each in items(raw))


def _in_order(jobs: Mapping[str, Mapping[Any, Any]]) -> Sequence[str]:
    """Each job after those that it needs; GitHub refuses a circle, which stays as it is written."""
    needs = {name: [text_of(each) for each in items(job.get("needs"))] for name, job in jobs.items()}
    try:
        return [name for name in TopologicalSorter(needs).static_order() if name in jobs]
    except CycleError:
        return list(jobs)
