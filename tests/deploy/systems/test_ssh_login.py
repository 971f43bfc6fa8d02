"""Errors in known_hosts, and in fisk's key file."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from paramiko.hostkeys import HostKeys

from deploy.core import errors
from deploy.systems.ssh import Ssh
from sandbox.world import World
from tests.deploy.machines import ssh_to

if TYPE_CHECKING:
    from deploy.systems.hosts import Host


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World(speed=0) as world:
        yield world


OF_ANOTHER = (
    b"db.example ssh-ed25519 AAAA=A",
    b"db.example ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAAgAA",
    b"db.example ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAU6qF8IS7T1BY9A2ZHbM=",
    b"|1|oEvLn0zUkk+QA5NF1gFdD2zFGw=|PyFpp2B/53mgw0xicPIPLFAkKFo= %s",
    b"db.example %s Ana's machine at the caf\xe9",
    b"db.example",
)


@pytest.mark.parametrize("line", OF_ANOTHER)
async def test_a_damaged_line_about_another_host_is_no_matter(
    world: World, tmp_path: Path, line: bytes
) -> None:
    host = ssh_to(world, "vps01").host
    mine = world.hosts.sshd["vps01"].known_hosts_line.encode()
    known = tmp_path / "known"
    known.write_bytes(line.replace(b"%s", mine.split(maxsplit=1)[1].strip()) + b"\n" + mine)
    ssh = Ssh(replace(host, known_hosts=str(known)))
    assert (await ssh.run(["uname", "-m"])).out == "aarch64\n"
    await ssh.aclose()


async def failure(host: Host) -> errors.HostFailure:
    """Why one cannot log in."""
    ssh = Ssh(host)
    with pytest.raises(errors.HostFailure) as caught:
        await ssh.run(["date"])
    await ssh.aclose()
    return caught.value


async def test_where_the_damaged_line_is_the_hosts_own_it_is_unknown(world: World, tmp_path: Path) -> None:
    (tmp_path / "known").write_text(world.hosts.sshd["vps01"].known_hosts_line[:-4])
    found = await failure(replace(ssh_to(world, "vps01").host, known_hosts=str(tmp_path / "known")))
    assert found.code == "host_unknown"


async def test_of_two_keys_of_one_kind_the_first_counts(world: World, tmp_path: Path) -> None:
    first, other = (world.hosts.sshd[name].known_hosts_line for name in ("vps01", "vps"))
    entry = first.split()[0]
    (tmp_path / "known").write_text(f"{entry} {other.split(maxsplit=1)[1]}{first}")
    found = await failure(replace(ssh_to(world, "vps01").host, known_hosts=str(tmp_path / "known")))
    assert found.code == "host_key_changed"


async def test_a_host_whose_name_is_hashed_is_known(world: World, tmp_path: Path) -> None:
    name, key = world.hosts.sshd["vps01"].known_hosts_line.split(maxsplit=1)
    (tmp_path / "known").write_text(f"{HostKeys.hash_host(name)} {key}")
    ssh = Ssh(replace(ssh_to(world, "vps01").host, known_hosts=str(tmp_path / "known")))
    assert (await ssh.run(["uname", "-m"])).out == "aarch64\n"
    await ssh.aclose()


def of_a_security_key() -> bytes:
    """The file of a key that lies in hardware, such as `ssh-keygen -t ed25519-sk` makes."""

    def text(value: bytes) -> bytes:
        return len(value).to_bytes(4, "big") + value

    public = text(text(b"sk-ssh-ed25519@openssh.com") + text(bytes(32)) + text(b"ssh:"))
    whole = b"openssh-key-v1\0" + text(b"none") * 2 + text(b"") + (1).to_bytes(4, "big") + public
    lines = b64encode(whole + text(bytes(8)))
    return b"-----BEGIN OPENSSH PRIVATE KEY-----\n" + lines + b"\n-----END OPENSSH PRIVATE KEY-----\n"


def of_ed448() -> bytes:
    plain = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Ed448PrivateKey.generate().private_bytes(*plain)


@pytest.mark.parametrize("written", [of_a_security_key(), of_ed448()], ids=["security key", "Ed448"])
async def test_a_private_key_of_a_kind_that_fisk_cannot_use(
    world: World, tmp_path: Path, written: bytes
) -> None:
    (tmp_path / "key").write_bytes(written)
    found = await failure(replace(ssh_to(world, "vps01").host, key=str(tmp_path / "key")))
    assert (found.code, found.facts["why"]) == ("host_key_unusable", "it is of a kind that fisk cannot use")


async def test_a_private_key_that_is_damaged(world: World, tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(of_a_security_key()[:90])
    found = await failure(replace(ssh_to(world, "vps01").host, key=str(tmp_path / "key")))
    assert (found.code, found.facts["why"]) == ("host_key_unusable", "it is no private key")
