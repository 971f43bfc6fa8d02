"""A run without faults is seen as it was: the checks would find nothing in a history that lacks something."""

from __future__ import annotations

import pytest

from tests.chaos.checker import check
from tests.chaos.plan import Fault, Line, Plan, When
from tests.chaos.play import play

pytestmark = pytest.mark.timeout(300)

QUIET = Plan(
    seed=0,
    topology="single",
    lease=5.0,
    commits=2,
    sick=(1,),
    lines=(
        Line("ana", 0, "deploy {0} --to app --force"),
        Line("marko", 0, "deploy {1} --to staging --force"),
        Line("ivo", 0, "status"),
        Line("gita", 0, "buildkit restart"),
        Line("marko", 0, "buildkit restart"),
        Line("ivo", 0, "lock app trouble 1"),
    ),
    faults=(Fault(When("step", "no such step", 1), "kill"),),
)


async def test_all_that_was_done_is_in_the_history() -> None:
    played = await play(QUIET)
    history = played.history
    assert check(history) == ()
    assert played.missed == QUIET.faults
    runs = {run.kind + " " + run.target: run for run in history.runs}
    assert {name: (run.user, run.outcome) for name, run in runs.items()} == {
        "deploy app": ("ana", "deployed"),
        "deploy staging": ("marko", "put_back"),
        "buildkit restart buildkit": ("marko", "buildkit_restarted"),
    }
    done = [(act.what, act.target, act.sha == runs["deploy app"].sha) for act in history.acts]
    assert [each for each in done if each[1] == "app"] == [
        ("point", "app", True),
        ("trigger", "app", False),
        ("open", "app", True),
    ]
    assert [what for what, target, _ in done if target == "staging"] == ["point", "trigger", "open", "point"]
    assert [what for what, target, _ in done if target == "buildkit"] == ["restart"]
    assert {act.bot for act in history.acts if act.what == "point" and act.target == "app"} == {
        bot for _, bot in runs["deploy app"].runners
    }
    assert [(each.target, each.commit, each.status) for each in history.rollouts if each.target == "app"] == [
        ("app", runs["deploy app"].sha, "finished")
    ]
    assert history.seen == {run.id for run in history.runs}
    assert (history.running["app"], history.set_to["app"]) == (runs["deploy app"].sha,) * 2
    assert history.running["staging"] == history.set_at_first["staging"]
    assert {typed.text.split()[0]: typed.acked for typed in history.typed} == dict.fromkeys(
        ("deploy", "status", "buildkit", "lock"), True
    )
    assert history.secrets.keys() >= {"the key", "the GitHub token", "response_url 0"}
    assert {place.partition("-")[0].partition("/")[0] for place in history.texts} == {
        "bot",
        "Slack",
        "redis0",
    }
