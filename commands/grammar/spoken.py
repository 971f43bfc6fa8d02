"""What people say in place of a line's own words, where only one thing can be meant by it.

Whatever is doubtful stays as it is, so that it is not understood, and is answered by `meant.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import click

from commands.grammar.spoken_time import spoken_time
from commands.grammar.syntax import DEFAULT_TARGET, bare, is_commit
from deploy.core.errors import NotUnderstood

MARKS = ".,;:!?*"  # around words, which nobody types into a line on purpose
POLITE = frozenset({"please", "pls", "plz", "thanks", "thx", "now", "the", "commit", "branch", "tag"})
IT = frozenset({"it", "this", "that", "again"})  # which commit that is, only the thread knows
TOWARDS = frozenset({"to", "on", "onto", "into"})
_PULL = re.compile(r"#?[0-9]{1,9}")
_OF_ONE_DASH = re.compile(r"-([A-Za-z][\w-]+)(=.*)?", re.DOTALL)
_OPTION = re.compile(r"--?[A-Za-z][\w-]*(=.*)?", re.DOTALL)
_SAYS = frozenset({"--reason", "--break-glass"})


def verb_of(words: Sequence[str]) -> list[str]:
    """A line that begins with a verb of fisk's."""
    first, rest = words[0].lower().strip(MARKS) or words[0], list(words[1:])
    if first == "roll" and rest and rest[0].lower().strip(MARKS) == "back":
        return ["rollback", *rest[1:]]
    if first in STOPPING:  # which one is asked, whatever else is said
        return ["cancel"]
    return ["help"] if words[0] == "?" else [first, *rest]


STOPPING = frozenset({"stop", "abort", "halt"})


def spoken(verb: str, command: click.Command, words: Sequence[str]) -> list[str]:
    """The words after a verb, as its parameters have them. Raises errors.NotUnderstood for a doubtful reason."""
    if command.context_settings.get("ignore_unknown_options"):
        return list(words)
    rule = RULES.get(verb)
    plain = [_two_dashes(command, word) for word in words]
    return _with_reason(command, rule(plain) if rule else plain)


# --- options


def _known(command: click.Command) -> frozenset[str]:
    return frozenset(name for each in command.params if isinstance(each, click.Option) for name in each.opts)


def _two_dashes(command: click.Command, word: str) -> str:
    found = _OF_ONE_DASH.fullmatch(word)
    long = f"--{found[1].lower()}" if found else ""
    return f"{long}{found[2] or ''}" if found and long in _known(command) else word


def _with_reason(command: click.Command, words: list[str]) -> list[str]:
    """A reason without quotes is the rest of the line, unless something like an option is in it."""
    place = next((at for at, word in enumerate(words) if word.split("=")[0].lower() in _SAYS), None)
    if place is None or words[place].split("=")[0].lower() not in _known(command):
        return words
    name, _, begun = words[place].partition("=")
    rest = [*([begun] if begun else []), *words[place + 1 :]]
    said = next((at for at, word in enumerate(rest) if _OPTION.fullmatch(word)), None)
    if said is None:
        return [*words[:place], f"{name}={' '.join(rest)}"] if rest else words
    if said != 1:
        raise NotUnderstood(
            what=f"It is not clear which words are the reason: put `{name}` last, or its text in quotes."
        )
    return [*words[:place], *words[place : place + 1], *_with_reason(command, words[place + 1 :])]


# --- verbs


def _deploy(words: list[str]) -> list[str]:
    """`3f2a1b9 to staging`, `3f2a1b9 staging` and `staging 3f2a1b9` are `3f2a1b9 --to staging`; `it again` is none."""
    words = spoken_time(words)
    head, options = _head(words)
    if head and IT.issuperset(word.lower().strip(MARKS) for word in head):
        return options
    if any(word.split("=")[0].lower() == "--to" for word in options):
        return [*_pull(head), *options]
    return [*_towards(_pull(head)), *options]


def _head(words: list[str]) -> tuple[list[str], list[str]]:
    """The words before the first option, without polite ones; and all from there on."""
    end = next((at for at, word in enumerate(words) if word.startswith("-")), len(words))
    kept = [word for word in words[:end] if word.lower().strip(MARKS) not in POLITE]
    return (kept or words[:end]), words[end:]


def _pull(head: list[str]) -> list[str]:
    """`pr 123` and `pull request 123` are `#123`."""
    if head and head[0].lower() in {"pr", "pull"}:
        rest = head[2:] if len(head) > 1 and head[1].lower() == "request" else head[1:]
        if rest and _PULL.fullmatch(rest[0]):
            return [f"#{rest[0].lstrip('#')}", *rest[1:]]
    return head


def _towards(head: list[str]) -> list[str]:
    at = next((place for place, word in enumerate(head) if word.lower() in TOWARDS), None)
    if at is not None and len(head) == at + 2:
        return [*_towards(head[:at]), "--to", head[-1].rstrip(MARKS)]
    if len(head) != 2:  # noqa: PLR2004 (a commit and a target)
        return head
    ref, target = head if is_ref(head[0]) or not is_ref(head[1]) else reversed(head)
    return [ref, "--to", target.rstrip(MARKS)]


def is_ref(word: str) -> bool:
    """Whether it is a commit by itself, and not only by where it stands."""
    plain = bare(word)
    return is_commit(plain) or plain.lower() == "latest" or plain.startswith("#")


def _rollback(words: list[str]) -> list[str]:
    head, options = _head(words)
    return [*(word for word in head if word.lower() not in TOWARDS | POLITE), *options]


def _without(*left_out: str) -> Callable[[list[str]], list[str]]:
    return lambda words: [word for word in words if word.lower().strip(MARKS) not in left_out]


def _logs(words: list[str]) -> list[str]:
    """`50` is how many lines, of the target that is meant where none is named."""
    rest = _without("of", "for", "from", "please", "the")(words)
    return [DEFAULT_TARGET, *rest] if rest[:1] and rest[0].isdecimal() else rest


def _all(words: list[str]) -> list[str]:
    """`everything` is held as `all`."""
    return ["all", *words[1:]] if words[:1] and words[0].lower().strip(MARKS) == "everything" else words


RULES: dict[str, Callable[[list[str]], list[str]]] = {
    "deploy": _deploy,
    "rollback": _rollback,
    "promote": _without("from", "please", "the", "now", *TOWARDS),
    "logs": _logs,
    "lock": _all,
    "unlock": _all,
    "help": _without("me", "us", "please", "with"),
    "cancel": _without("all", "everything", "it", "this", "the", "deploy", "rollback", "please"),
}
