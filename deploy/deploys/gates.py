"""The gates of a deploy: pure decisions over a Situation.

Every gate is evaluated and reported; `--force` overrides refusals that are `forceable`, never the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from deploy.access.refusing import on_hold
from deploy.core.freeze import is_rule
from deploy.core.model import (
    LATEST,
    Build,
    Commit,
    Comparison,
    Hold,
    Offer,
    Target,
    short,
)
from deploy.core.units import minutes, plural
from deploy.deploys import compose_gates, coolify_gates
from deploy.deploys.errors import (
    BuildFailed,
    BuildRunning,
    Downgrade,
    GateRefusal,
    NoBuild,
    NotBuilt,
    OffMain,
    RunsAlready,
)
from deploy.deploys.gate_report import Further, GateReport, Situation, Verdict, refuse
from deploy.deploys.image_gates import image_exists, instead_of, origin, platform, revision
from deploy.deploys.offers import to_deploy, to_go_back
from deploy.deploys.target_gates import of_target

if TYPE_CHECKING:
    from deploy.builds.unbuilt import Unbuilt


def judge(situation: Situation, *, force: bool = False) -> GateReport:
    """Evaluate every gate. With `force`, forceable refusals are noted and overridden."""
    verdicts = tuple(_force(each) if force else each for each in _verdicts(situation))
    commits = situation.since.commits if situation.since else ()
    digest = situation.image.digest if situation.image else ""
    past = tuple(each.uuid for each in situation.active) if force and situation.silence else ()
    weak = situation.evidence.why if situation.evidence else ""
    return GateReport(
        _explained(verdicts),
        situation.running,
        digest,
        commits,
        past,
        weak,
        situation.migrations,
        tuple(each.image.digest if each.image else "" for each in situation.others),
    )


def _verdicts(situation: Situation) -> Iterator[Verdict]:
    own = compose_gates.GATES if situation.target.kind == "compose" else coolify_gates.GATES
    yield from (gate(situation) for gate in (*COMMON, *IMAGE, direction))
    for other in situation.others:
        about = situation.of_image(other)
        yield from (replace(gate(about), gate=_of_image(gate(about), other)) for gate in IMAGE)
    yield from (gate(situation) for gate in (*own, *of_target(situation.target)))


def _of_image(verdict: Verdict, other: Further) -> str:
    return f"{verdict.gate} of {other.name.rpartition('/')[2]}"


def _force(verdict: Verdict) -> Verdict:
    if verdict.error is None or not verdict.forceable:
        return verdict
    return Verdict(
        verdict.gate, f"forced: {verdict.error.sentence}", verdict.error, forceable=True, forced=True
    )


def _explained(verdicts: tuple[Verdict, ...]) -> tuple[Verdict, ...]:
    """Leave out "no image" where the build's verdict already explains it."""
    unbuilt = any(verdict.gate == "build" and verdict.stops for verdict in verdicts)
    return tuple(
        verdict for verdict in verdicts if not (unbuilt and verdict.gate == "image" and verdict.stops)
    )


# --- the gates, in the order of the report


def held(it: Situation) -> Verdict:
    """No person holds it, and no window of fisk.toml's is open; `passes` names which of the two does not count."""
    stopping = [hold for hold in it.holds if _gate_of(hold) not in it.passes]
    for hold in stopping or it.holds:
        refusal = on_hold(hold)
        note = str(refusal).removeprefix("Not started: ")
        return Verdict(
            _gate_of(hold),
            note if stopping else f"gone past: {note}",
            refusal.failure,
            forced=not stopping,
        )
    return Verdict("hold", "nobody holds it, and it is not frozen")


def _gate_of(hold: Hold) -> str:
    return "freeze" if is_rule(hold) else "hold"


def on_main(it: Situation) -> Verdict:
    if it.to_main is None:
        return Verdict("main", "GitHub does not say whether it is on main", warning=True)
    if it.to_main.status in {"ahead", "identical"}:
        behind = f", {it.to_main.ahead_by} behind its head" if it.to_main.ahead_by else ""
        return Verdict("main", f"on {it.branch}{behind}")
    if it.going_back:
        return Verdict("main", f"not on {it.branch}", warning=True)
    return refuse("main", OffMain(sha=short(it.commit.sha), branch=it.branch))


