"""The terminal: the same grammar, engine, locks and audit log as in Slack, for outages and scripts.

Exit status: 0 done, 1 failed, 2 the grammar does not know the line, 3 refused.
Imports that help and usage errors do not need are deferred.
"""

from __future__ import annotations

import gc
import json
import os
import shlex
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TextIO

from bot import __version__
from bot.words.format import TERMINAL
from bot.words.help import overview
from commands import grammar
from deploy.core.errors import FiskError, NotUnderstood, Refusal
from deploy.core.values import dataclass
from deploy.core.visible import numbered, visible

if TYPE_CHECKING:
    from deploy.core.actor import Failure, Offer

DONE, FAILED, USAGE, REFUSED = 0, 1, 2, 3
FLAGS = {"--json", "--yes"}
COMPLETING = "_FISK_COMPLETE"  # set where a shell asks what may come next
LEARN = "learn"  # in place of a shell's name: learn it, and say nothing
CONFIG = "--config"  # only before a line, since a reason may have any word in it
TERMINAL_ONLY = {
    "init": "ask for the settings, try them, and write .env and fisk.toml",
    "watch": "follow all that is under way, until Ctrl-C",
    "completion": "print what bash, zsh or fish runs to complete lines",
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
    _open_outputs()
    if instruction := os.environ.get(COMPLETING):
        sys.exit(_complete(instruction))
    sys.exit(run(list(sys.argv[1:] if argv is None else argv)))


def run(argv: list[str]) -> int:
    """One command line; its exit status."""
    try:
        argv = _placed(argv)
    except FiskError as error:
        return show_error(error, Options())
    flags = FLAGS & set(argv)
    words = [word for word in argv if word not in flags]
    options = Options(as_json="--json" in flags, yes="--yes" in flags)
    try:
        _readable(words)
        return _own(words, options) if words[:1] and words[0] in TERMINAL_ONLY else _line(words, options)
    except FiskError as error:
        return show_error(error, options)
    except KeyboardInterrupt:
        return FAILED


def _placed(argv: list[str]) -> list[str]:
    """The line without a `--config PLACE` before it, which is set as FISK_CONFIG. Raises errors.NotUnderstood."""
    if not argv or argv[0].partition("=")[0] != CONFIG:
        return argv
    place, rest = (argv[1:2], argv[2:]) if argv[0] == CONFIG else ([argv[0].partition("=")[2]], argv[1:])
    if not any(place):
        raise NotUnderstood(what=f"`{CONFIG}` names fisk.toml, or the folder with it and .env.")
    os.environ["FISK_CONFIG"] = place[0]
    return rest


def _readable(words: list[str]) -> None:
    """Raises errors.NotUnderstood for bytes that are not valid text, which could not be stored."""
    try:
        "".join(words).encode()
    except UnicodeEncodeError:
        raise NotUnderstood(what="That line is not all UTF-8.") from None


def _complete(instruction: str) -> int:
    """Answer a shell that completes a line, or learn what it is to be told."""
    if instruction == LEARN:
        from bot.cli import learning  # noqa: PLC0415 (heavy, see above)

        return learning.learn()
    from bot.cli import completion  # noqa: PLC0415 (nothing else needs it)

    return completion.answer(instruction)


def _own(words: list[str], options: Options) -> int:
    """Run what is not part of the grammar."""
    if words[0] == "completion":
        from bot.cli import completion  # noqa: PLC0415 (nothing else needs it)

        show(completion.script(" ".join(words[1:])))
        return DONE
    if words == ["watch"] and not options.yes:
        from bot.cli import console  # noqa: PLC0415 (heavy, see above)

        return console.watch(options)
    if len(words) > 1 or options != Options():
        raise NotUnderstood(what=f"`fisk {words[0]}` takes no arguments.")
    gc.disable()  # what is loaded stays for good; bot/app/run.py enables it for what comes then
    from bot.cli import service  # noqa: PLC0415 (heavy, see above)

    return service.COMMANDS[words[0]]()


def _line(words: list[str], options: Options) -> int:
    if words == ["--version"]:
        show_json({"version": __version__}) if options.as_json else show(f"fisk {__version__}")
        return DONE
    invocation = grammar.parse(words)
    if isinstance(invocation, grammar.Help):
        _help(invocation.topic, options)
        return DONE
    from bot.cli import console  # noqa: PLC0415 (heavy, see above)

    return console.perform(invocation, shlex.join(words), options)


def _help(topic: str, options: Options) -> None:
    lines = grammar.help_lines(topic)
    if options.as_json:
        show_json({"lines": lines, "topic": topic})
    elif grammar.is_group(topic):
        show("\n".join(f"fisk {usage}\n    {summary}" for usage, summary in lines))
    elif topic:
        (usage, summary), *rest = lines
        show("\n".join([f"fisk {usage}", summary, *(f"  {name:16} {what}" for name, what in rest)]))
    else:
        rows = [f"fisk {usage}\n    {summary}" for usage, summary in TERMINAL_ONLY.items()]
        show("\n".join([overview(TERMINAL), "", *rows]))
        show(
            "\n--json prints one JSON object; --yes answers every question with yes."
            f" {CONFIG} PLACE before a line: fisk.toml, or the folder with it and .env."
        )


# --- output


def show(text: str) -> bool:
    """Print to standard output. False: nobody reads it."""
    return put(sys.stdout, f"{visible(text)}\n")


def warn(text: str) -> None:
    """Print to standard error, which scripts do not parse."""
    put(sys.stderr, f"{visible(text)}\n")


def show_json(value: object) -> bool:
    """Print a JSON object on one line, for scripts; what nobody sees, or a terminal obeys, as its number.

    Its texts name lines as they are typed here. False: nobody reads it.
    """
    return put(sys.stdout, f"{numbered(json.dumps(_addressed(value), ensure_ascii=False))}\n")


def _addressed(value: Any) -> Any:
    match value:
        case str():
            return TERMINAL.addressing(value)
        case list() | tuple():
            return [_addressed(each) for each in value]
        case dict():
            return {name: _addressed(each) for name, each in value.items()}
    return value


def listed(offers: Iterable[Offer]) -> str:
    """Next steps as terminal commands, one per line."""
    return "\n".join(f"  {offer.label}: fisk {offer.typed}" for offer in offers)


def beyond_hint(failure: Failure) -> tuple[Offer, ...]:
    """The next steps that the hint does not name already."""
    return tuple(each for each in failure.offers if f"`/fisk {each.command}`" not in failure.hint)


def show_error(error: FiskError, options: Options) -> int:
    """Print an error and its next steps; return its exit status."""
    failure = error.failure
    if options.as_json:
        show_json({"error": asdict(failure)})
    else:
        sentence = TERMINAL.escape(f"{failure.sentence}\n{failure.hint}".strip())
        warn("\n".join(part for part in (sentence, listed(beyond_hint(failure))) if part))
    return status(error)


def status(error: FiskError) -> int:
    """The exit status of a line that ended in this error."""
    if isinstance(error, NotUnderstood):
        return USAGE
    return REFUSED if isinstance(error, Refusal) else FAILED


def _open_outputs() -> None:
    """Replace outputs closed before the start by /dev/null; unencodable characters become `?`."""
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = sys.stderr or _nowhere()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def put(stream: TextIO, text: str) -> bool:
    """Write and flush. A closed pipe, as of `| head`, does not stop the operation; False says that it is closed."""
    try:
        stream.write(text)
        stream.flush()
    except OSError as error:
        with _nowhere() as nowhere:
            os.dup2(nowhere.fileno(), stream.fileno())
        if stream is sys.stdout and not isinstance(error, BrokenPipeError):
            warn(f"The rest of the output is lost: {error.strerror}.")
        return False
    return True


def _nowhere() -> TextIO:
    return open(os.devnull, "w")  # noqa: PTH123 (open as long as the process lives)
