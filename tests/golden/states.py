"""Everything that fisk says, in every state, as Slack gets it and as a terminal shows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from bot.slack import blocks, home, live
from bot.slack.identify import Place
from bot.slack.modals import view as forms
from bot.slack.modals.form import Choice, Field, Form, State as Filled
from bot.slack.modals.forms import FORMS
from bot.slack.plan import content_and_plain
from bot.words import notices
from bot.words.format import TERMINAL, Format
from bot.words.home import sections
from bot.words.links import Links
from bot.words.progress import headline, step_lines
from bot.words.texts import outcome_offers, outcome_text, release_notes, reply_text
from bot.words.timeline import StepView, Timeline
from commands.help import HelpText
from commands.home import AtHome
from commands.locks import LocksTable
from commands.reply import AskFirst, Reply
from deploy.core.actor import Offer
from deploy.core.ask import Unknown
from deploy.core.errors.root import FiskError, every_error
from deploy.deploys.arguments import WaitArguments
from deploy.deploys.outcomes import Deployed
from deploy.engine.snapshot import Snapshot
from deploy.kinds import KINDS
from deploy.notices.policy import Notice
from tests.bot.anything import OUTCOMES
from tests.bot.words.test_is_whole import replies
from tests.golden.samples import NOW, operation, sample, samples

PART = "PARTS: "  # as the samples of arguments call it
SLACK = Format(slack=True, links=Links("https://github.com/Wandeon/FiskAI", "https://coolify.example.com"))


@dataclass(frozen=True, slots=True)
class State:
    """`slack` is a message's arguments or a view; `terminal` is empty where there is none at one."""

    name: str
    slack: dict[str, Any]
    terminal: str


def states() -> Iterator[State]:
    """Each once, though several values may say the same."""
    said = set[str]()
    for state in _all():
        text = f"{state.slack}\n{state.terminal}"
        if text not in said:
            said.add(text)
            yield state


def _all() -> Iterator[State]:
    yield from _replies()
    yield from _errors()
    yield from _under_way()
    yield from _line()
    yield from _outcomes()
    yield from _notices()
    yield from _home()
    yield from _forms()


def _replies() -> Iterator[State]:
    for kind in sorted(replies(), key=lambda each: each.__name__):  # whatever was imported first
        if kind is not HelpText:
            for number, reply in enumerate(samples(kind)):
                yield _reply(f"reply {kind.__name__} {number}", reply)


def _reply(name: str, reply: Reply) -> State:
    text, offers = reply_text(reply, SLACK)
    shown = blocks.message(text, offers, keep=reply.keep if isinstance(reply, AskFirst) else "")
    return State(name, shown, _typed(*reply_text(reply, TERMINAL)))


def _typed(text: str, offers: tuple[Offer, ...]) -> str:
    return "\n".join([text, *(f"[{each.label}] fisk {each.command}" for each in offers)])


def _errors() -> Iterator[State]:
    for kind in _kinds_of_error():
        failure = sample(kind).failure
        shown = blocks.message(SLACK.failure(failure), failure.offers)
        yield State(f"error {kind.slug}", shown, _typed(TERMINAL.failure(failure), failure.offers))


def _kinds_of_error() -> list[type[FiskError]]:
    """In an order of their own, whatever was imported first; those of tests are none."""
    mine = (each for each in set(every_error()) if not each.__module__.startswith("tests"))
    return sorted(mine, key=lambda each: (each.slug, each.__module__, each.__name__))


def _under_way() -> Iterator[State]:
    for kind in KINDS:
        for name, timeline in _timelines(kind):
            begun = operation(kind)
            text = "\n".join(
                [headline(begun, timeline, NOW, TERMINAL), *step_lines(begun, timeline, TERMINAL)]
            )
            yield from _drawn(f"{kind} {name}", live.under_way(begun, timeline, NOW, SLACK), text)


def _drawn(name: str, content: dict[str, Any], terminal: str) -> Iterator[State]:
    """A message with its plan, and what a workspace gets that knows no plans."""
    rich, plain = content_and_plain(content)
    yield State(name, rich, terminal)
    if plain is not None:
        yield State(f"{name}, without a plan", plain, "")


def _done(kind: str) -> Timeline:
    steps = dict.fromkeys(_steps(kind))
    return Timeline(tuple(StepView(name, "done", NOW - 40, NOW - 38, "NOTE") for name in steps), runs=1)


def _steps(kind: str) -> list[str]:
    """Those that are shown, as those of one part where the kind's story has parts."""
    return [f"{PART}{each.name}" if each.each else each.name for each in KINDS[kind].steps if not each.quiet]


