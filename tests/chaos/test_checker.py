"""Each check finds the fault that it is for: a history in which all is well, and the same with that one fault."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.chaos.checker import check
from tests.chaos.history import FOREVER, UNTOUCHED, Act, History, Rollout, Run, Shown, Store, Typed

OLD, NEW, NEXT = "a" * 40, "b" * 40, "c" * 40
RUN = Run("d-1", "deploy", "ana", "app", NEW, 10, 20, "deployed", "done", ((10, "bot0"),))
REFUSED = Run("d-2", "deploy", "marko", "app", NEXT, 30, 31, "refused", "refused", ((30, "bot1"),))
POINT, TRIGGER = Act(12, "point", "app", NEW, "bot0"), Act(13, "trigger", "app", bot="bot0")
OPENED = Act(14, "open", "app", NEW, operation="d-1")
ROLLOUT = Rollout(13, "app", NEW, "finished")
TOLD = Shown(11, "C1", "", ("Deploying b to app\n_d-1_", "Deployed b to app\n_d-1_"))
TOLD_REFUSAL = Shown(31, "C1", "", ("Not started: ana holds app\n_d-2_",))
HELD = Shown(25, "C1", "", ("ana holds app: trouble 1. Nobody deploys to it",))
FINE = History(
    acts=(POINT, TRIGGER, OPENED),
    typed=(
        Typed(10, "ana", f"deploy {NEW[:7]} --to app", acked=True),
        Typed(24, "ana", "lock app trouble 1", acked=True),
        Typed(30, "marko", f"deploy {NEXT[:7]} --to app", acked=True),
        Typed(40, "marko", "status", acked=True, answers=1),
        Typed(41, "marko", "status", acked=False),
    ),
    shown=(TOLD, HELD, TOLD_REFUSAL),
    rollouts=(ROLLOUT,),
    runs=(RUN, REFUSED),
    commits=(OLD, NEW, NEXT),
    running={"app": NEW, "staging": OLD},
    set_to={"app": NEW, "staging": OLD},
    set_at_first={"app": OLD, "staging": OLD},
    seen=frozenset({"d-1", "d-2"}),
    store=Store(holds=("app:app",)),
    texts={"a log": "all is well"},
    secrets={"a token": "s3cret"},
)


def found(history: History) -> set[str]:
    return {problem.promise for problem in check(history)}


def test_nothing_is_found_where_all_is_well() -> None:
    assert check(FINE) == ()


def acting(*acts: Act, **changes: object) -> History:
    """All is well, and these acts besides."""
    return replace(FINE, acts=tuple(sorted((*FINE.acts, *acts), key=lambda each: each.at)), **changes)  # type: ignore[arg-type]


RESTARTED = replace(RUN, id="b-1", kind="buildkit restart", target="buildkit", sha="", began=50, ended=55)
RESTART = Act(51, "restart", "buildkit")
ANOTHER = replace(RUN, id="d-3", sha=NEXT, began=15, ended=25)
FOLLOWED = replace(RUN, kind="follow", user="follow")
CASES = {
    "no_two_conflicting_operations_run": [
        replace(FINE, runs=(RUN, ANOTHER, REFUSED)),
        acting(Act(22, "trigger", "app", bot="bot0")),
        acting(Act(15, "point", "app", NEXT, "bot0")),
        acting(RESTART),
    ],
    "nobody_acts_for_an_operation_that_another_runs": [
        replace(FINE, runs=(replace(RUN, runners=((10, "bot0"), (11, "bot1"))), REFUSED)),
        replace(FINE, runs=(replace(RUN, runners=((10, "bot1"),)), REFUSED)),
    ],
    "nothing_is_triggered_twice": [
        replace(FINE, rollouts=(ROLLOUT, replace(ROLLOUT, at=15))),
        acting(replace(OPENED, at=15)),
    ],
    "what_is_followed_is_begun_once_and_never_backwards": [
        acting(runs=(FOLLOWED, replace(FOLLOWED, id="d-4"), REFUSED)),
        acting(runs=(FOLLOWED, REFUSED), set_at_first={"app": NEXT, "staging": OLD}),
        replace(FINE, store=Store(waiting=("staging",))),
    ],
    "buildkit_is_restarted_once": [
        acting(RESTART, replace(RESTART, at=52), runs=(RUN, REFUSED, RESTARTED)),
    ],
    "an_outcome_is_what_the_world_shows": [
        replace(FINE, rollouts=(replace(ROLLOUT, status="failed"),)),
        replace(FINE, running={"app": OLD, "staging": OLD}),
        replace(FINE, set_to={"app": OLD, "staging": OLD}),
        replace(FINE, runs=(replace(RUN, outcome="refused", status="refused"), REFUSED)),
        replace(FINE, runs=(replace(RUN, outcome="put_back", status="failed"), REFUSED)),
        replace(
            FINE,
            shown=(replace(TOLD, texts=("It failed.\nNothing was changed.\n_d-1_",)), HELD, TOLD_REFUSAL),
        ),
        replace(FINE, runs=(replace(RUN, outcome=UNTOUCHED), REFUSED)),
    ],
    "nothing_that_acted_is_forgotten": [
        replace(FINE, seen=frozenset({"d-0"}), shown=(*FINE.shown, replace(TOLD, texts=("Deploying d-0",)))),
        acting(replace(OPENED, operation="d-0")),
    ],
    "every_operation_ends": [replace(FINE, runs=(RUN, replace(REFUSED, ended=FOREVER, status="running")))],
    "every_line_has_an_operation_or_an_answer": [
        replace(FINE, typed=(Typed(50, "ana", f"deploy {NEW[:7]} --to app", acked=True),)),
        replace(FINE, typed=(Typed(50, "ana", "lock app trouble 2", acked=True),)),
        replace(FINE, typed=(Typed(50, "ana", "unlock app", acked=True),)),
        replace(FINE, typed=(Typed(50, "ana", "status", acked=True),)),
        replace(FINE, typed=(Typed(50, "ana", "status", acked=True),), ended=(49,)),
        replace(FINE, typed=(Typed(50, "ana", "unlock app", acked=True),), ended=(51,)),
    ],
    "every_end_is_told_once": [
        replace(FINE, shown=(HELD, TOLD_REFUSAL)),
        replace(FINE, shown=(replace(TOLD, texts=TOLD.texts[:1]), HELD, TOLD_REFUSAL)),
        replace(FINE, shown=(TOLD, replace(TOLD, texts=("Put a back\n_d-1_",)), HELD, TOLD_REFUSAL)),
    ],
    "no_end_is_untold": [
        replace(FINE, shown=(replace(TOLD, texts=(*TOLD.texts, TOLD.texts[0])), HELD, TOLD_REFUSAL)),
        replace(FINE, shown=(replace(TOLD, texts=(*TOLD.texts, "Put a back\n_d-1_")), HELD, TOLD_REFUSAL)),
    ],
    "a_hold_holds": [
        acting(
            Act(30.5, "point", "app", NEXT, "bot1"),
            runs=(RUN, replace(REFUSED, outcome="failed", status="failed")),
        )
    ],
    "nothing_is_left_in_redis": [
        replace(FINE, store=Store(locks={"app:app": "d-1"})),
        replace(FINE, store=Store(leases=("d-1",))),
        replace(FINE, store=Store(stray=("{fisk}:op:d-0",))),
        replace(FINE, store=Store(inbox=1)),
        replace(FINE, store=Store(outbox=1)),
    ],
    "no_bot_meets_an_error_that_it_does_not_know": [
        replace(
            FINE, texts={"bot-1.log": '{"event": "internal", "level": "error", "logger": "fisk.operations"}'}
        ),
        replace(FINE, texts={"bot-1.log": "Traceback (most recent call last):"}),
    ],
    "no_secret_is_anywhere": [replace(FINE, texts={"a log": "the token is s3cret"})],
}


@pytest.mark.parametrize(
    ("promise", "history"),
    [(promise, history) for promise, histories in CASES.items() for history in histories],
    ids=[f"{promise}-{number}" for promise, histories in CASES.items() for number, _ in enumerate(histories)],
)
def test_a_promise_that_was_broken_is_found(promise: str, history: History) -> None:
    assert promise in found(history)


def test_a_hold_that_was_lifted_holds_nobody() -> None:
    lifted = (*FINE.typed, Typed(27, "ana", "unlock app", acked=False))
    acted = acting(Act(30.5, "point", "app", NEXT, "bot1"), typed=lifted)
    assert "a_hold_holds" not in found(acted)


def test_what_is_put_back_may_be_set_to_what_was_before() -> None:
    put_back = replace(RUN, outcome="put_back", status="failed")
    shown = (replace(TOLD, texts=("It is not healthy. Put a back\n_d-1_",)), HELD, TOLD_REFUSAL)
    world = {"app": OLD, "staging": OLD}
    history = acting(
        Act(15, "point", "app", OLD, "bot0"),
        runs=(put_back, REFUSED),
        shown=shown,
        running=world,
        set_to=world,
        rollouts=(replace(ROLLOUT, status="failed"),),
    )
    assert check(history) == ()


def test_a_group_has_one_run_for_each_target() -> None:
    share = replace(RUN, target="staging")
    acts = [replace(each, target="staging") for each in (POINT, TRIGGER, OPENED)]
    here = {"app": NEW, "staging": NEW}
    rollouts = (ROLLOUT, replace(ROLLOUT, target="staging"))
    group = acting(*acts, runs=(RUN, share, REFUSED), running=here, set_to=here, rollouts=rollouts)
    assert check(group) == ()
    assert found(replace(group, rollouts=(ROLLOUT,))) == {"an_outcome_is_what_the_world_shows"}


def test_a_bot_may_act_until_another_has_taken_over() -> None:
    taken_over = replace(RUN, runners=((10, "bot0"), (16, "bot1")))
    assert check(replace(FINE, runs=(taken_over, REFUSED))) == ()


def test_what_everybody_is_to_know_is_told_in_the_channel() -> None:
    for line, told in (
        ("follow staging off", "<@U1> switched it off: staging gets no build by itself."),
        ("buildkit restart", "Not started: 1 build on vps01, and it would die:"),
    ):
        typed = (*FINE.typed, Typed(50, "ana", line, acked=True))
        history = replace(FINE, typed=typed, shown=(*FINE.shown, Shown(50.1, "C1", "", (told,))))
        assert check(history) == ()
        assert found(replace(history, shown=FINE.shown)) == {"every_line_has_an_operation_or_an_answer"}


def test_what_a_bot_did_may_be_told_in_the_channel_by_another() -> None:
    """Where its own answer is not known to have been given."""
    for line in ("unlock app", "lock app trouble 2"):
        told = replace(TOLD, at=55, texts=(f"<@U1> asked for `{line}`, which was done, though …",))
        typed = (*FINE.typed, Typed(50, "ana", line, acked=True))
        assert check(replace(FINE, typed=typed, shown=(*FINE.shown, told))) == ()


def test_a_line_that_only_asks_may_end_with_a_bot() -> None:
    assert (
        check(replace(FINE, typed=(*FINE.typed, Typed(50, "ana", "status", acked=True)), ended=(51,))) == ()
    )


def test_what_others_log_of_an_outage_is_no_error_of_fisks() -> None:
    line = '{"event": "no connection", "level": "error", "logger": "slack_bolt"}'
    assert check(replace(FINE, texts={"bot-1.log": line})) == ()
