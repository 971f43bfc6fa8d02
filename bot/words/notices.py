"""The notice of a build: result, commit and author, next steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from bot.words.conclusions import clause, explained
from bot.words.offers import stop_build
from bot.words.registry import Text, reply_text
from bot.words.sight import unseen_line
from commands.notices import Notified, NowNotified
from deploy.core.ask import Unknown, known
from deploy.core.model import Offer, short
from deploy.core.units import cut, minutes
from deploy.deploys.offers import deploying

if TYPE_CHECKING:
    from bot.words.format import Format
    from deploy.notices.policy import Checked, Notice, Rule, Verdict

TITLE = 72
UNBEGUN = frozenset({"startup_failure", "action_required"})

NOTHING = "left nothing that can be deployed"
VERDICTS: dict[Verdict, str] = {
    "slow": "is slow",
    "crawling": "is very slow",
    "built": "is done",
    "unchecked": "is done, but its image is not checked yet",
    "failed": clause("failure"),
    "cancelled": clause("cancelled"),
    "skipped": clause("skipped"),
    "not built": "built nothing that fisk deploys",
    "deleted": clause("deleted"),
}


def notice_text(notice: Notice, fmt: Format) -> str:
    """The whole message. Whoever wrote the commit is mentioned once it has ended, named until then."""
    says = SAYS[notice.verdict](notice, fmt)
    return f"{says}   {_author(notice, fmt)}" + _tail(notice, fmt)


def reminder(notice: Notice, fmt: Format) -> str:
    """The text for the author in the message's thread, since an edited message notifies nobody."""
    author = fmt.author(notice.commit) if notice.commit else ""
    return f"{author} your build of {fmt.escape(short(notice.build.sha))} {VERDICTS.get(notice.verdict, NOTHING)}."


def offers(notice: Notice) -> tuple[Offer, ...]:
    """The next steps that make sense."""
    sha, run = short(notice.build.sha), notice.build.id
    show = Offer("Log" if notice.bad else "Show it", f"build {run}")
    rerun = Offer("Rerun", f"build rerun {run} --failed")
    match notice.verdict:
        case "built" | "unchecked":
            return (*_deploys(notice), show)
        case "failed":
            return rerun, show
        case "cancelled" | "no image" | "wrong platform" | "wrong revision":
            return Offer("Rerun", f"build rerun {run}"), *_deploys(notice), show
        case "crawling":
            return Offer("Doctor", "doctor"), show, stop_build(notice.build)
        case "again" | "deleted":
            return (Offer("Builds", "builds"),)
        case _:
            return (Offer("Show it", f"build {sha}"),)


def _deploys(notice: Notice) -> tuple[Offer, ...]:
    """A button for each target; the first one needs no name where it is the only one or the usual one."""
    sha = short(notice.build.sha)
    return tuple(
        deploying(
            "Deploy" if place == 0 else f"Deploy to {it.target.name}",
            sha,
            it.target.name,
            it.runs,
            it.ahead,
            it.migrations,
        )
        for place, it in enumerate(_deployable(notice))
    )


def _deployable(notice: Notice) -> list[Checked]:
    """The targets whose image is right, or could not be looked at."""
    return [each for each in notice.images if each.verdict(notice.build.sha) in {"built", "unchecked"}]


# --- results


def _running(notice: Notice, fmt: Format) -> str:
    began = fmt.clock(notice.start)
    usually = f"; usually takes {minutes(notice.usual)}" if notice.usual else ""
    return f"Building {_what(notice, fmt)}. Began {began}{usually}."


def _slow(notice: Notice, fmt: Format) -> str:
    return (
        f"Building {_what(notice, fmt)} is slow: {minutes(notice.took)} so far."
        f" 95 of 100 builds take at most {minutes(notice.late)}, usually {minutes(notice.usual)}."
        f"{_at(notice, fmt)}"
    )


def _crawling(notice: Notice, fmt: Format) -> str:
    return (
        f"Building {_what(notice, fmt)} has taken {minutes(notice.took)}, more than twice the usual"
        f" {minutes(notice.usual)}.{_at(notice, fmt)} The usual cause is emulation: QEMU builds where BuildKit"
        f" should. {fmt.escape('`/fisk doctor` checks that.')}"
    )


def _at(notice: Notice, fmt: Format) -> str:
    return f" It is at “{fmt.escape(notice.at)}”." if notice.at else ""


def _again(notice: Notice, fmt: Format) -> str:
    return f"Built again: an attempt to build {_what(notice, fmt)} has ended, and the next one has its own message."


def _built(notice: Notice, fmt: Format) -> str:
    left = [each.target.name for each in notice.images if each.verdict(notice.build.sha) == "not built"]
    more = f" It was not about {', '.join(left)}." if left else ""
    return f"Built {_what(notice, fmt)} {_time(notice)}.{_images(notice, fmt)}{fmt.escape(more)}"


def _not_built(notice: Notice, fmt: Format) -> str:
    names = ", ".join(each.target.name for each in notice.images)
    return (
        f"The build of {_what(notice, fmt)} ended green after {minutes(notice.took)}. It was not about"
        f" {fmt.escape(names)}: no job of it pushed an image."
    )


def _unchecked(notice: Notice, fmt: Format) -> str:
    why = next(doubt.why for each in notice.images if (doubt := each.doubt))
    return f"{_built(notice, fmt)} Its image is not checked: {fmt.escape(why)}"


def _no_image(notice: Notice, fmt: Format) -> str:
    found = _first(notice, "no image")
    why = fmt.escape(f"{found.target.image} has no tag {short(notice.build.sha)}")
    dry = " A dry run pushes none." if notice.build.event == "workflow_dispatch" else ""
    left = f"so {fmt.escape(found.target.name)} cannot" if _deployable(notice) else "so nothing can"
    return f"{_green(notice, fmt)} pushed no image: {why}, {left} be deployed.{dry}{_others(notice, fmt)}"


