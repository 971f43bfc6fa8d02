"""What somebody may have meant whose line has no verb of fisk's: only told, never run."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from itertools import pairwise
from typing import TYPE_CHECKING

from commands.grammar.spoken import MARKS, TOWARDS, is_ref
from commands.grammar.syntax import DEFAULT_TARGET, SIMILAR, bare, is_commit

if TYPE_CHECKING:
    import click

# Each a verb, and the line where what was typed does not fit it.
Meant = tuple[tuple[str, str], ...]

TROUBLE: Meant = (("status", "status"), ("logs", "logs app"))
COPY: Meant = (("env copy", "env copy SRC DST"),)
DEPLOY: Meant = (("deploy", "deploy latest"),)
BACK: Meant = (("rollback", "rollback"),)
HOLD: Meant = (("lock", "lock app REASON"),)
FREE: Meant = (("unlock", "unlock"),)
HELD: Meant = (("locks", "locks"),)
HOW: Meant = (("status", "status"),)
LOG: Meant = (("logs", "logs app"),)
BUILDS: Meant = (("builds", "builds"),)
AGAIN: Meant = (("build rerun", "build rerun SHA"),)
PROMOTE: Meant = (("status", "status"), ("deploy to", "deploy SHA --to TARGET"))
ANEW: Meant = (("status", "status"), ("deploy anew", "deploy SHA --force"))
RESTART: Meant = (("buildkit restart", "buildkit restart"), ("runner restart", "runner restart"))
RECREATE: Meant = (("buildkit recreate", "buildkit recreate"),)
PRUNE: Meant = (("buildkit prune", "buildkit prune"),)
CHANGES: Meant = (("changes", "changes"),)
CANCEL: Meant = (("cancel", "cancel"),)
DONE: Meant = (("history", "history"),)
ENV: Meant = (("help env", "help env"),)

WORDS = {
    DEPLOY: "ship release push launch publish rollout redeploy upgrade",
    PROMOTE: "promote",
    BACK: "revert back downgrade undeploy previous",
    HOLD: "freeze hold pause block",
    FREE: "unfreeze thaw unhold unpause unblock",
    (*FREE, ("env resume", "env resume ID")): "resume continue",
    (*DONE, *HELD): "who whose whois",
    RESTART: "restart reboot bounce",
    RECREATE: "recreate",
    PRUNE: "prune clean cleanup disk cache space",
    AGAIN: "rerun rebuild retry",
    (("build start", "build start"), *DEPLOY): "start",
    CANCEL: "kill",
    LOG: "log tail print output logs",
    HOW: "running runs up live alive deploying health healthy ping version info ps overview",
    (*BUILDS, *HOW): "why",
    BUILDS: "fail failed failing build ci pipeline actions",
    TROUBLE: "down dead offline outage slow crash crashed crashing error errors works working nothing broken stuck"
    " hangs hanging 500 502 503 504 timeout timeouts",
    COPY: "copy sync",
    CHANGES: "changed change happened diff new",
    (*HOW, *DONE): "deployed",
    DONE: "did last deployments releases",
    ENV: "env vars variables secrets environment",
    (("reject", "reject ID"),): "decline deny refuse",
    (("approve", "approve ID"),): "accept ok yes lgtm",
    (("notify", "notify"),): "subscribe unsubscribe mute notifications",
    (("memory", "memory"),): "redis valkey",
    (("stats", "stats"),): "statistics metrics figures dora frequency",
    (("replicas", "replicas"),): "bots workers instances",
}
INTENTS = {word: meant for meant, words in WORDS.items() for word in words.split()}
TAKES = frozenset(  # verbs that what was typed belongs to, where it fits
    {"deploy", "rollback", "lock", "unlock", "logs", "changes", "cancel", "build rerun", "env resume"}
)
NEGATIONS = frozenset({"not", "no", "never", "don't", "dont", "can't", "cant", "cannot", "won't", "isn't"})
REMOVALS = frozenset({"remove", "delete", "drop", "lift", "clear", "release", "free", "end"})
NOBODY = frozenset({"nobody", "noone"})
APPS = frozenset({"app", "site", "website", "server", "prod", "production", "container", "everything", "all"})
ALL = frozenset({"everything", "deploys", "deployments", "deploying", "releases"})
VARIABLE = re.compile(r"[A-Z][A-Z0-9]*_[A-Z0-9_]+(=.*)?", re.DOTALL)
GONE = frozenset({"remove", "delete", "drop", "destroy"})  # nothing of fisk's does that
HELDS = frozenset({"lock", "hold", "freeze", "locks"})
_SMALL = (
    "is are was the a an app's me us i we you it its my our can could would should please pls show give tell get what"
    " what's whats which when how where's go do does did let's lets want need to in on of for at"
    " version one or and still"
)
FILLERS = frozenset(_SMALL.split())
TARGET = re.compile(r"[A-Za-z][\w-]*")
_LATELY = re.compile(r"\b(\d{1,4})\s?([mhd])")


def meant(words: Sequence[str], verbs: Iterable[str], whole: Callable[[str], str]) -> tuple[str, ...]:
    """Lines that may have been meant, the nearest first; empty where nothing tells.

    Args:
        words: as typed; the first is no verb.
        verbs: fisk's own.
        whole: a line in fisk's own words; empty where it is none.
    """
    if words[0].lower() not in FILLERS and _misspelt(words[0].lower(), verbs):
        return ()
    if any(VARIABLE.fullmatch(word) for word in words):
        return _lines(ENV, [], whole)
    if is_commit(commit := bare(words[0])):
        return f"where {commit.lower()}", f"deploy {commit.lower()}"
    plain = [word.lower().strip(MARKS) for word in words]
    if turned := _turned(plain):
        return _lines(turned, [], whole)
    known = {**{verb: ((verb, verb),) for verb in verbs}, **INTENTS}
    at = next((place for place, word in enumerate(plain) if word in known), None)
    if at is None or GONE.intersection(plain):
        return ()
    return _lines(_named(known[plain[at]], plain), _rest(words[at + 1 :], plain), whole)


def _turned(plain: Sequence[str]) -> Meant:
    """What a line means that turns a word around, as in `don't deploy` and `release the lock`."""
    if NOBODY.intersection(plain):
        return (*HELD, *HOLD)
    if NEGATIONS.intersection(plain):
        return (*HELD, *HOW)
    if INTENTS["restart"] in map(INTENTS.get, plain) and APPS.intersection(plain):
        return ANEW
    return FREE if REMOVALS.intersection(plain) and HELDS.intersection(plain) else ()


def _named(found: Meant, plain: Sequence[str]) -> Meant:
    """Of several things only the one that the line names."""
    return tuple(each for each in found if each[0].split()[0] in plain) or found


def _rest(words: Sequence[str], plain: Sequence[str]) -> list[str]:
    """What comes behind the word that tells; of changes only how far back."""
    if INTENTS["changed"] not in [INTENTS.get(word) for word in plain]:
        return list(words)
    return ["".join(found.groups()) for found in _LATELY.finditer(" ".join(plain))][:1]


def _lines(found: Meant, rest: list[str], whole: Callable[[str], str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_line(verb, plain, rest, whole) for verb, plain in found))


def _line(verb: str, plain: str, rest: list[str], whole: Callable[[str], str]) -> str:
    if verb not in TAKES:
        return plain
    if verb == "deploy" and not any(map(is_ref, rest)):
        return _to(plain, rest)
    told = [word for word in rest if (verb, plain) not in INTENTS.get(word.lower(), ())]
    without = [word for word in told if word.lower().strip(MARKS) not in FILLERS]
    tried = (whole(f"{verb} {shlex.join(words)}") for words in _tries(verb, told, without) if words)
    return next(filter(None, tried), plain)


def _tries(verb: str, told: list[str], without: list[str]) -> tuple[list[str], ...]:
    """What may stand behind a verb; of a hold its reason stays as it is."""
    if verb in {"lock", "unlock"}:
        return tuple(["all" if word.lower() in ALL else word for word in words] for words in (told, without))
    return (without,)


def _to(line: str, rest: Sequence[str]) -> str:
    """With the target that is named behind `to`."""
    named = [after for word, after in pairwise(rest) if word.lower() in TOWARDS and TARGET.fullmatch(after)]
    return f"{line} --to {named[-1]}" if named and "--to" not in line else line


def _misspelt(word: str, verbs: Iterable[str]) -> bool:
    """Whether it is nearer to a verb than to a word that is known here."""
    found = get_close_matches(word, [*verbs, *INTENTS], n=1, cutoff=SIMILAR)
    return bool(found) and found[0] not in INTENTS


# --- options


INSTEAD = {
    **dict.fromkeys(("--env", "--environment", "--target", "--app", "--on", "-t", "-e"), "--to"),
    **dict.fromkeys(("--why", "--message", "-m"), "--reason"),
    **dict.fromkeys(("--yes", "-y", "--confirm", "--tail", "--lines", "--follow", "-f"), ""),
}


def instead(error: click.NoSuchOption, words: Sequence[str]) -> list[str]:
    """A line with the option that was meant; empty where nothing tells."""
    if error.option_name not in INSTEAD:
        return []
    right = INSTEAD[error.option_name]
    changed = (re.sub(r"^--?[\w-]+", right, word) if _is(word, error) else word for word in words)
    return [word for word in changed if word]


def _is(word: str, error: click.NoSuchOption) -> bool:
    return word.split("=", maxsplit=1)[0].lower() == error.option_name


def which_commit(ctx: click.Context) -> str:
    """What `deploy` without a commit is answered."""
    to = ctx.params.get("to")
    where = f" --to {shlex.quote(to)}" if to not in {None, DEFAULT_TARGET} else ""
    return f"Which commit? `/fisk deploy latest{where}` takes the newest image; `/fisk builds` lists the commits."
