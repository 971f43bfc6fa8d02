"""What a shell offers while a line is typed, by the shells' own protocol and once in bash itself."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from bot.cli import completion
from bot.cli.completion import LITERAL, SOURCES, Known, answer, kept, nouns, read
from bot.cli.main import COMPLETING, DONE, USAGE, run
from commands.grammar import tree
from tests.bot.cli.terminal import Do, do, parts, world
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator


__all__ = ["do", "parts", "world"]

OPEN = {"BRANCH", "#PR", "RUN", "N", "GLOB", "LINE", "REASON", "SIZE", "TEXT", "WHO", "DEPLOYMENT"}
ROOT = Path(__file__).parents[3]
KNOWN: Known = {
    "targets": [["app", ""], ["staging", ""]],
    "places": [["app", ""], ["staging", ""], ["release", "workers, app"]],
    "apps": [["app", ""], ["staging", ""], ["jobs", ""]],
    "built": [["3f2a1b9", "Round VAT per line: built"]],
    "builds": [["9c41d07", "Show totals: under way"], ["3f2a1b9", "Round VAT per line: built"]],
    "releases": [["a4c9e1f", "in app"]],
    "under_way": [["d-7k3f", "@ana is deploying"]],
    "operations": [["d-7k3f", "@ana is deploying"], ["d-old1", "deploy a4c9e1f: done"]],
}


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a shell finds what was learned a moment ago."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("FISK_CONFIG", str(tmp_path / "fisk.toml"))
    file = kept()
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(KNOWN))
    os.utime(file, (time.time() + 3600,) * 2)  # however slow the machine is
    return file


Offers = Callable[[str], list[str]]


@pytest.fixture
def offers(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Offers:
    """What bash offers at the end of a line."""

    def offers(line: str) -> list[str]:
        monkeypatch.setenv("COMP_WORDS", line)
        monkeypatch.setenv("COMP_CWORD", str(len(line.split(" ")) - 1))
        assert answer("bash_complete") == DONE
        return [each.partition(",")[2] for each in capsys.readouterr().out.split()]

    return offers


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("fisk dep", ["deploy"]),
        ("fisk com", ["completion"]),
        ("fisk --", ["--config", "--json", "--version", "--yes"]),
        ("fisk --config /etc/f", ["/etc/f"]),  # bash goes on from there with files
        ("fisk completion ", ["bash", "zsh", "fish"]),
        ("fisk deploy ", ["3f2a1b9", "latest"]),
        ("fisk deploy 3f", ["3f2a1b9"]),
        ("fisk deploy 3f2a1b9 --to ", ["app", "staging", "release"]),
        ("fisk deploy 3f2a1b9 --to=st", ["staging"]),
        ("fisk deploy --no", ["--noop"]),
        ("fisk --config /x --json deploy --f", ["--force"]),
        ("fisk rollback ", ["app", "staging", "a4c9e1f"]),
        ("fisk where ", ["9c41d07", "3f2a1b9"]),
        ("fisk build ", ["cancel", "rerun", "show", "start", "9c41d07", "3f2a1b9"]),
        ("fisk build rerun 9c41d07 3", ["3f2a1b9"]),
        ("fisk op ", ["d-7k3f", "d-old1"]),
        ("fisk op d-7k3f ", ["retry", "abandon"]),
        ("fisk op d-7k3f --", ["--follow", "--json", "--yes"]),
        ("fisk cancel ", ["d-7k3f"]),
        ("fisk env diff app ", ["app", "staging", "jobs"]),
        ("fisk logs s", ["staging"]),
        ("fisk unlock ", ["app", "staging"]),
        ("fisk help ni", ["night"]),
        ("fisk nonsense ", []),
        ("fisk status --json --", ["--yes"]),
    ],
)
def test_what_may_come_next_is_offered(offers: Offers, line: str, offered: list[str]) -> None:
    assert offers(line) == offered


def test_zsh_and_fish_are_told_what_each_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COMP_WORDS", "fisk cancel ")
    monkeypatch.setenv("COMP_CWORD", "2")
    answer("zsh_complete")
    assert capsys.readouterr().out == "plain\nd-7k3f\n@ana is deploying\n"
    monkeypatch.setenv("COMP_CWORD", "")
    answer("fish_complete")
    assert capsys.readouterr().out == "plain,d-7k3f\t@ana is deploying\n"


def test_every_noun_of_the_grammar_is_offered_or_open() -> None:
    every = {noun for each in _commands(tree) for param in each.params for noun in _typed(param)}
    assert every - {*SOURCES} == OPEN


def _typed(parameter: click.Parameter) -> list[str]:
    """The nouns of what people type, without words to take as they are, times and counts."""
    if isinstance(parameter, click.Option) and (parameter.is_flag or parameter.hidden):
        return []
    return [noun for noun in nouns(parameter) if not (LITERAL.fullmatch(noun) or noun[0].isdigit())]


def _commands(group: click.Group) -> Iterator[click.Command]:
    for each in group.commands.values():
        yield each
        if isinstance(each, click.Group):
            yield from _commands(each)


@pytest.mark.parametrize("instruction", ["bash_complete", "tcsh_complete", "x"])
def test_whatever_goes_wrong_is_not_seen(capsys: pytest.CaptureFixture[str], instruction: str) -> None:
    """There are no words in the environment, or there is no such shell."""
    assert answer(instruction) == DONE
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shells_script_is_printed(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", shell]) == DONE
    out = capsys.readouterr().out
    assert f"{COMPLETING}={shell}_complete" in out


def test_another_shell_is_not_understood(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", "csh"]) == USAGE
    assert capsys.readouterr().err.startswith("Which shell? `fisk completion bash`, `zsh` or `fish`")


# --- learning


@pytest.mark.parametrize(("age", "waits"), [(0, None), (2000, 0), (10_000, 1.0), (None, 1.0)])
def test_only_what_was_learned_long_ago_is_waited_for(
    file: Path, offers: Offers, monkeypatch: pytest.MonkeyPatch, age: float | None, waits: float | None
) -> None:
    waited: list[float] = []
    monkeypatch.setattr(completion, "_learn", waited.append)
    monkeypatch.setattr(completion, "NEW", 1000.0)
    monkeypatch.setattr(completion, "OLD", 5000.0)
    if age is None:
        file.unlink()
    else:
        os.utime(file, (time.time() - age,) * 2)
    assert offers("fisk cancel ") == ([] if age is None else ["d-7k3f"])
    assert waited == ([] if waits is None else [waits])
    assert offers("fisk cancel ") == ([] if age is None else ["d-7k3f"])
    assert len(waited) == (waits is not None)  # the next one need not ask again


@pytest.mark.usefixtures("parts")
async def test_a_process_of_its_own_learns_targets_commits_and_operations(
    do: Do, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await do("deploy 3f2a1b9", as_json=True)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "empty"))
    file = _made(kept())

    async def whole() -> bool:
        """It asks for some seconds only, which on a busy machine may not be enough."""
        await asyncio.to_thread(completion._learn, 60.0)
        return "built" in read(file)

    await until(whole)
    known = read(file)
    assert known["targets"] == [["app", ""], ["staging", ""]]
    assert ["3f2a1b9", "Round VAT per line: built"] in known["built"]
    assert "9c41d07" in [word for word, _ in known["builds"]]
    assert "77be0f2" in [word for word, _ in known["builds"]]
    assert "77be0f2" not in [word for word, _ in known["built"]]
    assert ["3f2a1b9", "in app"] in known["releases"]
    ((id_, what),) = known["operations"]
    assert (id_[:2], what) == ("d-", "deploy 3f2a1b9: done")
    assert known["under_way"] == []
    assert _mode(file) == 0o600


def _made(file: Path) -> Path:
    """Where the shell makes it."""
    file.parent.mkdir(parents=True)
    return file


def _mode(file: Path) -> int:
    return file.stat().st_mode & 0o777


# --- a real shell


def test_bash_offers_what_was_learned(tmp_path: Path) -> None:
    program = tmp_path / "fisk"
    program.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -P -m bot "$@"\n')
    program.chmod(0o755)
    typed = """
        eval "$(fisk completion bash)"
        COMP_WORDS=(fisk deploy 3f2a1b9 --to s) COMP_CWORD=4
        _fisk_completion fisk s --to
        printf '%s\\n' "${COMPREPLY[@]}"
    """
    done = subprocess.run(
        ["bash", "--norc", "-c", typed],
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == ("staging\n", "")
