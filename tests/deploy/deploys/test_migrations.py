"""Migrations between what runs and what is asked for: told on the way there, and a gate on the way back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from deploy.core.model import Comparison, Dialog, Offer
from deploy.core.outcomes import Refused
from deploy.deploys.migrations import NONE, Migrations, migrations
from deploy.world import Targets
from sandbox import story
from tests.deploy.play import Play, deployed, put_back

COMPARED = "GET */compare/*"
TWO = ("prisma/migrations/1_vat/migration.sql", "prisma/migrations/2_line/migration.sql")


@pytest.fixture
def migrating(play: Play) -> Play:
    """The sick commit, between what runs and the built one, brings two."""
    targets = (replace(each, migrations=("prisma/migrations/**",)) for each in play.world.targets.values())
    play.world = replace(play.world, targets=Targets(targets))
    play.engine = play.another_engine("migrating")
    changes(play, story.SICK, *TWO)
    return play


def changes(play: Play, sha: str, *files: str) -> None:
    commits = play.outside.github.history.commits
    commits[sha] = replace(commits[sha], files=files)


async def found(play: Play, runs: str, sha: str) -> Migrations:
    since = await play.world.systems.github.compare(runs, sha) if runs else None
    return await migrations(play.world, play.world.targets.named("app"), runs, sha, since)


@pytest.mark.parametrize(
    ("runs", "sha", "between"),
    [
        (story.RUNS, story.BUILT, Migrations(brings=2)),
        (story.BUILT, story.RUNS, Migrations(over=2)),
        (story.BUILT, story.BUILT, NONE),
        (story.BUILT, story.BUILDING, NONE),
        ("", story.BUILT, Migrations(why="nobody can say what runs")),
    ],
)
async def test_they_are_counted_in_both_directions(
    migrating: Play, runs: str, sha: str, between: Migrations
) -> None:
    assert await found(migrating, runs, sha) == between


async def test_from_one_branch_to_another_some_may_be_left_and_others_brought(migrating: Play) -> None:
    changes(migrating, story.OFF_MAIN, TWO[0])
    changes(migrating, story.BUILDING, TWO[1], "lib/vat.ts")
    both = await found(migrating, story.BUILDING, story.OFF_MAIN)
    assert (both, both.told) == (Migrations(1, 1), "goes back over 1 migration and brings 1 migration")


async def test_a_file_that_left_the_folder_or_got_another_name_in_it_counts_once(migrating: Play) -> None:
    commits = migrating.outside.github.history.commits
    names = ("lib/old.sql", "prisma/migrations/2_line/new.sql", "lib/other.ts")
    before = (TWO[0], TWO[1], "lib/vat.ts")
    renamed = tuple(zip(names, before, strict=True))
    commits[story.SICK] = replace(commits[story.SICK], files=names, renamed=renamed)
    assert [await found(migrating, *way) for way in WAYS] == [Migrations(brings=2), Migrations(over=2)]


async def test_of_a_list_that_github_cuts_nothing_is_known(migrating: Play) -> None:
    changes(migrating, story.SICK, *(f"lib/{number}.ts" for number in range(300)))
    cut = Migrations(why="more than 299 files changed, and GitHub lists no more")
    assert [await found(migrating, *way) for way in WAYS] == [cut, cut]


WAYS = ((story.RUNS, story.BUILT), (story.BUILT, story.RUNS))


async def test_patterns_that_would_take_too_long_are_not_tried(migrating: Play) -> None:
    target = replace(migrating.world.targets.named("app"), migrations=("*" * 501,))
    since = Comparison("ahead", 1, 0, files=TWO)
    assert await migrations(migrating.world, target, story.RUNS, story.BUILT, since) == Migrations(
        why="`migrations` in fisk.toml is too complex to be tried"
    )


async def test_without_a_pattern_no_gate_speaks_of_them(play: Play) -> None:
    changes(play, story.SICK, *TWO)
    await play.deploy(story.BUILT)
    assert deployed(await play.rollback()).migrations == 0


async def test_a_deploy_says_what_it_brings(migrating: Play) -> None:
    outcome = deployed(await migrating.deploy(story.BUILT))
    assert outcome.migrations == 2
    assert "brings 2 migrations" in outcome.warnings


async def test_a_rollback_over_them_is_refused_until_somebody_says_so(migrating: Play) -> None:
    await migrating.deploy(story.BUILT)
    outcome = await migrating.rollback()
    assert isinstance(outcome, Refused)
    assert (outcome.error.code, outcome.error.sentence, outcome.error.hint) == (
        "over_migrations",
        "a4c9e1f goes back over 2 migrations: the database of app has them, and a4c9e1f does not know them.",
        (
            "Make sure that a4c9e1f runs with the database as it is; then pass this gate:"
            " `/fisk rollback app a4c9e1f --force`."
        ),
    )
    asks = Dialog(
        "app runs 3f2a1b9. Go back to a4c9e1f over 2 migrations? The database stays as it is.",
        "Go back to a4c9e1f",
        "Keep 3f2a1b9",
    )
    line = "rollback app a4c9e1f --force --when-ran 3f2a1b9"
    assert outcome.error.offers == (Offer("Roll back all the same", line, danger=True, asks=asks),)
    forced = await migrating.end(await migrating.begin("rollback", target="app", ref="", force=True))
    assert deployed(forced).sha == story.RUNS


async def test_so_is_a_deploy_backwards(migrating: Play) -> None:
    await migrating.deploy(story.BUILT)
    outcome = await migrating.deploy(story.RUNS)
    assert isinstance(outcome, Refused)
    assert [outcome.error.code, *(each.code for each in outcome.also)] == ["downgrade", "over_migrations"]
    assert outcome.also[0].offers[0].command == "deploy a4c9e1f --to app --force --when-ran 3f2a1b9"


def cuts(play: Play) -> None:
    changes(play, story.SICK, *(f"lib/{number}.ts" for number in range(300)))


def silences(play: Play) -> None:
    play.outside.github.faults.queue(COMPARED, status=500, times=99)


@pytest.mark.parametrize(
    ("happens", "why"),
    [
        (cuts, "more than 299 files changed, and GitHub lists no more"),
        (silences, "GitHub does not compare the two"),
    ],
)
async def test_a_way_back_of_which_that_is_not_known_is_refused_too(
    migrating: Play, happens: Callable[[Play], None], why: str
) -> None:
    await migrating.deploy(story.BUILT)
    happens(migrating)
    outcome = await migrating.rollback()
    assert isinstance(outcome, Refused)
    assert (outcome.error.code, outcome.error.sentence) == (
        "migrations_unknown",
        f"Whether a4c9e1f goes back over migrations of app is not known: {why}.",
    )


async def test_what_fails_is_put_back_over_them_and_that_is_told(migrating: Play) -> None:
    error, outcome = put_back(await migrating.deploy(story.SICK))
    assert (error, outcome.sha, outcome.migrations) == ("deployment_failed", story.RUNS, 2)