def built(it: Situation) -> Verdict:
    sha = short(it.commit.sha)
    if it.build is None:
        return _never_built(it)
    if not it.build.over:
        return _being_built(it, it.build)
    if it.build.conclusion == "success":
        return Verdict("build", f"built in {minutes(it.build.updated - it.build.started)}")
    if it.going_back:
        return Verdict("build", f"its build ended as {it.build.conclusion}, but it ran healthy", warning=True)
    if it.image is not None:  # a later job or attempt may have failed; whether it fits is for other gates
        note = f"its build ended as {it.build.conclusion}, but the registry has its image"
        return Verdict("build", note, warning=True)
    failed = BuildFailed(sha=sha, conclusion=it.build.conclusion, url=it.build.url)
    return refuse("build", failed)


def _being_built(it: Situation, build: Build) -> Verdict:
    if it.going_back:
        return Verdict("build", "it is being built again, but it ran healthy as it is", warning=True)
    if it.image is not None:
        again = build.attempt > 1
        note = "it is being built again" if again else "its build is not over yet"
        return Verdict("build", f"{note}, but the registry has its image", warning=True)
    sha, target = short(it.commit.sha), it.target.name
    later = Offer("Deploy when done", f"deploy {sha} --to {target} --wait")
    doing = it.building or build.status
    return refuse("build", BuildRunning(sha=sha, doing=doing, target=target, offers=(later,)))


def _never_built(it: Situation) -> Verdict:
    if it.to_main is None:
        return Verdict("build", "GitHub does not say how its build went", warning=True)
    if it.image is not None:
        return Verdict("build", "GitHub no longer lists its build", warning=True)
    if it.unbuilt is None:
        return Verdict("build", "GitHub lists no build of it", warning=True)
    return refuse("build", unbuilt(it.target, it.commit, it.unbuilt, it.ancestor))


def unbuilt(target: Target, commit: Commit, why: Unbuilt, near: Commit | None) -> GateRefusal:
    """The refusal of a commit that has neither a build nor an image, with the nearest one that has."""
    instead, offers = instead_of(target, near)
    sha = short(commit.sha)
    if why.why:
        return NotBuilt(sha=sha, why=why.why, instead=instead, offers=offers)
    return NoBuild(sha=sha, why=why.unknown, instead=instead, offers=offers)


def direction(it: Situation) -> Verdict:
    if _runs_already(it):
        sha, target = short(it.commit.sha), it.target.name
        line = f"deploy {sha} --to {target} --force --when-ran {sha}"
        where = "Coolify" if it.application else f"{it.target.folder}/.env"
        again = Offer("Deploy it again", line, danger=True, asks=to_deploy(target, sha, sha))
        return refuse("direction", RunsAlready(sha=sha, target=target, where=where, offers=(again,)))
    if it.since is None:
        return Verdict("direction", _unknown(it), warning=True)
    if it.since.status == "ahead":
        return Verdict("direction", f"{plural(it.since.ahead_by, 'commit')} ahead of what runs")
    if it.since.status == "identical":
        other = bool(it.image and it.running.digest and it.image.digest != it.running.digest)
        return Verdict("direction", "an earlier image of it runs" if other else "this commit runs already")
    return _backwards(it, it.since)


def _runs_already(it: Situation) -> bool:
    """Whether exactly this image runs and Coolify is set to it, so that a deploy would change nothing."""
    reference = it.reference
    if it.going_back or it.image is None or reference is None or it.running.digest != it.image.digest:
        return False
    if it.tag == LATEST:
        return reference.follows
    return it.image.digest == reference.digest or reference.tag == it.commit.sha


def _unknown(it: Situation) -> str:
    if it.running.sha:
        return f"GitHub does not compare it with {short(it.running.sha)}, which runs now"
    return "nobody can say what runs now"


def _backwards(it: Situation, since: Comparison) -> Verdict:
    if it.going_back or since.status == "diverged":
        return Verdict(
            "direction", f"leaves out {plural(since.behind_by, 'commit')} that run now", warning=True
        )
    sha, target, runs = short(it.commit.sha), it.target.name, short(it.running.sha)
    asks = replace(to_go_back(target, sha, runs, since.behind_by), yes=f"Deploy {sha}")
    line = f"deploy {sha} --to {target} --force --when-ran {runs}"
    offer = Offer("Deploy it all the same", line, danger=True, asks=asks)
    count = plural(since.behind_by, "commit")
    refusal = Downgrade(sha=sha, behind=count, running=runs, target=target, offers=(offer,))
    return refuse("direction", refusal)


Gate = Callable[[Situation], Verdict]
COMMON: tuple[Gate, ...] = (held, on_main, built)
IMAGE: tuple[Gate, ...] = (image_exists, platform, revision, origin)
