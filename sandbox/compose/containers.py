"""The containers of a compose project: made, kept or removed, with the labels that compose gives them."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING

from sandbox.compose import worker
from sandbox.container import Container

if TYPE_CHECKING:
    from sandbox.compose.edition import Edition
    from sandbox.compose.images import Images
    from sandbox.compose.model import Project, Service
    from sandbox.machine import Machine
    from sandbox.registry import Shipped

LABEL = "com.docker.compose"  # 1.29.2, const.py; v2, pkg/api/labels.go
PROJECT, SERVICE, HASH = f"{LABEL}.project", f"{LABEL}.service", f"{LABEL}.config-hash"
GOING = {"running", "restarting"}
Deed = tuple[str, str, Callable[[], None]]


class Containers:
    """Tests may change these attributes.

    Attributes:
        crashes: services whose program exits at once.
        sick: services whose health check fails.
        keeps: services that compose takes for unchanged, unless it is told to make them anew.
        checked_after: seconds until a health check says that all is well.
    """

    def __init__(self, machine: Machine, images: Images) -> None:
        self.crashes: set[str] = set()
        self.sick: set[str] = set()
        self.keeps: set[str] = set()
        self.checked_after = 0.2
        self._machine, self._images = machine, images
        self._made_of: dict[str, Shipped] = {}

    @property
    def _all(self) -> dict[str, Container]:
        return self._machine.docker.containers

    def of(self, project: str) -> list[Container]:
        return [each for each in self._all.values() if each.labels.get(PROJECT) == project]

    @property
    def made(self) -> list[tuple[Container, Shipped]]:
        """Each container with its image."""
        return [(each, self._made_of[each.id]) for each in self._all.values() if each.id in self._made_of]

    def service(self, project: str, name: str) -> Container:
        """The container of a service."""
        return next(each for each in self.of(project) if each.labels[SERVICE] == name)

    def remove_orphans(self, project: Project) -> None:
        """Those of services that the file no longer has; not those of `compose run`."""
        known = {service.name for service in project.services}
        for each in self.of(project.name):
            if each.labels[SERVICE] not in known and each.labels[f"{LABEL}.oneoff"] == "False":
                del self._all[each.name]

    def deed(self, edition: Edition, project: Project, service: Service, *, forced: bool) -> Deed | None:
        """What is to be done for a service, to which container, and how; None where all is as it should be."""
        found = next((each for each in self.of(project.name) if each.labels[SERVICE] == service.name), None)
        if found is None:
            name = edition.between.join((project.name, service.name, "1"))
            return "Creating", name, lambda: self._make(edition, project, service, name)
        if forced or self._differs(edition, found, service):
            return "Recreating", found.name, lambda: self._make(edition, project, service, found.name)
        return ("Starting", found.name, lambda: self._start(found)) if found.status not in GOING else None

    def halt(self, deed: Deed | None) -> None:
        """Stop what was about to be made anew, and do no more to it: that is how making anew begins."""
        found = self._all.get(deed[1]) if deed else None
        if found is not None:
            found.status, found.exit_code = "exited", 0

    def _differs(self, edition: Edition, container: Container, service: Service) -> bool:
        """By configuration or image: 1.29.2 has both in the hash, v2 the image in a label of its own."""
        shipped = self._images.has(service.image)
        if shipped is None or service.name in self.keeps:
            return shipped is None
        labels = _labels(edition, service, shipped)
        return any(container.labels.get(name) != value for name, value in labels.items())

    def _make(self, edition: Edition, project: Project, service: Service, name: str) -> None:
        shipped = self._images.has(service.image)
        assert shipped is not None  # noqa: S101 (an `up` has pulled it)
        environment = {worker.BAKED: shipped.sha, **service.environment}
        self._all[name] = made = Container(
            name=name,
            image=service.image,
            id=secrets.token_hex(32),
            image_id=shipped.config,
            digests=self._machine.docker.pulled[shipped.config],
            labels={
                **_labels(edition, service, shipped),
                PROJECT: project.name,
                SERVICE: service.name,
                f"{LABEL}.oneoff": "False",
                f"{LABEL}.container-number": "1",
                f"{LABEL}.project.working_dir": str(project.folder),
                f"{LABEL}.project.config_files": str(project.file),
            },
            policy=service.restart,
            arguments=list(service.command),
            environment=[f"{key}={value}" for key, value in environment.items()],
            checked=self.checked_after if service.checked else None,
        )
        self._made_of[made.id] = shipped
        self._start(made)

    def _start(self, container: Container) -> None:
        service = container.labels[SERVICE]
        container.sick = service in self.sick
        shipped, processor = self._made_of[container.id], self._machine.processor
        worker.start(container, shipped, processor, crashes=service in self.crashes)


def _labels(edition: Edition, service: Service, shipped: Shipped) -> dict[str, str]:
    """Those by which compose sees whether a container differs."""
    if edition.old:
        hashed = hashlib.sha256(f"{service.hash}{shipped.config}".encode()).hexdigest()
        return {HASH: hashed, f"{LABEL}.version": "1.29.2"}
    return {HASH: service.hash, f"{LABEL}.image": shipped.config, f"{LABEL}.version": "2.29.7"}
