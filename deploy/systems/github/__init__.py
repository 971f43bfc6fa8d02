"""GitHub: commits, builds and its own deployments page, over the REST API."""

from __future__ import annotations

from deploy.systems.github.acting import Acting
from deploy.systems.github.actions import Actions
from deploy.systems.github.commits import Commits
from deploy.systems.github.contents import Contents
from deploy.systems.github.deployments import Deployments

__all__ = ["GitHub"]


class GitHub(Commits, Actions, Acting, Deployments, Contents):
    """One repository at GitHub. Every method may raise any SystemFailure."""
