"""The way to one repository's part of the REST API."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import urlencode

from cachetools import LRUCache

from deploy.core.errors import MissingAbility, NotThere, Rejected, RepositoryMoved, SystemFailure
from deploy.core.github_model import Repository
from deploy.core.json_fields import read
from deploy.core.rights import HELD, MISSING, Right
from deploy.systems.error_mapping import seconds
from deploy.systems.github.refusals import or_limit

if TYPE_CHECKING:
    import httpx

    from deploy.systems.http import Http

T = TypeVar("T")
Params = Mapping[str, str | int]

NAME = "GitHub"
WRONG = 422
UNCHANGED = 304
WHOLE = "repo"  # the scope that is every right to a repository
PAGE = 100  # GitHub's largest
MOST_KEPT = 200  # values that are asked for conditionally
LARGEST_KEPT = 2**19  # bytes of their answers
MOVED = (301, 307, 308)
BY_ID = "/repositories/"  # in the address to which GitHub redirects what is asked of an old name
HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}


class Api:
    """One repository, asked and told. Every method may raise any SystemFailure.

    Args:
        http: the way to the API; its headers carry the token.
        repository: as `owner/name`.
        branch: the one that is deployed from.
    """

    def __init__(self, http: Http, repository: str, branch: str = "main") -> None:
        self.repository = repository
        self.branch = branch
        self._http = http
        self._known: LRUCache[Any, tuple[str, Any]] = LRUCache(MOST_KEPT)  # with their ETags
        self._left: tuple[int, int] | None = None
        self._moved = False

    def is_(self, name: str) -> bool:
        """Whether that is its name, as configured; GitHub's names have no case."""
        return name.casefold() == self.repository.casefold()

    @property
    def calls_left(self) -> tuple[int, int] | None:
        """How many calls are left of how many an hour, by the newest answer that said it; None before."""
        return parse_calls_left(self._http.newest_headers) or self._left

    async def identity(self) -> Repository:
        """The repository as GitHub knows it now, whatever it was called before."""
        return await self._read(Repository, "", what=f"repository {self.repository}")

    async def new_name(self) -> str:
        """Its name now, where an answer came from another address than the configured name's; else empty."""
        return (await self.identity()).name if self._moved else ""

    async def _read(
        self,
        kind: type[T],
        path: str,
        params: Params = MappingProxyType({}),
        *,
        what: str,
        key: str = "",
        of: str = "",
        unknown: tuple[int, ...] = (),
    ) -> T:
        """The value at a path below the repository's (or `of`), or under `key` there; `unknown` are statuses that say
        that there is none, as 404 does. Asked for conditionally: an unchanged answer (304) costs no call.
        """
        path = (of or f"/repos/{self.repository}") + path
        place = (kind, key, path, urlencode(params))
        tag, known = self._known.get(place, ("", None))
        headers = {**HEADERS, "If-None-Match": tag} if tag else HEADERS
        accepted = (*unknown, UNCHANGED) if tag else unknown
        answer = await self._ask(
            "GET", path, params=params, headers=headers, accept_status=accepted, what=what
        )
        if answer.status_code in unknown:
            raise NotThere(system=NAME, what=what)
        if answer.status_code == UNCHANGED:
            return cast("T", known)
        value = read(NAME, kind, self._http.read(answer), key)
        if (tag := answer.headers.get("ETag", "")) and len(answer.content) <= LARGEST_KEPT:
            self._known[place] = tag, value
        return value

    async def _send(self, path: str, body: Mapping[str, Any], what: str) -> Any:
        path = f"/repos/{self.repository}{path}"
        return self._http.read(await self._ask("POST", path, json=body, headers=HEADERS, what=what))

    async def _may_post(self, path: str, *scopes: str) -> Right:
        """Whether the token may POST there, by evidence; nothing is done to find out.

        A body without anything is refused as wrong (422) only after the token was let through, and as forbidden (403)
        before; or as not there (404), where the token may not even know that there is such a thing. Of a classic
        token GitHub tells the scopes with each answer; one of `scopes` is needed then.
        """
        path = f"/repos/{self.repository}{path}"
        try:
            answer = await self._ask(
                "POST", path, looks=True, json={}, headers=HEADERS, accept_status=(WRONG,)
            )
        except Rejected as error:
            return Right(None, f"GitHub answers {error.status} ({error.why})")
        except (MissingAbility, NotThere):
            return MISSING
        told = answer.headers.get("x-oauth-scopes", "")
        had = {scope.strip() for scope in told.split(",")}
        return HELD if not told or had & {WHOLE, *scopes} else Right(held=False, why=f"its scopes are {told}")

    async def _ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        accepted = (*options.pop("accept_status", ()), *(() if method == "GET" else MOVED))
        try:
            answer = await self._http.request(method, path, accept_status=accepted, **options)
        except MissingAbility as error:
            raise or_limit(error) from None
        self._left = parse_calls_left(answer.headers) or self._left
        self._moved = self._moved or BY_ID in answer.url.path or answer.status_code in MOVED
        if answer.status_code in MOVED:
            raise await self._not_done()
        return answer

    async def _not_done(self) -> RepositoryMoved:
        """GitHub does not carry an act over to the new name: following it is for whoever knows that it is the same."""
        try:
            new = await self.new_name()
        except SystemFailure:
            new = "its new name"
        return RepositoryMoved(system=NAME, repository=self.repository, new=new)


def given(values: Mapping[str, str]) -> dict[str, str | int]:
    """Those that are not empty."""
    return {key: value for key, value in values.items() if value}


def parse_calls_left(headers: Mapping[str, str]) -> tuple[int, int] | None:
    left = seconds(headers.get("x-ratelimit-remaining", ""))
    limit = seconds(headers.get("x-ratelimit-limit", ""))
    return None if left is None or limit is None else (int(left), int(limit))
