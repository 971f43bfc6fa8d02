"""Records in Redis, as another version of fisk or a person may have written them."""

from __future__ import annotations

import json
from contextlib import suppress
from random import Random
from typing import TYPE_CHECKING, Any

from bot.words.progress import headline, step_lines
from bot.words.texts import outcome_offers, outcome_text
from bot.words.timeline import Timeline
from deploy.core.errors import FiskError
from deploy.core.model import Hold
from deploy.core.signing import Signer
from deploy.engine.audit import Entry
from deploy.engine.failures import thaw
from deploy.engine.records import Records
from deploy.engine.snapshot import readable
from deploy.kinds import KINDS
from deploy.notices.policy import Notice
from deploy.redis import codec
from tests.bot.anything import OUTCOMES
from tests.fuzz import checks
from tests.fuzz.pieces import changed, raw, text
from tests.fuzz.values import of, operation

if TYPE_CHECKING:
    from deploy.engine.snapshot import Snapshot

OTHERS: tuple[Any, ...] = (Hold, Entry, Notice)
SIGNER, ID = Signer((b"k" * 32,)), "d-7k3f"
FORGED = 0.1
UNSIGNED = ("state", "fence", "seen", "finished")
STATES = ("running", "done", "failed", "cancelled", "refused", "", "waiting", "\x1b[2J")


async def case(random: Random) -> None:
    """What cannot be read is left out, what can be read can be shown, and nothing else happens."""
    for snapshot in readable([(ID, _signed(random, _record(random)))], Records(KINDS), SIGNER):
        _shown(snapshot)
    kind = random.choice(OTHERS)
    codec.readable(kind, _text(random, json.loads(codec.dump(kind, of(random, kind)))), "made up")
    facts = {"seconds": 5, "system": text(random)}
    failure = {"kind": "TimedOut", "facts": facts, "offers": [["Try again", text(random), False]]}
    with suppress(codec.Unreadable):
        assert isinstance(thaw(_text(random, failure)), FiskError)


def _signed(random: Random, record: dict[str, str]) -> dict[str, str]:
    """As fisk signs each field; one in ten is not fisk's own. Redis keeps no halves of characters."""
    record = {name: text.encode("utf-8", "replace").decode() for name, text in record.items()}
    if random.random() < FORGED:
        return record
    return {
        name: text if name in UNSIGNED or not text else SIGNER.sign(text, ID, name)
        for name, text in record.items()
    }


def _record(random: Random) -> dict[str, str]:
    outcome = of(random, random.choice(OUTCOMES))
    record = {
        "operation": _text(random, json.loads(Records.dump_operation(operation(random)))),
        "outcome": _text(random, json.loads(codec.dump(type(outcome), outcome))),
        "state": random.choice(STATES),
        "fence": random.choice(("1", "-1", "x", "9" * 30)),
        "seen": random.choice(("1700000000000", "", "x", "-1")),
        "finished": random.choice(("0", "1700000000000", "inf")),
        "step": text(random, 2),
        "progress": text(random, 2),
        "cancel": random.choice(("", '{"id": "U1", "name": "ana"}', "{}", "[]", "null")),
        "mark:slack.ts": text(random, 2),
    }
    for name in random.sample(list(record), random.choice((0, 0, 1, 3))):
        del record[name]
    return record


def _text(random: Random, good: Any) -> str:
    """As Redis gives it: text, whatever bytes it was."""
    if random.random() < 0.5:
        return json.dumps(changed(random, good))
    return raw(random, good).decode("utf-8", "replace")


def _shown(snapshot: Snapshot) -> None:
    whose = snapshot.operation
    for fmt in checks.VIEWS:
        lines = [headline(whose, Timeline(), whose.created, fmt), *step_lines(whose, Timeline(), fmt)]
        checks.said("\n".join(lines), (), fmt)
        if snapshot.outcome is not None:
            offers = outcome_offers(snapshot.outcome, whose)
            checks.said(outcome_text(snapshot.outcome, whose, fmt), offers, fmt)
