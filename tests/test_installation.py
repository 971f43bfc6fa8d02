"""The ways to install fisk that the README names work with a copy of `.env.example` and `fisk.example.toml`."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml
from dotenv import dotenv_values

from bot.app import places
from bot.app.load import load
from bot.app.settings import PREFIX, Settings

ROOT = Path(__file__).parent.parent
EXAMPLE = {name: value or "" for name, value in dotenv_values(ROOT / ".env.example").items()}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a clone, in an environment without any setting."""
    for name in [each for each in os.environ if each.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(places, "PROJECT", tmp_path)
    return tmp_path


def loaded(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> Settings:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return load()


# --- a clone


def test_in_a_clone_the_copied_examples_are_found_where_they_lie(folder: Path) -> None:
    shutil.copy(ROOT / ".env.example", folder / ".env")
    shutil.copy(ROOT / "fisk.example.toml", folder / "fisk.toml")
    settings = load()
    assert list(settings.targets) == ["app"]
    assert (settings.config.absolute(), settings.state.absolute()) == (folder / "fisk.toml", folder / "state")


# --- the container


@dataclass(frozen=True, slots=True)
class Mount:
    source: str
    target: str
    read_only: bool


def compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return read


def dockerfile(instruction: str) -> str:
    """What the Dockerfile's only line with this instruction says."""
    (found,) = re.findall(rf"^{instruction} (.+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    return str(found)


def mounted(volume: str | dict[str, Any]) -> Mount:
    """A volume of a service, from its short or its long form."""
    if isinstance(volume, dict):
        return Mount(volume["source"], volume["target"], bool(volume.get("read_only")))
    source, target, *mode = volume.split(":")
    return Mount(source, target, mode == ["ro"])


def mounts() -> dict[str, Mount]:
    """What compose mounts into fisk's container, by its path in there."""
    return {each.target: each for each in map(mounted, compose()["services"]["fisk"]["volumes"])}


def in_the_container(monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Compose's environment wins over its env_file, and that over the image's. There is no .env in the image."""
    image = dict(each.split("=", 1) for each in shlex.split(dockerfile("ENV")))
    service = compose()["services"]["fisk"]
    assert service["env_file"] == ".env"
    environment = {name: value for name, value in image.items() if name.startswith(PREFIX)}
    return loaded(monkeypatch, environment | EXAMPLE | service["environment"])


def inside(path: Path) -> str:
    return str(PurePosixPath(dockerfile("WORKDIR")) / path)


def test_the_container_reads_the_structure_that_compose_mounts(monkeypatch: pytest.MonkeyPatch) -> None:
    config = inside(in_the_container(monkeypatch).config)
    assert mounts().get(config) == Mount("./fisk.toml", config, read_only=True)


def test_the_container_keeps_its_state_in_a_volume_that_its_user_may_write(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    state = inside(in_the_container(monkeypatch).state)
    assert mounts().get(state) == Mount("state", state, read_only=False)
    assert "state" in compose()["volumes"]
    # A new volume gets the owner of the image's folder: the home that is made for the user.
    assert f"--home-dir {state} --create-home {dockerfile('USER')}" in (ROOT / "Dockerfile").read_text()


def test_the_container_finds_the_memory_that_compose_brings(monkeypatch: pytest.MonkeyPatch) -> None:
    assert in_the_container(monkeypatch).redis_url.get_secret_value() == "redis://valkey:6379/0"


def test_ssh_keys_are_offered_to_the_container_where_the_examples_structure_looks_for_them() -> None:
    offered = re.findall(r"^ +# - (\./\S+)$", (ROOT / "compose.yaml").read_text(), re.MULTILINE)
    tables = (ROOT / "fisk.example.toml").read_text().partition("# [hosts.")
    hosts = tomllib.loads(re.sub(r"^# ?", "", f"# [hosts.{tables[2]}", flags=re.MULTILINE))["hosts"]
    wanted = {host[name] for host in hosts.values() for name in ("key", "known_hosts")}
    assert {each.target for each in map(mounted, offered)} == wanted


def test_the_example_names_the_containers_own_host_as_compose_does() -> None:
    """127.0.0.1 is the container itself in there; Coolify is often beside it."""
    comment = (ROOT / ".env.example").read_text().partition("\nFISK_COOLIFY_URL=")[0].splitlines()[-1]
    ((host, gateway),) = (each.split(":") for each in compose()["services"]["fisk"].get("extra_hosts", []))
    assert gateway == "host-gateway"
    assert f"http://{host}:8000" in comment


@pytest.mark.parametrize("name", ["fisk", "valkey"])
def test_a_container_may_write_to_its_volumes_alone_and_do_nothing_as_root(name: str) -> None:
    service = compose()["services"][name]
    told = {each: service.get(each) for each in ("read_only", "tmpfs", "cap_drop", "security_opt", "ulimits")}
    assert told == {
        "read_only": True,
        "tmpfs": ["/tmp"],
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "ulimits": {"core": 0},
    }
    assert service["mem_limit"] == "1g"
    assert (service.get("user") or dockerfile("USER")) == name


def test_the_memory_that_compose_brings_asks_for_the_password_that_fisk_is_given() -> None:
    service = compose()["services"]["valkey"]
    assert "--requirepass" in service["command"]
    assert "FISK_REDIS_PASSWORD" in EXAMPLE
    assert set(service["environment"].values()) == {
        "${FISK_REDIS_PASSWORD:?set FISK_REDIS_PASSWORD in .env}",
        "${FISK_REDIS_PASSWORD}",
    }


# --- what others bring


def test_every_action_is_pinned_by_commit_and_names_its_tag() -> None:
    text = (ROOT / ".github/workflows/ci.yml").read_text()
    uses = re.findall(r"uses: (.*)", text)
    assert len(uses) == 4
    assert [each for each in uses if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v[0-9.]+", each)] == []


def test_pin_writes_what_each_tag_names_now(folder: Path) -> None:
    commit, digest = "ab" * 20, f"sha256:{'cd' * 32}"
    for name in (".github", "scripts", "Dockerfile", "compose.yaml"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / name)
    programs = folder / "programs"
    programs.mkdir()
    for name, says in {"git": f"0000\\trefs/tags/x\\n{commit}\\trefs/tags/x^{{}}", "docker": digest}.items():
        (programs / name).write_text(f'#!/bin/sh\necho "$@" >> {folder}/asked\nprintf "{says}\\n"\n')
        (programs / name).chmod(0o755)
    environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}
    for _ in range(2):  # what is pinned is pinned anew
        subprocess.run([folder / "scripts/pin"], env=environment, check=True, timeout=30)
    workflow = (folder / ".github/workflows/ci.yml").read_text()
    assert set(re.findall(r"uses: (.*)", workflow)) == {
        f"actions/checkout@{commit} # v4.4.0",
        f"actions/setup-python@{commit} # v5.6.0",
    }
    assert f"FROM python:3.12-slim@{digest}\n" in (folder / "Dockerfile").read_text()
    assert f"image: valkey/valkey:8@{digest}\n" in (folder / "compose.yaml").read_text()
    asked = (folder / "asked").read_text()
    assert "ls-remote https://github.com/actions/checkout refs/tags/v4.4.0 refs/tags/v4.4.0^{}" in asked
    assert "buildx imagetools inspect python:3.12-slim --format {{.Manifest.Digest}}" in asked


# --- systemd


@pytest.mark.debian("systemd")
def test_systemd_finds_the_unit_hardly_exposed() -> None:
    command = ("systemd-analyze", "security", "--offline=true", "--threshold=25", "--no-pager")
    said = subprocess.run(
        (*command, ROOT / "docs/install/fisk.service"),
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert said.returncode == 0, said.stdout


@pytest.mark.debian("systemd")
def test_systemd_would_start_the_unit_as_it_stands(folder: Path) -> None:
    """In a root of its own, which has systemd's units and each program that fisk's names."""
    units = folder / "usr/lib/systemd/system"
    shutil.copytree("/usr/lib/systemd/system", units, symlinks=True)
    shutil.copy(ROOT / "docs/install/fisk.service", units)
    commands = [each for name, values in unit().items() if name.startswith("Exec") for each in values]
    for command in commands:
        program = folder / command.split()[0].lstrip("+").lstrip("/")
        program.parent.mkdir(parents=True, exist_ok=True)
        program.touch(0o755)
    said = subprocess.run(
        ("systemd-analyze", f"--root={folder}", "verify", "fisk.service"),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (said.returncode, said.stdout, said.stderr) == (0, "", "")


def test_a_bot_that_gives_no_sign_of_life_is_restarted_and_one_that_eats_too_much_is_ended() -> None:
    service = unit()
    told = {name: service[name] for name in ("Type", "WatchdogSec", "Restart", "MemoryMax", "LimitCORE")}
    assert told == {
        "Type": ["notify"],
        "WatchdogSec": ["30"],
        "Restart": ["always"],
        "MemoryMax": ["1G"],
        "LimitCORE": ["0"],
    }


HIDDEN = {"ProtectHome": ("/home", "/root", "/run/user"), "PrivateTmp": ("/tmp", "/var/tmp")}


def unit() -> dict[str, list[str]]:
    """The lines of the unit's [Service], by their names; each may be there more than once."""
    text = (ROOT / "docs/install/fisk.service").read_text()
    (service,) = re.findall(r"^\[Service\]\n(.*?)^\[", text, re.MULTILINE | re.DOTALL)
    told: dict[str, list[str]] = {}
    for name, value in re.findall(r"^(\w+)=(.*)$", service, re.MULTILINE):
        told.setdefault(name, []).append(value)
    return told


def under_systemd(folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[PurePosixPath, PurePosixPath]:
    """Where fisk looks for its structure and keeps its state, with the copied examples in its clone."""
    service = unit()
    shutil.copy(ROOT / ".env.example", folder / ".env")
    shutil.copy(ROOT / "fisk.example.toml", folder / "fisk.toml")
    environment = dict(each.split("=", 1) for each in shlex.split(" ".join(service.get("Environment", []))))
    if "EnvironmentFile" in service:  # it wins over the unit's own lines
        environment |= EXAMPLE
    settings = loaded(monkeypatch, environment)
    (home,) = service["WorkingDirectory"]
    there = (PurePosixPath(home) / path.relative_to(folder) for path in (settings.config, settings.state))
    return next(there), next(there)


def test_under_systemd_the_structure_is_the_clones_and_nothing_hides_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, _ = under_systemd(folder, monkeypatch)
    (start,) = unit()["ExecStart"]
    assert start == f"{config.parent}/.venv/bin/python -m bot run"
    assert config.name == "fisk.toml"
    hidden = [place for name, places in HIDDEN.items() if unit()[name] == ["yes"] for place in places]
    assert [place for place in hidden if config.is_relative_to(place)] == []


def test_under_systemd_the_state_is_made_for_fisks_user_and_may_be_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, state = under_systemd(folder, monkeypatch)
    service = unit()
    (user,) = service["User"]
    assert service["ProtectSystem"] == ["strict"]
    assert service.get("ReadWritePaths") == [str(state)]
    assert service.get("ExecStartPre") == [
        f"+/usr/bin/mkdir -p -m 700 {state}",
        f"+/usr/bin/chown -R {user}: {state}",
    ]
