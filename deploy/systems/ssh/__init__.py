"""The one way out over ssh; paramiko is spoken here and nowhere else."""

from __future__ import annotations

from deploy.systems.ssh.connection import Output, Ssh

__all__ = ["Output", "Ssh"]
