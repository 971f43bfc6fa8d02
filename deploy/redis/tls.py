"""TLS to Redis or Valkey: whether the files of FISK_REDIS_URL can be used, and what a failed handshake means."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deploy.core import errors

FILES = ("ssl_ca_certs", "ssl_ca_path", "ssl_certfile", "ssl_keyfile")
EXPIRED = {9, 10}  # OpenSSL's X509_V_ERR_CERT_NOT_YET_VALID and _HAS_EXPIRED
MISNAMED = {62, 64}  # X509_V_ERR_HOSTNAME_MISMATCH and _IP_ADDRESS_MISMATCH
WANTS_CERTIFICATE = {
    "TLSV13_ALERT_CERTIFICATE_REQUIRED",
    "SSLV3_ALERT_HANDSHAKE_FAILURE",
}  # 1.3, and before it
REFUSES = {"UNKNOWN_CA", "BAD_CERTIFICATE", "CERTIFICATE_EXPIRED", "CERTIFICATE_UNKNOWN", "DECRYPT_ERROR"}


def context(options: Mapping[str, Any]) -> ssl.SSLContext:
    """What the `ssl_…` options ask for. Raises errors.BadSettings where a file of theirs cannot be used.

    OpenSSL would ask the terminal for the password of a key that comes without one.
    """
    for name in FILES:
        _check_readable(name, options.get(name))
    made = ssl.create_default_context()
    made.check_hostname = options.get("ssl_check_hostname", True) and options.get("ssl_cert_reqs") != "none"
    _trust(made, options)
    _show(made, options)
    return made


def _check_readable(name: str, path: str | None) -> None:
    try:
        _read(Path(path)) if path else None
    except OSError as error:
        why = f"{name} in FISK_REDIS_URL names what cannot be read: {error.strerror}"
        raise errors.BadSettings(why=why) from None


def _read(path: Path) -> None:
    list(path.iterdir()) if path.is_dir() else path.read_bytes()


def _trust(made: ssl.SSLContext, options: Mapping[str, Any]) -> None:
    authorities, folder = options.get("ssl_ca_certs"), options.get("ssl_ca_path")
    if not authorities and not folder:
        return
    try:
        made.load_verify_locations(authorities, folder)
    except OSError:
        raise errors.BadSettings(
            why="ssl_ca_certs in FISK_REDIS_URL names no certificate in PEM form"
        ) from None


def _show(made: ssl.SSLContext, options: Mapping[str, Any]) -> None:
    certificate, key = options.get("ssl_certfile"), options.get("ssl_keyfile")
    if key and not certificate:
        raise errors.BadSettings(why="ssl_keyfile in FISK_REDIS_URL needs ssl_certfile beside it")
    if not certificate:
        return
    try:
        made.load_cert_chain(certificate, key, options.get("ssl_password", ""))
    except OSError:
        why = "ssl_certfile, ssl_keyfile and ssl_password in FISK_REDIS_URL do not fit each other"
        raise errors.BadSettings(why=why) from None


def refused(error: ssl.SSLError) -> type[errors.MemoryClosed] | None:
    """What a failed handshake says; None where it says nothing that can be acted on."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _untrusted(error.verify_code)
    reason = error.reason or ""
    if reason in WANTS_CERTIFICATE:
        return errors.MemoryWantsCertificate
    if "_ALERT_" in reason and reason.partition("_ALERT_")[2] in REFUSES:
        return errors.MemoryRefusesCertificate
    return None


def _untrusted(code: int) -> type[errors.MemoryClosed]:
    if code in EXPIRED:
        return errors.MemoryExpired
    return errors.MemoryMisnamed if code in MISNAMED else errors.MemoryUntrusted
