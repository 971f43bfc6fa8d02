"""A finished step's text is a property of its result."""

from __future__ import annotations

import pytest

from deploy.builds.read_back import Requested
from deploy.core.model import Build, Commit, Deployment, Failure, Running
from deploy.deploys.deployers.deployer import Stopped, Watched
from deploy.deploys.gate_report import GateReport, Verdict
from deploy.deploys.put_back import Settled
from deploy.deploys.situation import Resolved
from deploy.env.apply import Acted
from deploy.env.compare import ReadBack
from deploy.env.order import Entry, Planned
from deploy.env.outcomes import Line
from deploy.env.redeploy import Halted

COMMIT = Commit("3f2a1b9" + "0" * 33, "Round VAT", "Ana", "ana-h", 1)
RUNS = Running("a4c9e1f", "a4c9e1f")
FINE = tuple(Verdict(gate, f"{gate} is fine") for gate in ("build", "platform", "direction"))
NO = Verdict("build", "it failed", Failure("build_failed", "It failed."))
FORCED = Verdict("main", "forced: not on main", Failure("off_main", "Not on main."), forced=True)
DEPLOYMENT = Deployment("abc", "failed", "HEAD")
BUILD = Build(7, "3f2a1b9", "main", "push", "in_progress", "", 2, 1, 2, "u")
COPIED, FAILED = Line("A", preview=False, became="copied"), Line("B", preview=False, became="failed")
DIFFERS = Line("C", preview=False, became="differs")


@pytest.mark.parametrize(
    ("result", "note"),
    [
        (Resolved(COMMIT, COMMIT.sha), "by Ana"),
        (Resolved(COMMIT, "latest"), "by Ana; follows latest"),
        (GateReport(FINE, RUNS), "build is fine; platform is fine; direction is fine"),
        (
            GateReport((*FINE, Verdict("rolling", "not rolling", warning=True)), RUNS),
            "build is fine; platform is fine; direction is fine; not rolling",
        ),
        (
            GateReport((*FINE, FORCED), RUNS),
            "build is fine; platform is fine; direction is fine; forced: not on main",
        ),
        (GateReport((NO, FINE[1]), RUNS), "1 gate of 2 said no"),
        (DEPLOYMENT, "deployment abc"),
        (Watched(DEPLOYMENT), "Coolify says finished"),
        (Halted(DEPLOYMENT), "the deployment is failed"),
        (Stopped(""), "nothing was triggered"),
        (Stopped("failed"), "the deployment is failed"),
        (Settled(healthy=True), "the app is healthy"),
        (Settled(healthy=False), "the app is not healthy"),
        (BUILD, "build 7, attempt 2: in progress"),
        (Requested(answer="taken"), "taken"),
        (
            Requested(lost="GitHub did not answer."),
            "its answer was lost (GitHub did not answer), so whether it took it shows below",
        ),
        (Planned(()), ""),
        (
            Planned((Entry("A", preview=False, fate="add"), Entry("B", preview=False, fate="remove"))),
            "1 to copy, 1 to remove",
        ),
        (Acted(), ""),
        (Acted((FAILED,)), "1 variable failed"),
        (ReadBack((COPIED,)), "all as planned"),
        (ReadBack((COPIED, FAILED, DIFFERS)), "2 variables not as planned"),
    ],
)
def test_a_finished_step_has_something_to_say_for_itself(result: object, note: str) -> None:
    assert getattr(result, "note") == note  # noqa: B009 (as the engine asks)
