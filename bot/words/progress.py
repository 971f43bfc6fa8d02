"""An operation under way: its headline, and a line for each step."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bot.words.format import cut
from bot.words.timeline import Timeline
from deploy.core.model import Operation, short
from deploy.core.units import minutes, plural

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.words.format import Format
    from bot.words.timeline import StepView

MARKS = {"under way": "●", "done": "✓", "failed": "✗"}
SHOWN_TITLE = 60
DOING = {
    "deploy": "Deploying {what} to {target}",
    "rollback": "Rolling {target} back{back}",
    "wait": "Waiting to deploy {what} to {target}",
    "env copy": "Copying variables from {source} to {target}",
    "env undo": "Putting back the variables of {target}",
    "build rerun": "Running the build of {what} again",
    "build cancel": "Stopping the build of {what}",
    "build start": "Starting a build by {workflow}",
    "buildkit restart": "Restarting BuildKit on {target}{when}",
    "buildkit recreate": "Making BuildKit anew on {target}",
    "runner restart": "Restarting the runner {target}",
}


def headline(operation: Operation, timeline: Timeline, now: float, fmt: Format) -> str:
    """`Deploying 3f2a1b9 "Round VAT per line" to app · @ana · 42 s of about 2 min`."""
    parts = [_doing(operation, timeline, fmt), fmt.person(operation.actor), _clock(operation, now)]
    if timeline.cancelled_by:
        parts.append(f"{fmt.person(timeline.cancelled_by)} asked to stop it")
    return " · ".join(parts)


def beginning(operation: Operation, fmt: Format) -> str:
    """`Deploying 3f2a1b9 to app · @ana · usually 2 min`, for those who see no more of it until it ends."""
    usual, why = operation.arguments.get("usual", ""), operation.reason
    parts = [_doing(operation, Timeline(), fmt), fmt.person(operation.actor)]
    parts += [f"usually {minutes(float(usual))}"] if usual else []
    parts += [fmt.escape(why)] if why else []
    return f"{' · '.join(parts)}\n_{operation.id}_"


def _doing(operation: Operation, timeline: Timeline, fmt: Format) -> str:
    arguments, (ref, title) = operation.arguments, _commit(operation, timeline)
    what = fmt.escape(" ".join(part for part in (short(ref), f"“{title}”" if title else "") if part))
    return DOING.get(operation.kind, "{kind} {target}").format(
        kind=operation.kind.capitalize(),
        target=fmt.escape(arguments.get("target", "")),
        what=what,
        back=f" to {what}" if what else "",
        source=fmt.escape(arguments.get("source", "")),
        workflow=fmt.escape(arguments.get("workflow", "")),
        when=" once no build runs on it" if arguments.get("when") else "",
    )


def _commit(operation: Operation, timeline: Timeline) -> tuple[str, str]:
    """The commit as resolved, else as it was asked for."""
    for step in timeline.steps:
        if step.name == "resolve" and step.result:
            commit = json.loads(step.result)["commit"]
            return commit["sha"], cut(commit["title"], SHOWN_TITLE)
    return operation.arguments.get("ref", ""), ""


def _clock(operation: Operation, now: float) -> str:
    usual = operation.arguments.get("usual", "")
    return minutes(now - operation.created) + (f" of about {minutes(float(usual))}" if usual else "")


def step_lines(operation: Operation, timeline: Timeline, fmt: Format) -> list[str]:
    """`✓ gates   built in 18 min`, `● watch   Coolify: pulling the image`, `○ prove`."""
    begun = [step_line(step, timeline, fmt) for step in timeline.shown]
    return begun + [f"○ {name}" for name in timeline.to_come(operation.kind)]


def step_line(step: StepView, timeline: Timeline, fmt: Format) -> str:
    note = _note(step, timeline)
    return fmt.escape(f"{MARKS[step.state]} {step.name}" + (f"   {note}" if note else ""))


def _note(step: StepView, timeline: Timeline) -> str:
    if step.state == "failed" and step.error:
        return step.error.sentence
    if step.state == "under way":
        return timeline.progress if step is timeline.steps[-1] else ""
    return result_note(step.name, step.result)


def result_note(step: str, result: str) -> str:
    """What a finished step has to say for itself; unknown results say nothing."""
    note = NOTES.get(step)
    try:
        return note(json.loads(result)) if note and result else ""
    except (KeyError, TypeError, ValueError):
        return ""


def _resolve(it: Any) -> str:
    return f"by {it['commit']['author']}" + ("; follows latest" if it["tag"] == "latest" else "")


def _gates(it: Any) -> str:
    stopped = [each for each in it["verdicts"] if each["error"] and not each["forced"]]
    if stopped:
        return f"{plural(len(stopped), 'gate')} of {len(it['verdicts'])} said no"
    told = {each["gate"]: each["note"] for each in it["verdicts"]}
    doubts = [each["note"] for each in it["verdicts"] if each["warning"] or each["forced"]]
    return "; ".join(dict.fromkeys([told["build"], told["platform"], told["direction"], *doubts]))


def _trigger(it: Any) -> str:
    return f"deployment {it['uuid']}"


def _done(it: Any) -> str:
    return str(it["note"])


def _stopped(it: Any) -> str:
    return f"the deployment is {it['status']}" if it["status"] else "nothing was triggered"


def _settled(it: Any) -> str:
    return "the app is healthy" if it["healthy"] else "the app is not healthy"


def _env_plan(it: Any) -> str:
    fates = [each["fate"] for each in it["entries"]]
    words = {"add": "to copy", "change": "to overwrite", "remove": "to remove"}
    return ", ".join(f"{fates.count(fate)} {word}" for fate, word in words.items() if fate in fates)


def _env_acted(it: Any) -> str:
    return f"{plural(len(it['failed']), 'variable')} failed" if it["failed"] else ""


def _env_read(it: Any) -> str:
    bad = [each for each in it["lines"] if each["became"] in {"failed", "differs"}]
    return f"{plural(len(bad), 'variable')} not as planned" if bad else "all as planned"


def _asked(it: Any) -> str:
    lost = str(it["lost"]).rstrip(".")
    return f"its answer was lost ({lost}), so whether it took it shows below" if lost else str(it["note"])


def _build(it: Any) -> str:
    state = str(it["conclusion"] or it["status"]).replace("_", " ")
    return f"build {it['id']}, attempt {it['attempt']}: {state}"


ENV_NOTES: dict[str, Callable[[Any], str]] = {
    "plan": _env_plan,
    "copy previews": _env_acted,
    "copy production": _env_acted,
    "remove": _env_acted,
    "read back": _env_read,
    "builds": _done,
    "wait until idle": _done,
    "restart": _done,
    "ready": _done,
    "set aside": _done,
    "make": _done,
    "ready again": _done,
    "job": _done,
    "active": _done,
    "online": _done,
}

NOTES: dict[str, Callable[[Any], str]] = {
    **ENV_NOTES,
    **{f"undo: {step}": note for step, note in ENV_NOTES.items()},
    "ask GitHub": _asked,
    "ask GitHub to stop it": _asked,
    "see it there": _build,
    "resolve": _resolve,
    "gates": _gates,
    "point": _done,
    "trigger": _trigger,
    "watch": lambda _it: "Coolify says finished",
    "prove": _done,
    "stop": _stopped,
    "put back": _done,
    "look": _settled,
    "point again": _done,
    "trigger again": _trigger,
    "watch again": lambda _it: "Coolify says finished",
    "prove again": _done,
    "wait for the build": _done,
    "wait for the target": _done,
}
