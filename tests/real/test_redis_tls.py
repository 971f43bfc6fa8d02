"""TLS to a real Redis: what is wrong is said by a sentence of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest

from deploy.core import errors
from deploy.redis.connect import connect
from tests.certificates import DAY, Authority, authority, here
from tests.keys import SEAL
from tests.real.servers import server

pytestmark = pytest.mark.debian("redis-server")
DOES_NOT_FIT = "ssl_certfile, ssl_keyfile and ssl_password in FISK_REDIS_URL do not fit each other"


@pytest.fixture
def ours(tmp_path: Path) -> Authority:
    return authority(tmp_path, "ours")


@pytest.fixture
async def strict(tmp_path: Path, ours: Authority) -> AsyncIterator[int]:
    """A server that wants a certificate of whoever comes."""
    async with server(tmp_path, *secured(ours, ours.certificate("server", here()), "yes")) as port:
        yield port


def secured(ours: Authority, certificate: Path, clients: str) -> tuple[str, ...]:
    return (
        "port 0",
        "tls-port {port}",
        f"tls-cert-file {certificate}",
        f"tls-key-file {certificate}",
        f"tls-ca-cert-file {ours.file}",
        f"tls-auth-clients {clients}",
    )


def over_tls(port: int, **query: object) -> str:
    return f"rediss://127.0.0.1:{port}?{urlencode(query)}"


async def refusal(url: str, folder: Path) -> tuple[type[Exception], dict[str, object]]:
    with pytest.raises((errors.StateUnavailable, errors.BadSettings)) as caught:
        await connect(url, folder, seal=SEAL)
    return type(caught.value), caught.value.facts


async def test_a_server_with_a_private_authority_is_reached_with_fisks_own_certificate(
    strict: int, ours: Authority, tmp_path: Path
) -> None:
    mine = ours.certificate("fisk")
    state = await connect(
        over_tls(strict, ssl_ca_certs=ours.file, ssl_certfile=mine, ssl_keyfile=mine), tmp_path
    )
    assert await state.run("due", [state.key("leases")], 1) == []
    await state.aclose()


async def test_a_server_whose_authority_nobody_named_is_not_trusted(strict: int, tmp_path: Path) -> None:
    where = {"where": f"127.0.0.1:{strict}"}
    assert await refusal(over_tls(strict), tmp_path) == (errors.MemoryUntrusted, where)


async def test_a_certificate_for_another_name_is_told_from_one_that_nobody_vouches_for(
    tmp_path: Path, ours: Authority
) -> None:
    lines = secured(ours, ours.certificate("elsewhere.example"), "no")
    async with server(tmp_path, *lines) as port:
        trusting = {"ssl_ca_certs": ours.file}
        where = {"where": f"127.0.0.1:{port}"}
        assert await refusal(over_tls(port, **trusting), tmp_path) == (errors.MemoryMisnamed, where)
        state = await connect(over_tls(port, **trusting, ssl_check_hostname="no"), tmp_path)
        await state.aclose()


@pytest.mark.parametrize("begins", [-3 * DAY, DAY], ids=["expired", "not yet"])
async def test_a_certificate_that_is_not_valid_today_is_said(
    tmp_path: Path, ours: Authority, begins: timedelta
) -> None:
    lines = secured(ours, ours.certificate("server", here(), begins=begins), "no")
    async with server(tmp_path, *lines) as port:
        told = await refusal(over_tls(port, ssl_ca_certs=ours.file), tmp_path)
    assert told == (errors.MemoryExpired, {"where": f"127.0.0.1:{port}"})


async def test_a_server_that_wants_a_certificate_of_fisks_says_so(
    strict: int, tmp_path: Path, ours: Authority
) -> None:
    told = await refusal(over_tls(strict, ssl_ca_certs=ours.file), tmp_path)
    assert told == (errors.MemoryWantsCertificate, {"where": f"127.0.0.1:{strict}"})


async def test_a_certificate_of_fisks_from_another_authority_is_refused(
    strict: int, tmp_path: Path, ours: Authority
) -> None:
    other = authority(tmp_path, "other").certificate("fisk")
    told = await refusal(over_tls(strict, ssl_ca_certs=ours.file, ssl_certfile=other), tmp_path)
    assert told == (errors.MemoryRefusesCertificate, {"where": f"127.0.0.1:{strict}"})


@pytest.mark.outage
async def test_a_server_that_speaks_no_tls_says_so(tmp_path: Path) -> None:
    async with server(tmp_path) as port:
        where = {"where": f"127.0.0.1:{port}"}
        assert await refusal(over_tls(port), tmp_path) == (errors.MemoryWithoutTls, where)


async def test_a_server_that_speaks_only_tls_says_so(strict: int, tmp_path: Path) -> None:
    where = {"where": f"127.0.0.1:{strict}"}
    assert await refusal(f"redis://127.0.0.1:{strict}", tmp_path) == (errors.MemoryWantsTls, where)


async def test_the_password_of_fisks_key_is_given_and_never_asked_of_the_terminal(
    strict: int, tmp_path: Path, ours: Authority
) -> None:
    certificate, key = ours.encrypted("fisk", "p4ss")
    with_key = {"ssl_ca_certs": ours.file, "ssl_certfile": certificate, "ssl_keyfile": key}
    state = await connect(over_tls(strict, **with_key, ssl_password="p4ss"), tmp_path)
    await state.aclose()
    for wrong in ({}, {"ssl_password": "wr0ng"}):
        told = await refusal(over_tls(strict, **with_key, **wrong), tmp_path)
        assert told == (errors.BadSettings, {"why": DOES_NOT_FIT})


@pytest.mark.parametrize(
    ("query", "why"),
    [
        (
            {"ssl_ca_certs": "{folder}/none.pem"},
            "ssl_ca_certs in FISK_REDIS_URL names what cannot be read: No such file or directory",
        ),
        (
            {"ssl_ca_certs": "{folder}/text"},
            "ssl_ca_certs in FISK_REDIS_URL names no certificate in PEM form",
        ),
        ({"ssl_certfile": "{folder}/text"}, DOES_NOT_FIT),
        ({"ssl_keyfile": "{folder}/text"}, "ssl_keyfile in FISK_REDIS_URL needs ssl_certfile beside it"),
        (
            {"ssl_ca_path": "{folder}/none"},
            "ssl_ca_path in FISK_REDIS_URL names what cannot be read: No such file or directory",
        ),
    ],
)
async def test_a_file_that_cannot_be_used_is_an_error_of_the_settings(
    tmp_path: Path, query: dict[str, str], why: str
) -> None:
    (tmp_path / "text").write_text("no certificate")
    named = {name: value.format(folder=tmp_path) for name, value in query.items()}
    assert await refusal(over_tls(1, **named), tmp_path) == (errors.BadSettings, {"why": why})
