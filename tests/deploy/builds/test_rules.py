"""A build's progress."""

from __future__ import annotations

from dataclasses import replace

from deploy.builds.rules import doing
from deploy.builds.speaking import newest
from deploy.core.durations import Left
from deploy.core.model import Build, Job, JobStep

BUILD = Build(7, "9c41d07", "main", "push", "in_progress", "", 1, started=1000, updated=1500, url="")
GREEN = replace(BUILD, id=6, status="completed", conclusion="success", updated=1000 + 18 * 60)
STEPS = tuple(
    JobStep(name, number, status, "", 0, 0)
    for number, (name, status) in enumerate(
        [("Set up job", "completed"), ("Build and push", "in_progress"), ("Complete job", "queued")], 1
    )
)
JOB = Job(1, "build", "in_progress", "", 1000, 0, "", steps=STEPS)


def test_a_build_says_its_step_and_what_is_left() -> None:
    assert doing(BUILD, [JOB], Left(9 * 60 - 12, 700)) == "step 2 of 3, Build and push; about 9 min left"


def test_a_build_that_takes_longer_than_usual_says_so() -> None:
    assert doing(BUILD, [], Left(-900, 60)) == "15 min longer than usual"


def test_a_build_of_which_nothing_is_known_says_its_status() -> None:
    assert doing(replace(BUILD, status="queued"), [], None) == "queued"
    assert doing(BUILD, [], None) == "in progress"


def test_the_newest_build_began_last() -> None:
    later = replace(BUILD, started=2000)
    assert newest([BUILD, later, GREEN]) == later
    assert newest([]) is None
