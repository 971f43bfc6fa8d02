"""The guided story of the page: ten steps, what can go wrong outside Slack, and what is so there."""

from sandbox.tour.tour import Tour

__all__ = ["Tour"]
