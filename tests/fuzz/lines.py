"""Lines as people type them, right and wrong."""

from __future__ import annotations

from random import Random

from bot.words.help import help_text
from commands import grammar
from deploy.core.errors import NotUnderstood
from tests.fuzz import checks
from tests.fuzz.pieces import text

RIGHT = (
    "deploy 3f2a1b9", "deploy latest --to staging", "deploy 3f2a1b9 --noop --force --wait", "rollback",
    "rollback app a4c9e1f --force", "lock app because", "unlock app", "locks", "history app 5", "op d-7k3f",
    "cancel d-7k3f", "status", "where 3f2a1b9", "builds", "build 3f2a1b9", "build rerun 3f2a1b9 --failed",
    "build cancel 3f2a1b9", "build start --no-cache", "runner", "runner restart", "buildkit", "buildkit restart",
    "buildkit prune --keep 20GB", "env list app", "env diff app staging", "env copy app staging", "logs app 20",
    "doctor --all", "changes --since 2h", "timeline", "notify", "help deploy", "undo", "cancel", "op", "logs",
    "stats 7d staging",
    "deploy main", "deploy #123 to staging", "deploy 3f2a1b9 staging -n", "deploy 3f2a1b9 --reason it's late",
)  # fmt: skip
# With one of these at its end no line is right, whatever it was.
WRONG = (
    "--frobnicate",
    "--to",
    "--keep",
    "--since never",
    "--no-such-option=1",
    "\u200b--frobnicate",
)
FREE = ("lock", "help")  # verbs that take any words, or print help


def line(random: Random) -> tuple[str, bool]:
    """A line, and whether there is an error in it."""
    begin = random.choice(RIGHT)
    pick = random.random()
    if pick < 0.25:
        return f"{begin} {random.choice(WRONG)}", not begin.startswith(FREE)
    if pick < 0.35:
        return f"{_misspelt(random, begin)}", True
    if pick < 0.7:
        return _sprinkled(random, begin), False
    return text(random), False


def _misspelt(random: Random, right: str) -> str:
    verb, _, rest = right.partition(" ")
    return f"{verb}{random.choice('zqx9<*')}{verb[-1]} {rest}"


def _sprinkled(random: Random, right: str) -> str:
    words = right.split()
    words.insert(random.randint(0, len(words)), text(random, 3))
    return random.choice((" ", "  ", "\t", "\u00a0")).join(words)


async def case(random: Random) -> None:
    """A line becomes what somebody asks for, or is refused with a sentence that is fit to be shown."""
    typed, wrong = line(random)
    try:
        asked = _parsed(random, typed)
    except NotUnderstood as error:
        for fmt in checks.VIEWS:
            checks.said(fmt.failure(error.failure), error.failure.offers, fmt)
        return
    assert not wrong or isinstance(asked, grammar.Help), typed
    if isinstance(asked, grammar.Help):
        for fmt in checks.VIEWS:
            checks.said(help_text(grammar.help_lines(asked.topic), asked.topic, fmt), (), fmt)


def _parsed(random: Random, typed: str) -> grammar.Invocation:
    way = random.random()
    if way < 0.7:
        return grammar.parse(typed)
    return grammar.parse(typed.split()) if way < 0.9 else grammar.again(typed)
