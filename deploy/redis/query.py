"""The query of FISK_REDIS_URL: which keys it may have, and what each is. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any
from urllib.parse import parse_qsl

from deploy.core import errors
from deploy.core.values import dataclass

YES_NO = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
CHECKS = {"none", "optional", "required"}
PLAIN_NAME = re.compile(r"[a-z_]{1,40}")  # anything else may be a piece of a password with a `?` in it


@dataclass(frozen=True, slots=True)
class Kind:
    """How a value is read, and what it has to be, in words. `read` raises ValueError or KeyError."""

    read: Callable[[str], Any]
    wanted: str


def _text(text: str) -> str:
    if not text:
        raise ValueError(text)
    return text


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise ValueError(text)
    return int(text)


def _checks(text: str) -> str:
    return _text(text if text in CHECKS else "")


TEXT = Kind(_text, "a text")
FILE = Kind(_text, "a path")
NUMBER = Kind(_number, "a whole number")
FLAG = Kind(lambda text: YES_NO[text.lower()], "yes or no")
LOGIN = {"username": TEXT, "password": TEXT}
CONNECTION = {"client_name": TEXT, "health_check_interval": NUMBER, "socket_keepalive": FLAG}
TLS = {
    "ssl_ca_certs": FILE,
    "ssl_ca_path": FILE,
    "ssl_certfile": FILE,
    "ssl_keyfile": FILE,
    "ssl_password": TEXT,
    "ssl_check_hostname": FLAG,
    "ssl_cert_reqs": Kind(_checks, "none, optional or required"),
}
OF_SENTINELS = {"sentinel_username": TEXT, "sentinel_password": TEXT}
OF_ONE = LOGIN | CONNECTION | {"db": NUMBER}
ALL = OF_ONE | TLS | OF_SENTINELS


def options(query: str, *, tls: bool, sentinel: bool) -> dict[str, Any]:
    """redis-py's arguments. Raises errors.BadSettings, which names the key and never its value."""
    fitting = OF_ONE | (TLS if tls else {}) | (OF_SENTINELS if sentinel else {})
    return {name: _read(name, text, fitting) for name, text in parse_qsl(query, keep_blank_values=True)}


def _read(name: str, text: str, fitting: Mapping[str, Kind]) -> Any:
    if name not in fitting:
        raise errors.BadSettings(why=_unknown(name))
    try:
        return fitting[name].read(text)
    except (ValueError, KeyError):
        why = f"{name} in FISK_REDIS_URL must be {fitting[name].wanted}"
        raise errors.BadSettings(why=why) from None


def _unknown(name: str) -> str:
    if name in TLS:
        return f"{name} in FISK_REDIS_URL needs TLS, so a URL that begins with rediss"
    if name in OF_SENTINELS:
        return f"{name} in FISK_REDIS_URL needs sentinels, so a URL that begins with redis+sentinel"
    if not PLAIN_NAME.fullmatch(name):
        return "FISK_REDIS_URL has a key after its `?` that is no name; a `?` in a password is written %3F"
    return f"FISK_REDIS_URL has the unknown key {name}; {_instead(name)}"


def _instead(name: str) -> str:
    found = get_close_matches(name, ALL, n=1)
    return f"the nearest right one is {found[0]}" if found else f"it takes {', '.join(sorted(ALL))}"
