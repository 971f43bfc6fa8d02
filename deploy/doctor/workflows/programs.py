"""What a command does, as far as its words tell: build, set a builder up, push a tag, or nothing of that kind."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain

from deploy.doctor.workflows.acts import RUNNER, Act, Builds, Buildx, Emulates, MayBuild
from deploy.doctor.workflows.docker_words import of_compose, of_docker
from deploy.doctor.workflows.options import leading, option
from deploy.doctor.workflows.program_names import BUILDERS, BY_NAME, ELSEWHERE, HARMLESS, SHELLS, WRAPPERS
from deploy.doctor.workflows.shell import NAME, Command, commands
from deploy.doctor.workflows.shell_words import CannotFollow

EMULATION = re.compile(
    r"tonistiigi/binfmt|multiarch/qemu-user-static|\bqemu-user-static\b|\bbinfmt-support\b|\bupdate-binfmts\b"
)
KERNELS = "binfmt_misc/"
WRITERS = frozenset(["tee", "dd", "cp", "install"])
INSTALLERS = frozenset(["apk", "apt", "apt-get", "brew", "dnf", "install", "systemctl"])
REMOVES = frozenset(["autoremove", "del", "disable", "mask", "purge", "remove", "stop", "uninstall"])
IMAGES = re.compile(
    r"docker|image|container|\boci\b|buildx|\bbake|buildah|podman|kaniko|\bjib\b|buildpack|nixpacks",
    re.IGNORECASE,
)
FILE = re.compile(r"\.(?:sh|bash|zsh|py|js|mjs|cjs|ts|mts|rb|pl|php|ps1)$")


def of_command(command: Command, depth: int = 0) -> Iterator[Act]:
    """What a command does. Raises CannotFollow."""
    words = unwrapped(command.words)
    if not words:
        return
    program = words[0].rpartition("/")[2] if words[0].startswith("/") else words[0]
    if found := _emulates(program, words[1:], command):
        yield Emulates(found)
        return
    yield from _of_program(program, words[1:], command, depth)


def _emulates(program: str, rest: Sequence[str], command: Command) -> str:
    """What sets another processor up. In a text that a program takes, the same words are none; the kernel's own file
    for it is one whoever writes to it.
    """
    if any(KERNELS in each for each in (*command.files, *rest)) and (command.files or program in WRITERS):
        return KERNELS
    if (program in HARMLESS and program not in INSTALLERS) or REMOVES & set(rest):
        return ""
    found = EMULATION.search(" ".join([program, *rest]))
    return found[0] if found else ""


def unwrapped(words: Sequence[str]) -> tuple[str, ...]:
    """Without `sudo` and its like, and their options."""
    rest = list(words)
    while rest and rest[0] in WRAPPERS:
        takes, rest = WRAPPERS[rest[0]], rest[1:]
        while rest and (
            rest[0].startswith("-") or NAME.match(rest[0]) or re.fullmatch(r"[0-9.]+[smhd]?", rest[0])
        ):
            if rest[0] in ("-v", "-V") and takes == frozenset():
                return ()  # `command -v` only asks
            rest = rest[2:] if rest[0] in takes else rest[1:]
    return tuple(rest)


def _of_program(program: str, rest: Sequence[str], command: Command, depth: int) -> Iterator[Act]:
    first = next((word for word in rest if not word.startswith("-")), "")
    if program in SHELLS or program in ("eval", "source", "ssh", "su", "trap"):
        yield from _of_shell(program, rest, command, depth)
    elif program == "docker":
        yield from of_docker(rest)
    elif program == "docker-compose":
        yield from of_compose(rest)
    elif program == "buildctl":
        yield (
            Builds("buildctl", option(rest, "--addr") or RUNNER) if "build" in rest else MayBuild("buildctl")
        )
    elif (program, first) in ELSEWHERE:
        yield Builds(f"{program} {first}", ELSEWHERE[program, first])
    elif program in BUILDERS:
        words = BUILDERS[program]
        if not words or first in words or " ".join([*rest, "", ""][:2]).strip() in words:
            yield Builds(f"{program} {first}".strip())
        elif not first or "$" in first:
            yield MayBuild(f"{program} {first}".strip())
    elif not _known(program, rest, command):
        yield MayBuild(" ".join([program, *rest])[:60])


def _known(program: str, rest: Sequence[str], command: Command) -> bool:
    """Whether it builds no image."""
    if program in CAREFUL:
        return not CAREFUL[program] & set(rest)
    return program in HARMLESS or _of_project(program.removeprefix("./"), rest, command)


# Programs that build nothing unless one of these words is given.
CLOUD = frozenset(["builds", "acr", "codebuild", "deploy", "run"])
CAREFUL = {
    "crane": frozenset(["append", "mutate", "rebase", "flatten"]),
    "git": frozenset(["bisect", "foreach", "filter-branch"]),
    "regctl": frozenset(["mod", "create"]),
    "terraform": frozenset(["apply", "destroy"]),  # a provider or a provisioner may
    "gcloud": CLOUD,
    "az": CLOUD,
    "aws": CLOUD,
    "find": frozenset(["-exec", "-execdir", "-ok"]),
    "gh": frozenset(["codespace", "extension"]),
}


def _of_project(program: str, rest: Sequence[str], command: Command) -> bool:
    """Whether a program that runs what the project says is one that is known, and nothing in its words speaks of
    images.
    """
    line = " ".join([*rest, command.fed])
    if program not in BY_NAME or IMAGES.search(line) or any("$" in word for word in rest[:1]):
        return False
    if program not in INTERPRETERS:
        return not _runs_a_file(program, rest)
    if {"-c", "-e", "-"} & set(rest) or command.fed:
        return not re.search(r"subprocess|system|exec|spawn|popen", line)
    return "-m" in rest or all(word.startswith("-") for word in rest)


def _runs_a_file(program: str, rest: Sequence[str]) -> bool:
    """Whether it runs a program of the repository, which may do anything: `npx tsx x.ts`, `uv run python x.py`."""
    if (program, *rest[:1]) in COMPILED:
        return True
    named = rest[:2] if rest[:1] in (["run"], ["exec"], ("run",), ("exec",)) else rest[:1]
    runs = INTERPRETERS & set(rest[:3])
    return any(FILE.search(word) for word in (rest if runs else named))


COMPILED = {("go", "run"), ("cargo", "run"), ("cargo", "xtask"), ("dotnet", "run")}
INTERPRETERS = frozenset(
    ["python", "python3", "node", "ruby", "php", "deno", "tsx", "ts-node", "zx", *SHELLS]
)


def _of_shell(program: str, rest: Sequence[str], command: Command, depth: int) -> Iterator[Act]:
    """What a shell is given to run: as a word, on its input, or in a file, which fisk does not read."""
    if depth > 5:  # noqa: PLR2004 (nobody nests shells deeper)
        raise CannotFollow("shells within shells")
    given = ""
    if program == "eval":
        given = " ".join(rest)
    elif program == "trap":
        given = rest[0] if len(rest) > 1 and rest[0] not in ("-", "") else "true"
    elif program == "ssh":
        given = " ".join(_of_ssh(rest)) or command.fed
    elif program == "su" or program in SHELLS:
        flags = [place for place, word in enumerate(rest) if re.fullmatch(r"-[a-z]*c", word)]
        files = [word for word in rest if not word.startswith(("-", "+"))]
        given = rest[flags[0] + 1] if flags and flags[0] + 1 < len(rest) else "" if files else command.fed
    if not given or given.startswith("$"):
        only_version = set(rest) <= {"--version"} and rest
        if not only_version:
            yield MayBuild(" ".join([program, *rest])[:60])
        return
    for act in chain.from_iterable(of_command(inner, depth + 1) for inner in commands(given)):
        there = program == "ssh" and isinstance(act, Buildx)
        yield Builds("docker build", "on another host") if there else act


def _of_ssh(rest: Sequence[str]) -> Sequence[str]:
    """The command that ssh is given: what follows the host."""
    return rest[leading(rest, frozenset(f"-{letter}" for letter in "bcDEeFIiJLlmOopQRSWw")) + 1 :]
