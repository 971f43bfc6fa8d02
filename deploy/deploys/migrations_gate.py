"""The gate on the way back over changes of the database. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.core.model import Dialog, Offer, short
from deploy.core.units import plural
from deploy.deploys.gate_report import Situation, Verdict, refuse
from deploy.deploys.migration_errors import MigrationsUnknown, OverMigrations
from deploy.deploys.offers import keep

if TYPE_CHECKING:
    from deploy.deploys.errors import GateRefusal

GATE = "migrations"


def migrated(it: Situation) -> Verdict:
    """What runs may not fit an earlier commit's code, and going back takes no migration back."""
    found = it.migrations
    if found.over or (found.why and _goes_back(it)):
        return refuse(GATE, _unknown(it) if found.why else _over(it))
    told = found.told
    return Verdict(GATE, told or "none lie between", warning=bool(told))


def _goes_back(it: Situation) -> bool:
    return it.going_back or (it.since is not None and it.since.status in {"behind", "diverged"})


def _over(it: Situation) -> GateRefusal:
    sha, target, count = short(it.commit.sha), it.target.name, plural(it.migrations.over, "migration")
    return OverMigrations(
        sha=sha, target=target, count=count, line=_line(it), offers=(_all_the_same(it, f" over {count}"),)
    )


def _unknown(it: Situation) -> GateRefusal:
    offers = (_all_the_same(it, ", over migrations or not"),)
    sha, target = short(it.commit.sha), it.target.name
    return MigrationsUnknown(sha=sha, target=target, why=it.migrations.why, line=_line(it), offers=offers)


def _line(it: Situation) -> str:
    sha, target = short(it.commit.sha), it.target.name
    return f"rollback {target} {sha} --force" if it.going_back else f"deploy {sha} --to {target} --force"


def _all_the_same(it: Situation, over: str) -> Offer:
    sha, target, runs = short(it.commit.sha), it.target.name, short(it.running.sha)
    now = f"{target} runs {runs}. " if runs else ""
    question = f"{now}Go back to {sha}{over}? The database stays as it is."
    line = _line(it) + (f" --when-ran {runs}" if runs else "")
    label = f"{'Roll back' if it.going_back else 'Deploy it'} all the same"
    return Offer(label, line, danger=True, asks=Dialog(question, f"Go back to {sha}", keep(runs)))
