"""Signs what is stored where others may write, so that it is believed only where fisk itself has put it."""

from __future__ import annotations

import hmac
from collections.abc import Sequence

from deploy.core import errors

DIGITS = 32  # of HMAC-SHA256's 64; a text is these, a space and the content


class Forged(ValueError):
    """Not signed with this installation's key, or for another place."""


class Signer:
    """Signs and checks texts. `keys`: the first signs, each of them is believed; none: nothing can be done.

    A signature is bound to the place where the text is stored, such as an operation's id and a field: moved to another
    place it does not hold.
    """

    def __init__(self, keys: Sequence[bytes] = ()) -> None:
        self._keys = tuple(keys)

    def __repr__(self) -> str:
        return "<signer>"

    def sign(self, content: str, *place: str) -> str:
        """The content with its signature before it. Raises errors.NoKey."""
        if not self._keys:
            raise errors.NoKey
        return f"{_digest(self._keys[0], content, place)} {content}"

    def opened(self, text: str, *place: str) -> str:
        """The content of a text that was signed for this place. Raises Forged, and errors.NoKey."""
        if not self._keys:
            raise errors.NoKey
        content = text[DIGITS + 1 :]
        for key in self._keys:
            if hmac.compare_digest(f"{_digest(key, content, place)} ".encode(), text[: DIGITS + 1].encode()):
                return content
        raise Forged("not signed by this installation for this place")


def _digest(key: bytes, content: str, place: tuple[str, ...]) -> str:
    return hmac.digest(key, f"{place!r}{content}".encode(), "sha256").hex()[:DIGITS]
