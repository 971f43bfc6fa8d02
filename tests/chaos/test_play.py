"""A run without faults is seen as it was: the checks would find nothing in a history that lacks something."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.chaos.checker import check
from tests.chaos.history import UNTOUCHED, History, Run
from tests.chaos.plan import PUSH, Fault, Line, Plan, When
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


async def of_a_group(line: str) -> tuple[History, dict[str, Run]]:
    """What came of a line about both targets, and each target's share; its second commit is sick."""
    played = await play(replace(QUIET, lines=(Line("ana", 0, line),)))
    assert check(played.history) == ()
    return played.history, {run.target: run for run in played.history.runs}


async def test_a_groups_targets_have_a_share_of_it_each() -> None:
    history, shares = await of_a_group("deploy {0} --to together --force")
    assert [(name, run.outcome) for name, run in sorted(shares.items())] == [
        ("app", "deployed"),
        ("staging", "deployed"),
    ]
    assert len({(run.id, run.sha) for run in shares.values()}) == 1
    assert history.running == dict.fromkeys(shares, shares["app"].sha)


async def test_a_group_leaves_the_others_where_its_first_target_fails() -> None:
    history, shares = await of_a_group("deploy {1} --to both --force")
    assert {name: run.outcome for name, run in shares.items()} == {"staging": "put_back", "app": UNTOUCHED}
    assert {act.target for act in history.acts} == {"staging"}
    assert history.running == history.set_at_first


async def test_what_is_pushed_reaches_a_target_that_follows() -> None:
    lines = (Line("ana", 0, "follow staging on"), Line("ana", 1, PUSH), Line("ana", 0, "follow app off"))
    history = (await play(replace(QUIET, lines=lines))).history
    assert check(history) == ()
    (run,) = history.runs
    assert (run.kind, run.user, run.target, run.outcome) == ("follow", "follow", "staging", "deployed")
    assert history.running == {"app": history.set_at_first["app"], "staging": history.commits[-1]}
