"""Why a workflow file is not read to its end. They stay inside the reader, which makes them a workflow's fields."""

from __future__ import annotations


class NotAWorkflow(Exception):
    """GitHub would refuse the file, too."""


class Unreadable(Exception):
    """The file may be right, but fisk does not read it."""
