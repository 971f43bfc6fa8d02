"""The installation's key: FISK_KEY, or beside the embedded Valkey a file of its own."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from deploy.core import errors
from deploy.core.seal import Seal, new_key

if TYPE_CHECKING:
    from bot.app.settings import Settings


def key_file(folder: Path) -> Path:
    """Where the embedded Valkey's key is kept; others than its owner cannot read it."""
    return folder / "key"


def seal(settings: Settings) -> Seal:
    """The seal under this installation's key; one for the embedded Valkey is made where there is none.

    Raises:
        errors.NoKey: there is none for a Redis or Valkey by URL, which other machines may share.
        errors.BadSettings: it is no key, or its file cannot be read or made.
    """
    if settings.key.get_secret_value():
        return Seal(settings.key, settings.key_old)
    if settings.redis_url.get_secret_value():
        raise errors.NoKey
    return Seal(_kept(key_file(settings.state)), settings.key_old)


def _kept(path: Path) -> SecretStr:
    try:
        if not path.exists():
            _make(path)
        return SecretStr(path.read_text().strip())
    except OSError as error:
        why = f"FISK_STATE: {path} cannot be used: {error.strerror}"
        raise errors.BadSettings(why=why) from None


def _make(path: Path) -> None:
    """Linked into place once it is whole, since several processes may begin at once; the first one's counts."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, made = tempfile.mkstemp(dir=path.parent)  # for its owner alone
    with os.fdopen(descriptor, "w") as file:
        file.write(f"{new_key()}\n")
    with suppress(FileExistsError):
        os.link(made, path)
    Path(made).unlink()
