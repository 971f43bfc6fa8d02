"""Events folded into the state that views show."""

from __future__ import annotations

from hypothesis import given, strategies as st

from bot.words.timeline import StepView, Timeline, fold
from deploy.core.events import (
    CancelAsked,
    Event,
    Finished,
    Progress,
    StepFailed,
    StepFinished,
    StepStarted,
    TakenOver,
)
from deploy.core.model import Actor, Failure
from deploy.core.outcomes import Completed
from deploy.kinds import KINDS

ANA = Actor("U1", "ana")
DEPLOY = KINDS["deploy"]
OOPS = Failure("unhealthy", "It is not healthy.")


def test_nothing_has_happened_at_first() -> None:
    assert fold([]) == Timeline()


def test_a_step_is_under_way_and_then_done_with_its_result() -> None:
    started = fold([TakenOver("r1", 1, 1), StepStarted("gates", 2)])
    assert started == Timeline((StepView("gates", "under way", 2),), runs=1)
    assert started.after(StepFinished("gates", 5, "as they say")) == Timeline(
        (StepView("gates", "done", 2, 5, "as they say"),), runs=1
    )


def test_a_failed_step_keeps_its_error() -> None:
    timeline = fold([StepStarted("prove", 2), StepFailed("prove", 5, OOPS)])
    assert timeline == Timeline((StepView("prove", "failed", 2, 5, error=OOPS),))


def test_a_step_run_again_by_another_runner_stands_where_it_stood() -> None:
    timeline = fold(
        [
            StepStarted("point", 1),
            StepFinished("point", 2, "3f2a1b9"),
            StepStarted("watch", 3),
            TakenOver("r2", 9, 2),
            StepStarted("watch", 10),
        ]
    )
    assert timeline == Timeline(
        (StepView("point", "done", 1, 2, "3f2a1b9"), StepView("watch", "under way", 10)), runs=1
    )


def test_progress_is_of_the_step_under_way() -> None:
    pulling = fold([StepStarted("watch", 1), Progress("watch", 2, "pulling the image")])
    assert pulling.progress == "pulling the image"
    assert pulling.after(StepStarted("prove", 3)).progress == ""


def test_a_cancel_and_the_end_are_remembered() -> None:
    timeline = fold([CancelAsked(ANA, 1), Finished(2, Completed("done"))])
    assert timeline == Timeline(cancelled_by=ANA, outcome=Completed("done"), finished=2)


def test_steps_that_only_keep_the_books_are_shown_when_they_fail() -> None:
    quiet = min(DEPLOY.quiet)
    booked = fold([StepStarted(quiet, 1), StepFinished(quiet, 2)])
    assert booked.shown(DEPLOY) == ()
    assert fold([StepStarted(quiet, 1), StepFailed(quiet, 2, OOPS)]).shown(DEPLOY) == (
        StepView(quiet, "failed", 1, 2, error=OOPS),
    )


def test_the_planned_steps_that_have_not_begun_are_to_come() -> None:
    timeline = fold([StepStarted("resolve", 1), StepStarted("gates", 2)])
    assert timeline.to_come(DEPLOY.planned) == ("point", "trigger", "watch", "prove")
    assert timeline.to_come(()) == ()


def test_a_kind_that_nobody_knows_shows_all_its_steps() -> None:
    timeline = fold([StepStarted("record", 1), StepFinished("record", 2, "3f2a1b9")])
    assert timeline.shown(None) == (StepView("record", "done", 1, 2, "3f2a1b9"),)


def test_the_subject_is_the_newest_that_a_step_named() -> None:
    timeline = fold([StepFinished("resolve", 1, subject="3f2a1b9 “VAT”"), StepFinished("gates", 2)])
    assert timeline.subject == "3f2a1b9 “VAT”"


def test_nothing_is_to_come_after_a_failure_or_the_end() -> None:
    assert fold([StepFailed("gates", 1, OOPS)]).to_come(DEPLOY.planned) == ()
    assert fold([Finished(2, Completed())]).to_come(DEPLOY.planned) == ()


names = st.sampled_from([step.name for step in DEPLOY.steps])
events = st.lists(
    st.one_of(
        st.builds(StepStarted, names, st.floats(0, 9)),
        st.builds(StepFinished, names, st.floats(0, 9), st.text()),
        st.builds(StepFailed, names, st.floats(0, 9), st.just(OOPS)),
        st.builds(Progress, names, st.floats(0, 9), st.text()),
        st.builds(TakenOver, st.text(), st.floats(0, 9), st.integers(1, 9)),
    )
)


@given(events)
def test_each_step_is_drawn_once_and_is_never_both_begun_and_to_come(seen: list[Event]) -> None:
    timeline = fold(seen)
    begun = [step.name for step in timeline.steps]
    assert len(begun) == len(set(begun))
    assert not set(begun) & set(timeline.to_come(DEPLOY.planned))
