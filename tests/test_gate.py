"""The shipped command lists and fisk-gate: listed commands pass, the same with extra text do not."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from deploy.systems.docker import APP, BUILDER, WORKER
from tests.gate import LISTS, WORKERS, allowed

IMAGE = "docker image inspect --format '{{json .RepoDigests}}'"
INSPECT = ("docker", "inspect", "--type", "container")
LISTED = (
    "docker ps --no-trunc --filter label=com.docker.compose.project"
    """ --format '{{.Label "com.docker.compose.project"}} {{.ID}} {{.Names}}'"""
)
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
        (f"{IMAGE} sha256:{DIGITS} sha256:{DIGITS}", True),
        (f"{IMAGE} {DIGITS[:-1]}", False),
        (LISTED, True),
        (LISTED.replace("{{.Names}}", "{{.Labels}}"), False),  # where a proxy's passwords may be
        ("docker exec buildkitd buildctl --addr tcp://127.0.0.1:1234 prune --keep-storage 20000", True),
        ("docker exec buildkitd buildctl --addr tcp://127.0.0.1:1234 prune --all", False),
        (f"docker exec {DIGITS} node_modules/.bin/prisma migrate status", True),
        (f"docker exec {DIGITS} node_modules/.bin/prisma migrate reset", False),
        ("docker exec buildkitd node_modules/.bin/prisma migrate status", False),
        ("df --output=pcent,ipcent /var/lib/docker", True),
        ("df --output=pcent,ipcent /", False),
        ("sudo -n ip6tables -S", True),
        ("sudo -n nft list tables", True),
        ("sudo -n nft flush ruleset", False),
        ("docker rm --force app", False),
        (shlex.join([*INSPECT, "--format", BUILDER, "buildkitd"]), True),
        (shlex.join([*INSPECT, "--format", APP, DIGITS]), True),
        (shlex.join([*INSPECT, "--format", APP, DIGITS, DIGITS]), True),
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


LOCKED = f"flock --nonblock --conflict-exit-code 75 {WORKERS}"
COMPOSE = (
    f"--project-directory {WORKERS} --file {WORKERS}/docker-compose.workers.yml --project-name fiskai-workers"
)


@pytest.mark.parametrize(
    ("line", "let_through"),
    [
        ("docker compose version", True),
        ("docker compose config", False),
        (f"fisk-compose read {WORKERS} IMAGE_TAG EXPECTED_GIT_SHA", True),
        (f"fisk-compose read {WORKERS} IMAGE_TAG EXPECTED_GIT_SHA DATABASE_URL", False),
        (f"fisk-compose read {WORKERS} DATABASE_URL", False),
        (f"fisk-compose read {WORKERS}/../other IMAGE_TAG EXPECTED_GIT_SHA", False),
        (f"fisk-compose write {WORKERS} IMAGE_TAG EXPECTED_GIT_SHA", True),
        (f"{LOCKED} true", True),
        (f"{LOCKED} id", False),
        (f"docker compose {COMPOSE} config --services", True),
        (f"docker compose {COMPOSE} config", False),
        (f"{LOCKED} docker-compose {COMPOSE} pull --quiet receipts", True),
        (f"{LOCKED} docker-compose {COMPOSE} pull --quiet", False),
        (
            f"{LOCKED} docker compose {COMPOSE} up --detach --remove-orphans --force-recreate scans ocr-2",
            True,
        ),
        (f"{LOCKED} docker compose {COMPOSE} up --detach --remove-orphans --build", False),
        (f"{LOCKED} docker compose {COMPOSE} up --detach --remove-orphans scans --build", False),
        (f"{LOCKED} docker compose {COMPOSE} up --detach --remove-orphans scans; id", False),
        (f"{LOCKED} docker compose {COMPOSE} down", False),
        (f"docker exec {DIGITS} printenv GIT_SHA", True),
        (f"docker exec {DIGITS} printenv", False),
        (f"docker exec {DIGITS} printenv DATABASE_URL", False),
        (shlex.join([*INSPECT, "--format", WORKER, DIGITS, DIGITS]), True),
        (shlex.join([*INSPECT, "--format", WORKER]), False),
        (shlex.join([*INSPECT, "--format", WORKER, DIGITS, "buildkitd"]), False),
        (shlex.join([*INSPECT, "--format", WORKER + "{{json .Config.Env}}", DIGITS]), False),
    ],
)
def test_the_list_for_the_workers_host_has_whole_commands_only(line: str, *, let_through: bool) -> None:
    assert allowed("vps", line) is let_through


@pytest.mark.parametrize(
    ("ids", "let_through"),
    [
        (DIGITS, True),
        (f"{DIGITS} sha256:{DIGITS} {DIGITS}", True),
        ("", False),
        (f"{DIGITS}{DIGITS}", False),
        (f"{DIGITS}  {DIGITS}", False),
        (f"{DIGITS} ", False),
        (f"{DIGITS} --all", False),
        (f"{DIGITS}\n{DIGITS}", False),
    ],
)
def test_the_gate_knows_several_ids_by_the_blanks_between(
    tmp_path: Path, ids: str, *, let_through: bool
) -> None:
    (tmp_path / "list").write_text("echo <ids>\n")
    asked = _gate(f"echo {ids}", listed=tmp_path / "list")
    assert (asked.returncode, asked.stdout) == ((0, f"{ids}\n") if let_through else (126, ""))


def test_what_the_gate_lets_through_reads_what_fisk_sends_and_never_the_list(tmp_path: Path) -> None:
    (tmp_path / "list").write_text("cat\nsecond line\n")
    sent = _gate("cat", listed=tmp_path / "list", sent="IMAGE_TAG=3f2a1b9\n")
    assert (sent.returncode, sent.stdout) == (0, "IMAGE_TAG=3f2a1b9\n")


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


@pytest.mark.parametrize("form", [APP, BUILDER, WORKER])
def test_no_field_that_fisk_asks_for_holds_a_containers_environment(form: str) -> None:
    fields = re.findall(r"\{\{json (?:\.|\(index \.)([A-Za-z.]+)[^}]*\}\}", form)
    assert form.count("{{json") == len(fields)
    assert set(re.findall(r"\{\{(?!json)[^}]*\}\}", form)) <= {
        '{{if index .State "Health"}}',
        "{{else}}",
        "{{end}}",
    }
    assert set(fields) - {"Config.Cmd", "Config.Labels", "State.Health.Status"} == {
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


def _gate(
    asked: str,
    programs: Path = Path("/usr/bin"),
    *,
    listed: Path = LISTS / "fisk-gate.vps01",
    sent: str = "",
) -> subprocess.CompletedProcess[str]:
    words = ("bash", LISTS / "fisk-gate", listed)
    environment = {"SSH_ORIGINAL_COMMAND": asked, "PATH": f"{programs}:/usr/bin:/bin"}
    return subprocess.run(
        words, env=environment, input=sent, capture_output=True, text=True, check=False, timeout=30
    )
