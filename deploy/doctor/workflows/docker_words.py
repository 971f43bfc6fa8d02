"""What `docker`, `docker buildx` and `docker compose` do by their words.

https://docs.docker.com/reference/cli/docker/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from deploy.doctor.workflows.acts import Act, Builds, Buildx, Create, MayBuild, Pushes
from deploy.doctor.workflows.options import leading, option_values, word_set

# Of docker's words, those that build nothing; `compose` and `buildx` have their own.
DOCKER = word_set(
    """
    --help --version attach container context cp diff events exec export history info inspect kill load
    login logout logs manifest network pause plugin port ps pull rename restart rm rmi save scout search
    secret start stats stop swarm system tag top trust unpause update version volume wait
    """
)
BUILDX = word_set(
    """
    --help debug dial-stdio du history inspect ls prune rm stop version
    """
)
COMPOSE = word_set(
    """
    --version config convert cp down events exec images kill logs ls pause port ps pull push restart rm
    start stats stop top unpause version volumes wait
    """
)
# Options that take a word: the one that chooses the engine, and compose's.
ENGINE = word_set("-H --host -c --context")
OF_COMPOSE = word_set("-f --file -p --project-name --profile --env-file")


def of_docker(rest: Sequence[str]) -> Iterator[Act]:
    words, elsewhere = _without_options(rest)
    if elsewhere:
        yield MayBuild(f"docker {' '.join(rest)}"[:60])
        return
    first, second = (*words, "", "")[:2]
    if first == "buildx":
        yield from _of_buildx(words[1:])
    elif first == "build" or (first, second) in (("image", "build"), ("builder", "build")):
        yield Buildx(tuple(words[1 if first == "build" else 2 :]), own=True)
    elif first == "bake":
        yield Buildx(tuple(words[1:]), bake=True)
    elif first == "compose":
        yield from of_compose(words[1:])
    elif first == "push" or (first, second) in (("image", "push"), ("manifest", "create")):
        yield Pushes(tuple(words[1 if first == "push" else 2 :]))
    elif first in ("run", "create") or (first, second) == ("container", "run"):
        yield from _of_run(words)
    elif (
        first not in DOCKER
        and (first != "image" or second in ("import", ""))
        and first not in ("images", "builder")
    ):
        yield MayBuild(f"docker {first}".strip())


def _without_options(rest: Sequence[str]) -> tuple[list[str], bool]:
    """Without docker's own options, and whether they choose another engine."""
    at = leading(rest, ENGINE | {"--config", "-l", "--log-level"}, frozenset(["--version", "--help", "-v"]))
    words, chosen = list(rest[at:]), {word.partition("=")[0] for word in rest[:at]}
    return words, bool(chosen & ENGINE) or words[:2] == ["context", "use"]


def _of_buildx(given: Sequence[str]) -> Iterator[Act]:
    """With or without a builder of its own."""
    builder = []
    while given and given[0].startswith("--builder"):
        builder = list(given[: 1 if "=" in given[0] else 2])
        given = given[len(builder) :]
    first = given[0] if given else ""
    if first in ("build", "b"):
        yield Buildx((*builder, *given[1:]))
    elif first in ("bake", "f"):
        yield Buildx((*builder, *given[1:]), bake=True)
    elif first in ("create", "use"):
        yield Create(tuple(given[1:]), use=first == "use")
    elif list(given[:2]) == ["imagetools", "create"]:
        yield Pushes(
            tuple(option_values(given[2:], "-t", "--tag"))
            or ("$DOCKER_METADATA_OUTPUT_JSON",)
            * any("DOCKER_METADATA_OUTPUT_JSON" in word for word in given)
        )
    elif first == "install":
        yield MayBuild("docker buildx install")
    elif first not in BUILDX and first != "imagetools":
        yield MayBuild(f"docker buildx {first}".strip())


def of_compose(rest: Sequence[str]) -> Iterator[Act]:
    words = rest[leading(rest, OF_COMPOSE, frozenset(["--version"])) :]
    first = words[0] if words else ""
    if first == "build" or "--build" in words:
        yield Builds("docker compose build" if first == "build" else f"docker compose {first} --build")
    elif first not in COMPOSE and "--no-build" not in words:
        yield MayBuild(f"docker compose {first}".strip())


def _of_run(words: Sequence[str]) -> Iterator[Act]:
    """A container builds where it is a builder, and may where it reaches the engine or is privileged."""
    line = " ".join(words)
    if re.search(r"kaniko|buildah|buildkit", line):
        yield Builds("docker run of a builder")
    elif re.search(r"docker\.sock|--privileged|\bdind\b|docker:", line):
        yield MayBuild(line[:60])
