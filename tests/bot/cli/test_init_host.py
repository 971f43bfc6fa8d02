"""`fisk init` with the machines that targets run on, and with several targets."""

from __future__ import annotations

import base64
import hashlib
import stat
import tomllib
from typing import TYPE_CHECKING

import pytest

from bot.cli.init import init
from bot.cli.main import DONE
from sandbox.world import APP_UUID, STAGING_UUID
from tests.bot.cli.test_init import answers, folder, names, typed, world

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.slack import Slack
    from sandbox.ssh import SshServer
    from sandbox.world import World

__all__ = ["folder", "world"]

IMAGE = {"image": "ghcr.io/wandeon/fiskai-app", "platform": "linux/arm64", "workflow": "build.yml"}


@pytest.fixture
def sshd(world: World) -> SshServer:
    return world.hosts.sshd["vps01"]


def fingerprint(sshd: SshServer) -> str:
    """As `ssh-keygen -l` prints it."""
    digest = hashlib.sha256(sshd.host_key.asbytes()).digest()
    return f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"


def way(world: World, sshd: SshServer, *more: str) -> str:
    """What is typed for the machine: address, user, key and what comes after these."""
    return "\n".join([f"127.0.0.1:{sshd.port}", "admin", str(world.hosts.key("vps01")), *more])


async def test_the_machine_and_a_second_target_are_written_and_checked(
    world: World,
    slack: Slack,
    folder: Path,
    sshd: SshServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    staging = ["staging", "", "", "", "", world.host.health_url("staging"), "1"]
    typed(
        answers(world, slack, host=way(world, sshd, "y", "vps01"), more="\n".join(["y", *staging])),
        monkeypatch,
    )
    assert await init() == DONE
    out = capsys.readouterr().out
    assert f"127.0.0.1 shows the host key {fingerprint(sshd)} (ecdsa)" in out
    assert "  ssh-keygen -lf /etc/ssh/ssh_host_ecdsa_key.pub\n" in out
    assert "✓ 127.0.0.1 lets fisk in as admin\n" in out
    assert "✓ host vps01: image of staging   fisk may see which image staging runs\n" in out
    known_hosts = folder / "known_hosts"
    assert (known_hosts.read_text(), stat.S_IMODE(known_hosts.stat().st_mode)) == (
        sshd.known_hosts_line,
        0o600,
    )
    written = tomllib.loads((folder / "fisk.toml").read_text())
    assert written["targets"] == {
        "app": {
            **IMAGE,
            "app": APP_UUID,
            "health": world.host.health_url("app"),
            "environment": "production",
            "host": "vps01",
        },
        "staging": {
            **IMAGE,
            "app": STAGING_UUID,
            "health": world.host.health_url("staging"),
            "environment": "staging",
            "host": "vps01",
        },
    }
    assert written["hosts"] == {
        "vps01": {
            "address": "127.0.0.1",
            "user": "admin",
            "port": sshd.port,
            "key": str(world.hosts.key("vps01")),
            "known_hosts": str(known_hosts),
        }
    }


async def test_a_machine_that_does_not_let_fisk_in_or_shows_another_key_is_told_and_asked_for_again(
    world: World,
    slack: Slack,
    folder: Path,
    sshd: SshServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    other = world.hosts.sshd["vps"]
    elsewhere = f"127.0.0.1:{other.port}"
    known_hosts = folder / "known_hosts"
    known_hosts.write_text(f"[{elsewhere.replace(':', ']:')} {sshd.known_hosts_line.partition(' ')[2]}")
    typed(
        answers(
            world,
            slack,
            host="\n".join(
                [
                    "admin@127.0.0.1",
                    way(world, sshd, "n"),
                    f"127.0.0.1:{sshd.port}\nroot\n{world.hosts.key('vps01')}\ny",
                    f"127.0.0.1:{sshd.port}\nadmin\n{folder / 'nothing'}\ny",
                    f"{elsewhere}\nadmin\n{world.hosts.key('vps')}",
                    "",
                ]
            ),
        ),
        monkeypatch,
    )
    assert await init() == DONE
    out = capsys.readouterr().out
    assert "Error: that is no HOST and no HOST:PORT." in out
    assert [line for line in out.splitlines() if line.startswith("✗")] == [
        f"✗ {known_hosts} has no host key of 127.0.0.1, so fisk did not log in.",
        "✗ 127.0.0.1 refuses the key of root (Authentication failed).",
        f"✗ fisk cannot use the private key {folder / 'nothing'}: there is no such file.",
        f"✗ 127.0.0.1 shows another host key than the one in {known_hosts}, so fisk did not log in.",
    ]
    assert names(folder) == [".env", "fisk.toml", "known_hosts"]
    assert "hosts" not in tomllib.loads((folder / "fisk.toml").read_text())


async def test_a_key_that_known_hosts_has_is_not_asked_for_and_a_name_is_asked_until_it_is_one(
    world: World,
    slack: Slack,
    folder: Path,
    sshd: SshServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    known_hosts = folder / "known_hosts"
    known_hosts.write_text(sshd.known_hosts_line)
    typed(answers(world, slack, host=way(world, sshd, "vps 01", "")), monkeypatch)
    assert await init() == DONE
    out = capsys.readouterr().out
    assert ("shows the host key" in out, "✗ `vps 01` is no name: letters, digits, - and _." in out) == (
        False,
        True,
    )
    written = tomllib.loads((folder / "fisk.toml").read_text())
    assert (written["targets"]["app"]["host"], list(written["hosts"])) == ("host", ["host"])
    assert known_hosts.read_text() == sshd.known_hosts_line
