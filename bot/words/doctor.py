"""Texts of `doctor`: which rules hold, which are broken, and the fixes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING

from bot.words.registry import Text, reply_text
from commands.doctor import Diagnosis
from deploy.core.model import Dialog, Offer
from deploy.core.units import cut, plural

if TYPE_CHECKING:
    from bot.words.format import Format
    from deploy.doctor.changes import Change
    from deploy.doctor.verdicts import Finding

VERDICTS = ("broken", "unknown", "holds")


AGAIN = Offer("Look again", "doctor")


COMMAND = re.compile(r"`/fisk ([a-z0-9 -]+)`")  # complete commands only: capitals are placeholders


MOST_OFFERED = 4


SHOWN = 230  # characters of the evidence in a dialog


@reply_text.register(Diagnosis)
def _diagnosis(reply: Diagnosis, fmt: Format) -> Text:
    if reply.as_json:
        return fmt.code(_json(reply)), ()
    broken, unknown, hold = reply.of("broken"), reply.of("unknown"), reply.of("holds")
    lines = [fmt.bold(_headline(len(broken), len(unknown), len(hold)))]
    lines += [_broken(each, fmt, sources=reply.every) for each in broken]
    lines += _unknown(unknown, fmt)
    if reply.every:
        lines += [fmt.escape(f"✓ {each.id}   {each.title}: {each.evidence}{_from(each)}") for each in hold]
    elif hold:
        lines.append(fmt.escape("`/fisk doctor --all` lists those that hold."))
    return "\n".join(lines), (*fixes(broken), AGAIN)


def fixes(broken: Iterable[Finding]) -> tuple[Offer, ...]:
    """The complete commands in the fixes, without duplicates, as buttons that ask for confirmation."""
    named: dict[str, Finding] = {}
    for each in broken:
        for line in COMMAND.findall(each.fix):
            named.setdefault(line, each)
    return tuple(_fix(*each) for each in list(named.items())[:MOST_OFFERED])


def _fix(line: str, finding: Finding) -> Offer:
    deed = f"{line[0].upper()}{line[1:]}"
    asks = Dialog(f"{cut(finding.evidence.rstrip('.'), SHOWN)}. {deed}?", deed, "Leave it as it is")
    return Offer(deed, line, danger=True, asks=asks)


def _headline(broken: int, unknown: int, hold: int) -> str:
    if not broken and not unknown:
        return f"All {plural(hold, 'rule')} of the build authority hold."
    parts = [f"{plural(broken, 'rule')} {'is' if broken == 1 else 'are'} broken"] if broken else []
    parts += [f"{unknown} cannot be checked"] if unknown else []
    return f"{', '.join([*parts, f'{hold} hold'])}."


def _broken(finding: Finding, fmt: Format, *, sources: bool = False) -> str:
    evidence = finding.evidence + (_from(finding) if sources else "")
    return fmt.escape(f"✗ {finding.id}   {finding.title}\n      {evidence}\n      Fix: {finding.fix}")


def _from(finding: Finding) -> str:
    return f" (from {finding.source})" if finding.source else ""


def _unknown(findings: Iterable[Finding], fmt: Format) -> list[str]:
    """Unknown findings, grouped by cause."""
    causes: dict[tuple[str, str], list[str]] = {}
    for each in findings:
        causes.setdefault((each.evidence, each.fix), []).append(each.id)
    return [
        fmt.escape(f"? {', '.join(rules)}\n      Not known: {why}" + (f"\n      {fix}" if fix else ""))
        for (why, fix), rules in causes.items()
    ]


def _json(reply: Diagnosis) -> str:
    rules = [asdict(each) for each in reply.rules]
    return json.dumps({"rules": rules, "at": reply.at, "seconds": reply.seconds}, ensure_ascii=False)


def changed(changes: Iterable[Change], fmt: Format) -> str:
    """The changes since the doctor's last round, the worst first."""
    told = [fmt.bold("The doctor found changes in the build authority:")]
    newly = {verdict: [each for each in changes if each.finding.verdict == verdict] for verdict in VERDICTS}
    told += [_broken(each.finding, fmt) for each in newly["broken"]]
    told += _unknown((each.finding for each in newly["unknown"]), fmt)
    told += [
        fmt.escape(f"✓ {each.finding.id}   holds again: {each.finding.evidence}") for each in newly["holds"]
    ]
    return "\n".join(told)


def news_offers(changes: Iterable[Change]) -> tuple[Offer, ...]:
    """The fixes of newly broken rules, and `doctor` again."""
    return *fixes(each.finding for each in changes if each.finding.verdict == "broken"), AGAIN
