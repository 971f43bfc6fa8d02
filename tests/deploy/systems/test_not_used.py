"""What httpx and paramiko import beside their work, and nobody here uses, is not loaded."""

from __future__ import annotations

import subprocess
import sys

UNUSED = ["httpx._main", "invoke", "rich"]


def test_a_start_of_the_bot_loads_nothing_for_command_lines_of_libraries() -> None:
    code = f"import sys; import bot.app.run; print([name for name in {UNUSED!r} if sys.modules.get(name)])"
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert told.stdout == "[]\n"
