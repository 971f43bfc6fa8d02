"""What Coolify's token may do, by evidence. Nothing is changed to find out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deploy.core.ask import Unknown, ask
from deploy.core.errors import MissingAbility, Rejected
from deploy.core.rights import HELD, MISSING, Right
from deploy.core.together import together
from deploy.systems.coolify.api import app_path
from deploy.systems.coolify.applications import Applications
from deploy.systems.coolify.parsing import NAME
from deploy.systems.coolify.variables import Variables

NO_SUCH_FIELD = {"fisk_asks_whether_it_may_write": True}
JUDGED = {"write": 422, "deploy": 400}  # how Coolify refuses what it let through and then found wrong


class Rights(Applications, Variables):
    """The abilities of the token."""

    async def abilities(self, app: str) -> frozenset[str]:
        """What the token may do to an application: of `read`, `read:sensitive`, `write` and `deploy`.

        What gives no evidence counts as there: an application without any deployment tells nothing about
        `read:sensitive`, and a deploy needs that to show log lines, no more. `rights` is stricter.

        Raises:
            NotThere: there is no such application.
            MissingAbility: the API is switched off, or closed to this address.
        """
        found = await self._tried(app)
        return frozenset(name for name, right in found.items() if right.held is not False)

    async def rights(self, app: str) -> Mapping[str, Right]:
        """The same four, each held only by evidence. Raises as `abilities` does.

        `read` is held by reading. A PATCH with a field that does not exist and a deployment of nothing are refused
        as wrong (422, 400) only after the token was let through, and as forbidden (403) before. `read:sensitive` shows
        in fields that are absent without it: the log of a deployment, the value of a variable.
        """
        found = await self._tried(app)
        if found["read:sensitive"].held is None:
            found["read:sensitive"] = await self._shows_values(app)
        return found

    async def _tried(self, app: str) -> dict[str, Right]:
        """All at once; a token that may not read is shown nothing."""
        what = f"application {app}"
        read, write, deploy, logs = await together(
            self._try("read", "GET", app_path(app), what=what),
            self._try("write", "PATCH", app_path(app), json=NO_SUCH_FIELD, what=what),
            self._try("deploy", "POST", "/deploy"),
            ask(NAME, self._shows_logs(app)),
        )
        if read and isinstance(logs, Unknown):
            logs = await self._shows_logs(app)  # whose failure is the caller's
        sensitive = MISSING if isinstance(logs, Unknown) or not read else logs
        return {"read": read, "read:sensitive": sensitive, "write": write, "deploy": deploy}

    async def _try(self, right: str, method: str, path: str, **options: Any) -> Right:
        try:
            answer = await self._ask(method, path, safe=True, looks=True, **options)
        except Rejected as error:
            if error.status == JUDGED.get(right):
                return HELD
            return Right(None, f"it answers {error.status} ({error.why})")
        except MissingAbility as error:
            if error.ability:
                return MISSING
            raise
        if method == "GET":
            self._http.read(answer)  # a page is nothing that was read
        return HELD

    async def _shows_logs(self, app: str) -> Right:
        newest = await self.deployments(app, take=1)
        found = await self._deployment(newest[0].uuid) if newest else None
        if found is None:
            return Right(None, "there is no deployment whose log would show it")
        return Right("logs" in found)

    async def _shows_values(self, app: str) -> Right:
        """Those that are shown only once tell nothing."""
        telling = [each.value is not None for each in await self.variables(app) if not each.shown_once]
        if not telling:
            return Right(None, "there is neither a deployment nor a variable that would show it")
        return Right(any(telling))
