"""One kept-open connection to each host, and every command an argument list.

paramiko waits in threads, so each host has a few of its own. TCP_NODELAY is what makes a command take 3 ms instead
of 48 on a connection that is open already.
"""

from __future__ import annotations

import asyncio
import select
import shlex
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import field
from typing import TYPE_CHECKING

import paramiko

from deploy.core import errors
from deploy.core.acting import Right, Suspended, acting_by, current_right
from deploy.core.values import dataclass
from deploy.systems.ssh.login import connect

if TYPE_CHECKING:
    from deploy.systems.hosts import Host

    Observe = Callable[[str, str, float], None]

CONNECT_SECONDS = 5.0
LOGIN_SECONDS = 15.0  # a host under load takes its time over the keys
SESSIONS = 6  # commands at once on one connection; sshd's MaxSessions of 10 counts those that just end, too
FULL_PAUSE = 0.02  # seconds until sshd is asked again for a session that it had no room for
CHUNK = 65536


@dataclass(frozen=True, slots=True)
class Output:
    """A command's output and exit status; -1 where a signal ended it."""

    status: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class _Command:
    line: str
    send: str = field(default="", repr=False)


class Ssh:
    """One kept-open connection to one host, opened when it is first needed, and again when it was lost.

    Args:
        host: which.
        connect_within: seconds for the connection.
        login_within: seconds for the log-in on it.
        observe: told of every command: the host, the outcome, and the seconds it took.
    """

    def __init__(
        self,
        host: Host,
        *,
        connect_within: float = CONNECT_SECONDS,
        login_within: float = LOGIN_SECONDS,
        observe: Observe | None = None,
    ) -> None:
        self.host = host
        self._observe = observe or _nobody
        self._within = (connect_within, login_within)
        self._client: paramiko.SSHClient | None = None
        self._closed = False
        self._connecting = threading.Lock()
        self._failed: tuple[float, errors.HostFailure | None] = (0, None)  # the last try in vain, and its end
        self._running: set[paramiko.Channel] = set()
        self._threads = ThreadPoolExecutor(SESSIONS, thread_name_prefix=f"ssh {host.name}")

    async def run(
        self, argv: Sequence[str], *, within: float = 10.0, most: int = 2**20, send: str = ""
    ) -> Output:
        """Run a command; a status other than 0 is no error.

        Args:
            argv: the command, one argument each; quoted here and nowhere else.
            within: seconds for the command, and as many for a session to run it in; the log-in has its own.
            most: bytes that it may say.
            send: what it reads on its standard input, a few kilobytes at most: nobody else on the host sees that.

        Raises:
            errors.HostFailure: it could not be run, or its end is not known.
            Suspended: the lease under which it was asked for has lapsed; fisk does not know which commands only look.
        """
        asked, outcome = time.monotonic(), "cancelled"
        try:
            output = await self._in_a_thread(_Command(shlex.join(argv), send), within, most, asked)
            outcome = "ok"
        except errors.HostFailure as failure:
            outcome = failure.slug
            raise
        finally:
            self._observe(self.host.name, outcome, time.monotonic() - asked)
        return output

    async def _in_a_thread(self, command: _Command, within: float, most: int, asked: float) -> Output:
        loop = asyncio.get_running_loop()
        right = current_right()  # a thread of an executor has no context of ours
        return await loop.run_in_executor(self._threads, self._run, command, within, most, asked, right)

    async def aclose(self) -> None:
        """Close the connection; commands under way end with errors.ConnectionLost."""
        self._closed = True
        if self._client is not None:
            await asyncio.to_thread(self._client.close)
        self._threads.shutdown(wait=False, cancel_futures=True)

    # --- in a thread

    def _run(self, command: _Command, within: float, most: int, asked: float, right: Right) -> Output:
        try:
            with self._session(within, asked) as channel:
                return self._perform(channel, command, within, most, right)
        except (paramiko.SSHException, EOFError, OSError) as error:
            raise self._lost(command, within, error) from None

    def _lost(self, command: _Command, within: float, error: Exception) -> errors.HostFailure:
        if isinstance(error, TimeoutError):
            return errors.CommandTimedOut(system=self.host.name, command=command.line, seconds=within)
        return errors.ConnectionLost(system=self.host.name, command=command.line)

    def _perform(
        self, channel: paramiko.Channel, command: _Command, within: float, most: int, right: Right
    ) -> Output:
        deadline = time.monotonic() + within  # from here on: what the log-in took is not the command's
        self._running.add(channel)
        try:
            channel.settimeout(within)
            _execute(channel, command, right)
            _send(channel, command.send)
            return self._hear(channel, command, deadline, within, most)
        finally:
            self._running.discard(channel)

    def _session(self, within: float, asked: float) -> paramiko.Channel:
        """A session on the open connection; one that turns out to be lost is opened again, nothing having run.

        One that is merely late is left to the commands that run on it.
        """
        again = False
        while True:
            transport = self._transport(asked)
            deadline = time.monotonic() + within
            try:
                return _open_session(transport, deadline)
            except (paramiko.SSHException, EOFError, OSError):
                late = time.monotonic() > deadline and transport.is_active()
                if not (late and self._running):
                    transport.close()
                if late:
                    raise TimeoutError from None
                if again:
                    raise
                again = True

    def _transport(self, asked: float) -> paramiko.Transport:
        with self._connecting:
            transport = self._client.get_transport() if self._client else None
            if transport is None or not transport.is_active():
                transport = self._connected(asked)
            return transport

    def _connected(self, asked: float) -> paramiko.Transport:
        """Connect; callers that waited during a failed attempt get its error instead of a new attempt."""
        at, failure = self._failed
        if failure is not None and at >= asked:
            raise failure.with_traceback(None)
        try:
            self._client = connect(self.host, *self._within) if not self._closed else None
        except errors.HostFailure as why:
            self._failed = (time.monotonic(), why)
            raise
        return self._still_wanted(self._client)

    def _still_wanted(self, client: paramiko.SSHClient | None) -> paramiko.Transport:
        """Close a connection that was established after `aclose`, since nothing else would."""
        transport = client.get_transport() if client else None
        if self._closed and client:
            client.close()
        if self._closed or transport is None:
            raise paramiko.SSHException("closed")
        return transport

    def _hear(
        self, channel: paramiko.Channel, command: _Command, deadline: float, within: float, most: int
    ) -> Output:
        out, err = bytearray(), bytearray()
        waiting = select.poll()
        waiting.register(channel.fileno(), select.POLLIN)
        while not _ended(channel):
            if not waiting.poll(max(0.0, deadline - time.monotonic()) * 1000):
                raise errors.CommandTimedOut(system=self.host.name, command=command.line, seconds=within)
            _drain(channel, out, err)
            if len(out) + len(err) > most:
                raise errors.TooMuchOutput(system=self.host.name, command=command.line, most=most)
        return Output(self._status(channel, command, deadline), _text(out), _text(err))

    def _status(self, channel: paramiko.Channel, command: _Command, deadline: float) -> int:
        channel.status_event.wait(max(0.0, deadline - time.monotonic()))
        transport = channel.get_transport()
        if not channel.exit_status_ready() or (channel.exit_status < 0 and not transport.is_active()):
            raise errors.ConnectionLost(system=self.host.name, command=command.line)
        return channel.exit_status


