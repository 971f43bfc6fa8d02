"""`fisk` as a command: in a clone, and beside the service that systemd runs."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PYTHON = f'#!/bin/sh\ncase "$*" in -m\\ venv*) ;; *) exec {sys.executable} "$@";; esac\n'


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone that was set up before: its virtual environment has what this process has."""
    root = tmp_path / "clone"
    (root / ".venv/bin").mkdir(parents=True)
    for name in ("bot", "commands", "deploy"):
        (root / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "scripts", root / "scripts")
    (root / "requirements.txt").write_text("")
    (root / ".venv/.requirements").write_text("")
    (root / ".venv/bin/python").write_text(PYTHON)
    (root / ".venv/bin/python").chmod(0o755)
    return root


def ran(*words: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words,
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def set_up(clone: Path, home: Path, *, on_path: bool = True) -> str:
    path = f"{home}/.local/bin:{os.environ['PATH']}" if on_path else os.environ["PATH"]
    done = ran(clone / "scripts/setup", cwd=home, HOME=str(home), PATH=path)
    assert (done.returncode, done.stdout) == (0, "")
    return done.stderr


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    return home


def test_after_setup_fisk_is_a_command_wherever_one_stands(clone: Path, home: Path) -> None:
    command = home / ".local/bin/fisk"
    assert set_up(clone, home) == f"`fisk` is a command now, by {command}.\n"
    assert set_up(clone, home) == ""
    (home / "bot").mkdir()
    (home / "bot/__init__.py").write_text("raise SystemExit('not fisk')")
    done = ran(command, "--version", cwd=home)
    assert (done.stdout, done.stderr) == ("fisk 0.1.0\n", "")


def test_setup_leaves_anothers_command_alone_and_says_so(clone: Path, home: Path) -> None:
    command = home / ".local/bin/fisk"
    command.parent.mkdir(parents=True)
    command.write_text("mine")
    assert set_up(clone, home) == ""  # it was told when it was installed
    assert command.read_text() == "mine"
    (clone / ".venv/.requirements").unlink()
    assert set_up(clone, home).splitlines()[1] == (
        f"`fisk` is {clone}/scripts/fisk: {command} is something else, and stays."
        " A link to it where your PATH looks makes it a command."
    )


def test_setup_makes_no_command_where_no_shell_would_find_it(clone: Path, home: Path) -> None:
    (clone / ".venv/.requirements").unlink()
    said = set_up(clone, home, on_path=False)
    assert f": {home}/.local/bin is not on your PATH. A link" in said
    assert not (home / ".local").exists()


# --- beside the service


@pytest.fixture
def service() -> Iterator[tuple[Path, dict[str, str]]]:
    """A systemd that runs fisk from a clone whose `fisk` tells how it was started, and the launcher beside it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = {
            "scripts/fisk": 'echo "$(id -un) $HOME:" "$@"',
            "systemctl": f'case "$2" in --property=User) echo "$RUNS_AS";; *) echo {folder};; esac',
        }
        (folder / "scripts").mkdir()
        for file, text in files.items():
            (folder / file).write_text(f"#!/bin/sh\n{text}\n")
            (folder / file).chmod(0o755)
        folder.chmod(0o755)  # for the service's user
        launcher = Path(shutil.copy(ROOT / "docs/install/fisk", folder))
        yield launcher, {"PATH": f"{folder}:{os.environ['PATH']}"}


def me() -> pwd.struct_passwd:
    return pwd.getpwuid(os.getuid())


Service = tuple[Path, dict[str, str]]


def test_beside_the_service_its_user_has_its_clones_fisk(service: Service, home: Path) -> None:
    launcher, environment = service
    done = ran(launcher, "lock", "app", "why not", cwd=home, **environment, RUNS_AS=me().pw_name)
    assert done.stdout == f"{me().pw_name} {os.environ['HOME']}: lock app why not\n"


@pytest.mark.root
def test_beside_the_service_root_becomes_its_user(service: Service, home: Path) -> None:
    launcher, environment = service
    done = ran(launcher, "locks", cwd=home, **environment, RUNS_AS="nobody")
    assert (done.stdout, done.stderr) == (f"nobody {pwd.getpwnam('nobody').pw_dir}: locks\n", "")


@pytest.mark.root
def test_beside_the_service_others_are_told_what_to_type(service: Service, home: Path) -> None:
    launcher, environment = service
    another = ("runuser", "-u", "nobody", "--", launcher, "locks")
    done = ran(*another, cwd=home, **environment, RUNS_AS="root")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "fisk acts as root here, who alone may read its settings: sudo fisk locks\n"


def test_without_the_service_its_launcher_says_so(service: Service, home: Path) -> None:
    launcher, environment = service
    (launcher.parent / "scripts/fisk").unlink()
    done = ran(launcher, "locks", cwd=home, **environment, RUNS_AS=me().pw_name)
    assert (done.returncode, done.stderr) == (
        1,
        "fisk.service is not installed here, or not from a clone of fisk.\n",
    )