def _timelines(kind: str) -> Iterator[tuple[str, Timeline]]:
    """About to begin, in the middle, and with a step that failed."""
    yield "about to begin", Timeline()
    first, *rest = _steps(kind) or ["step"]
    done = StepView(first, "done", NOW - 40, NOW - 38, "NOTE")
    second = rest[0] if rest else first
    at = StepView(second, "under way", NOW - 30)
    yield "under way", Timeline((done, at), subject="3f2a1b9 “TITLE”", progress="PROGRESS", runs=1)
    failure = sample(_kinds_of_error()[0]).failure
    failed = StepView(second, "failed", NOW - 30, NOW - 5, error=failure)
    yield "failing", Timeline((done, failed), subject="3f2a1b9 “TITLE”", runs=2)


def _line() -> Iterator[State]:
    """Those who wait for a target, and one that is to be done later."""
    wait = replace(operation("wait"), arguments=WaitArguments("app", "3f2a1b9"), resources=())
    later = replace(operation("later"), id="l-7k3f", resources=())
    built = {"wait for the build": "{}"}
    running = (
        Snapshot(operation("deploy"), "running", step="STEP"),
        Snapshot(replace(wait, id="w-1st"), "running", step="STEP", results=built),
        Snapshot(replace(wait, id="w-2nd"), "running", step="STEP", results=built),
        Snapshot(replace(wait, id="w-3rd"), "running", step="STEP"),
        Snapshot(later, "running", step="STEP"),
    )
    yield _reply("reply LocksTable, in line", LocksTable((), running, NOW))
    seen = replace(sample(AtHome), refused="", asked=(), running=running)
    view = home.view(sections(seen, SLACK))
    yield State("Home, in line", view, "\n".join(text for text, _ in sections(seen, TERMINAL)))
    timeline = replace(dict(_timelines("wait"))["under way"], offers=(Offer("LABEL", "skip w-1st"),))
    yield from _drawn("wait in line", live.under_way(wait, timeline, NOW, SLACK), "")


def _outcomes() -> Iterator[State]:
    for kind in OUTCOMES:
        of = next((each for each in KINDS.values() if kind in each.outcomes), KINDS["deploy"])
        about = operation(of.name)
        for number, outcome in enumerate(samples(kind)):
            text = outcome_text(outcome, about, TERMINAL)
            shown = _typed(text, outcome_offers(outcome, about))
            name = f"outcome {kind.__name__} {number}"
            steps = None if number else _done(of.name)  # below the first of each kind
            yield from _drawn(name, live.over(about, outcome, SLACK, steps), shown)
    deployed = sample(Deployed)
    notes = blocks.message(release_notes(deployed, SLACK))
    yield State("release notes", notes, release_notes(deployed, TERMINAL))


def _notices() -> Iterator[State]:
    for number, notice in enumerate(samples(Notice)):
        shown = blocks.message(notices.notice_text(notice, SLACK), notices.offers(notice))
        yield State(f"notice {number}", shown, "")
    yield State("notice, to its author", blocks.message(notices.reminder(sample(Notice), SLACK)), "")


def _home() -> Iterator[State]:
    allowed = [replace(each, refused="") for each in samples(AtHome)]
    for number, seen in enumerate([sample(AtHome), *allowed]):
        view = home.view(sections(seen, SLACK))
        yield State(f"Home {number}", view, "\n".join(text for text, _ in sections(seen, TERMINAL)))


def _forms() -> Iterator[State]:
    """As each opens, while it is asked for, where a system does not say, where there is nothing, and filled in."""
    for form in FORMS.values():
        chosen = {each.name: (Choice("3f2a1b9", "LABEL", "DETAIL"),) for each in form.fields if each.choices}
        at_once = {name: found for name, found in chosen.items() if _field(form, name).at_once}
        unknown = dict.fromkeys(chosen, Unknown("GitHub did not answer within 5 s."))
        filled = {each.name: "3f2a1b9" if each.choices else each.name.upper() for each in form.fields}
        yield _form(form, "opens", at_once, {})
        yield _form(form, "not known", {**unknown, **at_once}, {})
        yield _form(form, "nothing there", dict.fromkeys(chosen, ()), {})
        yield _form(form, "filled in", chosen, filled)


def _field(form: Form, name: str) -> Field:
    return next(each for each in form.fields if each.name == name)


def _form(form: Form, name: str, offered: forms.Offered, state: Filled) -> State:
    return State(f"form {form.name}, {name}", forms.view(form, offered, state, Place("C0DEPLOYS"), SLACK), "")
