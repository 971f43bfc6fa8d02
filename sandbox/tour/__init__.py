"""The guided story of the page: its steps, what can go wrong outside Slack, and what is so there."""

from sandbox.tour.tour import Tour

__all__ = ["Tour"]
