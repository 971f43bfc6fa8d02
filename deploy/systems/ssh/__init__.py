"""The ssh client; nothing else uses paramiko."""

from __future__ import annotations

from deploy.systems.ssh.connection import CONNECT_SECONDS, Output, Ssh
from deploy.systems.ssh.login import HostKey, distrusted, shown_key

__all__ = ["CONNECT_SECONDS", "HostKey", "Output", "Ssh", "distrusted", "shown_key"]
