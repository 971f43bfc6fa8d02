"""Parsing of Redis URLs, and what of them messages may show."""

from __future__ import annotations

import pytest
from redis.asyncio.connection import SSLConnection, UnixDomainSocketConnection
from redis.asyncio.sentinel import SentinelConnectionPool

from deploy.core import errors
from deploy.redis.address import Address, parse, warnings, with_password
from deploy.redis.connect import clients


def test_a_plain_url_is_shown_without_its_credentials() -> None:
    expected = Address("memory.example:6380", "redis://ana:s3cret@memory.example:6380/2")
    assert parse("redis://ana:s3cret@memory.example:6380/2") == expected


def test_a_url_of_valkey_is_one_of_redis() -> None:
    assert parse("valkeys://memory.example") == Address("memory.example:6379", "rediss://memory.example")


def test_a_socket_is_shown_by_its_path() -> None:
    assert parse("unix:///run/valkey.sock?db=1") == Address(
        "/run/valkey.sock", "unix:///run/valkey.sock", options={"db": 1}
    )


def test_a_sentinel_url_names_its_sentinels_service_and_database() -> None:
    url = "redis+sentinel://ana:s3%2Fcret@one:26380,two/fisk/3?sentinel_password=p4ss"
    assert parse(url) == Address(
        shown="fisk at one:26380,two",
        sentinels=(("one", 26380), ("two", 26379)),
        service="fisk",
        options={"username": "ana", "password": "s3/cret", "db": 3},
        sentinel_options={"password": "p4ss"},
    )


def test_a_sentinel_url_with_tls_uses_it_for_the_sentinels_too() -> None:
    address = parse("rediss+sentinel://one/fisk?ssl_ca_certs=/ca.pem&username=ana")
    assert address.options == {"ssl": True, "ssl_ca_certs": "/ca.pem", "db": 0, "username": "ana"}
    assert address.sentinel_options == {"ssl": True, "ssl_ca_certs": "/ca.pem"}


@pytest.mark.parametrize(
    "url",
    [
        "https://memory.example",
        "redis+sentinel://one:26379",
        "redis+sentinel://one:port/fisk",
        "redis://memory.example:port",
        "redis+sentinel://one/fisk/zero",
        "redis://memory.example/zero",
        "redis://memory.example/0?db=1",
        "redis+sentinel://one/fisk/0?db=1",
        "memory",
    ],
)
def test_what_is_no_url_of_redis_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(errors.BadSettings) as caught:
        parse(url)
    assert "memory.example" not in str(caught.value)


EVERY = (
    "client_name, db, health_check_interval, password, sentinel_password, sentinel_username, socket_keepalive, "
    "ssl_ca_certs, ssl_ca_path, ssl_cert_reqs, ssl_certfile, ssl_check_hostname, ssl_keyfile, ssl_password, username"
)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        (
            "rediss://one?ssl_ca_cert=/ca.pem",
            "FISK_REDIS_URL has the unknown key ssl_ca_cert; the nearest right one is ssl_ca_certs",
        ),
        ("redis://one?zzz=s3cret", f"FISK_REDIS_URL has the unknown key zzz; it takes {EVERY}"),
        (
            "redis://one?s3cret@memory.example/0",
            "FISK_REDIS_URL has a key after its `?` that is no name; a `?` in a password is written %3F",
        ),
        (
            "redis://one?ssl_ca_certs=/ca.pem",
            "ssl_ca_certs in FISK_REDIS_URL needs TLS, so a URL that begins with rediss",
        ),
        (
            "redis://one?sentinel_password=s3cret",
            "sentinel_password in FISK_REDIS_URL needs sentinels, so a URL that begins with redis+sentinel",
        ),
        ("redis://one?db=s3cret", "db in FISK_REDIS_URL must be a whole number"),
        ("redis://one?db=-1", "db in FISK_REDIS_URL must be a whole number"),
        ("redis://one?db=", "db in FISK_REDIS_URL must be a whole number"),
        ("redis://one?password=", "password in FISK_REDIS_URL must be a text"),
        ("rediss://one?ssl_check_hostname=maybe", "ssl_check_hostname in FISK_REDIS_URL must be yes or no"),
        (
            "rediss+sentinel://one/fisk?ssl_cert_reqs=some",
            "ssl_cert_reqs in FISK_REDIS_URL must be none, optional or required",
        ),
        ("redis://one/0?db=0", "FISK_REDIS_URL must name its database once, by a whole number"),
    ],
)
def test_a_query_that_does_not_fit_is_told_by_its_key_and_never_by_its_value(url: str, why: str) -> None:
    with pytest.raises(errors.BadSettings) as caught:
        parse(url)
    assert caught.value.facts == {"why": why}
    assert "s3cret" not in str(caught.value)


