"""Deliveries of GitHub's, and of those who say that they are GitHub."""

from __future__ import annotations

import asyncio
import json
from random import Random
from typing import TYPE_CHECKING, Any

from aiohttp import StreamReader
from aiohttp.base_protocol import BaseProtocol
from aiohttp.test_utils import make_mocked_request

from bot.app.metrics import Metrics
from bot.app.webhooks import PATH, Webhooks
from deploy.builds.speaking import speaks
from deploy.core.github_model import Webhook
from deploy.core.json_fields import read
from deploy.notices.watch import heard
from tests.bot.endpoint import SECRET, signed
from tests.fuzz.pieces import raw, text

if TYPE_CHECKING:
    from aiohttp import web

GOOD = {
    "action": "completed",
    "workflow_run": {
        "id": 7_000_001, "name": "Build", "head_branch": "main", "head_sha": "3f2a1b9c85e4d7f60a19b3c2e8d5f4a7061b9e3c",
        "path": ".github/workflows/build.yml", "run_number": 12, "run_attempt": 1, "event": "push",
        "status": "completed", "conclusion": "success", "workflow_id": 1, "display_title": "Round VAT per line",
        "html_url": "https://github.com/Wandeon/FiskAI/actions/runs/7000001",
        "created_at": "2023-11-14T22:13:20Z", "updated_at": "2023-11-14T22:31:20Z",
        "run_started_at": "2023-11-14T22:13:20Z", "actor": {"login": "marko-b"},
        "triggering_actor": {"login": "marko-b"}, "head_commit": {"id": "3f2a1b9", "message": "Round VAT per line"},
        "head_repository": {"full_name": "Wandeon/FiskAI"}, "repository": {"full_name": "Wandeon/FiskAI"},
        "pull_requests": [],
    },
    "workflow": {"path": ".github/workflows/build.yml", "name": "Build"},
    "repository": {"id": 7, "full_name": "Wandeon/FiskAI", "default_branch": "main"},
    "sender": {"login": "marko-b"},
}  # fmt: skip
EXPECTED = {200, 202, 400, 401}


async def case(random: Random) -> None:
    """Only what is signed is heard, and whatever it says, it is noted, ignored or malformed."""
    recorded: list[dict[str, Any]] = []

    async def hear(payload: dict[str, Any], _delivery: str) -> str | None:
        recorded.append(payload)
        read("GitHub", Webhook, payload)
        return "news" if speaks(heard(payload), "main") else None

    body, forged = raw(random, GOOD), random.random() < 0.2
    headers = signed(body, id_=text(random, 1).encode("ascii", "ignore").decode().strip() or "d-1")
    if forged:
        headers = _forged(random, headers)
    headers = {name: value for name, value in headers.items() if value.isprintable()}
    webhooks = Webhooks(SECRET, hear, Metrics())
    answer = await webhooks.receive(_request(body, headers))
    assert answer.status in EXPECTED, answer.text
    assert not (forged and recorded), "a forged webhook was heard"
    assert not forged or answer.status in {400, 401}
    json.dumps(recorded)


def _forged(random: Random, headers: dict[str, str]) -> dict[str, str]:
    name = "X-Hub-Signature-256"
    right = headers[name]
    wrong = (
        "",
        "sha256=",
        right[:-1],
        right.upper(),
        f"sha1={right[7:]}",
        f"{right} ",
        "sha256=" + "0" * 64,
        "ž" * 71,
    )
    return {**headers, name: random.choice(wrong)}


def _request(body: bytes, headers: dict[str, str]) -> web.Request:
    loop = asyncio.get_running_loop()
    payload = StreamReader(BaseProtocol(loop), limit=2**26, loop=loop)
    payload.feed_data(body)
    payload.feed_eof()
    return make_mocked_request("POST", PATH, headers=headers, payload=payload)
