"""Parses the URL of Redis or Valkey. Pure; `shown` contains no secret."""

from __future__ import annotations

from dataclasses import field
from typing import Any
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit

from deploy.core import errors
from deploy.core.values import dataclass
from deploy.redis import query

PORT, SENTINEL_PORT = 6379, 26379
PLAIN = {
    "redis": "redis",
    "rediss": "rediss",
    "unix": "unix",
    "valkey": "redis",
    "valkeys": "rediss",
}
TLS = frozenset({"rediss", "valkeys", "rediss+sentinel", "valkeys+sentinel"})
SENTINEL = {
    "redis+sentinel": False,
    "rediss+sentinel": True,
    "valkey+sentinel": False,
    "valkeys+sentinel": True,
}


@dataclass(frozen=True, slots=True)
class Address:
    """One server by `url`, or a `service` that `sentinels` know.

    Attributes:
        shown: the URL for messages, without user, password and query.
        url: without its query.
        options: redis-py's own arguments, for that server or for the master of the Sentinel service.
        sentinel_options: the same for the sentinels themselves.
    """

    shown: str
    url: str = field(default="", repr=False)
    sentinels: tuple[tuple[str, int], ...] = ()
    service: str = ""
    options: dict[str, Any] = field(default_factory=dict, repr=False)
    sentinel_options: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def tls(self) -> bool:
        return self.url.startswith("rediss:") or bool(self.options.get("ssl"))


def parse(url: str) -> Address:
    """Parse `redis://`, `rediss://`, `unix://` and `redis+sentinel://host:port,host:port/service/db` URLs.

    `rediss+sentinel` uses TLS for the sentinels and the master. The query has options of the connection
    (`ssl_ca_certs=…`); `sentinel_username` and `sentinel_password` are the sentinels' own.

    Raises:
        errors.BadSettings: another scheme, a port that is no number, a Sentinel URL without a service, or a query
            with a key or a value that does not fit.
    """
    try:
        return _parse(url, urlsplit(url))
    except ValueError:
        raise errors.BadSettings(why="FISK_REDIS_URL is not a URL of Redis or Valkey") from None


def with_password(url: str, password: str) -> str:
    """The URL with this password, unless it has credentials of its own or is empty."""
    head, mark, rest = url.partition("://")
    if not mark or not password or "@" in rest.partition("/")[0] or _query_has_login(url):
        return url
    return f"{head}://:{quote(password, safe='')}@{rest}"


def warnings(url: str) -> tuple[str, ...]:
    """What lets others read or change what is stored, as far as the URL of a server that answers tells."""
    parts = urlsplit(url)
    if parts.scheme == "unix" or not url:
        return ()
    credentials, _, places = parts.netloc.rpartition("@")
    plain = parts.scheme not in TLS and not all(_is_here(place) for place in places.split(","))
    open_ = not credentials and not _query_has_login(url)
    found = {"it asks for no password": open_, "the way to it is without TLS": plain}
    return tuple(why for why, so in found.items() if so)


def _query_has_login(url: str) -> bool:
    return not query.LOGIN.keys().isdisjoint(dict(parse_qsl(urlsplit(url).query)))


def _is_here(place: str) -> bool:
    host = urlsplit(f"//{place}").hostname or "localhost"
    return host in {"localhost", "::1"} or host.startswith("127.")


def _parse(url: str, parts: SplitResult) -> Address:
    if parts.scheme in SENTINEL:
        return _sentinel(parts, tls=SENTINEL[parts.scheme])
    if parts.scheme not in PLAIN:
        known = ", ".join(sorted(PLAIN | SENTINEL))
        raise errors.BadSettings(why=f"FISK_REDIS_URL must begin with one of {known}")
    shown = parts.path if parts.scheme == "unix" else f"{parts.hostname or 'localhost'}:{parts.port or PORT}"
    options = query.options(parts.query, tls=parts.scheme in TLS, sentinel=False)
    if parts.scheme != "unix":
        _check_database(parts.path.strip("/"), options)
    return Address(
        shown, PLAIN[parts.scheme] + url.partition("?")[0].removeprefix(parts.scheme), options=options
    )


def _check_database(path: str, options: dict[str, Any]) -> None:
    """redis-py passes over a path that is no number."""
    if path and (not path.isdigit() or "db" in options):
        raise errors.BadSettings(why="FISK_REDIS_URL must name its database once, by a whole number")


def _sentinel(parts: SplitResult, *, tls: bool) -> Address:
    credentials, _, places = parts.netloc.rpartition("@")
    service, _, database = parts.path.strip("/").partition("/")
    if not service or not places:
        raise errors.BadSettings(why="a Sentinel URL of FISK_REDIS_URL needs hosts and a service")
    options = query.options(parts.query, tls=tls, sentinel=True)
    _check_database(database, options)
    own = {
        name.removeprefix("sentinel_"): options.pop(name) for name in query.OF_SENTINELS if name in options
    }
    secured = {"ssl": True} if tls else {}
    shared = {name: value for name, value in options.items() if name in query.CONNECTION | query.TLS}
    return Address(
        shown=f"{service} at {places}",
        sentinels=tuple(_place(place) for place in places.split(",")),
        service=service,
        options=secured | {"db": int(database or 0)} | _login(credentials) | options,
        sentinel_options=secured | shared | own,
    )


def _place(text: str) -> tuple[str, int]:
    split = urlsplit(f"//{text}")
    return split.hostname or "localhost", split.port or SENTINEL_PORT


def _login(credentials: str) -> dict[str, str]:
    user, _, password = credentials.partition(":")
    found = {"username": unquote(user), "password": unquote(password)}
    return {name: value for name, value in found.items() if value}
