"""Logging in on a host: strict about its key, and an error for each thing that can be wrong."""

from __future__ import annotations

import logging
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

import paramiko
from cryptography.exceptions import UnsupportedAlgorithm
from paramiko.hostkeys import HostKeyEntry, HostKeys
from paramiko.pkey import UnknownKeyType

from deploy.core import errors
from deploy.core.acting import insist_on_right
from deploy.core.values import dataclass

if TYPE_CHECKING:
    from deploy.systems.hosts import Host

KEEP_ALIVE = 15  # seconds between two keep-alives on an idle connection
DEAD_AFTER = 20_000  # milliseconds without an answer after which the kernel gives a connection up
SSH_PORT = 22

# Its log messages are in the errors already, and are not JSON lines.
logging.getLogger("paramiko").setLevel(logging.CRITICAL)


class Link(socket.socket):
    """A connection whose bytes go out under the right to act of the thread that sends them.

    paramiko may wait after it was told to send, as for new session keys, so the look is where the bytes go.
    """

    def send(self, data: Any, flags: int = 0, /) -> int:
        insist_on_right()
        return super().send(data, flags)


class _Strict(paramiko.MissingHostKeyPolicy):
    """Reject hosts with an unknown key, as RejectPolicy does; the error shows the fingerprint to compare."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def missing_host_key(self, _client: paramiko.SSHClient, _hostname: str, key: paramiko.PKey) -> None:
        raise distrusted(self._host, key.fingerprint)


class _Way(TypedDict):
    system: str
    address: str
    port: int
    user: str
    known_hosts: str
    key: str
    entry: str


def _entry(host: Host) -> str:
    """Its name in known_hosts."""
    return host.address if host.port == SSH_PORT else f"[{host.address}]:{host.port}"


def _way_to(host: Host) -> _Way:
    return {
        "system": host.name,
        "address": host.address,
        "port": host.port,
        "user": host.user,
        "known_hosts": host.known_hosts,
        "key": host.key or "of the agent",
        "entry": _entry(host),
    }


def connect(host: Host, within: float, login_within: float) -> paramiko.SSHClient:
    """Log in, within so many seconds for the connection and for the rest.

    Raises:
        errors.HostFailure: a kind for each thing that can be wrong.
    """
    link = _dial(host, within)
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(_Strict(host))
    try:
        _trust(client, host)
        _log_in(client, host, link, login_within)
    except BaseException:
        client.close()
        link.close()
        raise
    return client


def _dial(host: Host, within: float) -> socket.socket:
    way = _way_to(host)
    try:
        link = socket.create_connection((host.address, host.port), timeout=within)
    except ConnectionRefusedError:
        raise errors.HostRefused(**way) from None
    except TimeoutError:
        raise errors.HostTimedOut(seconds=within, **way) from None
    except OSError as error:
        raise errors.HostUnreachable(why=error.strerror or type(error).__name__, **way) from None
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, DEAD_AFTER)
    timeout = link.gettimeout()
    guarded = Link(fileno=link.detach())
    guarded.settimeout(timeout)
    return guarded


def _trust(client: paramiko.SSHClient, host: Host) -> None:
    """Take the host's own keys from known_hosts."""
    for key in reversed(
        _known_keys(host)
    ):  # of two keys of one kind the file's first counts, and is added last
        client.get_host_keys().add(_entry(host), key.get_name(), key)


def _known_keys(host: Host) -> list[paramiko.PKey]:
    try:
        lines = Path(host.known_hosts).read_text(errors="replace").splitlines()
    except FileNotFoundError:
        return []  # then no host is known, which is what is said of this one
    except OSError as error:
        raise errors.HostUnreachable(why=f"{host.known_hosts}: {error.strerror}", **_way_to(host)) from None
    return [key for line in lines if (key := _known(line.strip(), _entry(host)))]


@dataclass(frozen=True, slots=True)
class HostKey:
    """The key that a host shows of itself.

    Attributes:
        kind: as in the name of sshd's file with it.
        fingerprint: as `ssh-keygen -l` prints it.
        line: that of known_hosts.
        known: whether it stands there.
    """

    kind: str
    fingerprint: str
    line: str
    known: bool


