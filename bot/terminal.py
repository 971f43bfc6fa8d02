"""The terminal: the same grammar, engine, locks and record, for when Slack is down and for scripts.

Exit status: 0 done, 1 failed, 2 the grammar does not know the line, 3 refused.
What help and misspelt lines do not need is not imported for them.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.wording.voice import TERMINAL
from commands import grammar
from deploy.errors import FiskError, NotUnderstood, Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

DONE, FAILED, USAGE, REFUSED = 0, 1, 2, 3
VERSION = "0.1.0"
OWN = {
    "run": "serve Slack until told to stop",
    "check": "try the settings against the real systems",
    "manifest": "print the Slack app's manifest",
    "key": "print a new key for FISK_KEY",
}


@dataclass(frozen=True, slots=True)
class Options:
    """`as_json`: one JSON object on standard output, nothing else. `yes`: answer every question with yes."""

    as_json: bool = False
    yes: bool = False


def main(argv: Sequence[str] | None = None) -> None:
    """The console script `fisk`."""
    sys.exit(run(list(sys.argv[1:] if argv is None else argv)))


def run(argv: list[str]) -> int:
    """One command line; its exit status."""
    flags = {"--json", "--yes"} & set(argv)
    words = [word for word in argv if word not in flags]
    options = Options(as_json="--json" in flags, yes="--yes" in flags)
    try:
        return _own(words) if words[:1] and words[0] in OWN else _line(words, options)
    except FiskError as error:
        return show_error(error, options)
    except KeyboardInterrupt:
        return FAILED


def _own(words: list[str]) -> int:
    """The edges' own commands, which are no part of the grammar."""
    if len(words) > 1:
        raise NotUnderstood(what=f"`fisk {words[0]}` takes no arguments.")
    from bot import own  # noqa: PLC0415 (heavy, see above)

    return own.COMMANDS[words[0]]()


def _line(words: list[str], options: Options) -> int:
    if words == ["--version"]:
        sys.stdout.write(f"fisk {VERSION}\n")
        return DONE
    invocation = grammar.parse(words)
    if isinstance(invocation, grammar.Help):
        sys.stdout.write(_help(invocation.topic))
        return DONE
    from bot import console  # noqa: PLC0415 (heavy, see above)

    return console.perform(invocation, " ".join(words), options)


def _help(topic: str) -> str:
    lines = grammar.help_lines(topic)
    if topic:
        (usage, summary), *rest = lines
        return "".join([f"fisk {usage}\n{summary}\n", *(f"  {name:16} {what}\n" for name, what in rest)])
    own = [(f"fisk {name}", what) for name, what in OWN.items()]
    rows = [*((f"fisk {usage}", summary) for usage, summary in lines), *own]
    flags = "\n--json prints one JSON object; --yes answers every question with yes.\n"
    return "".join(f"{usage}\n    {summary}\n" for usage, summary in rows) + flags


def show_error(error: FiskError, options: Options) -> int:
    """Print what went wrong and what to do; the exit status that belongs to it."""
    failure = error.failure
    if options.as_json:
        told = {"code": failure.code, "sentence": failure.sentence, "hint": failure.hint}
        sys.stdout.write(json.dumps({"error": told}) + "\n")
    else:
        text = f"{failure.sentence}\n{failure.hint}".strip()
        sys.stderr.write(f"{TERMINAL.say(text)}\n")
    return status(error)


def status(error: FiskError) -> int:
    """The exit status of a line that ended in this error."""
    if isinstance(error, NotUnderstood):
        return USAGE
    return REFUSED if isinstance(error, Refusal) else FAILED
