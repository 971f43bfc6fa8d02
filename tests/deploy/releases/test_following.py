"""What is known of a target that follows, and how it changes: builds come in any order, people say on and off."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from deploy.core.freeze import RULE
from deploy.core.model import Build, Origin
from deploy.releases.following import (
    Following,
    Stopped,
    begun,
    in_force,
    left_out,
    overtaken,
    seen,
    stops,
    switched_off,
    switched_on,
)
from tests.deploy.conftest import ANA, HERE

OLD, NEW = "a" * 40, "b" * 40
ON = Following(on=True, since=1000)


def build(run: int, sha: str = NEW, **changes: Any) -> Build:
    good = Build(run, sha, "main", "push", "completed", "success", 1, started=1000, updated=1900, url="")
    return replace(good, **changes)


def test_a_good_build_is_wanted() -> None:
    assert seen(ON, build(7)) == replace(ON, wants=build(7))


@pytest.mark.parametrize("changes", [{"conclusion": "failure"}, {"updated": 994}])
def test_a_bad_one_and_one_from_before_are_not(changes: dict[str, Any]) -> None:
    assert seen(ON, build(7, **changes)) == ON


def test_a_newer_one_overtakes_what_waits() -> None:
    assert seen(seen(ON, build(7, OLD)), build(8)) == replace(ON, wants=build(8), passed=(OLD,))


def test_a_rerun_of_what_waits_overtakes_nothing() -> None:
    again = build(7, attempt=2)
    assert seen(seen(ON, build(7)), again) == replace(ON, wants=again)


def test_an_older_one_that_ends_late_is_not_wanted() -> None:
    later = seen(ON, build(8))
    assert seen(later, build(7, OLD)) == later
    done = begun(later, build(8), "f-1")
    assert seen(done, build(7, OLD)) == done


def test_what_was_begun_is_not_wanted_again() -> None:
    done = begun(seen(ON, build(7)), build(7), "f-1")
    assert (seen(done, build(7)), done) == (done, replace(ON, done=build(7), operation="f-1"))


def test_what_came_while_one_was_begun_is_wanted_and_that_one_was_not_skipped() -> None:
    later = seen(seen(ON, build(7, OLD)), build(8))
    assert begun(later, build(7, OLD), "f-1") == replace(
        ON, wants=build(8), done=build(7, OLD), operation="f-1"
    )


def test_what_is_left_out_is_over() -> None:
    assert left_out(seen(ON, build(7)), build(7)) == replace(ON, done=build(7))
    later = seen(seen(ON, build(7, OLD)), build(8))
    assert left_out(later, build(7, OLD)) == later


def test_a_question_that_was_overtaken_is_named_once() -> None:
    asked = begun(seen(ON, build(7, OLD)), build(7, OLD), "f-1")
    assert overtaken(overtaken(asked, OLD), OLD).passed == (OLD,)


def test_a_persons_word_goes_before_fisk_tomls() -> None:
    off = switched_off(None, ANA, HERE, 1000)
    on = switched_on(None, ANA, HERE, 1000)
    assert (in_force(off, 2000, said=True), in_force(on, 2000, said=False)) == (None, on)


def test_fisk_tomls_word_counts_as_it_is_now() -> None:
    assert in_force(None, 1000, said=True) == ON
    assert (in_force(None, 1000, said=False), in_force(ON, 1000, said=False), in_force(ON, 9, said=True)) == (
        None,
        None,
        ON,
    )


def test_after_a_stop_what_was_built_meanwhile_is_wanted() -> None:
    stopped = stops(ON, Stopped("f-1", 1500))
    assert not stopped.goes
    again = switched_on(seen(stopped, build(8)), RULE, Origin("terminal"), 3000)
    assert again == replace(ON, since=3000, wants=build(8))


def test_what_was_built_while_it_was_off_is_not_wanted() -> None:
    off = switched_off(seen(ON, build(7)), ANA, HERE, 2000)
    assert switched_on(off, ANA, HERE, 3000) == Following(on=True, since=3000, by=ANA, where=HERE)
