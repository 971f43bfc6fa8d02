"""Checks all rules concurrently. A system that is slow or down makes only its own rules unknown."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from deploy.core import errors
from deploy.core.log import logger
from deploy.core.together import together
from deploy.doctor import (
    rules_buildkit,
    rules_compose,
    rules_coolify,
    rules_fisk,
    rules_follow,
    rules_image,
    rules_workflow,
)
from deploy.doctor.asked import WITHIN, sources
from deploy.doctor.evidence import Evidence
from deploy.doctor.verdicts import Examination, Finding, Judgement, unknown

if TYPE_CHECKING:
    from deploy.doctor.rule import Rule
    from deploy.world import World

AREAS = (
    rules_workflow,
    rules_follow,
    rules_image,
    rules_coolify,
    rules_compose,
    rules_buildkit,
    rules_fisk,
)

LONGEST = 300  # characters of evidence
HEAD_START = 0.03  # seconds for the rules with most turns, whose requests the others would delay

log = logger()


def rules(world: World) -> tuple[Rule, ...]:
    """All rules for these targets and hosts, from workflow to app."""
    return tuple(rule for area in AREAS for rule in area.rules(world))


async def examine(
    world: World, *, within: float = WITHIN, chosen: Iterable[Rule] | None = None
) -> Examination:
    """Check them all, or those that were chosen; `within`: seconds for each thing that is looked at.

    Raises:
        errors.StateUnavailable: the store does not answer.
    """
    at, begun, evidence = await world.memory.now(), time.monotonic(), Evidence(world, within)
    asked = tuple(chosen or rules(world))
    most = max((rule.turns for rule in asked), default=0)
    try:
        findings = await together(
            *(_check(rule, evidence, begun, 0 if rule.turns == most else HEAD_START) for rule in asked)
        )
    finally:
        await evidence.close()
    return Examination(tuple(findings), at, time.monotonic() - begun)


async def _check(rule: Rule, evidence: Evidence, begun: float, after: float) -> Finding:
    await asyncio.sleep(after)
    with sources() as asked:
        judged = await _judge(rule, evidence)
    took, told = round(time.monotonic() - begun, 3), _brief(judged.evidence)
    each = dict.fromkeys(", ".join(asked).split(", "))
    return Finding(rule.id, rule.title, judged.verdict, told, judged.fix, took, ", ".join(each))


def _brief(evidence: str) -> str:
    """One line, short enough for a phone: it may quote text of others."""
    line = " ".join(evidence.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


async def _judge(rule: Rule, evidence: Evidence) -> Judgement:
    try:
        return rule.judge(await rule.look(evidence))
    except errors.FiskError as error:
        return unknown(error.failure.sentence, error.failure.hint)
    except Exception as error:
        log.exception("a rule could not be checked", rule=rule.id)
        failure = errors.Internal(kind=type(error).__name__).failure
        return unknown(failure.sentence, failure.hint)
