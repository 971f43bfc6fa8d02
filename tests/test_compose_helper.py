"""fisk-compose: it reads and writes the variables that are named, and leaves everything else as it was."""

from __future__ import annotations

import fcntl
import os
import stat
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from dotenv import dotenv_values
from hypothesis import given, settings, strategies as st

from tests.gate import LISTS

KEYS = ("IMAGE_TAG", "EXPECTED_GIT_SHA")
NEW = {"IMAGE_TAG": "3f2a1b9", "EXPECTED_GIT_SHA": "sha256:ab/c.d-e_f@g"}
SECRET = "DATABASE_URL=postgres://fiskai:canary-5d20@db/fiskai"
ENV = f"""# the workers
IMAGE_TAG=a4c9e1f
{SECRET}
export EXPECTED_GIT_SHA="a4c9e1f"  # as baked in
"""


def helper(
    *words: str | Path, said: str | bytes = b"", first: str = ""
) -> subprocess.CompletedProcess[bytes]:
    """Run it; `first` is a folder of commands that go before the system's."""
    path = f"{first}:{os.environ['PATH']}" if first else os.environ["PATH"]
    heard = said.encode() if isinstance(said, str) else said
    return subprocess.run(
        ("bash", LISTS / "fisk-compose", *words),
        input=heard, capture_output=True, check=False, timeout=60, env={"PATH": path},
    )  # fmt: skip


def write(folder: Path, values: dict[str, str], first: str = "") -> subprocess.CompletedProcess[bytes]:
    return helper("write", folder, *values, said=lines(values), first=first)


def lines(values: dict[str, str]) -> str:
    return "".join(f"{key}={value}\n" for key, value in values.items())


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / ".env").write_text(ENV)
    (tmp_path / ".env").chmod(0o640)
    return tmp_path


def test_it_reads_the_keys_that_are_named_and_no_other(project: Path) -> None:
    read = helper("read", project, "EXPECTED_GIT_SHA", "NOT_THERE", "IMAGE_TAG")
    assert (read.returncode, read.stdout, read.stderr) == (
        0,
        b"EXPECTED_GIT_SHA=a4c9e1f\nIMAGE_TAG=a4c9e1f\n",
        b"",
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("K=one\nK=two\n", "two"),
        ("K=one", "one"),
        ("K = one # two\r\n", "one"),
        ("K=one#two\n", "one#two"),
        ("K= # nothing\n", ""),
        ("K='one # two' # three\n", "one # two"),
        ('  export K="one\ntwo"\n', "one two"),
        ("K: one\n", "one"),
        ("\ufeffK=one\n", "one"),
        ('K=one\nK="two\nL=three\n', "one"),
        ("K=one\nK='two' three\n", "one"),
        ("K=one\nexport K # from outside\n", None),
        ('L="\nK=not this\n"\nK=one\n', "one"),
        ("#K=one\nKK=two\nXK=three\n", None),
    ],
)
def test_it_reads_a_value_as_compose_does(tmp_path: Path, text: str, value: str | None) -> None:
    (tmp_path / ".env").write_bytes(text.encode())
    assert helper("read", tmp_path, "K").stdout.decode() == ("" if value is None else f"K={value}\n")


def test_it_writes_the_keys_that_are_named_and_keeps_the_old_file(project: Path) -> None:
    wrote = write(project, NEW)
    assert (wrote.returncode, wrote.stdout.decode(), wrote.stderr) == (0, lines(NEW), b"")
    assert (project / ".env").read_text() == (
        f"# the workers\nIMAGE_TAG=3f2a1b9\n{SECRET}\nEXPECTED_GIT_SHA=sha256:ab/c.d-e_f@g\n"
    )
    assert (project / ".env.before-fisk").read_text() == ENV
    modes = {stat.S_IMODE(path.stat().st_mode) for path in project.iterdir()}
    assert (modes, {path.name for path in project.iterdir()}) == ({0o640}, {".env", ".env.before-fisk"})


