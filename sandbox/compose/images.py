"""The images that a host has: pulled from the sandbox's registry, by the references that name them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox import story
from sandbox.host import REFERENCE

if TYPE_CHECKING:
    from sandbox.docker import Docker
    from sandbox.registry import Registry, Shipped


class NotPulled(Exception):
    """The text is Docker's."""


class Images:
    """`fails` makes the next pulls fail with this text of Docker's."""

    def __init__(self, docker: Docker, registry: Registry) -> None:
        self._docker, self._registry = docker, registry
        self._local: dict[str, Shipped] = {}
        self.fails = ""

    def has(self, reference: str) -> Shipped | None:
        return self._local.get(reference)

    def pull(self, reference: str) -> Shipped:
        """Raises NotPulled."""
        if self.fails:
            raise NotPulled(self.fails)
        named = REFERENCE.fullmatch(reference)
        if named is None:
            raise NotPulled("invalid reference format")
        shipped = self._registry.find(named["repository"], named["digest"] or named["tag"] or "latest")
        if shipped is None:
            raise NotPulled(f"manifest for {reference} not found: manifest unknown: manifest unknown")
        self._local[reference] = shipped
        digest = f"{story.REGISTRY}/{named['repository']}@{shipped.digest}"
        known = self._docker.pulled.setdefault(shipped.config, [])
        known.extend({digest} - set(known))
        return shipped
