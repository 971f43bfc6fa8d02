"""Within one answer nobody is asked the same twice."""

from __future__ import annotations

import asyncio

import pytest

from deploy.core.asked_once import AskedOnce


class Client:
    """Counts what it is asked."""

    name = "GitHub"

    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []

    async def image(self, tag: str, *, platform: str = "") -> str:
        self.asked.append((tag, platform))
        await asyncio.sleep(0)
        return f"{tag} for {platform}"

    async def fails(self) -> None:
        self.asked.append(())
        raise LookupError("no")

    async def hangs(self) -> None:
        await asyncio.Event().wait()


async def test_equal_questions_have_one_answer_at_once_and_later() -> None:
    client = Client()
    once = AskedOnce(client)
    asked = (once.image("a", platform="arm64") for _ in range(3))
    assert await asyncio.gather(*asked) == ["a for arm64"] * 3
    assert await once.image("a", platform="arm64") == "a for arm64"
    assert await once.image("a", platform="amd64") == "a for amd64"
    assert client.asked == [("a", "arm64"), ("a", "amd64")]
    assert once.name == "GitHub"
    await once.aclose()


async def test_a_failure_is_everybodys() -> None:
    client = Client()
    once = AskedOnce(client)
    for _ in range(2):
        with pytest.raises(LookupError):
            await once.fails()
    assert client.asked == [()]
    await once.aclose()


async def test_whoever_gives_up_leaves_the_others_and_nothing_is_left_behind() -> None:
    once = AskedOnce(Client())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await once.hangs()
    before = len(asyncio.all_tasks())
    await once.aclose()
    assert len(asyncio.all_tasks()) == before - 1