def test_what_is_so_already_is_not_written_again(project: Path) -> None:
    write(project, NEW)
    before = (project / ".env").stat()
    assert write(project, NEW).stdout.decode() == lines(NEW)
    after = (project / ".env").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert (project / ".env.before-fisk").read_text() == ENV


def test_a_key_stays_where_later_lines_may_use_it_and_is_there_once(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A=1\nIMAGE_TAG=old\nREF=x:${IMAGE_TAG}\nIMAGE_TAG='older'\nB=2")
    write(tmp_path, {"IMAGE_TAG": "new", "C": ""})
    assert (tmp_path / ".env").read_text() == "A=1\nIMAGE_TAG=new\nREF=x:${IMAGE_TAG}\nB=2\nC=\n"


def test_a_linked_file_stays_linked(project: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("etc") / "workers.env"
    (project / ".env").rename(elsewhere)
    (project / ".env").symlink_to(elsewhere)
    assert write(project, NEW).returncode == 0
    assert ((project / ".env").is_symlink(), "IMAGE_TAG=3f2a1b9" in elsewhere.read_text()) == (True, True)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "IMAGE_TAG=a\n",
        "IMAGE_TAG=a\nEXPECTED_GIT_SHA=b",
        "EXPECTED_GIT_SHA=b\nIMAGE_TAG=a\n",
        "IMAGE_TAG=a\nEXPECTED_GIT_SHA=b\n\n",
        "IMAGE_TAG=a\nEXPECTED_GIT_SHA=b\nMORE=c\n",
        "IMAGE_TAG=a b\nEXPECTED_GIT_SHA=b\n",
        "IMAGE_TAG=$(id)\nEXPECTED_GIT_SHA=b\n",
        "IMAGE_TAG=č\nEXPECTED_GIT_SHA=b\n",
        "IMAGE_TAG=a\0b\nEXPECTED_GIT_SHA=b\n",
        "IMAGE_TAG=a\r\nEXPECTED_GIT_SHA=b\n",
        "IMAGE_TAG\nEXPECTED_GIT_SHA=b\n",
        "IMAGE_TAG=a\nEXPECTED_GIT_SHA=b\n" + "x" * 70_000,
    ],
)
def test_anything_but_a_line_for_each_key_changes_nothing(project: Path, said: str) -> None:
    wrote = helper("write", project, *KEYS, said=said)
    assert (wrote.returncode, wrote.stdout) == (2, b"")
    assert wrote.stderr.startswith(b"fisk-compose: ")
    assert {path.name: path.read_text() for path in project.iterdir()} == {".env": ENV}


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("read",),
        ("read", "/srv"),
        ("read", "srv", "K"),
        ("forget", "/srv", "K"),
        ("read", "/srv", "K=1"),
        ("read", "/srv", "K", "K"),
        ("read", "/srv", ".*"),
        ("write", "/srv", "K L"),
    ],
)
def test_what_it_is_not_made_for_it_refuses(words: tuple[str, ...]) -> None:
    refused = helper(*words)
    assert (refused.returncode, refused.stdout, refused.stderr.count(b"\n")) == (2, b"", 1)


@pytest.mark.parametrize("act", ["read", "write"])
@pytest.mark.parametrize("missing", ["folder", "file", "text"])
def test_where_there_is_no_such_project_it_says_so_in_a_line(tmp_path: Path, act: str, missing: str) -> None:
    if missing == "text":
        (tmp_path / ".env").write_bytes(b"K=\0\n")
    there = tmp_path / "nowhere" if missing == "folder" else tmp_path
    said = helper(act, there, "K", said="K=v\n")
    assert (said.returncode, said.stdout, said.stderr.count(b"\n")) == (1, b"", 1)
    assert {path.name for path in tmp_path.iterdir()} == ({".env"} if missing == "text" else set())


