"""The one way out over ssh: one kept-open connection to each host, and every command an argument list.

paramiko waits in threads, so each host has a few of its own. TCP_NODELAY is what makes a command take 3 ms instead
of 48 on a connection that is open already.
"""

from __future__ import annotations

import asyncio
import logging
import select
import shlex
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import paramiko

from deploy import errors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from deploy.hosts import Host

CONNECT_SECONDS = 5.0
LOGIN_SECONDS = 15.0  # a host under load takes its time over the keys
SESSIONS = (
    6  # commands at once on one connection; sshd's MaxSessions is 10, and it counts those that just end
)
FULL_PAUSE = 0.02  # seconds until sshd is asked again for a session that it had no room for
KEEP_ALIVE = 15  # seconds between two signs of life on an idle connection
DEAD_AFTER = 20_000  # milliseconds without an answer after which the kernel gives a connection up
CHUNK = 65536
SSH_PORT = 22

# What it logs is in the errors already, and a warning of its own would be a second voice.
logging.getLogger("paramiko").setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class Output:
    """What a command said, and its exit status; -1 where a signal ended it."""

    status: int
    out: str
    err: str


class Ssh:
    """One kept-open connection to one host, opened when it is first needed, and again when it was lost.

    Args:
        host: which.
        connect_within: seconds for the connection.
        login_within: seconds for the log-in on it.
    """

    def __init__(
        self, host: Host, *, connect_within: float = CONNECT_SECONDS, login_within: float = LOGIN_SECONDS
    ) -> None:
        self.host = host
        self._within = (connect_within, login_within)
        self._client: paramiko.SSHClient | None = None
        self._connecting = threading.Lock()
        self._failed: tuple[float, errors.HostFailure | None] = (0, None)  # the last try in vain, and its end
        self._threads = ThreadPoolExecutor(SESSIONS, thread_name_prefix=f"ssh {host.name}")

    async def run(self, argv: Sequence[str], *, within: float = 10.0, most: int = 2**20) -> Output:
        """Run a command; a status other than 0 is no error.

        Args:
            argv: the command, one argument each; quoted here and nowhere else.
            within: seconds for the command.
            most: bytes that it may say.

        Raises:
            errors.HostFailure: it could not be run, or its end is not known.
        """
        command = shlex.join(argv)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._run, command, within, most, time.monotonic())

    async def aclose(self) -> None:
        """Close the connection; commands under way end with errors.ConnectionLost."""
        if self._client is not None:
            await asyncio.to_thread(self._client.close)
        self._threads.shutdown(wait=False, cancel_futures=True)

    # --- in a thread

    def _run(self, command: str, within: float, most: int, asked: float) -> Output:
        deadline = time.monotonic() + within
        try:
            with self._begin(command, within, asked) as channel:
                return self._hear(channel, command, deadline, within, most)
        except (paramiko.SSHException, EOFError, OSError) as error:
            raise self._lost(command, within, error) from None

    def _lost(self, command: str, within: float, error: Exception) -> errors.HostFailure:
        if isinstance(error, TimeoutError):
            return errors.CommandTimedOut(system=self.host.name, command=command, seconds=within)
        return errors.ConnectionLost(system=self.host.name, command=command)

    def _begin(self, command: str, within: float, asked: float) -> paramiko.Channel:
        channel = self._session(time.monotonic() + within, asked)
        channel.settimeout(within)
        channel.exec_command(command)
        return channel

    def _session(self, deadline: float, asked: float) -> paramiko.Channel:
        """A session on the open connection; one that turns out to be lost is opened again, nothing having run."""
        again = False
        while True:
            transport = self._transport(asked)
            try:
                return transport.open_session(timeout=max(0.1, deadline - time.monotonic()))
            except (
                paramiko.ChannelException
            ):  # full for the moment; the connection is well, and others use it
                if time.monotonic() > deadline:
                    raise
                time.sleep(FULL_PAUSE)
            except (paramiko.SSHException, EOFError, OSError):
                transport.close()
                if again or time.monotonic() > deadline:
                    raise
                again = True

    def _transport(self, asked: float) -> paramiko.Transport:
        with self._connecting:
            transport = self._client.get_transport() if self._client else None
            if transport is None or not transport.is_active():
                self._client = self._connected(asked)
                transport = self._client.get_transport()
                assert transport is not None  # noqa: S101 (a client that is logged in has one)
            return transport

    def _connected(self, asked: float) -> paramiko.SSHClient:
        """Whoever waited while another one tried in vain does not wait as long again."""
        at, failure = self._failed
        if failure is not None and at >= asked:
            raise failure.with_traceback(None)
        try:
            return connect(self.host, *self._within)
        except errors.HostFailure as why:
            self._failed = (time.monotonic(), why)
            raise

    def _hear(
        self, channel: paramiko.Channel, command: str, deadline: float, within: float, most: int
    ) -> Output:
        out, err = bytearray(), bytearray()
        waiting = select.poll()
        waiting.register(channel.fileno(), select.POLLIN)
        while not _ended(channel):
            if not waiting.poll(max(0.0, deadline - time.monotonic()) * 1000):
                raise errors.CommandTimedOut(system=self.host.name, command=command, seconds=within)
            _drain(channel, out, err)
            if len(out) + len(err) > most:
                raise errors.TooMuchOutput(system=self.host.name, command=command, most=most)
        return Output(self._status(channel, command, deadline), _text(out), _text(err))

    def _status(self, channel: paramiko.Channel, command: str, deadline: float) -> int:
        channel.status_event.wait(max(0.0, deadline - time.monotonic()))
        transport = channel.get_transport()
        if not channel.exit_status_ready() or (channel.exit_status < 0 and not transport.is_active()):
            raise errors.ConnectionLost(system=self.host.name, command=command)
        return channel.exit_status


