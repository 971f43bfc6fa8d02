"""GitHub's stand-in: a renamed repository answers 301 to reads and 307 to all else, both by its id."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from sandbox import story
from sandbox.github.payloads import REPOSITORY_ID
from tests.sandbox.asking import bearer
from tests.sandbox.github import REPO

if TYPE_CHECKING:
    from sandbox.world import World


async def test_the_old_address_leads_to_the_one_by_id(world: World) -> None:
    new = world.github.rename()
    url, headers = world.github.url, bearer(world.github.token)
    async with httpx.AsyncClient(base_url=url, headers=headers) as client:
        asked = await client.get(f"{REPO}/commits?per_page=1")
        told = await client.post(f"{REPO}/actions/runs/7/cancel")
        followed = await client.get(asked.headers["Location"])
        by_name = await client.get(f"/repos/{new}")
    assert [(each.status_code, each.headers["Location"]) for each in (asked, told)] == [
        (301, f"{url}/repositories/{REPOSITORY_ID}/commits?per_page=1"),
        (307, f"{url}/repositories/{REPOSITORY_ID}/actions/runs/7/cancel"),
    ]
    assert [commit["sha"] for commit in followed.json()] == [story.BUILDING]
    assert (by_name.json()["full_name"], by_name.json()["id"]) == (new, REPOSITORY_ID)
