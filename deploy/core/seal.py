"""FISK_KEY: the key for fingerprints of values and for the encryption of backups."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING

from pydantic import SecretStr

from deploy.core import errors

if TYPE_CHECKING:
    from cryptography.fernet import Fernet


KEY_BYTES = 32
DIGITS = 6
SURE = 8  # characters of a plan's fingerprint


class Seal:
    """Fingerprints and encryption under one key. Both keys that it works with are derived from it.

    Args:
        key: 32 bytes in URL-safe base64, as `fisk key` prints them; empty: there is none.

    Raises:
        errors.BadSettings: it is not such a key.
    """

    def __init__(self, key: SecretStr = SecretStr("")) -> None:  # noqa: B008 (an empty secret is immutable)
        self._root = _decoded(key.get_secret_value())
        self._marking = self._derived("fingerprint") if self._root else b""

    def __repr__(self) -> str:
        return "<seal>"

    @property
    def ready(self) -> bool:
        return bool(self._root)

    def mark(self, *parts: str) -> str:
        """The texts' keyed digest (HMAC-SHA256), the first 32 hex digits. Raises errors.NoKey."""
        self.require()
        return hmac.digest(self._marking, repr(parts).encode(), "sha256").hex()[:32]

    def fingerprint(self, text: str | None) -> str:
        """Six digits by which people compare values; empty where there is no key or the value is unknown (None)."""
        if not self._root or text is None:
            return ""
        return f"{int(self.mark('value', text), 16) % 10**DIGITS:0{DIGITS}}"

    def require(self) -> None:
        """Raise errors.NoKey where there is none."""
        if not self._root:
            raise errors.NoKey

    def close(self, opened: bytes) -> str:
        """Encrypt and authenticate. Raises errors.NoKey."""
        return self._fernet().encrypt(opened).decode()

    def open(self, closed: str) -> bytes:
        """Decrypt. Raises errors.WrongKey where it was encrypted with another key."""
        from cryptography.fernet import InvalidToken  # noqa: PLC0415 (slow to import, rarely needed)

        try:
            return self._fernet().decrypt(closed.encode())
        except InvalidToken:
            raise errors.WrongKey from None

    def _fernet(self) -> Fernet:
        from cryptography.fernet import Fernet  # noqa: PLC0415 (likewise)

        return Fernet(base64.urlsafe_b64encode(self._derived("encryption")))

    def _derived(self, purpose: str) -> bytes:
        self.require()
        return hmac.digest(self._root, f"fisk {purpose}".encode(), hashlib.sha256)


def new_key() -> str:
    """A new random key, in the form of FISK_KEY."""
    return base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def _decoded(text: str) -> bytes:
    if not text:
        return b""
    try:
        key = base64.b64decode(text.encode(), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise errors.BadSettings(why="FISK_KEY is no key: `fisk key` prints one")
    return key
