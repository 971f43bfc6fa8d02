"""What is asked at the same moment goes as one question."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from deploy.core.gathered import Gathered


class Client:
    """Answers several questions but those that begin with a dash."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []

    async def all(self, keys: tuple[str, ...]) -> Mapping[str, str]:
        self.asked.append(keys)
        await asyncio.sleep(0)
        return {key: key.upper() for key in keys if not key.startswith("-")}

    async def fails(self, keys: tuple[str, ...]) -> Mapping[str, str]:
        self.asked.append(keys)
        raise LookupError("no")


async def test_questions_of_one_moment_go_together_and_later_ones_by_themselves() -> None:
    client = Client()
    gathered = Gathered(client.all)
    assert await asyncio.gather(*map(gathered.of, ("a", "b", "a"))) == ["A", "B", "A"]
    assert await asyncio.gather(*map(gathered.of, ("c", "d", "a"))) == ["C", "D", "A"]
    assert client.asked == [("a", "b"), ("c", "d")]
    await gathered.aclose()


async def test_one_question_is_better_asked_alone() -> None:
    client = Client()
    gathered = Gathered(client.all)
    assert (await gathered.of("a"), client.asked) == (None, [])
    await gathered.aclose()


async def test_what_the_answer_to_all_lacks_is_to_be_asked_alone() -> None:
    gathered = Gathered(Client().all)
    assert await asyncio.gather(*map(gathered.of, ("a", "-b"))) == ["A", None]
    await gathered.aclose()


async def test_a_failure_is_everybodys() -> None:
    client = Client()
    gathered = Gathered(client.fails)
    found = await asyncio.gather(gathered.of("a"), gathered.of("b"), return_exceptions=True)
    assert [type(each) for each in found] == [LookupError, LookupError]
    assert client.asked == [("a", "b")]
    await gathered.aclose()


async def test_whoever_gives_up_leaves_the_others_and_nothing_is_left_behind() -> None:
    async def hangs(_keys: tuple[str, ...]) -> Mapping[str, str]:
        await asyncio.Event().wait()
        return {}

    gathered = Gathered(hangs)
    before = len(asyncio.all_tasks())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await asyncio.gather(gathered.of("a"), gathered.of("b"))
    await gathered.aclose()
    assert len(asyncio.all_tasks()) == before
