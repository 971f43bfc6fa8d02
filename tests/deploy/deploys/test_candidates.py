"""The built commits that could be deployed next, each with how it stands to what runs and its image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.words.candidates import in_a_line, standing
from deploy.core.ask import Unknown
from deploy.deploys.candidates import Candidate, candidates
from sandbox import story

if TYPE_CHECKING:
    from tests.deploy.play import Play


async def offered(play: Play) -> tuple[Candidate, ...]:
    found = await candidates(play.world, play.world.targets.named("app"))
    assert not isinstance(found, Unknown)
    return found


def told(found: tuple[Candidate, ...]) -> list[tuple[str, int | None, str | None]]:
    return [
        (each.ref, each.ahead, "unknown" if isinstance(each.image, Unknown) else each.image.misfit)
        for each in found
    ]


async def test_the_branchs_built_commits_newest_first(play: Play) -> None:
    assert told(await offered(play)) == [
        ("3f2a1b9", 3, None),
        ("e02d8aa", 2, None),
        ("51ab3c4", 1, "wrong platform"),
        ("a4c9e1f", 0, None),
        ("0b94ac7", -1, None),
        ("c85f1d6", -2, "wrong revision"),
        (story.OTHER_TWIN[:8], -4, None),
        (story.COLLIDING[:8], -5, None),
    ]


async def test_without_coolify_and_the_registry_the_commits_are_there_all_the_same(play: Play) -> None:
    play.outside.coolify.faults.queue("*", status=502, times=999)
    play.outside.registry.faults.queue("*", drop=True, times=999)
    found = await offered(play)
    assert {(ahead, image) for _, ahead, image in told(found)} == {(None, "unknown")}
    assert in_a_line(found[0]) == "3f2a1b9 Round VAT per line"
    assert standing(found[0], found[0].commit.at + 42 * 60) == "Marko Babić, 42 min ago; image not known"


async def test_without_github_it_is_said_why_there_are_none(play: Play) -> None:
    play.outside.github.faults.queue("*", status=502, times=999)
    found = await candidates(play.world, play.world.targets.named("app"))
    assert isinstance(found, Unknown)
    assert found.why.startswith("GitHub answers 502")
