"""A fake HTTP transport: returns a test's prepared answers, and records requests."""

from __future__ import annotations

from collections.abc import Callable

import httpx

from deploy.systems.http import Http

Answer = httpx.Response | Exception


class PlayedTransport(httpx.AsyncBaseTransport):
    """Answers in their order; the last one again and again."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.asked: list[httpx.Request] = []
        self.slept: list[float] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, stream=answer.stream)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    @property
    def lines(self) -> list[str]:
        return [f"{request.method} {request.url}" for request in self.asked]

    def http(
        self,
        system: str = "Coolify",
        base_url: str = "https://coolify.example",
        *,
        token: str = "1|token",  # noqa: S107 (no secret)
        setting: str = "FISK_COOLIFY_TOKEN",
        timeout: float = 10.0,
        retries: int = 2,
        observe: Callable[[str, str, float], None] | None = None,
    ) -> Http:
        return Http(
            system,
            base_url,
            headers={"Authorization": f"Bearer {token}"},
            setting=setting,
            timeout=timeout,
            transport=self,
            retries=retries,
            observe=observe,
            sleep=self.sleep,
        )


def say(status: int = 200, json: object = None, **headers: str) -> httpx.Response:
    """A JSON answer."""
    return httpx.Response(status, json=json, headers={k.replace("_", "-"): v for k, v in headers.items()})
