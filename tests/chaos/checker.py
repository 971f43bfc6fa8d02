"""Reads the history of a run and says what was promised and did not hold. Pure functions, one for each promise."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations

from tests.chaos.acts import ACTING, LATE, acts_of, owner, runners_of, set_before, under_way
from tests.chaos.history import FOREVER, UNTOUCHED, Act, History, Run, Typed

APPS = ("app", "staging")
DEPLOYED = "deployed"
FOLLOW = "follow"
HELD = re.compile(r"holds (app|staging): (trouble \d+)")
LOG, LONGEST = "bot-", 300  # of a line that is told
UNCHANGED = re.compile(r"Nothing was changed|before anything was changed")
# How a message of one under way begins.
RUNNING = re.compile(r"^(?:Deploying|Promoting|Rolling|Restarting|Waiting) ")


@dataclass(frozen=True, slots=True)
class Problem:
    """`promise` is the name of the check that found it."""

    promise: str
    text: str

    def __str__(self) -> str:
        return f"{self.promise}: {self.text}"


Check = Callable[[History], Iterator[str]]


def check(history: History) -> tuple[Problem, ...]:
    """Everything that did not hold."""
    return tuple(Problem(promise.__name__, text) for promise in PROMISES for text in promise(history))


# --- operations and what they did


def no_two_conflicting_operations_run(history: History) -> Iterator[str]:
    for one, other in combinations(history.runs, 2):
        if one.target == other.target != "" and max(one.began, other.began) < min(one.ended, other.ended):
            yield f"{one.id} and {other.id} on {one.target}"
    for act in history.acts:
        if act.what in ACTING and owner(history, act) is None:
            yield f"{_told(act)} belongs to no operation that was under way"


def nobody_acts_for_an_operation_that_another_runs(history: History) -> Iterator[str]:
    """A bot that slept past its lease does nothing when it wakes up."""
    for act in history.acts:
        run = owner(history, act)
        if run and act.bot and act.bot not in runners_of(run, act.at):
            yield f"{_told(act)} by {act.bot}, while {run.id} was run by {', '.join(runners_of(run, act.at))}"


def nothing_is_triggered_twice(history: History) -> Iterator[str]:
    """An operation deploys its commit to a target once, and once more only what it puts back."""
    deeds = Counter(
        (run.id, f"deployed {rollout.commit[:7]} to {rollout.target}")
        for rollout in history.rollouts
        if (run := under_way(history, rollout.target, rollout.at))
    )
    deeds += Counter(
        (act.operation, f"opened a deployment of {act.sha[:7]} to {act.target} on GitHub")
        for act in history.acts
        if act.what == "open"
    )
    yield from (f"{id_} {what} {times} times" for (id_, what), times in deeds.items() if times > 1)


def what_is_followed_is_begun_once_and_never_backwards(history: History) -> Iterator[str]:
    followed = [run for run in history.runs if run.kind == FOLLOW]
    for (target, sha), times in Counter((run.target, run.sha) for run in followed).items():
        if times > 1:
            yield f"{sha[:7]} was begun {times} times on {target}, which follows"
    order = {sha: place for place, sha in enumerate(history.commits)}
    for run in followed:
        before = set_before(history, run)
        if acts_of(history, run) and before in order and order[before] >= order.get(run.sha, -1):
            yield f"{run.id} went back from {before[:7]} to {run.sha[:7]}"
    yield from (f"{target} follows, and has not got what was pushed last" for target in history.store.waiting)


def buildkit_is_restarted_once(history: History) -> Iterator[str]:
    for run in history.runs:
        if (times := sum(act.what == "restart" for act in acts_of(history, run))) > 1:
            yield f"{run.id} restarted it {times} times"


def an_outcome_is_what_the_world_shows(history: History) -> Iterator[str]:
    for run in history.runs:
        yield from _contradictions(history, run)
    for target in APPS:
        yield from _last(history, target)


def nothing_that_acted_is_forgotten(history: History) -> Iterator[str]:
    """Nor anything that was shown as begun. What was answered with “not known yet” may be gone."""
    known = {run.id for run in history.runs}
    for act in history.acts:
        if act.operation and act.operation not in known:
            yield f"{act.operation}, which had acted on {act.target}"
    for id_ in sorted(history.seen - known):
        if any(id_ in shown.text and not shown.only for shown in history.shown):
            yield f"{id_}, which was shown as begun"


def every_operation_ends(history: History) -> Iterator[str]:
    yield from (f"{run.id} is {run.status}" for run in history.runs if run.ended == FOREVER)


# --- what people are told


def every_line_has_an_operation_or_an_answer(history: History) -> Iterator[str]:
    """A line that only asks ends with the bot that took it, as docs/guarantees.md says."""
    for typed in history.typed:
        if typed.acked and not (
            typed.answers
            or _operation(history, typed)
            or _in_the_channel(history, typed)
            or (typed.asks and any(ended > typed.at for ended in history.ended))
        ):
            yield f"{typed.user} typed “{typed.text}”, which was acknowledged"


def every_end_is_told_once(history: History) -> Iterator[str]:
    for run in history.runs:
        told = [
            shown
            for shown in history.shown
            if _is_about(shown.text, run) and not shown.thread and not shown.only
        ]
        ends = {_first(shown.text) for shown in told if is_end(shown.text)}
        if run.ended < FOREVER and not ends:
            yield f"{run.id} ended ({run.outcome}), and nobody heard of it"
        if len(ends) > 1:
            yield f"{run.id} was told as {' and as '.join(sorted(ends))}"


def no_end_is_untold(history: History) -> Iterator[str]:
    """A message that has told an end tells no other one later, nor that it is under way again."""
    ids = [run.id for run in history.runs]
    for shown in history.shown:
        ends = [_first(text) for text in shown.texts if is_end(text) and any(id_ in text for id_ in ids)]
        if ends and not shown.thread and _first(shown.text) != ends[0]:
            yield f"“{ends[0]}” became “{_first(shown.text)}”"


def a_hold_holds(history: History) -> Iterator[str]:
    """Nothing that was typed after a hold was announced, and before anybody lifted it, acts on its target."""
    for shown in history.shown:
        if held := HELD.search(shown.texts[0]) if not shown.only else None:
            target, until = held[1], _lifted(history, held[1], held[2])
            yield from (
                f"{run.id} acted on {target}, which was held ({held[2]})"
                for run in history.runs
                if run.target == target and shown.at < run.began < until and acts_of(history, run)
            )


# --- what is left


def nothing_is_left_in_redis(history: History) -> Iterator[str]:
    store = history.store
    yield from (f"the lock of {resource} for {id_}" for resource, id_ in store.locks.items())
    yield from (f"the lease of {id_}" for id_ in store.leases)
    yield from (f"the key {key}" for key in store.stray)
    if store.inbox:
        yield f"{store.inbox} lines that nobody answered"
    if store.outbox:
        yield f"{store.outbox} messages that nobody was told"


def no_secret_is_anywhere(history: History) -> Iterator[str]:
    for name, secret in history.secrets.items():
        yield from (f"{name} in {place}" for place, text in history.texts.items() if secret in text)


def no_bot_meets_an_error_that_it_does_not_know(history: History) -> Iterator[str]:
    for place, text in history.texts.items():
        if place.startswith(LOG):
            yield from (f"{place}: {line[:LONGEST]}" for line in text.splitlines() if _unexpected(line))


PROMISES: tuple[Check, ...] = (
    no_two_conflicting_operations_run,
    nobody_acts_for_an_operation_that_another_runs,
    nothing_is_triggered_twice,
    what_is_followed_is_begun_once_and_never_backwards,
    buildkit_is_restarted_once,
    an_outcome_is_what_the_world_shows,
    nothing_that_acted_is_forgotten,
    every_operation_ends,
    every_line_has_an_operation_or_an_answer,
    every_end_is_told_once,
    no_end_is_untold,
    a_hold_holds,
    nothing_is_left_in_redis,
    no_secret_is_anywhere,
    no_bot_meets_an_error_that_it_does_not_know,
)


# --- outcomes


def _contradictions(history: History, run: Run) -> Iterator[str]:
    acts = [act.what for act in acts_of(history, run)]
    if run.status == "refused" and acts:
        yield f"{run.id} was refused, and did {', '.join(acts)}"
    if run.outcome == UNTOUCHED and acts:
        yield f"{run.id} says that it left {run.target} as it was, and did {', '.join(acts)}"
    if run.outcome == DEPLOYED and run.sha and not _finished(history, run):
        yield f"{run.id} says that it deployed {run.sha[:7]}, and Coolify did not"
    if acts and any(_is_about(each.text, run) and UNCHANGED.search(each.text) for each in history.shown):
        yield f"{run.id} says that nothing was changed, and did {', '.join(acts)}"


def _finished(history: History, run: Run) -> bool:
    return any(
        (each.target, each.commit, each.status) == (run.target, run.sha, "finished") and run.covers(each.at)
        for each in history.rollouts
    )


def _last(history: History, target: str) -> Iterator[str]:
    """What the last operation that acted has said of the target is so at the end."""
    acted = [run for run in history.runs if run.target == target and acts_of(history, run)]
    run = acted[-1] if acted else None
    if run is None or run.ended == FOREVER:
        return
    wanted = (
        run.sha if run.outcome == DEPLOYED else set_before(history, run) if run.outcome == "put_back" else ""
    )
    for what, found in (("runs", history.running), ("is set to", history.set_to)):
        if wanted and found[target] != wanted:
            yield f"{run.id} ended ({run.outcome}), and {target} {what} {found[target][:7]}, not {wanted[:7]}"


# --- lines and messages


def _operation(history: History, typed: Typed) -> bool:
    verb, *rest = typed.text.split()
    return any(
        run.user == typed.user
        and (run.kind.startswith(verb) or verb == "press")
        and run.began > typed.at - LATE
        and (verb != "deploy" or run.sha.startswith(rest[0]))
        for run in history.runs
    )


def _in_the_channel(history: History, typed: Typed) -> bool:
    """What everybody is to know is told to everybody, if not by the bot that did it."""
    told = tuple(filter(None, (_public(*typed.text.split()), f"asked for `{typed.text}`, which was done")))
    return any(
        typed.at <= shown.at + LATE and any(each in shown.text for each in told) and not shown.only
        for shown in history.shown
    )


def _public(verb: str, *rest: str) -> str:
    """How a hold, its end, what a target follows, and a question about builds are told."""
    if verb == "lock":
        return " ".join(rest[1:])
    if verb == "unlock":
        return f"unlocked {rest[0]};"
    if verb == "follow":
        return f"switched it {rest[1]}: {rest[0]} gets"
    return "would die:" if verb == "buildkit" else ""


def _lifted(history: History, target: str, reason: str) -> float:
    """When somebody first typed after this hold that the target is free, whether or not it was lifted then."""
    held = max((each.at for each in history.typed if each.text == f"lock {target} {reason}"), default=0)
    return min(
        (each.at for each in history.typed if each.text == f"unlock {target}" and each.at > held),
        default=FOREVER,
    )


def _is_about(text: str, run: Run) -> bool:
    """Whether a message is this operation's own: its id stands below the text."""
    return f"\n_{run.id} ·" in text or f"\n_{run.id}_" in text


def _unexpected(line: str) -> bool:
    """Slack's library logs an outage of Slack's as an error, too."""
    own = '"logger": "fisk' in line and '"level": "error"' in line
    return own or line.startswith("Traceback ")


def is_end(text: str) -> bool:
    """Whether a message about an operation tells its end."""
    return not RUNNING.match(text)


def _first(text: str) -> str:
    return text.partition("\n")[0]


def _told(act: Act) -> str:
    return f"{act.what} of {act.sha[:7] or act.target} on {act.target}"