def shown_key(host: Host, within: float) -> HostKey:
    """Ask a host for its key.

    Raises:
        errors.HostFailure: HostKeyChanged where another one of its kind is known, and others.
    """
    key = _asked_for_key(host, within)
    same_kind = [known for known in _known_keys(host) if known.get_name() == key.get_name()]
    if same_kind and same_kind[0] != key:
        raise errors.HostKeyChanged(**_way_to(host))
    line = f"{_entry(host)} {key.get_name()} {key.get_base64()}"
    return HostKey(key.algorithm_name.lower(), key.fingerprint, line, bool(same_kind))


def _asked_for_key(host: Host, within: float) -> paramiko.PKey:
    begun, transport = time.monotonic(), paramiko.Transport(_dial(host, within))
    try:
        transport.start_client(timeout=within)
        return transport.get_remote_server_key()
    except (paramiko.SSHException, EOFError, OSError) as error:
        raise _failed(error, host, within, late=time.monotonic() - begun >= within) from None
    finally:
        transport.close()


def distrusted(host: Host, fingerprint: str) -> errors.UnknownHost:
    """What is said of a host whose key nobody vouches for."""
    return errors.UnknownHost(fingerprint=fingerprint, **_way_to(host))


def _known(line: str, name: str) -> paramiko.PKey | None:
    """The key that a line of known_hosts has for a host. As with ssh, a damaged line is about no host."""
    try:
        entry = HostKeyEntry.from_line(line)
        return entry.key if entry and any(_means(each, name) for each in entry.hostnames or ()) else None
    except Exception:  # noqa: BLE001 (paramiko lets through whatever the libraries below it raise)
        return None


def _means(listed: str, name: str) -> bool:
    return listed == (HostKeys.hash_host(name, listed) if listed.startswith("|1|") else name)


def _key(host: Host) -> paramiko.PKey:
    """The private key. Raises errors.KeyUnusable, which shows nothing of it."""
    try:
        return paramiko.PKey.from_path(host.key)
    except TypeError:
        why = "it has a passphrase"
    except FileNotFoundError:
        why = "there is no such file"
    except OSError as error:
        why = error.strerror or type(error).__name__
    except (UnknownKeyType, UnsupportedAlgorithm):
        why = "it is of a kind that fisk cannot use"
    except Exception:  # noqa: BLE001 (as above; a text of theirs may quote the key)
        why = "it is no private key"
    raise errors.KeyUnusable(why=why, **_way_to(host))


def _log_in(client: paramiko.SSHClient, host: Host, link: socket.socket, within: float) -> None:
    way, begun = _way_to(host), time.monotonic()
    try:
        client.connect(
            host.address,
            host.port,
            host.user,
            pkey=_key(host) if host.key else None,
            allow_agent=not host.key,
            look_for_keys=False,
            sock=link,
            timeout=within,
            banner_timeout=within,
            auth_timeout=within,
        )
    except paramiko.BadHostKeyException:
        raise errors.HostKeyChanged(**way) from None
    except paramiko.AuthenticationException as error:
        raise errors.KeyRefused(why=str(error).rstrip("."), **way) from None
    except (paramiko.SSHException, EOFError, OSError) as error:
        late = time.monotonic() - begun >= within
        raise _failed(error, host, within, late=late) from None
    transport = client.get_transport()
    assert transport is not None  # noqa: S101 (it just logged in)
    transport.set_keepalive(KEEP_ALIVE)


def _failed(error: Exception, host: Host, within: float, *, late: bool) -> errors.HostFailure:
    """What paramiko has no kinds for: no key to offer, and silence before the log-in."""
    way, words = _way_to(host), str(error)
    if "No authentication methods" in words:
        return errors.KeyRefused(why="the agent offers none", **way)
    if late or isinstance(error, TimeoutError):
        return errors.HostTimedOut(seconds=within, **way)
    return errors.HostUnreachable(why=words.rstrip(".") or type(error).__name__, **way)
