"""What `fisk` does besides the grammar: run, check, manifest, key."""

from __future__ import annotations

import asyncio
import gc
import json
from typing import TYPE_CHECKING

from bot.cli.main import DONE, show

if TYPE_CHECKING:
    from collections.abc import Callable


def _run() -> int:
    # What a start makes stays for good: looking through it for garbage would slow this and every later look.
    gc.disable()  # bot.app.run enables it once everything is loaded
    from bot.app.run import run  # noqa: PLC0415 (Slack's libraries are for the bot alone)
    from bot.app.settings import load  # noqa: PLC0415 (read while nothing is collected)

    asyncio.run(run(load()))
    return DONE


def _check() -> int:
    from bot.app.settings import load  # noqa: PLC0415 (see above)
    from bot.cli.check import check  # noqa: PLC0415 (see above)

    return asyncio.run(check(load()))


def _manifest() -> int:
    from bot.app.settings import load  # noqa: PLC0415 (see above)
    from bot.slack.manifest import manifest  # noqa: PLC0415 (see above)

    show(json.dumps(manifest(load()), indent=2))
    return DONE


def _key() -> int:
    from deploy.core.seal import new_key  # noqa: PLC0415 (see above)

    show(new_key())
    return DONE


COMMANDS: dict[str, Callable[[], int]] = {"run": _run, "check": _check, "manifest": _manifest, "key": _key}
