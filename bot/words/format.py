"""Output formats: Slack's mrkdwn and plain text for terminals."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import field, replace
from typing import TYPE_CHECKING

from bot.words.links import NO_LINKS, Links, link
from deploy.core.units import day_and_time, minutes, moment
from deploy.core.values import dataclass
from deploy.core.visible import visible

if TYPE_CHECKING:
    from deploy.core.actor import Actor, Failure
    from deploy.core.model import Commit


# Slack's ids of users, user groups and channels; anything else is text.
USER, GROUP, CHANNEL = (re.compile(rf"[{letters}][A-Z0-9]{{1,31}}") for letters in ("UW", "S", "CGD"))
FENCE, TAME = "```", "'''"  # delimits a code block, and its substitute inside
TWINS = {"*": "\u2217", "_": "\uff3f", "~": "\u223c", ">": "\u203a"}  # they look alike, and are no markup
# A time in a sentence, as deploy/core/units.py writes it.
INSTANT = re.compile(r"`[^`\n]*`|(?<![\w:.-])(\d{4}-\d\d-\d\dT\d\d:\d\dZ)(?!\w)")
BAR = 5  # parts of a bar
LINE = re.compile(r"(?<![\w./-])/fisk (?=\S)")  # not the end of a path
# What would begin bold, italic or struck text, or a quotation; inside of code it is none.
MARKUP = re.compile(r"`[^`\n]*`|(?<![^\W_])[*_~](?=\S)|^>", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Format:
    """How a text is written.

    Attributes:
        people: maps GitHub logins to Slack user ids.
        in_thread: in one of Slack's, where it has no slash commands.
        mentioning: the channels that want the authors of commits mentioned.
        mentions: whether they are mentioned in this text; otherwise they are named.
        links: to pages, in Slack.
    """

    slack: bool
    people: Mapping[str, str] = field(default_factory=dict)
    in_thread: bool = False
    mentioning: frozenset[str] = frozenset()
    mentions: bool = False
    links: Links = NO_LINKS

    def within(self, thread: str) -> Format:
        """The same for a message in a thread, by its ts; empty: in the channel itself."""
        return replace(self, in_thread=self.slack and bool(thread))

    def at(self, channel: str, thread: str = "") -> Format:
        """The same for what is posted in a channel, or in a thread of it."""
        return replace(self.within(thread), mentions=channel in self.mentioning)

    @property
    def addressed(self) -> str:
        """What people type before a line, where they read this."""
        return ("@fisk" if self.in_thread else "/fisk") if self.slack else "fisk"

    def addressing(self, text: str) -> str:
        """Text in which `/fisk` before a line becomes what is typed there."""
        return LINE.sub(f"{self.addressed} ", text)

    def plain(self, text: str) -> str:
        """The same, for where no markup is read."""
        return _moments(self._typed(text), day_and_time)

    def _typed(self, text: str) -> str:
        return self.addressing(visible(text))

    def escape(self, text: str) -> str:
        """Escape text that may come from outside; `/fisk` before a line becomes what is typed there.

        Commits and long ids get their short forms, in Slack with links, and times are the reader's own.
        """
        text = self._typed(text)
        return _moments(self.links.named(_entities(_unmarked(text)) if self.slack else text), self.moment)

    def typed(self, line: str) -> str:
        """A line as code, in which nothing is a link or short: people copy it."""
        whole = self._typed(" ".join(line.split())).replace("`", "'")
        return f"`{_entities(whole) if self.slack else whole}`"

    def literal(self, text: str) -> str:
        """A title from outside on one line, of which nothing is code in Slack; `escape` does the rest."""
        line = " ".join(text.split())
        return line.replace("`", "'") if self.slack else line

    def failure(self, error: Failure) -> str:
        """An error's sentence, and what to do next."""
        return self.escape(f"{error.sentence} {error.hint}".strip())

    def page(self, label: str, address: str) -> str:
        """A link in Slack, and the label alone in a terminal."""
        return link(label, address) if self.slack else label

    def address(self, label: str, address: str) -> str:
        """A link in Slack, and the address itself in a terminal."""
        return link(label, address) if self.slack else visible(address)

    def bold(self, text: str) -> str:
        return f"*{text}*" if self.slack else text

    def code(self, text: str) -> str:
        """Lines verbatim; in Slack as a code block without active markup."""
        if not self.slack:
            return "\n".join(f"    {line}" for line in visible(text).split("\n"))
        return f"{FENCE}\n{_entities(visible(text).replace(FENCE, TAME))}\n{FENCE}"

    def person(self, actor: Actor) -> str:
        """A Slack user as a mention, which notifies nobody in an edited message."""
        if actor.at_terminal:
            return f"{self.escape(actor.user)} (terminal)"
        if self.slack and USER.fullmatch(actor.id):
            return f"<@{actor.id}>"
        name = actor.name or actor.id
        return self.escape(f"@{name}" if actor.id else name)

    def entry(self, member: str) -> str:
        """An entry of fisk.toml's lists of people, mentioned in Slack."""
        if member == "cli:*":
            return "anybody at a terminal"
        if member.startswith("cli:"):
            return self.escape(f"{member.removeprefix('cli:')} (terminal)")
        if self.slack and GROUP.fullmatch(member):
            return f"<!subteam^{member}>"
        return f"<@{member}>" if self.slack and USER.fullmatch(member) else self.escape(member)

    def channel(self, id_: str) -> str:
        """A channel, as a link in Slack."""
        return f"<#{id_}>" if self.slack and CHANNEL.fullmatch(id_) else self.escape(id_)

    def clock(self, at: float) -> str:
        """A time of day, in the reader's own zone."""
        return self._time(at, "{time}", "%H:%M")

    def moment(self, at: float) -> str:
        """A day and a time, in the reader's own zone."""
        return self._time(at, "{date_short_pretty} {time}", "%d %b %H:%M")

    def second(self, at: float) -> str:
        """The same to the second."""
        return self._time(at, "{date_short_pretty} {time_secs}", "%d %b %H:%M:%S")

    def _time(self, at: float, slacks: str, form: str) -> str:
        if self.slack:
            return f"<!date^{int(at)}^{slacks}|{time.strftime(f'{form} UTC', time.gmtime(at))}>"
        return time.strftime(f"{form} %Z", time.localtime(at))

    def author(self, commit: Commit) -> str:
        """The author of a commit: their name, or a mention where the channel wants it and their Slack id is known."""
        user = self.people.get(commit.login, "") if self.slack and self.mentions else ""
        return f"<@{user}>" if user else self.escape(commit.author or commit.login or "somebody")

    def authors(self, commits: tuple[Commit, ...]) -> str:
        """Their names, each once, in the order of the commits: `Ana, Marko and Ivo`."""
        names = list(dict.fromkeys(self.author(commit) for commit in commits))
        return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _moments(text: str, shown: Callable[[float], str]) -> str:
    """A text with its times as they are shown; in code they stay, and so does what is no time."""

    def told(found: re.Match[str]) -> str:
        at = moment(found[1] or "")
        return shown(at) if at else found[0]

    return INSTANT.sub(told, text)


def bar(share: float) -> str:
    """`▰▰▰▱▱`: a share of 1 as a bar, which is full only at the end."""
    full = BAR if share >= 1 else min(BAR - 1, max(0, round(share * BAR)))
    return "▰" * full + "▱" * (BAR - full)


def so_far(seconds: float, usual: float) -> str:
    """`▰▰▱▱▱ 42 s of about 2 min`; past the usual time that it takes longer; without one the time alone."""
    if not usual:
        return minutes(seconds)
    if seconds > usual:
        return f"{bar(1)} {minutes(seconds)}, longer than the usual {minutes(usual)}"
    return f"{bar(seconds / usual)} {minutes(seconds)} of about {minutes(usual)}"


def _entities(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _unmarked(text: str) -> str:
    """A text without Slack's markup but code, whose marks come in pairs on each line."""
    text = text.replace(FENCE, TAME)
    if "`" in text:
        text = "\n".join(line.replace("`", "'") if line.count("`") % 2 else line for line in text.split("\n"))
    return MARKUP.sub(lambda found: TWINS.get(found[0], found[0]), text)


TERMINAL = Format(slack=False)
