"""The tags that docker/metadata-action makes at a push to the branch, and what it cannot be known to make.

https://github.com/docker/metadata-action#tags-input
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence

from deploy.core.values import dataclass
from deploy.doctor.workflows.model import SHA, SHORT, resolved

DEFAULT = ("type=schedule", "type=ref,event=branch", "type=ref,event=tag", "type=ref,event=pr")
OF_TAGS = ("semver", "pep440", "match")


@dataclass(frozen=True, slots=True)
class Happening:
    """What a workflow was started by: the event, and the branch that was pushed; None where it may be any."""

    event: str
    branch: str | None
    default: str  # the repository's default branch


def tags(
    images: Sequence[str], rules: Sequence[str], flavor: Sequence[str], now: Happening
) -> tuple[str, ...]:
    """Every image with every tag. What depends on the unknown has a `$` in it."""
    style = {name: value for line in flavor for name, value in attributes(line).items()}
    made = dict.fromkeys(tag for rule in rules or DEFAULT for tag in _made(attributes(rule), style, now))
    if style.get("latest") == "true":
        made["latest"] = None
    elif not resolved(style.get("latest", "")):
        made[f"latest, for latest={style['latest']}"] = None
    return tuple(f"{name}:{tag}" if name else tag for name in _names(images) for tag in made)


def attributes(line: str) -> dict[str, str]:
    """`type=raw,value=latest` as a table; a line without a type is a raw value."""
    parts = next(csv.reader([line], skipinitialspace=True), [])
    found = {
        name.strip().lower(): value.strip()
        for name, mark, value in (part.partition("=") for part in parts)
        if mark
    }
    bare = [part.strip() for part in parts if "=" not in part]
    return {"value": bare[0], **found} if bare else found


def _names(images: Sequence[str]) -> Iterator[str]:
    """The action lowers them, and leaves out those that are not enabled."""
    for line in images:
        found = attributes(line)
        if found.get("enable", "true") != "false":
            yield lowered(found.get("name") or found.get("value", ""))


def lowered(name: str) -> str:
    """An image's name as a registry takes it; an expression in it stays as it is."""
    return name.lower() if resolved(name) else name


def _made(rule: Mapping[str, str], style: Mapping[str, str], now: Happening) -> Iterator[str]:
    enabled = _filled(rule.get("enable", "true"), now)
    if enabled == "false":
        return
    for value in _values(rule, now):
        prefix = rule.get("prefix", "sha-" if rule.get("type") == "sha" else style.get("prefix", ""))
        tag = f"{prefix}{value}{rule.get('suffix', style.get('suffix', ''))}"
        yield tag if resolved(enabled) else f"{tag}, for enable={enabled}"


def _values(rule: Mapping[str, str], now: Happening) -> Iterator[str]:
    """What a rule makes before prefix and suffix: nothing where its event is another one."""
    kind = rule.get("type", "raw")
    if kind == "sha":
        yield SHA if rule.get("format", "short") == "long" else SHORT
    elif kind == "raw":
        yield _filled(rule.get("value", ""), now)
    elif kind == "ref":
        yield from _of_ref(rule.get("event", ""), now)
    elif kind == "edge":
        yield from _edge(rule, now)
    elif kind in OF_TAGS and now.branch is not None and not rule.get("value"):
        return
    elif kind != "schedule" or now.event in ("schedule", ""):
        yield f"${{{{ {kind} }}}}"


def _of_ref(event: str, now: Happening) -> Iterator[str]:
    if now.branch is not None:
        if event == "branch":
            yield now.branch.replace("/", "-")
    elif (event == "pr") == now.event.startswith("pull_request"):
        yield f"${{{{ github.ref of a {event} }}}}"


def _edge(rule: Mapping[str, str], now: Happening) -> Iterator[str]:
    branch = rule.get("branch", now.default)
    if now.branch is None or not resolved(branch):
        yield "${{ edge }}"
    elif branch == now.branch:
        yield "edge"


def _filled(template: str, now: Happening) -> str:
    """Handlebars, as far as the event tells."""
    told = {"{{sha}}": SHORT}
    if now.branch is not None:
        told["{{is_default_branch}}"] = "true" if now.branch == now.default else "false"
        told["{{branch}}"] = now.branch.replace("/", "-")
    for name, value in told.items():
        template = template.replace(name, value)
    return template
