"""An ssh server in this process, for one of the sandbox's machines.

It accepts one key and exec requests only, several of them at once on one connection, as sshd does.
"""

from __future__ import annotations

import asyncio
import logging
import shlex
import socket
import threading
import time
from concurrent.futures import CancelledError
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import paramiko
from paramiko.common import (
    AUTH_FAILED,
    AUTH_SUCCESSFUL,
    OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED,
    OPEN_SUCCEEDED,
)

from sandbox.machine import HungUp, Output

if TYPE_CHECKING:
    from sandbox.machine import Machine

USER = "admin"

# A bot that is killed hangs up, which is no news here.
logging.getLogger("paramiko").setLevel(logging.CRITICAL)


class SshServer:
    """sshd of one machine, on a free port of 127.0.0.1. `start` must run in the world's event loop.

    Attributes:
        login_takes: seconds that it takes to check a key.
        opens: cleared: no session is opened, and the whole connection blocks.
    """

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.host_key: paramiko.PKey = paramiko.ECDSAKey.generate()
        self.port = 0
        self.logins = 0
        self.login_takes = 0.0
        self.opens = threading.Event()
        self.opens.set()
        self._key = paramiko.ECDSAKey.generate()
        self._listener: socket.socket | None = None
        self._transports: list[paramiko.Transport] = []

    async def start(self, port: int = 0) -> None:
        self._loop = asyncio.get_running_loop()
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port = int(self._listener.getsockname()[1])
        self._accepting = threading.Thread(target=self._accept, args=(self._listener,), daemon=True)
        self._accepting.start()

    async def stop(self) -> None:
        """Stop listening and close all connections."""
        self.opens.set()
        if self._listener is not None:
            with suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            await asyncio.to_thread(self._accepting.join, 2.0)  # includes a connection accepted meanwhile
        self.hang_up()
        await asyncio.gather(*(asyncio.to_thread(each.join, 2.0) for each in self._transports))

    def hang_up(self) -> None:
        """Close every connection abruptly, as a crashing machine does."""
        for transport in self._transports:
            transport.close()

    def write_key(self, path: Path) -> None:
        """Write the private key that this server accepts."""
        self._key.write_private_key_file(str(path))

    @property
    def known_hosts_line(self) -> str:
        name, key = f"[127.0.0.1]:{self.port}", self.host_key
        return f"{name} {key.get_name()} {key.get_base64()}\n"

    # --- in threads

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                link, _ = listener.accept()
            except OSError:
                return
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            transport = _Transport(link)
            transport.add_server_key(self.host_key)
            self._transports.append(transport)
            with suppress(paramiko.SSHException, EOFError, OSError):
                transport.start_server(event=threading.Event(), server=_Session(self))

    def takes(self, user: str, key: paramiko.PKey) -> bool:
        time.sleep(self.login_takes)
        known = user == USER and key.asbytes() == self._key.asbytes()
        self.logins += known
        return known

    def perform(self, channel: paramiko.Channel, command: str) -> None:
        """Run a command in the world's event loop, and send its output and exit status."""
        self.machine.lines.append(command)
        argv = shlex.split(command)
        try:
            heard = _heard(channel) if self.machine.reads(argv) else ""
            output = asyncio.run_coroutine_threadsafe(self.machine.run(argv, heard), self._loop).result()
        except HungUp:
            channel.get_transport().close()
        except (CancelledError, RuntimeError):  # the world is shutting down
            channel.close()
        else:
            _tell(channel, output)


def _heard(channel: paramiko.Channel) -> str:
    """Its standard input, up to the end."""
    return b"".join(iter(lambda: channel.recv(65536), b"")).decode()


def _tell(channel: paramiko.Channel, output: Output) -> None:
    with suppress(OSError, EOFError, paramiko.SSHException):
        channel.sendall(output.out.encode())
        channel.sendall_stderr(output.err.encode())
        channel.send_exit_status(output.status)
        channel.shutdown_write()
        channel.close()


class _Transport(paramiko.Transport):
    """Starts a command after the reply to its exec request was sent: a quick one would otherwise close the
    channel before, and the client would read that as a refusal.
    """

    def __init__(self, link: socket.socket) -> None:
        super().__init__(link)
        self.to_begin: list[threading.Thread] = []

    def _send_user_message(self, data: paramiko.Message) -> None:
        super()._send_user_message(data)  # type: ignore[misc]  # the stubs leave out what is not for everybody
        while threading.current_thread() is self and self.to_begin:
            self.to_begin.pop().start()


class _Session(paramiko.ServerInterface):
    def __init__(self, server: SshServer) -> None:
        self._server = server

    def get_allowed_auths(self, username: str) -> str:  # noqa: ARG002 (paramiko's own signature)
        return "publickey"

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        return AUTH_SUCCESSFUL if self._server.takes(username, key) else AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:  # noqa: ARG002 (likewise)
        self._server.opens.wait()
        return OPEN_SUCCEEDED if kind == "session" else OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        arguments = (channel, command.decode())
        transport = channel.get_transport()
        assert isinstance(transport, _Transport)  # noqa: S101 (this server makes no other)
        transport.to_begin.append(threading.Thread(target=self._server.perform, args=arguments, daemon=True))
        return True
