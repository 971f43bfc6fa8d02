"""A separate Docker engine in the host's namespace, and its BuildKit on a port."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

from tests.real.namespaces import Namespaces, inside, run

UP_WITHIN = 60.0
GATEWAY = "172.30.99.1"  # the machine, as containers see it
BRIDGE = 9999
UPGRADE = b"POST /grpc HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
IMAGE = "moby/buildkit:latest"

# The entry point stands for buildkitd: it takes --addr, needs a moment, and hands every connection to the engine's
# own BuildKit. With a file /broken it ends at once, with /slow it takes its time over it.
BUILDKITD = """#!/bin/sh
trap 'exit 0' TERM INT
echo "buildkitd is told $*"
[ -e /broken ] && echo "buildkitd: no space left on device" && exit 1
sleep 0.3
nc -ll -p 1234 -e nc {gateway} {bridge} &
trap '[ -e /slow ] && sleep 2; kill $!; exit 0' TERM INT
wait $!
"""
# A client of the same port, which prints what buildctl prints.
BUILDCTL = """#!/bin/sh
[ "$1" = --addr ] || {{ echo "error: dial unix /run/buildkit/buildkitd.sock: no such file" >&2; exit 1; }}
echo | nc -w 1 127.0.0.1 1234 >/dev/null 2>&1 || {{ echo "error: connection refused" >&2; exit 1; }}
case "$3 $4" in
  "debug workers") printf 'ID\\t\\tPLATFORMS\\nw1\\t\\tlinux/arm64,linux/arm/v7\\n' ;;
  "du ") printf 'Reclaimable:\\t1.20GB\\nTotal:\\t\\t3.40GB\\n' ;;
esac
"""
# This machine's kernel withholds a capability that --privileged asks for, so the machine's docker leaves that one
# word out. That fisk sends it is held by a test of the argument list.
WRAPPER = """#!/bin/bash
words=()
for word in "$@"; do [ "$word" = --privileged ] || words+=("$word"); done
exec /usr/bin/docker -H unix://{socket} "${{words[@]}}"
"""


class Dockerd:
    """`tools` is a folder whose `docker` speaks to this engine."""

    def __init__(self, folder: Path, namespaces: Namespaces) -> None:
        self.folder, self.tools = folder, folder / "tools"
        self._namespaces = namespaces
        self._process: subprocess.Popen[bytes] | None = None
        self._bridge: socket.socket | None = None

    @property
    def listens_at(self) -> Path:
        return self.folder / "docker.sock"

    def start(self) -> None:
        """Raises RuntimeError with its log where it does not come up."""
        self.tools.mkdir(parents=True)
        wrapper = self.tools / "docker"
        wrapper.write_text(WRAPPER.format(socket=self.listens_at))
        wrapper.chmod(0o755)
        with (self.folder / "log").open("wb") as log:
            self._process = self._launch(log)
        deadline = time.monotonic() + UP_WITHIN
        while subprocess.run((wrapper, "info"), capture_output=True, check=False, timeout=60).returncode:
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"dockerd is not up: {(self.folder / 'log').read_text()[-2000:]}")
            time.sleep(0.05)
        self.make_image()
        self._open_bridge()

    def _launch(self, log: IO[bytes]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            (
                *("nsenter", f"--net=/run/netns/{self._namespaces.machine}", "/usr/sbin/dockerd"),
                *("--data-root", self.folder / "data", "--exec-root", self.folder / "exec"),
                *("--pidfile", self.folder / "pid", "--host", f"unix://{self.listens_at}"),
                *("--storage-driver", "vfs", "--bip", f"{GATEWAY}/24"),
            ),
            stdout=log,
            stderr=log,
        )

    def make_image(self, tag: str = IMAGE, *, broken: bool = False) -> None:
        """An image without any registry: busybox, and the two scripts."""
        root = self.folder / "rootfs"
        shutil.rmtree(root, ignore_errors=True)
        (root / "bin").mkdir(parents=True)
        shutil.copy("/bin/busybox", root / "bin" / "busybox")
        for name in ("sh", "nc", "sleep", "kill", "touch", "rm"):
            (root / "bin" / name).symlink_to("busybox")
        _write(root / "bin" / "buildkitd", BUILDKITD.format(gateway=GATEWAY, bridge=BRIDGE))
        _write(root / "bin" / "buildctl", BUILDCTL.format())
        if broken:
            (root / "broken").touch()
        archive = subprocess.run(("tar", "-C", root, "-c", "."), capture_output=True, check=True).stdout
        change = 'ENTRYPOINT ["/bin/buildkitd"]'
        words = (self.tools / "docker", "import", "--change", change, "-", tag)
        subprocess.run(words, input=archive, capture_output=True, check=True, timeout=60)

    def docker(self, *words: str) -> str:
        """As somebody on the machine would. Raises subprocess.CalledProcessError."""
        return run(str(self.tools / "docker"), *words, within=60)

    def does(self, command: str) -> bool:
        """Whether somebody's `docker COMMAND` runs on the machine now."""
        words = f"unix://{self.listens_at} {command}"
        return any(words in _command(process) for process in Path("/proc").glob("[0-9]*"))

    def clear(self) -> None:
        """Remove every container."""
        if ids := self.docker("ps", "--all", "--quiet").split():
            self.docker("rm", "--force", *ids)

    def iptables(self, *words: str) -> str:
        return run("ip", "netns", "exec", self._namespaces.machine, "iptables", *words)

    def stop(self) -> None:
        if self._bridge is not None:
            with suppress(OSError):
                self._bridge.shutdown(socket.SHUT_RDWR)
            self._bridge.close()
        if self._process is not None:
            with suppress(subprocess.CalledProcessError):
                self.clear()
            self._process.terminate()
            self._process.wait(60)

    # --- the engine's own BuildKit, which speaks gRPC once it is asked to upgrade

    def _open_bridge(self) -> None:
        with inside(self._namespaces.machine):
            self._bridge = socket.create_server((GATEWAY, BRIDGE))
        threading.Thread(target=self._accept, args=(self._bridge,), daemon=True).start()

    def _accept(self, bridge: socket.socket) -> None:
        while True:
            try:
                link, _ = bridge.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(link,), daemon=True).start()

    def _serve(self, link: socket.socket) -> None:
        with link, socket.socket(socket.AF_UNIX) as engine, suppress(OSError):
            engine.connect(str(self.listens_at))
            engine.sendall(UPGRADE)
            answer = b""
            while not answer.endswith(b"\r\n\r\n"):
                answer += engine.recv(1) or b"\r\n\r\n"
            threading.Thread(target=_pump, args=(link, engine), daemon=True).start()
            _pump(engine, link)


def _command(process: Path) -> str:
    try:
        return (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while said := source.recv(65536):
            sink.sendall(said)
    for end in (source, sink):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def _write(path: Path, script: str) -> None:
    path.write_text(script)
    path.chmod(0o755)
