"""What each version of Coolify takes for a variable. Decided by /version, since it tells no other way."""

from __future__ import annotations

import re
from typing import Any

from deploy.core.values import dataclass
from deploy.systems.coolify.values import UNSENT, Variable

BUILD_TIME_UNTIL = (4, 0, -1, 426)
ALL_FLAGS = (4, 0, -1, 435)
COMMENTS = (4, 0, -1, 464)
ANY_KEY = (4, 1, 0)
STRICT_KEYS = (4, 2, 0)
KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
LONGEST_KEY = 255
INVISIBLE = "it begins or ends with an invisible character, which Coolify would take off"
GENERATED = re.compile(r"(COOLIFY|SERVICE)_.*|PORT|HOST|SOURCE_COMMIT")


@dataclass(frozen=True, slots=True)
class Dialect:
    """One version's; `version` as numbers that compare, `shown` as Coolify writes it."""

    version: tuple[int, ...]
    shown: str = ""

    @property
    def all_flags(self) -> bool:
        """Whether it takes multi-line and shown-once, and tells run time from build time."""
        return self.version >= ALL_FLAGS

    def body(self, variable: Variable) -> dict[str, Any]:
        """A request's body, with every flag that the version knows: what is left out is lost, or a fault."""
        body: dict[str, Any] = {
            "key": variable.key,
            "value": variable.text,
            "is_preview": variable.preview,
            "is_literal": variable.literal,
        }
        if self.version <= BUILD_TIME_UNTIL:
            body["is_build_time"] = variable.buildtime
        if self.all_flags:
            body["is_multiline"] = variable.multiline
            body["is_shown_once"] = variable.shown_once
            body["is_runtime"] = variable.runtime
            body["is_buildtime"] = variable.buildtime
        if self.version >= COMMENTS:
            body["comment"] = variable.comment
        return body

    def obstacle(self, variable: Variable) -> str:
        """Why this version cannot make this variable as it is; empty where it can."""
        if not self.all_flags and (variable.multiline or variable.shown_once):
            flag = "multi-line" if variable.multiline else "shown once"
            return f"Coolify {self.shown} cannot set {flag} through its API"
        if not self._takes_key(variable.key):
            return f"Coolify {self.shown} refuses its key"
        if variable.text != variable.text.strip(UNSENT):
            return INVISIBLE
        return ""

    def _takes_key(self, key: str) -> bool:
        if self.version >= STRICT_KEYS:
            return KEY.fullmatch(key) is not None and len(key) <= LONGEST_KEY
        return "=" not in key if self.version >= ANY_KEY else " " not in key


def generated(key: str) -> bool:
    """Whether Coolify makes this variable itself."""
    return GENERATED.fullmatch(key) is not None
