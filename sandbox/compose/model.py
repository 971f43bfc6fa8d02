"""A compose file, read as compose reads it: YAML, with variables of the environment and of `.env` put in."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from dotenv import dotenv_values

# compose 1.29.2, config/interpolation.py, TemplateWithDefaults
VARIABLE = re.compile(r"\$(?:(\$)|([_a-zA-Z]\w*)|\{([_a-zA-Z]\w*)(?:(:?[-?])([^}]*))?\})")


class Wrong(Exception):
    """What compose cannot read; the text is compose's, without what each version puts before it."""


@dataclass(frozen=True, slots=True)
class Service:
    """One service, with its variables put in."""

    name: str
    image: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    restart: str
    checked: bool
    needs: tuple[str, ...]
    hash: str

    @classmethod
    def of(cls, name: str, told: Mapping[str, Any]) -> Service:
        environment = told.get("environment", {})
        if isinstance(environment, list):
            environment = dict(each.partition("=")[::2] for each in environment)
        return cls(
            name=name,
            image=told["image"],
            command=tuple(told.get("command", ())),
            environment={key: str(value) for key, value in environment.items()},
            restart=told.get("restart", "no"),
            checked="healthcheck" in told,
            needs=tuple(told.get("depends_on", ())),
            hash=hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest(),
        )


@dataclass(frozen=True, slots=True)
class Project:
    """`unset` are the variables that the file names and nobody sets: compose puts in nothing, and warns."""

    name: str
    folder: Path
    file: Path
    services: tuple[Service, ...]
    unset: tuple[str, ...]

    def chosen(self, names: Sequence[str], *, alone: bool = False) -> tuple[Service, ...]:
        """The named services, or all, each after those that it needs. Raises Wrong."""
        known = {service.name: service for service in self.services}
        found: dict[str, Service] = {}
        for name in names or known:
            if name not in known:
                raise Wrong(f"no such service: {name}")
            found |= _with_needs(known[name], known) if not alone else {name: known[name]}
        return tuple(found.values())


def _with_needs(service: Service, known: Mapping[str, Service]) -> dict[str, Service]:
    before: dict[str, Service] = {}
    for name in service.needs:
        before |= _with_needs(known[name], known)
    return {**before, service.name: service}


def load(folder: Path, file: Path, name: str) -> Project:
    """Raises Wrong, or FileNotFoundError where there is no such file."""
    values = {key: value or "" for key, value in dotenv_values(folder / ".env").items()}
    unset: list[str] = []
    told = yaml.safe_load(file.read_text())
    if not isinstance(told, dict) or not isinstance(told.get("services"), dict):
        raise Wrong("Top level object in compose file needs to be a mapping with services")
    put_in = {each: _put_in(about, values, unset) for each, about in told["services"].items()}
    services = tuple(Service.of(each, about) for each, about in put_in.items())
    return Project(name, folder, file, services, tuple(dict.fromkeys(unset)))


def _put_in(value: Any, values: Mapping[str, str], unset: list[str]) -> Any:
    if isinstance(value, dict):
        return {key: _put_in(each, values, unset) for key, each in value.items()}
    if isinstance(value, list):
        return [_put_in(each, values, unset) for each in value]
    return VARIABLE.sub(lambda found: _said(found, values, unset), value) if isinstance(value, str) else value


def _said(found: re.Match[str], values: Mapping[str, str], unset: list[str]) -> str:
    escaped, plain, braced, mark, more = found.groups()
    name, mark = plain or braced, mark or ""
    if escaped:
        return "$"
    if values.get(name) or (name in values and not mark.startswith(":")):
        return values[name]
    if mark.endswith("?"):
        raise Wrong(f"required variable {name} is missing a value: {more}")
    if not mark:
        unset.append(name)
    return more if mark else ""


def warnings(project: Project) -> Iterator[str]:
    """Compose 1.29.2, config/environment.py; v2 says the same in other clothes."""
    for name in project.unset:
        yield f"The {name} variable is not set. Defaulting to a blank string."
