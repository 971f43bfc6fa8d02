"""What a repository uses of itself, and the inputs that it gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deploy.doctor.workflows.expressions import value_of
from deploy.doctor.workflows.yaml_file import table, text_of

TYPES = {"boolean": False, "number": 0, "string": ""}


def local_path(uses: str, repository: str, branch: str) -> str:
    """The path of a file or folder in this repository that is used; empty where it is in another one, or on another
    branch.
    """
    if uses.startswith("./"):
        return uses[2:].rstrip("/")
    name, _, version = uses.partition("@")
    inside = name.lower().startswith(f"{repository.lower()}/") and version in (branch, f"refs/heads/{branch}")
    return name[len(repository) + 1 :] if inside else ""


def with_defaults(
    given: Mapping[str, Any], declared: Mapping[Any, Any], contexts: Mapping[str, Any]
) -> dict[str, Any]:
    """The inputs of what is called."""
    inputs = dict(given)
    for name, about in declared.items():
        default = table(about).get("default", TYPES.get(text_of(table(about).get("type")), ""))
        inputs.setdefault(text_of(name), value_of(default, contexts))
    return inputs
