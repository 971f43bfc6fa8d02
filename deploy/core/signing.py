"""Signs what is stored where others may write, so that it is believed only where fisk itself has put it."""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence

from deploy.core import errors

DIGITS = 32  # of HMAC-SHA256's 64; a text is these, a space and what is signed: the format, a space and the content
FORMAT = 3  # of all contents; CONTRIBUTING.md says when it goes up
_VERSION = re.compile(r"v(\d{1,9}) ")


class Forged(ValueError):
    """Not signed with this installation's key, or for another place."""


class Newer(ValueError):
    """Written by a newer fisk, which alone knows what it means."""


class Signer:
    """Signs and checks texts. `keys`: the first signs, each of them is believed; none: nothing can be done.

    A signature is bound to the place where the text is stored, such as an operation's id and a field: moved to another
    place it does not hold. `version`: the format in which this fisk writes, and the newest that it reads.
    """

    def __init__(self, keys: Sequence[bytes] = (), version: int = FORMAT) -> None:
        self._keys = tuple(keys)
        self.version = version

    def __repr__(self) -> str:
        return "<signer>"

    def sign(self, content: str, *place: str) -> str:
        """The content with its format, and its signature before both. Raises errors.NoKey."""
        if not self._keys:
            raise errors.NoKey
        versioned = f"v{self.version} {content}"
        return f"{_digest(self._keys[0], versioned, place)} {versioned}"

    def opened(self, text: str, *place: str) -> str:
        """The content of a text that was signed for this place. Raises Forged, Newer, and errors.NoKey."""
        version, content = self.verified(text, *place)
        if version > self.version:
            raise Newer(f"in format {version}, and this fisk reads {self.version}")
        return content

    def verified(self, text: str, *place: str) -> tuple[int, str]:
        """The format (0: from before there was one) and the content, in any format. Raises Forged, errors.NoKey."""
        if not self._keys:
            raise errors.NoKey
        signed = text[DIGITS + 1 :]
        for key in self._keys:
            if hmac.compare_digest(f"{_digest(key, signed, place)} ".encode(), text[: DIGITS + 1].encode()):
                return _parted(signed)
        raise Forged("not signed by this installation for this place")


def _parted(signed: str) -> tuple[int, str]:
    found = _VERSION.match(signed)
    return (int(found[1]), signed[found.end() :]) if found else (0, signed)


def _digest(key: bytes, content: str, place: tuple[str, ...]) -> str:
    return hmac.digest(key, f"{place!r}{content}".encode(), "sha256").hex()[:DIGITS]
