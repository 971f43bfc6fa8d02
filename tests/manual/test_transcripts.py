"""The transcripts of docs/tasks/ are what the bot says today."""

from __future__ import annotations

import re

import pytest

from manual.played import played
from manual.project import DOCS
from manual.scenes import SCENES
from manual.transcripts import rewritten, settled, shown


def test_every_scene_is_shown_once_and_no_other() -> None:
    texts = [path.read_text() for path in DOCS.glob("**/*.md")]
    marks = [name for text in texts for name in re.findall(r"<!-- played: ([\w-]+) -->", text)]
    assert sorted(marks) == sorted(SCENES) == sorted(shown())


@pytest.mark.timeout(400)
async def test_every_transcript_is_what_the_bot_says() -> None:
    """Where this fails because words changed on purpose: `scripts/transcripts` writes them anew."""
    scenes = await played(0.3)
    assert {name: settled(text) for name, text in shown().items()} == {
        name: settled(text) for name, text in scenes.items()
    }


PAGE = "Then:\n\n<!-- played: deploy -->\n\n    fisk   done in 4 s\n\n    Ana    next\n\nMore.\n"


def test_a_transcript_that_says_the_same_is_left_as_it_is() -> None:
    assert rewritten(PAGE, {"deploy": "fisk   done\n       in 2 min 3 s\n\nAna    next"}) == PAGE


def test_a_transcript_that_says_something_else_is_replaced_whole() -> None:
    changed = PAGE.replace("done in 4 s\n\n    Ana    next", "over in 2 s")
    assert rewritten(PAGE, {"deploy": "fisk   over in 2 s"}) == changed


@pytest.mark.parametrize(
    ("one", "another"),
    [
        ("deployed in 2 s, healthy", "deployed in 1 min 12 s, healthy"),
        ("(d-gugnxs) @ana", "(d-7k3f9a) @ana"),
        ("until 29 Nov 03:56 UTC, or", "until 1 Dec 13:05 UTC, or"),
        ("• just now: deploy", "• 4 s ago: deploy"),
        ("(sha256:e2a8…)", "(sha256:5cbb…)"),
    ],
)
def test_times_ids_and_digests_make_no_difference(one: str, another: str) -> None:
    assert settled(one) == settled(another)


@pytest.mark.parametrize(
    ("one", "another"), [("runs 3f2a1b9", "runs a4c9e1f"), ("healthy in 2 s", "well in 2 s")]
)
def test_words_and_commits_do(one: str, another: str) -> None:
    assert settled(one) != settled(another)