def _wrong_platform(notice: Notice, fmt: Format) -> str:
    found = _first(notice, "wrong platform")
    image = known(found.image)
    has = ", ".join(image.platforms) if image else ""
    target = found.target
    but = f"made no image that {target.name} can run: it is for {has or 'no known platform'}"
    told = fmt.escape(f"{but}, and {target.name} runs on {target.platform}.")
    return f"{_green(notice, fmt)} {told}{_others(notice, fmt)}"


def _wrong_revision(notice: Notice, fmt: Format) -> str:
    found = _first(notice, "wrong revision")
    image = known(found.image)
    says = short(image.revision) if image else ""
    return f"{_green(notice, fmt)} pushed an image that says it was built from {fmt.escape(says)}: do not deploy it."


def _failed(notice: Notice, fmt: Format) -> str:
    build, failing = notice.build, known(notice.failing)
    ended = fmt.escape(explained(build.conclusion))
    step = f" at “{fmt.escape(failing.step.name)}”" if failing and failing.step else ""
    took = "" if build.conclusion in UNBEGUN else f" after {minutes(notice.took)}{_usually(notice)}"
    return f"Build of {_what(notice, fmt)} {ended}{step}{took}."


def _cancelled(notice: Notice, fmt: Format) -> str:
    return f"The build of {_what(notice, fmt)} was cancelled after {minutes(notice.took)}."


def _skipped(notice: Notice, fmt: Format) -> str:
    return f"The build of {_what(notice, fmt)} was skipped: nothing was built."


def _deleted(notice: Notice, fmt: Format) -> str:
    return f"The build of {_what(notice, fmt)} is gone: GitHub knows its run no more, so nobody can say how it ended."


SAYS: dict[Verdict, Callable[[Notice, Format], str]] = {
    "running": _running,
    "slow": _slow,
    "crawling": _crawling,
    "again": _again,
    "unchecked": _unchecked,
    "built": _built,
    "not built": _not_built,
    "no image": _no_image,
    "wrong platform": _wrong_platform,
    "wrong revision": _wrong_revision,
    "failed": _failed,
    "cancelled": _cancelled,
    "skipped": _skipped,
    "deleted": _deleted,
}


# --- the parts of a sentence


def _what(notice: Notice, fmt: Format) -> str:
    """`3f2a1b9 “Round VAT per line”`, and which attempt if it is not the first."""
    build = notice.build
    title = notice.commit.title if notice.commit else build.title
    attempt = f" (attempt {build.attempt})" if build.attempt > 1 else ""
    return fmt.escape(short(build.sha) + (f" “{fmt.literal(cut(title, TITLE))}”" if title else "") + attempt)


def _green(notice: Notice, fmt: Format) -> str:
    return f"The build of {_what(notice, fmt)} ended green after {minutes(notice.took)}, but it"


def _time(notice: Notice) -> str:
    return f"in {minutes(notice.took)}{_usually(notice)}"


def _usually(notice: Notice) -> str:
    return f" (usually {minutes(notice.usual)})" if notice.usual else ""


def _images(notice: Notice, fmt: Format) -> str:
    """The images in the registry, one entry per platform and digest."""
    found = ((each.target.platform, known(each.image)) for each in notice.images)
    told = (f" Image {platform} ({image.digest[:11]}…)." for platform, image in found if image)
    return fmt.escape("".join(dict.fromkeys(told)))


def _first(notice: Notice, verdict: Verdict) -> Checked:
    return next(each for each in notice.images if each.verdict(notice.build.sha) == verdict)


def _others(notice: Notice, fmt: Format) -> str:
    names = ", ".join(each.target.name for each in _deployable(notice))
    return f" {fmt.escape(names)} can be deployed." if names else ""


def _author(notice: Notice, fmt: Format) -> str:
    commit = notice.commit
    if commit is None:
        return "GitHub does not say whose it is."
    return (
        fmt.author(commit) if notice.build.over else fmt.escape(commit.author or commit.login or "somebody")
    )


def _tail(notice: Notice, fmt: Format) -> str:
    failing = notice.failing
    if notice.verdict != "failed" or failing is None:
        return ""
    log = failing if isinstance(failing, Unknown) else failing.log
    if isinstance(log, Unknown):
        said = (
            "" if isinstance(failing, Unknown) else "".join(f"\nGitHub says: {each}" for each in failing.said)
        )
        return f"{fmt.escape(said)}\nIts log cannot be shown: {fmt.escape(log.why)}"
    lines = "\n".join(log)
    return f"\n{fmt.code(lines)}" if lines else ""


HEARS: dict[Rule, str] = {
    "all": "hears of every build",
    "failures": "hears of builds that fail or leave nothing to deploy",
    "mentions": "hears of builds whose author is listed under [people]",
    "off": "hears of no builds",
}


@reply_text.register(Notified)
def _notified(reply: Notified, fmt: Format) -> Text:
    by = "set here with `/fisk notify`" if reply.typed else "as fisk.toml says"
    switch = Offer("Turn off", "notify off") if reply.rule != "off" else Offer("Turn on", "notify on")
    blind = [unseen_line(reply.unseen, reply.now, fmt)] if reply.unseen else []
    return "\n".join([fmt.escape(f"This channel {HEARS[reply.rule]}, {by}."), *blind]), (switch,)


@reply_text.register(NowNotified)
def _now(reply: NowNotified, fmt: Format) -> Text:
    return f"{fmt.person(reply.by)} set that from now on this channel {HEARS[reply.rule]}.", ()
