"""A repository's workflow files, read with what they call and what they use of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from deploy.doctor.workflows import triggers
from deploy.doctor.workflows.errors import NotAWorkflow, Unreadable
from deploy.doctor.workflows.found import Found
from deploy.doctor.workflows.jobs import Walk
from deploy.doctor.workflows.metadata import Happening
from deploy.doctor.workflows.model import SHA, Workflow
from deploy.doctor.workflows.values import Open
from deploy.doctor.workflows.yaml_file import load, table

CALLED = "workflow_call"


@dataclass(slots=True)
class Reader:
    """Of the repository `owner/name`, whose `branch` is deployed from. `files` are texts by path, None for those that
    cannot be had.
    """

    repository: str
    branch: str
    files: dict[str, str | None] = field(default_factory=dict)
    parsed: dict[str, Mapping[Any, Any] | None] = field(default_factory=dict)

    def read(self, path: str) -> tuple[Workflow, tuple[str, ...]]:
        """What a file says, and the paths of the files that it takes to know all of it."""
        try:
            return self._read(path)
        except NotAWorkflow as error:
            return Workflow(path, problem=str(error)), ()
        except Unreadable as error:
            return Workflow(path, unread=str(error)), ()
        except RecursionError:
            return Workflow(path, unread="it is nested too deeply"), ()
        except MemoryError:
            return Workflow(path, unread="reading it takes too much memory"), ()
        except Exception as error:  # noqa: BLE001 (whatever the file does to the reader, the others are read)
            return Workflow(path, unread=f"fisk gets it wrong ({type(error).__name__})"), ()

    def _read(self, path: str) -> tuple[Workflow, tuple[str, ...]]:
        raw = load(self.files.get(path) or "")
        pushes, found = triggers.pushes(raw), Found()
        starts = triggers.starts_at(pushes, self.branch)
        for now in self._happenings(raw, pushes, starts=starts):
            seen = Found()
            Walk(seen, self.file, now, self.repository, self._contexts(now)).workflow(raw)
            found.add(seen)
        workflow = Workflow(
            path,
            pushes,
            starts,
            tuple(found.builds),
            tuple(found.joined),
            tuple(found.emulates),
            tuple(found.doubts),
            tuple(found.deploys),
        )
        return workflow, tuple(found.needs)

    def file(self, path: str, found: Found) -> Mapping[Any, Any] | None:
        """A parsed file; None where it cannot be had, or not yet, which `found` then says. Raises NotAWorkflow."""
        if path not in self.files:
            found.needs[path] = None
            return None
        if path not in self.parsed:
            text = self.files[path]
            self.parsed[path] = None if text is None else load(text)
        return self.parsed[path]

    def _happenings(
        self, raw: Mapping[Any, Any], pushes: tuple[str, ...], *, starts: bool
    ) -> Iterator[Happening]:
        """What starts it: first the push to the branch, then whatever else does."""
        names = triggers.events(raw)
        if starts:
            yield Happening("push", self.branch, self.branch)
        tags = {"tags", "tags-ignore"} & set(table(table(raw.get("on")).get("push")))
        for name in names or ("",):
            if name == CALLED or (name == "push" and starts and pushes == (self.branch,) and not tags):
                continue
            yield Happening(name, None, self.branch)

    def _contexts(self, now: Happening) -> dict[str, Any]:
        owner, _, name = self.repository.partition("/")
        about = {
            "full_name": self.repository,
            "name": name,
            "default_branch": self.branch,
            "owner": Open({"login": owner}),
        }
        github: dict[str, Any] = Open(
            {
                "sha": SHA,
                "repository": self.repository,
                "repository_owner": owner,
                "server_url": "https://github.com",
                "event": Open({"repository": Open(about)}),
            }
        )
        if now.event:
            github["event_name"] = now.event
        if now.event == "push":
            github["event"] |= {"inputs": None, "pull_request": None}
            github |= {"base_ref": "", "head_ref": ""}
        if now.branch is not None:
            ref = {"ref": f"refs/heads/{now.branch}", "ref_name": now.branch, "ref_type": "branch"}
            github |= ref
        inputs: dict[str, Any] = {} if now.event not in ("workflow_dispatch", "") else Open()
        return {"github": github, "inputs": inputs, "env": Open(), "steps": Open()}
