"""`fisk init`: asks for what fisk needs, tries each answer, writes `.env` and fisk.toml, and ends in `check`."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from bot.app.key import key_file
from bot.app.load import load
from bot.app.places import places
from bot.cli.check import check
from bot.cli.console import who
from bot.cli.init_files import Values, environment_text, structure_text, write
from bot.cli.init_host import Machines
from bot.cli.init_slack import ask_announce, ask_member, ask_slack
from bot.cli.init_systems import ask_coolify, ask_github
from bot.cli.init_target import ask_targets
from bot.cli.main import DONE, show
from bot.cli.prompts import confirm
from deploy.core.seal import new_key

if TYPE_CHECKING:
    from pathlib import Path

    from bot.app.places import Places

BEFORE = (
    "fisk asks for two tokens, for Coolify's applications and their machines and for the Slack app, tries each answer"
    " at once, and writes {environment} and {structure}. Nothing is written before the end; Ctrl-C stops."
)
AFTER = (
    "\nWritten: {written}.{kept}\nNext: what `fisk check` says of it. Then `fisk run` starts the bot; for systemd or a"
    " container see README.\n"
)
COPIES = " What was there before: {copies}. Tables that fisk.toml had are only in its copy."


async def init() -> int:
    """The exit status is check's.

    Raises:
        click.Abort: somebody stopped it, or the answers ended; nothing was written.
        errors.BadSettings: a file cannot be written, or not read.
    """
    found = places()
    show(BEFORE.format(environment=found.environment, structure=found.structure))
    if not _may_write(found):
        show("Nothing was written.")
        return DONE
    values = Values(found.environment)
    texts = await _answered(values, found)
    kept = write(texts)
    told = COPIES.format(copies=", ".join(map(str, kept))) if kept else ""
    *others, last = map(str, texts)
    show(AFTER.format(written=f"{', '.join(others)} and {last}", kept=told))
    return await check(load())


def _may_write(found: Places) -> bool:
    there = [str(path) for path in (found.environment, found.structure) if path.exists()]
    return not there or confirm(f"{' and '.join(there)} will be replaced, and kept as copies. Go on?")


async def _answered(values: Values, found: Places) -> dict[Path, str]:
    """The texts of the files."""
    workflows = await ask_github(values)
    applications = await ask_coolify(values)
    machines = Machines(found.structure.parent)
    targets = await ask_targets(values, workflows, applications, machines)
    await ask_slack(values)
    members = [await ask_member(values), who().id]
    announce = await ask_announce(values)
    _make_keys(values, found)
    return {
        found.environment: environment_text(values.written),
        found.structure: structure_text(targets, machines.tables, members, announce),
        **machines.texts,
    }


def _make_keys(values: Values, found: Places) -> None:
    """A new key would not open what is stored already, so one that is there stays."""
    state = found.folder / (values.get("FISK_STATE") or "state")
    if not values.get("FISK_KEY") and not key_file(state).exists():
        values.set("FISK_KEY", new_key())
    if not values.get("FISK_REDIS_PASSWORD"):
        values.set("FISK_REDIS_PASSWORD", secrets.token_urlsafe(24))  # for the Valkey of compose.yaml