def test_nothing_is_written_while_an_up_is_under_way(project: Path) -> None:
    with _held(project):
        busy = write(project, NEW)
        read = helper("read", project, "IMAGE_TAG")
    assert (busy.returncode, busy.stdout, busy.stderr.count(b"\n")) == (75, b"", 1)
    assert (read.returncode, read.stdout) == (0, b"IMAGE_TAG=a4c9e1f\n")
    assert (project / ".env").read_text() == ENV


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """The lock that an `up` has."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)


def test_two_writes_do_not_mix(project: Path) -> None:
    each = [{"IMAGE_TAG": f"{number}", "EXPECTED_GIT_SHA": f"{number}"} for number in range(4)]
    with ThreadPoolExecutor() as threads:
        done = list(threads.map(lambda values: write(project, values), each))
    assert [one.returncode for one in done] == [0, 0, 0, 0]
    assert [one.stdout.decode() for one in done] == [lines(values) for values in each]
    assert helper("read", project, *KEYS).stdout.decode() in {lines(values) for values in each}


# The commands of one write: the old file is kept, then the new one takes its place.
DEEDS = ("chown", "chmod", "sync", "mv", "sync") * 2
KILLS = """#!/bin/bash
echo >>{folder}/done
[ "$(wc -l <{folder}/done)" != {place} ] || {{ kill -9 $PPID; exit 1; }}
PATH={path} {name} "$@"
"""


@pytest.mark.parametrize("place", range(1, len(DEEDS) + 1))
def test_killed_in_the_middle_it_leaves_the_old_file_or_the_new_one(
    project: Path, tmp_path_factory: pytest.TempPathFactory, place: int
) -> None:
    tools = tmp_path_factory.mktemp("tools")
    for name in set(DEEDS):
        facts = {"folder": tools, "place": place, "path": os.environ["PATH"], "name": name}
        (tools / name).write_text(KILLS.format(**facts))
        (tools / name).chmod(0o755)
    assert write(project, NEW, str(tools)).returncode == -9
    moved = DEEDS[: place - 1].count("mv")
    found = helper("read", project, *KEYS).stdout.decode()
    assert found == lines(NEW if moved == 2 else dict.fromkeys(KEYS, "a4c9e1f"))
    assert SECRET in (project / ".env").read_text()
    assert write(project, NEW).stdout.decode() == lines(NEW)
    assert {path.name for path in project.iterdir()} == {".env", ".env.before-fisk"}
    assert (project / ".env.before-fisk").read_text() == ENV


# Keys of theirs and of ours; values as people quote them; and lines that assign nothing.
_keys = st.sampled_from([*KEYS, "DATABASE_URL", "IMAGE", "TAG", "A"])
_plain = st.text("ab1_./:$# '\"", max_size=6)
_inner = st.text("ab1 #=$\n", max_size=12)
_values = st.one_of(_plain, _inner.map("'{}'".format), _inner.map('"{}"'.format))
_assigns = st.tuples(st.sampled_from(["", "export ", "  "]), _keys, st.sampled_from(["=", " = "]), _values)
_lines = st.one_of(
    _assigns.map("".join), st.sampled_from(["", "# IMAGE_TAG=no", "IMAGE_TAG", "\t", "nonsense here"])
)


@settings(max_examples=80, deadline=None)
@given(st.lists(_lines, max_size=6), st.sampled_from(["\n", "\r\n", ""]))
def test_whatever_the_file_has_compose_reads_the_new_values_and_the_others_as_before(
    made: list[str], end: str
) -> None:
    """python-dotenv is what docker-compose 1.29 reads it with."""
    with TemporaryDirectory() as name:
        project = Path(name)
        (project / ".env").write_bytes(("\n".join(made) + end).encode())
        before = _read(project)
        told = {key: " ".join(value.split("\n")) for key in KEYS if (value := before.get(key)) is not None}
        assert helper("read", project, *KEYS).stdout.decode() == lines(told)
        assert write(project, NEW).stdout.decode() == lines(NEW)
        assert _read(project) == {**before, **NEW}


def _read(project: Path) -> dict[str, str | None]:
    return dict(dotenv_values(project / ".env", interpolate=False))
