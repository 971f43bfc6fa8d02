"""`fisk-compose` on the machine: the script that is installed there, itself."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from sandbox.output import Output

SCRIPT = Path(__file__).resolve().parents[2] / "docs" / "install" / "fisk-compose"


async def write(words: Sequence[str], heard: str) -> Output:
    """The only one that reads its standard input."""
    return await run(("write", *words), heard)


async def run(words: Sequence[str], heard: str = "") -> Output:
    process = await asyncio.create_subprocess_exec(
        *("bash", str(SCRIPT), *words),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate(heard.encode())
    return Output(out.decode(), err.decode(), process.returncode or 0)
