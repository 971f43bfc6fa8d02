"""Workflow files, read for what they build, where, and when; what cannot be told is named as such.

The bot reads them in a process of its own (`process`), since others write them and may mean harm.
"""

from deploy.doctor.workflows.model import (
    SHA,
    SHORT,
    Deploys,
    Emulation,
    ImageBuild,
    Joined,
    Workflow,
    resolved,
)

__all__ = ["SHA", "SHORT", "Deploys", "Emulation", "ImageBuild", "Joined", "Workflow", "resolved"]
