"""An application's environment variables. Their values are secrets from here on: no error carries one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from deploy.core.errors import SystemFailure
from deploy.core.json_fields import read
from deploy.systems.coolify.api import Api, app_path
from deploy.systems.coolify.dialect import Dialect
from deploy.systems.coolify.parsing import NAME, listed
from deploy.systems.coolify.values import Owner, Variable

BULK_WITHIN = 120.0  # seconds: Coolify saves one row after the other
LIST_WITHIN = 30.0  # seconds
LARGEST_LIST = 256 * 2**20  # bytes: 500 values of 64 KiB come with their previews, each in two forms
WINDOW = 4  # letters in a row that a reason may share with a value by chance alone
UNTOLD = "its reason may quote a value, so it is not shown"
# What Laravel and Coolify say of any variable, whatever its value.
COMMON = re.compile(
    r"Validation failed|Environment variable (already exists|not found)|Use PATCH request to update it"
    r"|Application not found|Server Error|Too Many Attempts|This field is not allowed|data\.\d+\."
    r"|The (data\.\d+\.)?(key|value|comment|is[ _]\w+) (field )?"
    r"(format is invalid|is required|must be (a string|true or false)|must not be greater than \d+ characters)"
    r"|\b(key|value|comment|is_\w+)\b|status \d+|[:;,.\s]+",
    re.IGNORECASE,
)


class Variables(Api):
    """Variables by application. Deciding what to write is not done here."""

    async def owners(self) -> tuple[Owner, ...]:
        """Every application that the token sees, with the hosts that it is reached at."""
        return read(NAME, tuple[Owner, ...], listed(await self._json("GET", "/applications")))

    async def dialect(self) -> Dialect:
        """What this version of Coolify takes."""
        version = await self.version()
        return Dialect(version, self.version_text)

    async def variables(self, app: str) -> tuple[Variable, ...]:
        """All of an application's, production and preview. A value is None where Coolify does not tell it.

        Raises:
            NotThere: there is no such application.
        """
        path, what = f"{app_path(app)}/envs", f"application {app}"
        raw = await self._json("GET", path, what=what, timeout=LIST_WITHIN, most=LARGEST_LIST)
        return parse_variables(raw)

    async def write_all(self, app: str, variables: Sequence[Variable], dialect: Dialect) -> None:
        """Make or overwrite many in one request. It is no transaction: what came before a fault stays.

        No key may be in it twice, or Coolify makes it twice. Sent once, never repeated.
        """
        body = {"data": [dialect.body(variable) for variable in variables]}
        await self._write("PATCH", f"{app_path(app)}/envs/bulk", variables, body, BULK_WITHIN)

    async def create(self, app: str, variable: Variable, dialect: Dialect) -> None:
        """Make one. Raises Rejected where its key is there already."""
        await self._write("POST", f"{app_path(app)}/envs", (variable,), dialect.body(variable))

    async def overwrite(self, app: str, variable: Variable, dialect: Dialect) -> None:
        """Overwrite one by its key. Raises NotThere where it is gone."""
        await self._write("PATCH", f"{app_path(app)}/envs", (variable,), dialect.body(variable))

    async def remove(self, app: str, variable: Variable) -> None:
        """Delete one by its uuid; one that is gone already is as good."""
        path = f"{app_path(app)}/envs/{quote(variable.uuid, safe='')}"
        await self._ask("DELETE", path, safe=True, accept_status={404}, what=f"variable {variable.key}")

    async def _write(
        self,
        method: str,
        path: str,
        written: Sequence[Variable],
        body: dict[str, Any],
        within: float | None = None,
    ) -> None:
        failure: SystemFailure | None = None
        try:
            await self._ask(method, path, json=body, timeout=within, what="such variable")
        except SystemFailure as error:
            failure = without_values(error, [variable.text for variable in written])
        if failure:
            raise failure  # out here, so that no context keeps the first error


def without_values(error: SystemFailure, values: Sequence[str]) -> SystemFailure:
    """The same failure anew, whose reason quotes none of these values nor a part of one."""
    fields = error.facts
    if _quotes(error.why, values):
        fields["why"] = UNTOLD
    return type(error)(**fields)


def _quotes(why: str, values: Sequence[str]) -> bool:
    """Whether something in it, besides what is said of any variable, is in a value too."""
    rest = COMMON.sub("\n", why)
    windows = {rest[at : at + WINDOW] for at in range(len(rest) - WINDOW + 1)}
    whole_windows = [window for window in windows if "\n" not in window]
    if any(window in value for value in values for window in whole_windows):
        return True
    brief = [re.escape(value) for value in values if 0 < len(value) < WINDOW]
    return any(re.search(rf"(?<!\w){value}(?!\w)", rest) for value in brief)


def parse_variables(raw: Any) -> tuple[Variable, ...]:
    """Null is an empty value, but not of one that is shown only once: that is not told."""
    rows = listed(raw if isinstance(raw, list) else read(NAME, dict, raw).get("data", []))
    found = read(NAME, tuple[Variable, ...], rows)
    return tuple(replace(each, value=None) if each.shown_once and not each.text else each for each in found)