def _ended(channel: paramiko.Channel) -> bool:
    over = bool(channel.eof_received or channel.closed)
    return over and not channel.recv_ready() and not channel.recv_stderr_ready()


def _drain(channel: paramiko.Channel, out: bytearray, err: bytearray) -> None:
    if channel.recv_ready():
        out += channel.recv(CHUNK)
    if channel.recv_stderr_ready():
        err += channel.recv_stderr(CHUNK)


def _text(said: bytearray) -> str:
    return said.decode(errors="replace")


# --- logging in


class _Strict(paramiko.MissingHostKeyPolicy):
    """A host whose key is not on file is not talked to, as with RejectPolicy; the error shows the key to compare."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def missing_host_key(self, _client: paramiko.SSHClient, _hostname: str, key: paramiko.PKey) -> None:
        raise errors.UnknownHost(fingerprint=key.fingerprint, **_facts(self._host))


def _facts(host: Host) -> dict[str, Any]:
    entry = host.address if host.port == SSH_PORT else f"[{host.address}]:{host.port}"
    return {
        "system": host.name,
        "address": host.address,
        "port": host.port,
        "user": host.user,
        "known_hosts": host.known_hosts,
        "key": host.key or "of the agent",
        "entry": entry,
    }


def connect(
    host: Host, within: float = CONNECT_SECONDS, login_within: float = LOGIN_SECONDS
) -> paramiko.SSHClient:
    """Log in. Raises errors.HostFailure, a kind for each thing that can be wrong."""
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
    facts = _facts(host)
    try:
        link = socket.create_connection((host.address, host.port), timeout=within)
    except ConnectionRefusedError:
        raise errors.HostRefused(**facts) from None
    except TimeoutError:
        raise errors.HostTimedOut(seconds=within, **facts) from None
    except OSError as error:
        raise errors.HostUnreachable(why=error.strerror or type(error).__name__, **facts) from None
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, DEAD_AFTER)
    return link


def _trust(client: paramiko.SSHClient, host: Host) -> None:
    try:
        client.load_host_keys(host.known_hosts)
    except FileNotFoundError:
        pass  # then no host is known, which is what is said of this one
    except (OSError, paramiko.SSHException) as error:
        raise errors.HostUnreachable(why=f"{host.known_hosts}: {error}", **_facts(host)) from None


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
    except (ValueError, paramiko.SSHException):
        why = "it is no private key"
    raise errors.KeyUnusable(why=why, **_facts(host))


def _log_in(client: paramiko.SSHClient, host: Host, link: socket.socket, within: float) -> None:
    facts, begun = _facts(host), time.monotonic()
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
        raise errors.HostKeyChanged(**facts) from None
    except paramiko.AuthenticationException as error:
        raise errors.KeyRefused(why=str(error).rstrip("."), **facts) from None
    except (paramiko.SSHException, EOFError, OSError) as error:
        late = time.monotonic() - begun >= within
        raise _failed(error, host, within, late=late) from None
    transport = client.get_transport()
    assert transport is not None  # noqa: S101 (it just logged in)
    transport.set_keepalive(KEEP_ALIVE)


def _failed(error: Exception, host: Host, within: float, *, late: bool) -> errors.HostFailure:
    """What paramiko has no kinds for: no key to offer, and silence before the log-in."""
    facts, words = _facts(host), str(error)
    if "No authentication methods" in words:
        return errors.KeyRefused(why="the agent offers none", **facts)
    if late or isinstance(error, TimeoutError):
        return errors.HostTimedOut(seconds=within, **facts)
    return errors.HostUnreachable(why=words.rstrip(".") or type(error).__name__, **facts)
