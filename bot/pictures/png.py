"""Draws a chart in a process of its own, within a time: what drawing takes never stays in the bot's memory."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from pathlib import Path

from pydantic import TypeAdapter

import bot
from bot.pictures.chart import Chart
from deploy.core.ask import Unknown
from deploy.core.log import logger

DRAW = (sys.executable, "-m", "bot.pictures.draw")
CODE = str(Path(bot.__file__).resolve().parent.parent)
WITHIN = 10.0  # seconds, the wait for another picture counted
LARGEST = 2**20  # bytes of a picture

log = logger()


class Drawing:
    """One picture at a time: ten people who ask at once get no ten processes."""

    def __init__(self, within: float = WITHIN, command: tuple[str, ...] = DRAW) -> None:
        self._within = within
        self._command = command
        self._alone = asyncio.Lock()

    async def png(self, chart: Chart) -> bytes | Unknown:
        """The picture, or why there is none."""
        try:
            async with asyncio.timeout(self._within), self._alone:
                drawn = await self._drawn(TypeAdapter(Chart).dump_json(chart))
        except TimeoutError:
            return Unknown(f"Drawing it took longer than {self._within:g} s.")
        return drawn if 0 < len(drawn) <= LARGEST else Unknown("The process that draws it failed.")

    async def _drawn(self, chart: bytes) -> bytes:
        """What the process made; empty where it failed. It gets no setting of fisk's, and does not outlive the call."""
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *self._command, stdin=pipe, stdout=pipe, stderr=pipe, env={"PYTHONPATH": CODE}
        )
        try:
            made, said = await process.communicate(chart)
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        if process.returncode:
            log.warning(
                "a picture was not drawn",
                status=process.returncode,
                said=said[-500:].decode(errors="replace"),
            )
            return b""
        return made