def test_a_query_is_read_as_what_it_means() -> None:
    query = "ssl_check_hostname=no&ssl_cert_reqs=none&db=2&health_check_interval=5&socket_keepalive=True"
    assert parse(f"rediss://one?{query}").options == {
        "ssl_check_hostname": False,
        "ssl_cert_reqs": "none",
        "db": 2,
        "health_check_interval": 5,
        "socket_keepalive": True,
    }


async def test_each_kind_of_url_gets_its_connection() -> None:
    tls, _, _ = clients(parse("rediss://ana:s3cret@memory.example/2?ssl_ca_certs=/ca.pem"))
    socket, _, _ = clients(parse("unix:///run/valkey.sock"))
    sentinel, _, _ = clients(parse("redis+sentinel://one:26380/fisk/3"))
    assert tls.connection_pool.connection_class is SSLConnection
    assert tls.connection_pool.connection_kwargs["password"] == "s3cret"
    assert socket.connection_pool.connection_class is UnixDomainSocketConnection
    assert isinstance(sentinel.connection_pool, SentinelConnectionPool)
    assert sentinel.connection_pool.connection_kwargs["db"] == 3


async def test_secrets_do_not_show_in_a_representation() -> None:
    assert "s3cret" not in repr(parse("redis://ana:s3cret@memory.example"))
    assert "s3cret" not in repr(parse("redis+sentinel://ana:s3cret@one/fisk?sentinel_password=s3cret2"))


@pytest.mark.parametrize(
    ("url", "whole"),
    [
        ("redis://valkey:6379/0", "redis://:p%40ss%2F@valkey:6379/0"),
        ("redis://ana:own@valkey/0", "redis://ana:own@valkey/0"),
        ("redis+sentinel://one,two/fisk", "redis+sentinel://:p%40ss%2F@one,two/fisk"),
        ("unix:///run/valkey.sock", "unix://:p%40ss%2F@/run/valkey.sock"),
        ("unix:///run/valkey.sock?password=own", "unix:///run/valkey.sock?password=own"),
        ("", ""),
        ("nonsense", "nonsense"),
    ],
)
def test_a_password_beside_the_url_counts_where_the_url_has_none(url: str, whole: str) -> None:
    assert with_password(url, "p@ss/") == whole
    assert with_password(url, "") == url


PASSWORD, PLAIN = "it asks for no password", "the way to it is without TLS"


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("", ()),
        ("unix:///run/valkey.sock", ()),
        ("redis://localhost", (PASSWORD,)),
        ("redis://:x@127.0.0.1:6379", ()),
        ("redis://:x@[::1]:6379", ()),
        ("redis://valkey:6379", (PASSWORD, PLAIN)),
        ("redis://:x@valkey:6379", (PLAIN,)),
        ("redis://valkey:6379?password=x", (PLAIN,)),
        ("rediss://:x@valkey:6379", ()),
        ("redis+sentinel://:x@127.0.0.1,10.0.0.2/fisk", (PLAIN,)),
        ("valkeys+sentinel://:x@one,two/fisk", ()),
    ],
)
def test_who_else_may_reach_what_is_stored_is_told(url: str, found: tuple[str, ...]) -> None:
    assert warnings(url) == found
