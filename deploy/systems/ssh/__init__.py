"""The ssh client; nothing else uses paramiko."""

from __future__ import annotations

from deploy.systems.ssh.connection import Output, Ssh

__all__ = ["Output", "Ssh"]
