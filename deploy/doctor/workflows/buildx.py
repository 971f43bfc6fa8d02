"""How buildx and the actions around it build: with which builder, for what, pushing which tags.

https://github.com/docker/build-push-action#inputs, https://github.com/docker/setup-buildx-action#inputs
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from deploy.doctor.workflows.metadata import attributes, lowered
from deploy.doctor.workflows.model import resolved
from deploy.doctor.workflows.options import option, option_values, positional
from deploy.doctor.workflows.platforms import several

OFF_BY_DEFAULT = "BUILDX_NO_DEFAULT_ATTESTATIONS"


@dataclass(slots=True)
class Builders:
    """Those that a job has set up, with where each is; `current` is the one that builds by default."""

    known: dict[str, str] = field(default_factory=dict)
    current: str = ""
    under: dict[str, str] = field(default_factory=dict)  # the current one for steps of the same `if`
    installed: bool = False  # `docker build` is `docker buildx build`

    def set_up(self, name: str, endpoint: str, *, use: str, doubt: str = "") -> None:
        """`use` is a text, `doubt` says why nobody can tell whether it is set up; where one of them is not known,
        neither is the builder from then on.
        """
        self.known[name] = endpoint
        if use == "true" and not doubt:
            self.current, self.under = endpoint, {}
        elif use != "false":
            if use == "true":
                self.under[doubt] = endpoint
            if endpoint != self.current:
                self.current = f"{endpoint or 'the runner'} ($perhaps, by {doubt or use})"

    def where(self, name: str, doubt: str = "") -> str:
        """Where a builder is, by its name; by default the current one. What is not known has a `$`."""
        if not name:
            return self.under.get(doubt, self.current)
        if name == "default":
            return ""
        return self.known.get(
            name, name if not resolved(name) else f"the builder {name}, which the $runner has"
        )


def endpoint_of(driver: str, endpoint: str, append: str = "") -> str:
    """Where a builder with this driver is; empty for the runner itself."""
    if append:
        return f"{endpoint or 'the runner'} and the nodes that $append names"
    if driver == "remote" or not resolved(driver):
        return endpoint or driver.removeprefix("remote")
    return "" if driver in ("docker", "docker-container", "") else f"the driver {driver}"


def output(tags: Sequence[str], push: str, outputs: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The `tags` that a build pushes, and the `names` of the images that it is about, as ImageBuild has them. `push`
    is `true`, `false`, or what nobody can resolve.
    """
    push = push.lower() if resolved(push) else push
    tagged = tuple(lowered_tag(tag) for tag in tags)
    names = list(dict.fromkeys(repository(tag) for tag in tagged))
    for line in outputs:
        about = attributes(line)
        names += [name for name in about.get("name", "").split(",") if name]
        if about.get("type") == "registry" or about.get("push", "").lower() == "true":
            push = "false" if about.get("push-by-digest", "").lower() == "true" else "true"
        elif not resolved(line):
            push = line
    pushed = (
        tagged if push == "true" else () if resolved(push) else tuple(f"{tag}, if {push}" for tag in tagged)
    )
    return {"tags": pushed, "names": tuple(dict.fromkeys(names))}


def repository(tag: str) -> str:
    """`ghcr.io/wandeon/fiskai-app` of a reference to one of its images."""
    name = tag.partition("@")[0]
    folder, slash, last = name.rpartition("/")
    return f"{folder}{slash}{last.partition(':')[0]}"


def lowered_tag(tag: str) -> str:
    """A reference as a registry takes it: only a tag may have capitals."""
    name = repository(tag)
    return lowered(name) + tag[len(name) :]


def flags(given: Mapping[str, str], attests: str, env: Mapping[str, str]) -> dict[str, str]:
    """`provenance` and `sbom` as they come out: by default there is provenance, and no SBOM."""
    found = {name: given[name].lower() for name in ("provenance", "sbom") if given.get(name)}
    for line in attests.splitlines():
        about = attributes(line)
        if about.get("type") in ("provenance", "sbom"):
            found[about["type"]] = "false" if about.get("disabled") == "true" else "true"
    if env.get(OFF_BY_DEFAULT, "").lower() in ("1", "true"):
        found.setdefault("provenance", "false")
    return found


# --- command lines


def builder(words: Sequence[str], env: Mapping[str, str]) -> str:
    return option(words, "--builder") or env.get("BUILDX_BUILDER", "")


def told(words: Sequence[str], env: Mapping[str, str]) -> dict[str, Any]:
    """What the options of `docker buildx build` tell of it, as ImageBuild has it."""
    push = option(words, "--push") or "true" if any(word.startswith("--push") for word in words) else "false"
    given = {name: option(words, f"--{name}") for name in ("provenance", "sbom")}
    platforms = ",".join(option_values(words, "--platform")).split(",")
    tags, outputs = option_values(words, "-t", "--tag"), option_values(words, "-o", "--output")
    return {
        "platforms": several([part for part in platforms if part]),
        **output(tags, "true" if "--push" in words else push, outputs),
        "cache_to": tuple(option_values(words, "--cache-to")),
        "flags": flags(given, "\n".join(option_values(words, "--attest")), env),
    }


# Options of a build that take no word.
FLAGS = frozenset(["--push", "--load", "--pull", "--no-cache", "-q", "--quiet", "--debug", "-D", "--check"])


def hidden(words: Sequence[str]) -> str:
    """Why nobody knows all options of a command line: something else than the folder stands there as a variable."""
    alone = positional(words, FLAGS)
    variables = [word for word in alone if word.startswith("$")]
    return f"its options stand in {', '.join(variables)}" if variables and len(alone) > 1 else ""
