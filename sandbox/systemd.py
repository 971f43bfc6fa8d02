"""A machine's services, as systemctl shows them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from sandbox.output import Commands, Output

INACTIVE = 3


@dataclass(slots=True)
class Unit:
    """A service; `broken` ones fail to start."""

    active: bool = True
    broken: bool = False
    invocation: str = field(default_factory=lambda: secrets.token_hex(16))
    restarts: int = 0

    def restart(self) -> None:
        self.restarts += 1
        self.active = not self.broken
        self.invocation = secrets.token_hex(16)


class Systemd:
    """`units` by name."""

    def __init__(self) -> None:
        self.units: dict[str, Unit] = {}

    def commands(self) -> Commands:
        return {
            ("systemctl", "show"): self._show,
            ("systemctl", "is-active"): self._is_active,
            ("systemctl", "restart"): self._restart,
        }

    async def _show(self, words: Sequence[str]) -> Output:
        """`systemctl show` never fails: a missing unit is `not-found`, with status 0."""
        asked = [word.partition("=")[2] for word in words if word.startswith("--property=")]
        values = self._properties(words[-1])
        names = asked[0].split(",") if asked else list(values)
        return Output("".join(f"{name}={values.get(name, '')}\n" for name in names))

    def _properties(self, name: str) -> dict[str, str]:
        unit = self.units.get(name)
        if unit is None:
            return {"LoadState": "not-found", "ActiveState": "inactive", "SubState": "dead", "MainPID": "0"}
        state = ("active", "running") if unit.active else ("failed", "failed")
        return {
            "LoadState": "loaded",
            "ActiveState": state[0],
            "SubState": state[1],
            "InvocationID": unit.invocation,
            "MainPID": "4711" if unit.active else "0",
        }

    async def _is_active(self, words: Sequence[str]) -> Output:
        state = self._properties(words[-1])["ActiveState"]
        return Output(f"{state}\n", status=0 if state == "active" else INACTIVE)

    async def _restart(self, words: Sequence[str]) -> Output:
        unit = self.units.get(words[-1])
        if unit is None:
            return Output("", f"Failed to restart {words[-1]}: Unit {words[-1]} not found.\n", 5)
        unit.restart()
        if unit.active:
            return Output()
        return Output(
            "", f"Job for {words[-1]} failed because the control process exited with error code.\n", 1
        )
