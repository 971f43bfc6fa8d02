"""FISK_KEY: the key for signatures, for fingerprints of values and for the encryption of backups."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from functools import cached_property
from typing import TYPE_CHECKING

from pydantic import SecretStr

from deploy.core import errors
from deploy.core.signing import Signer

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet


KEY_BYTES = 32
DIGITS = 6
SURE = 8  # characters of a plan's fingerprint


class Seal:
    """Signatures, fingerprints and encryption under one key. The keys that it works with are derived from it.

    Args:
        key: 32 bytes in URL-safe base64, as `fisk key` prints them; empty: there is none.
        other: another key, which may have signed or encrypted what is read, while all replicas change to a new one.

    Raises:
        errors.BadSettings: one of them is not such a key.
    """

    def __init__(self, key: SecretStr = SecretStr(""), other: SecretStr = SecretStr("")) -> None:  # noqa: B008 (an empty secret is immutable)
        self._root = _decoded(key.get_secret_value(), "FISK_KEY")
        self._other = _decoded(other.get_secret_value(), "FISK_KEY_OLD")
        self._marking = _derived(self._root, "fingerprint") if self._root else b""

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

    def close(self, opened: bytes, place: str) -> str:
        """Encrypt and authenticate, for this place alone. Raises errors.NoKey."""
        return self._fernet.encrypt(f"{place}\n".encode() + opened).decode()

    def open(self, closed: str, place: str) -> bytes:
        """Decrypt. Raises errors.WrongKey where it was encrypted with another key, or for another place."""
        from cryptography.fernet import InvalidToken  # noqa: PLC0415 (slow to import, rarely needed)

        try:
            of, _, opened = self._fernet.decrypt(closed.encode()).partition(b"\n")
        except InvalidToken:
            raise errors.WrongKey from None
        if of != place.encode():
            raise errors.WrongKey
        return opened

    def signer(self, installation: str) -> Signer:
        """What signs in this installation's name. Without a key it can do nothing."""
        return Signer(self._derived(f"signature {installation}") if self._root else ())

    def proofs(self, installation: str) -> tuple[str, ...]:
        """What shows which key an installation has, without telling it: this key's first. Raises errors.NoKey."""
        return tuple(key.hex() for key in self._derived(f"proof {installation}"))

    @cached_property
    def _fernet(self) -> MultiFernet:
        from cryptography.fernet import Fernet, MultiFernet  # noqa: PLC0415 (likewise)

        return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in self._derived("encryption")])

    def _derived(self, purpose: str) -> list[bytes]:
        self.require()
        return [_derived(root, purpose) for root in (self._root, self._other) if root]


def new_key() -> str:
    """A new random key, in the form of FISK_KEY."""
    return base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def _derived(root: bytes, purpose: str) -> bytes:
    return hmac.digest(root, f"fisk {purpose}".encode(), hashlib.sha256)


def _decoded(text: str, setting: str) -> bytes:
    if not text:
        return b""
    try:
        key = base64.b64decode(text.encode(), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise errors.BadSettings(why=f"{setting} is no key: `fisk key` prints one")
    return key
