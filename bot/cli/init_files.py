"""The files that `fisk init` writes: `.env` and fisk.toml, for their owner alone, whole or not at all."""

from __future__ import annotations

import io
import json
import os
import re
import tempfile
import time
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from pydantic import SecretStr

from bot.app.settings import PREFIX, STRUCTURE, Settings
from deploy.core import errors

PLAIN = re.compile(r"[\w.,:/|@+=-]*")  # what every reader of .env takes as it stands
HEAD = "# Written by `fisk init`."
ROLE = ("details", "deploy", "rollback", "builds", "env", "buildkit", "locks", "approve", "force")


class Values:
    """Settings of the environment by their names: what is set now, and what will be in `.env`."""

    def __init__(self, environment: Path) -> None:
        self.written = {name: value or "" for name, value in dotenv_values(environment).items()}

    def get(self, name: str) -> str:
        return self.written.get(name) or os.environ.get(name, "")

    def set(self, name: str, value: str) -> None:
        self.written[name] = value

    def settings(self) -> Settings:
        """What is known so far, for clients of the systems: it is not validated, and has no structure."""
        told: dict[str, Any] = {}
        for name, field in Settings.model_fields.items():
            value = self.get(f"{PREFIX}{name.upper()}") if name not in STRUCTURE else ""
            if value and isinstance(field.default, str | SecretStr):
                told[name] = SecretStr(value) if isinstance(field.default, SecretStr) else value
        return Settings.model_construct(**told)


def environment_text(values: Mapping[str, str]) -> str:
    """`.env`, each setting under its description. Raises errors.BadSettings for a value that cannot stand there."""
    described = {f"{PREFIX}{name.upper()}": each.description for name, each in Settings.model_fields.items()}
    order = [name for name in (*described, *values) if values.get(name)]
    lines = [HEAD, "# .env.example has every other setting."]
    for name in dict.fromkeys(order):
        lines += ["", f"# {described.get(name) or 'kept'}", f"{name}={_quoted(values[name])}"]
    text = "\n".join(lines) + "\n"
    read = dotenv_values(stream=io.StringIO(text))
    if wrong := [name for name in order if read.get(name) != values[name]]:
        raise errors.BadSettings(why=f"{', '.join(wrong)} has a character that .env cannot hold")
    return text


def _quoted(value: str) -> str:
    return value if PLAIN.fullmatch(value) else "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def structure_text(
    targets: Mapping[str, Mapping[str, str]],
    hosts: Mapping[str, Mapping[str, object]],
    members: Collection[str],
    announce: str,
) -> str:
    """fisk.toml with its targets and their hosts, and one role for those who may deploy."""
    tables: dict[str, Mapping[str, object]] = {
        **{f"targets.{name}": table for name, table in targets.items()},
        "access.roles.team": {"members": list(members), "may": list(ROLE)},
        "channels": {"announce": announce},
        **{f"hosts.{name}": table for name, table in hosts.items()},
    }
    # TOML's strings, numbers and lists of them are JSON's.
    written = (
        f"[{name}]\n" + "".join(f"{key} = {json.dumps(each)}\n" for key, each in table.items())
        for name, table in tables.items()
    )
    return "\n".join((f"{HEAD} fisk.example.toml shows what else may stand here.\n", *written))


def write(texts: Mapping[Path, str]) -> tuple[Path, ...]:
    """Write all of them, with mode 0600; the copies of those that were there. Raises errors.BadSettings."""
    try:
        made = {path.resolve(): _beside(path.resolve(), text) for path, text in texts.items()}
        kept = tuple(_kept(path) for path in made if path.exists())
        for path, new in made.items():
            new.replace(path)
    except OSError as error:
        raise errors.BadSettings(why=f"{error.filename} cannot be written: {error.strerror}") from None
    return kept


def _beside(path: Path, text: str) -> Path:
    """A file in the same folder, for its owner alone, who is that of the file in whose place it will be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f"{path.name}.new-", dir=path.parent)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(descriptor)
        if path.exists() and os.geteuid() == 0:
            os.fchown(descriptor, path.stat().st_uid, path.stat().st_gid)
    return Path(name)


def _kept(path: Path) -> Path:
    """The copy that stays, for its owner alone."""
    copy = path.with_name(f"{path.name}.before-{time.strftime('%Y%m%d-%H%M%S')}")
    os.link(path, copy)
    copy.chmod(0o600)
    return copy
