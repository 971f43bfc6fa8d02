"""Loading what is named only once it is needed: few of fisk's verbs are used in a day, and each takes memory."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def loaded(path: str) -> Any:
    """The function that a path such as `commands.deploy.run` names."""
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)
