"""What stands before a system while one answer about many targets is put together: it asks about all of them at once.

A question about one alone goes as it always does. Only for what looks: see AskedOnce.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from deploy.core.asked_once import AskedOnce
from deploy.core.errors import CommandNotAllowed
from deploy.core.gathered import Gathered
from deploy.core.together import together
from deploy.systems.docker import APP, Pulled

if TYPE_CHECKING:
    from deploy.core.model import Application
    from deploy.systems.coolify.coolify import Coolify
    from deploy.systems.docker import Container, Docker

V = TypeVar("V")
Keys = tuple[str, ...]
Pairs = tuple[tuple[str, str], ...]


class DockerAtOnce:
    """A host's engine: `docker ps` and `docker inspect` run once for all containers, or once for each where the host's
    gate has an older list without these commands.
    """

    def __init__(self, docker: Docker) -> None:
        self._docker = docker
        self._once = AskedOnce(docker)
        self._kinds: dict[str, Gathered[str, Any]] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._once, name)

    async def labelled(self, label: str, value: str, *, ended: bool = False) -> Pairs:
        async def all_(values: Keys) -> Mapping[str, Pairs]:
            listed = await self._docker.by_label(label)
            return {one: listed.get(one, ()) for one in values}

        found = None if ended else await self._of(value, f"label {label}", all_)
        alone: Pairs = await self._once.labelled(label, value, ended=ended) if found is None else found
        return alone

    async def image_of(self, container: str) -> Pulled | None:
        """What is known of it is not asked again: only whether the container runs still may change."""
        seen = self._docker.seen
        if container not in seen and (found := await self._image_of(container)):
            seen[container] = found
        return seen.get(container)

    async def _image_of(self, id_: str) -> Pulled | None:
        found = await self._container(id_)
        return None if found is None else Pulled(found.image_id, await self._digests(found.image_id))

    async def _container(self, id_: str) -> Container | None:
        async def all_(ids: Keys) -> Mapping[str, Container]:
            return {it.id: it for it in await self._docker.containers(ids, APP)}

        found = await self._of(id_, "container", all_)
        alone: Container | None = found or await self._once.container(id_, APP)
        return alone

    async def _digests(self, image: str) -> Keys:
        found = await self._of(image, "image", self._docker.all_digests)
        alone: Keys = await self._once.digests(image) if found is None else found
        return alone

    async def _of(self, key: str, kind: str, all_: Callable[[Keys], Awaitable[Mapping[str, V]]]) -> V | None:
        async def ask(keys: Keys) -> Mapping[str, V]:
            try:
                return await all_(keys)
            except CommandNotAllowed:
                return {}

        gathered: Gathered[str, V] = self._kinds.setdefault(kind, Gathered(ask))
        return await gathered.of(key)

    async def aclose(self) -> None:
        await together(self._once.aclose(), *(each.aclose() for each in self._kinds.values()))


class CoolifyAtOnce:
    """Coolify, which answers 200 requests a minute: its list of all applications says what each is set to."""

    def __init__(self, coolify: Coolify) -> None:
        self._once = AskedOnce(coolify)
        self._applications = Gathered(coolify.applications_among)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._once, name)

    async def application(self, uuid: str) -> Application:
        """One that the list does not show is asked for alone, since that says why."""
        found = await self._applications.of(uuid)
        alone: Application = found or await self._once.application(uuid)
        return alone

    async def aclose(self) -> None:
        await together(self._once.aclose(), self._applications.aclose())
