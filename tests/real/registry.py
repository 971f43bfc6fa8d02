"""Debian's docker-registry in the host's namespace, for its Docker engine and for fisk."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from pathlib import Path

from tests.real.namespaces import TAILSCALE, Namespaces, inside

PORT = 5000
NAME = f"127.0.0.1:{PORT}"  # as the engine calls it, which takes loopback without TLS
URL = f"http://{TAILSCALE}:{PORT}"  # as fisk reaches it
UP_WITHIN = 30.0
CONFIG = """
version: 0.1
log: {{level: error, accesslog: {{disabled: true}}}}
storage: {{filesystem: {{rootdirectory: {folder}}}}}
http: {{addr: ":{port}"}}
"""


class RealRegistry:
    def __init__(self, folder: Path, namespaces: Namespaces) -> None:
        self._folder, self._namespaces = folder, namespaces
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Raises RuntimeError where it does not come up."""
        config = self._folder / "registry.yml"
        config.write_text(CONFIG.format(folder=self._folder / "registry", port=PORT))
        clean = {key: value for key, value in os.environ.items() if not key.startswith("REGISTRY_")}
        self._process = subprocess.Popen(
            (
                *("nsenter", f"--net=/run/netns/{self._namespaces.machine}"),
                *("/usr/bin/docker-registry", "serve", str(config)),
            ),
            env={**clean, "OTEL_TRACES_EXPORTER": "none"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + UP_WITHIN
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("docker-registry is not up")
            time.sleep(0.05)

    def _answers(self) -> bool:
        with inside(self._namespaces.machine):
            try:
                socket.create_connection(("127.0.0.1", PORT), 1).close()
            except OSError:
                return False
            return True

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)
