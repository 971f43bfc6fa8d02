"""The doctor only reads; each fact is requested once, however many rules need it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from deploy.doctor.examine import examine
from deploy.doctor.rule import Rule
from deploy.doctor.verdicts import Judgement, holds
from sandbox import story
from sandbox.hosts import SERVICE

if TYPE_CHECKING:
    from deploy.doctor.evidence import Evidence
    from tests.deploy.doctor.conftest import Patient

REPO = f"/repos/{story.REPOSITORY}"


async def test_what_it_runs_on_the_hosts_is_a_short_list(patient: Patient) -> None:
    """Whoever locks fisk's key down allows these (docs/guide/doctor.md)."""
    await patient.look()
    assert set(patient.outside.hosts.vps.received) == {
        ("date", "+%s"),
        (
            "systemctl",
            "show",
            "--property=LoadState,ActiveState,SubState,InvocationID,MainPID",
            SERVICE,
        ),
    }
    on_vps01 = Counter(words[0:2] for words in patient.outside.hosts.vps01.received)
    assert on_vps01 == {
        ("date", "+%s"): 1,
        ("uname", "-m"): 1,
        ("ss", "-tln"): 1,
        ("ip", "-o"): 3,  # the addresses of both families, and the default route
        ("iptables", "-S"): 1,
        ("nft", "list"): 1,
        ("docker", "inspect"): 3,  # BuildKit's container, and that of each target
        ("docker", "exec"): 1,
        ("docker", "info"): 1,
        ("df", "--output=pcent,ipcent"): 1,
        ("docker", "ps"): 2,
        ("docker", "image"): 2,
    }


async def test_it_asks_github_for_each_thing_once(patient: Patient) -> None:
    await patient.look()
    (built,) = [run for run in patient.outside.github.runs.all if run.commit.sha == story.BUILT]
    assert Counter(asked.line for asked in patient.outside.github.received) == {
        f"GET {REPO}/contents/.github/workflows": 1,
        f"GET {REPO}/contents/.github/workflows/build.yml": 1,
        f"GET {REPO}/contents/.github/workflows/ci.yml": 1,
        f"GET {REPO}/contents/.github/workflows/worker.yml": 1,
        f"GET {REPO}/actions/workflows/build.yml/runs": 1,
        f"GET {REPO}/actions/runs/{built.id}/jobs": 1,
        f"GET {REPO}/actions/runners": 1,
        f"POST {REPO}/actions/workflows/build.yml/dispatches": 1,
        f"POST {REPO}/deployments": 1,
    }


async def test_each_verdict_names_who_was_asked(patient: Patient) -> None:
    found = {each.id: each.source for each in (await patient.look()).findings}
    assert [rule for rule, source in found.items() if not source] == []
    assert {
        rule: found[rule] for rule in ("image.fresh:fiskai-app", "app.container:app", "fisk.clock:vps")
    } == {
        "image.fresh:fiskai-app": "the registry, GitHub",
        "app.container:app": "vps01, the registry, Coolify",
        "fisk.clock:vps": "vps",
    }


async def test_it_changes_nothing(patient: Patient) -> None:
    outside = patient.outside
    apps = {name: (dict(app.columns), app.deploys) for name, app in outside.coolify.apps.items()}
    rows, attempts = len(outside.coolify.queue.rows), [len(run.attempts) for run in outside.github.runs.all]
    await patient.look()
    assert {name: (dict(app.columns), app.deploys) for name, app in outside.coolify.apps.items()} == apps
    assert len(outside.coolify.queue.rows) == rows
    assert outside.github.deployments.all == []
    assert [len(run.attempts) for run in outside.github.runs.all] == attempts
    assert outside.hosts.buildkit.status == "running"


async def test_what_takes_most_turns_begins_before_all_else(patient: Patient) -> None:
    began: list[str] = []

    def rule(name: str, turns: int = 0) -> Rule:
        async def look(_: Evidence) -> None:
            began.append(name)

        def judge(_: None) -> Judgement:
            return holds("it is so")

        return Rule(name, name, look, judge, turns)

    chosen = [rule("a"), rule("b"), rule("c", turns=3)]
    found = await examine(patient.parts.world, chosen=chosen)
    assert began == ["c", "a", "b"]
    assert [each.id for each in found.findings] == ["a", "b", "c"], "told in the order of the chain"