def _nobody(_host: str, _outcome: str, _seconds: float) -> None:
    """Observes nothing."""


def _execute(channel: paramiko.Channel, command: _Command, right: Right) -> None:
    """Ask sshd to run it: the link looks at the right when the bytes go (login.Link). Raises Suspended."""
    try:
        with acting_by(right):
            channel.exec_command(command.line)
    except Suspended:
        channel.get_transport().close()  # it has counted a packet that was never sent
        raise


def _send(channel: paramiko.Channel, text: str) -> None:
    """Its standard input, to the end; a command that is sent nothing does not read any."""
    if text:
        channel.sendall(text.encode())
        channel.shutdown_write()


def _open_session(transport: paramiko.Transport, deadline: float) -> paramiko.Channel:
    """A session; sshd is asked again while it has no room for one."""
    while True:
        try:
            return transport.open_session(timeout=max(0.1, deadline - time.monotonic()))
        except paramiko.ChannelException:
            if time.monotonic() > deadline:
                raise
            time.sleep(FULL_PAUSE)


def _ended(channel: paramiko.Channel) -> bool:
    over = bool(channel.eof_received or channel.closed)
    return over and not channel.recv_ready() and not channel.recv_stderr_ready()


def _drain(channel: paramiko.Channel, out: bytearray, err: bytearray) -> None:
    if channel.recv_ready():
        out += channel.recv(CHUNK)
    if channel.recv_stderr_ready():
        err += channel.recv_stderr(CHUNK)


def _text(output: bytearray) -> str:
    return output.decode(errors="replace")
