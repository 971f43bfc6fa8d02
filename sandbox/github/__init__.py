"""A stand-in for GitHub: commits, workflow runs and deployments of one repository."""

from sandbox.github.server import GitHub

__all__ = ["GitHub"]
