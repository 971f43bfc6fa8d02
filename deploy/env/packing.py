"""Variables as bytes and back, for what is kept encrypted. Nothing else may write values anywhere."""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict
from typing import TYPE_CHECKING

from pydantic import SecretStr

from deploy.systems.coolify.values import Variable

if TYPE_CHECKING:
    from collections.abc import Iterable


def pack(variables: Iterable[Variable]) -> bytes:
    """All of them with their values, small."""
    rows = [{**asdict(variable), "value": _told(variable)} for variable in variables]
    return zlib.compress(json.dumps(rows).encode())


def unpack(packed: bytes) -> tuple[Variable, ...]:
    rows = json.loads(zlib.decompress(packed))
    return tuple(Variable(**{**row, "value": _secret(row["value"])}) for row in rows)


def _told(variable: Variable) -> str | None:
    return None if variable.value is None else variable.value.get_secret_value()


def _secret(value: str | None) -> SecretStr | None:
    return None if value is None else SecretStr(value)
