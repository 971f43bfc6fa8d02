"""audit, audit verify."""

from __future__ import annotations

import click

from commands.grammar.syntax import Family, Invocation, duration, verb
from deploy.core.values import dataclass


@verb("list", "read the audit log", "details")
@click.option("--since", default="24h", metavar="2h", callback=duration, help="how far back; 24h by default")
@click.option("--refused", is_flag=True, help="what was not allowed, instead of what was done")
@dataclass(frozen=True, slots=True)
class Audit(Invocation):
    """Who did what, from where, allowed by which rule, and how it ended.

    `since`: seconds back from now.
    """

    since: int
    refused: bool


@verb("verify", "check the audit log", "details")
@dataclass(frozen=True, slots=True)
class AuditVerify(Invocation):
    """Whether an entry of the audit log was removed, changed or cut off."""


audit = Family("audit", "The record of all that was done.", (Audit, AuditVerify), default="list")
