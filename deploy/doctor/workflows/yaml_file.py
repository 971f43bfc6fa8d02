"""YAML as GitHub reads it, with bounds on what aliases make of it."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from typing import Any

import yaml

from deploy.doctor.workflows.errors import NotAWorkflow, Unreadable

try:
    from yaml import CSafeLoader as Base
except ImportError:  # a build of PyYAML without libyaml
    from yaml import SafeLoader as Base  # type: ignore[assignment]

MOST_VALUES = 50_000  # once every alias is replaced by what it names
CHARACTERS = 100  # of a text that count as one value


class _Loader(Base):
    """YAML 1.2: `on` and `yes` are texts, and so are times. GitHub knows no merge keys, and no key twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 (PyYAML's)
        names = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        if len(names) != len(set(names)):
            twice = next(name for name in names if names.count(name) > 1)
            raise NotAWorkflow(f"it has the key {twice[:60]} twice")
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {}
for kind, pattern, first in (
    ("bool", r"(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("null", r"(?:~|null|Null|NULL|)$", "~nN\0"),
    ("int", r"[-+]?(?:0|[1-9][0-9]{0,15})$", "-+0123456789"),
    ("float", r"[-+]?[0-9]{1,15}\.[0-9]{0,15}$", "-+0123456789"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{kind}", re.compile(pattern), list(first))
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"$"), [""])


def load(text: str) -> Mapping[Any, Any]:
    """A file that is a table.

    Raises:
        NotAWorkflow: it is no YAML, or no table.
        Unreadable: it is larger than anybody writes.
    """
    try:
        raw = yaml.load(text, _Loader)  # noqa: S506 (it is a safe loader)
    except (yaml.YAMLError, ValueError) as error:
        if "maximum nesting" in str(error):
            raise Unreadable("it is nested too deeply") from None
        raise NotAWorkflow(f"it is no YAML ({type(error).__name__})") from None
    if not isinstance(raw, dict):
        raise NotAWorkflow("it is no workflow")
    _weigh(raw, {})
    return raw


def _weigh(value: Any, known: dict[int, int]) -> int:
    """How many values a walk through it meets; each list and table is counted once, so that this is no such walk."""
    if not isinstance(value, dict | list):
        return 1 + (len(value) // CHARACTERS if isinstance(value, str) else 0)
    if id(value) not in known:
        known[id(value)] = 0
        inner = [*value, *value.values()] if isinstance(value, dict) else value
        known[id(value)] = 1 + sum(_weigh(each, known) for each in inner)
    weight = known[id(value)]
    if weight == 0:
        raise Unreadable("it contains itself")
    if weight > MOST_VALUES:
        raise Unreadable(f"its aliases stand for more than {MOST_VALUES} values")
    return weight


# --- what YAML may have in any place


def table(value: Any) -> Mapping[Any, Any]:
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    """A list, of one where it is a single value."""
    if isinstance(value, list):
        return value
    return [] if value is None or isinstance(value, dict) else [value]


def text_of(value: Any) -> str:
    """A value as GitHub makes a text of it; lists and tables have none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None or isinstance(value, dict | list) else str(value)
