"""Files: an address to upload to, and what is shared once an upload is complete. One that is not is seen by nobody."""

from __future__ import annotations

import mimetypes
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from sandbox.slack import chat
from sandbox.slack.arguments import Arguments, Method
from sandbox.slack.cast import FISK
from sandbox.slack.errors import SlackError

if TYPE_CHECKING:
    from sandbox.slack.message import Json
    from sandbox.slack.workspace import Workspace


@dataclass
class File:
    """`data` is None until it was uploaded; `title` is empty until the upload is complete. `alt` is a picture's."""

    id: str
    name: str
    length: int
    data: bytes | None = None
    title: str = ""
    alt: str = ""

    @property
    def type(self) -> str:
        """Its media type, by its name, as Slack has it."""
        return mimetypes.guess_type(self.name)[0] or "text/plain"


class Files:
    """The methods `files.*` and the two addresses that they name."""

    def __init__(self, workspace: Workspace, base: Callable[[], str]) -> None:
        self._workspace = workspace
        self._base = base
        self._uploads: dict[str, File] = {}
        self.all: dict[str, File] = {}

    def install(self, app: web.Application) -> None:
        app.router.add_post("/upload/v1/{key}", self._receive)
        app.router.add_get("/files/{id}/{name}", self._show)

    def methods(self) -> Mapping[str, Method]:
        return {
            "files.getUploadURLExternal": Method(self._begin, ("files:write",)),
            "files.completeUploadExternal": Method(self._complete, ("files:write",)),
        }

    def _begin(self, _workspace: Workspace, arguments: Arguments) -> Json:
        name, length = arguments.required("filename"), arguments.number("length", 0)
        if length <= 0:
            raise SlackError.explained("invalid_arguments", "[ERROR] missing required field: length")
        file = File(f"F{secrets.token_hex(5).upper()}", name, length, alt=arguments.text("alt_txt"))
        key = secrets.token_hex(16)
        self._uploads[key] = self.all[file.id] = file
        return {"upload_url": f"{self._base()}upload/v1/{key}", "file_id": file.id}

    async def _receive(self, request: web.Request) -> web.Response:
        file, data = self._uploads.get(request.match_info["key"]), await request.read()
        if file is None or len(data) != file.length:
            return web.Response(status=400 if file else 404)
        file.data = data
        return web.Response(text=f"OK - {len(data)}")

    def _complete(self, workspace: Workspace, arguments: Arguments) -> Json:
        found = [self._uploaded(each) for each in arguments.structure("files", "invalid_arguments") or ()]
        channels = [self._joined(workspace, arguments, each) for each in _channels(arguments)]
        if not found:
            raise SlackError.explained("invalid_arguments", "[ERROR] missing required field: files")
        shared = [self._shared(file) for file in found]
        for channel in channels:
            comment, thread = arguments.text("initial_comment"), arguments.text("thread_ts")
            workspace.post(channel, FISK.id, comment, thread_ts=thread).files = tuple(shared)
        return {"files": shared}

    def _uploaded(self, named: Json) -> File:
        file = self.all.get(str(named.get("id")))
        if file is None or file.data is None:
            raise SlackError("file_not_found")
        file.title = str(named.get("title") or file.name)
        return file

    def _joined(self, workspace: Workspace, arguments: Arguments, where: str) -> str:
        if where not in workspace.channels and (where not in workspace.users or arguments.text("channel_id")):
            raise SlackError("channel_not_found")
        return chat.joined(workspace, Arguments(channel=where)).id

    def _shared(self, file: File) -> Json:
        link = f"{self._base()}files/{file.id}/{file.name}"
        told = {"id": file.id, "name": file.name, "title": file.title, "permalink": link, "size": file.length}
        return {**told, "mimetype": file.type, **({"alt_txt": file.alt} if file.alt else {})}

    async def _show(self, request: web.Request) -> web.Response:
        file = self.all.get(request.match_info["id"])
        if file is None or file.data is None or not file.title:
            return web.Response(status=404)
        text = file.type.startswith("text/")
        return web.Response(body=file.data, content_type=file.type, charset="utf-8" if text else None)


def _channels(arguments: Arguments) -> Iterator[str]:
    """By `channel_id`, or by `channels`, which takes the ids of people, too."""
    for name in ("channel_id", "channels"):
        yield from filter(None, arguments.text(name).split(","))
