"""The key of the tests' installations."""

from __future__ import annotations

from pydantic import SecretStr

from deploy.core.seal import Seal

KEY = SecretStr("dGhlIGtleSBvZiB0aGUgdGVzdHMnIGluc3RhbGxhdGk=")
SEAL = Seal(KEY)
