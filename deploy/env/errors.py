"""Which application is meant, and why its variables are not copied."""

from __future__ import annotations

from deploy.core.errors.refusals import Refusal


class UnknownApp(Refusal):
    slug = "unknown_app"
    says = "fisk.toml lists no application `{app}` that Coolify has."
    hint = 'Known: {known}. Others are listed under `[apps]`, as NAME = "UUID".'
    app: str
    known: str


class AmbiguousApp(Refusal):
    slug = "ambiguous_app"
    says = "`{app}` names several applications: {found}."
    hint = "Say which one by its uuid."
    app: str
    found: str


class SameApp(Refusal):
    slug = "same_app"
    says = "{app} is the source and the target."
    hint = "Name two different applications."
    app: str


class ValuesHidden(Refusal):
    slug = "values_hidden"
    says = "Coolify does not show fisk the values of {app}'s variables, and a copy without them would wipe values."
    hint = "Give the token in {setting} the ability read:sensitive."
    app: str
    setting: str


class NoBackup(Refusal):
    slug = "no_backup"
    says = "fisk keeps no variables from before {operation}."
    hint = "It keeps those of a copy or an undo for {days} days: `/fisk history` lists them."
    operation: str
    days: int


class PlanChanged(Refusal):
    slug = "plan_changed"
    says = "The variables changed since you saw the plan, so what you confirmed is not what would be done."
    hint = "Look at the new plan: `/fisk {line}`."
    line: str
