"""The shipped command lists and fisk-gate: listed commands pass, the same with extra text do not."""

from __future__ import annotations

import subprocess

import pytest

from tests.gate import LISTS, allowed

IMAGE = "docker image inspect --format '{{json .RepoDigests}}'"
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
        ("", False),
    ],
)
def test_the_list_for_buildkits_host_has_whole_commands_only(line: str, *, let_through: bool) -> None:
    assert allowed("vps01", line) is let_through


def test_the_gate_reads_the_shipped_list() -> None:
    assert _gate("date -u +%s").stdout.strip().isdecimal()
    refused = _gate("date -u +%s; id")
    assert (refused.returncode, refused.stdout) == (126, "")


def _gate(asked: str) -> subprocess.CompletedProcess[str]:
    words = ("bash", LISTS / "fisk-gate", LISTS / "fisk-gate.vps01")
    environment = {"SSH_ORIGINAL_COMMAND": asked, "PATH": "/usr/bin:/bin"}
    return subprocess.run(words, env=environment, capture_output=True, text=True, check=False, timeout=30)
