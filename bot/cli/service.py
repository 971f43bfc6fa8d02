"""The subcommands of `fisk` outside the grammar: init, run, check, manifest, key (watch is in console.py)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import click

from bot.app.load import load
from bot.app.run import run
from bot.cli.check import check
from bot.cli.main import DONE, FAILED, show, warn
from bot.slack.manifest import manifest
from deploy.core.seal import new_key

try:
    from uvloop import new_event_loop
except ImportError:  # there is no build of it for this system
    from asyncio import new_event_loop  # type: ignore[assignment]


def _run() -> int:
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(run(load()))
    return DONE


def _check() -> int:
    return asyncio.run(check(load()))


def _init() -> int:
    from bot.cli.init import init  # noqa: PLC0415 (the bot needs none of it)

    try:
        return asyncio.run(init())
    except click.Abort:
        warn("\nStopped; nothing was written.")
        return FAILED


def _manifest() -> int:
    show(json.dumps(manifest(load()), indent=2))
    return DONE


def _key() -> int:
    show(new_key())
    return DONE


COMMANDS: dict[str, Callable[[], int]] = {
    "init": _init,
    "run": _run,
    "check": _check,
    "manifest": _manifest,
    "key": _key,
}
