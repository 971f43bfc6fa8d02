"""Refusals of a way back over changes of the database."""

from __future__ import annotations

from deploy.deploys.errors import GateRefusal


class OverMigrations(GateRefusal):
    slug = "over_migrations"
    says = "{sha} goes back over {count}: the database of {target} has them, and {sha} does not know them."
    hint = "Make sure that {sha} runs with the database as it is; then pass this gate: `/fisk {line}`."
    forceable = True
    sha: str
    target: str
    count: str
    line: str


class MigrationsUnknown(GateRefusal):
    slug = "migrations_unknown"
    says = "Whether {sha} goes back over migrations of {target} is not known: {why}."
    hint = "Look at what changed since; then pass this gate: `/fisk {line}`."
    forceable = True
    sha: str
    target: str
    why: str
    line: str
