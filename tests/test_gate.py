"""The shipped command lists and fisk-gate: listed commands pass, the same with extra text do not."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from deploy.systems.docker import APP, BUILDER
from tests.gate import LISTS, allowed

IMAGE = "docker image inspect --format '{{json .RepoDigests}}'"
INSPECT = ("docker", "inspect", "--type", "container")
DIGITS = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("line", "let_through"),
    [
        ("docker restart buildkitd", True),
        ("docker restart buildkitd-before", False),
        ("docker restart buildkitd; id", False),
        ("docker logs --tail 20 buildkitd", True),
        ("docker logs --tail 20000 buildkitd", False),
        (f"{IMAGE} sha256:{DIGITS}", True),
        (f"{IMAGE} {DIGITS[:-1]}", False),
        ("docker exec buildkitd buildctl --addr tcp://127.0.0.1:1234 prune --keep-storage 20000", True),
        ("docker exec buildkitd buildctl --addr tcp://127.0.0.1:1234 prune --all", False),
        ("df --output=pcent,ipcent /var/lib/docker", True),
        ("df --output=pcent,ipcent /", False),
        ("sudo -n ip6tables -S", True),
        ("sudo -n nft list tables", True),
        ("sudo -n nft flush ruleset", False),
        ("docker rm --force app", False),
        (shlex.join([*INSPECT, "--format", BUILDER, "buildkitd"]), True),
        (shlex.join([*INSPECT, "--format", APP, DIGITS]), True),
        (
            shlex.join([*INSPECT, "--format", BUILDER, DIGITS]),
            False,
        ),  # an app's arguments may have a password
        (f"docker inspect --type container {DIGITS}", False),
        ("docker inspect --type container buildkitd", False),
        (shlex.join([*INSPECT, "--format", "{{json .Config.Env}}", DIGITS]), False),
        (shlex.join([*INSPECT, "--format", "{{json .}}", "buildkitd"]), False),
        (shlex.join([*INSPECT, "--format", APP + "{{json .Config.Env}}", DIGITS]), False),
        ("", False),
    ],
)
def test_the_list_for_buildkits_host_has_whole_commands_only(line: str, *, let_through: bool) -> None:
    assert allowed("vps01", line) is let_through


def test_the_gate_reads_the_shipped_list() -> None:
    assert _gate("date -u +%s").stdout.strip().isdecimal()
    refused = _gate("date -u +%s; id")
    assert (refused.returncode, refused.stdout) == (126, "")


def test_what_the_gate_is_asked_for_it_looks_up_and_does_not_run(tmp_path: Path) -> None:
    for program in ("docker", "sudo"):
        (tmp_path / program).write_text(f'#!/bin/sh\necho {program} "$@" >>{tmp_path}/ran\n')
        (tmp_path / program).chmod(0o755)
    lines = ("docker restart buildkitd", "sudo -n iptables -S", "docker restart app")
    assert [_gate(f"fisk-gate may {line}", tmp_path).returncode for line in lines] == [0, 0, 126]
    assert (tmp_path / "ran").read_text() == "sudo -n -l iptables -S\n"


@pytest.mark.parametrize("form", [APP, BUILDER])
def test_no_field_that_fisk_asks_for_holds_a_containers_environment(form: str) -> None:
    fields = set(re.findall(r"\{\{json \.([A-Za-z.]+)\}\}", form))
    assert form.count("{{") == len(fields)
    assert fields - {"Config.Cmd"} == {
        *("Id", "Name", "Image", "RestartCount", "Config.Image"),
        *("State.Status", "State.StartedAt", "State.ExitCode", "State.Error"),
        *("HostConfig.Privileged", "HostConfig.RestartPolicy", "HostConfig.PortBindings"),
    }


def test_the_gate_runs_what_fisk_sends_and_nothing_with_more_fields(tmp_path: Path) -> None:
    docker = tmp_path / "docker"
    docker.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    docker.chmod(0o755)
    asked = [*INSPECT, "--format", APP, DIGITS]
    said = _gate(shlex.join(asked), tmp_path)
    assert (said.returncode, said.stdout.splitlines()) == (0, asked[1:])
    more = _gate(shlex.join([*INSPECT, "--format", f"{APP}{{{{json .Config.Env}}}}", DIGITS]), tmp_path)
    assert (more.returncode, more.stdout) == (126, "")


def _gate(asked: str, programs: Path = Path("/usr/bin")) -> subprocess.CompletedProcess[str]:
    words = ("bash", LISTS / "fisk-gate", LISTS / "fisk-gate.vps01")
    environment = {"SSH_ORIGINAL_COMMAND": asked, "PATH": f"{programs}:/usr/bin:/bin"}
    return subprocess.run(words, env=environment, capture_output=True, text=True, check=False, timeout=30)
