"""`fisk` in a terminal, against the story on the page: a command in a folder of its own, and what it runs."""

from __future__ import annotations

import os
import shlex
import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path

CODE = Path(__file__).resolve().parent.parent
ANSWERS_WITHIN = 60.0  # seconds; a story may be starting over


def install(folder: Path, settings: Mapping[str, str], url: str) -> None:
    """Write the command `fisk` into a folder, and the settings of the story into its folder `story`."""
    environment = folder / "story" / ".env"
    environment.touch(0o600)
    environment.write_text("".join(f"{name}='{value}'\n" for name, value in settings.items()))
    words = (sys.executable, "-m", "sandbox.terminal", str(folder / "story"), url)
    command = folder / "fisk"
    command.write_text(f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(CODE))} exec {shlex.join(words)} "$@"\n')
    command.chmod(0o700)


def line(folder: Path) -> str:
    """What one types in a shell to have the command there."""
    return f"export PATH={shlex.quote(str(folder))}:$PATH"


def outside() -> dict[str, str]:
    """The environment without fisk's settings, so that the sandbox cannot reach a production system."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FISK_")}
    return {**kept, "PYTHONPATH": str(CODE)}


def main(story: str, url: str, *words: str) -> None:
    """Begin the story as a first line in Slack does, then become `fisk`."""
    asked = urllib.request.Request(f"{url}page/begin", b"{}", {"Content-Type": "application/json"})  # noqa: S310
    urllib.request.urlopen(asked, timeout=ANSWERS_WITHIN).close()  # noqa: S310 (the page's own address)
    environment = {**outside(), "FISK_CONFIG": story}
    os.execve(sys.executable, [sys.executable, "-m", "bot", *words], environment)  # noqa: S606 (no shell is wanted)


if __name__ == "__main__":
    main(*sys.argv[1:])
