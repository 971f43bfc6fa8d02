"""Why there are no lines to show."""

from __future__ import annotations

from deploy.core.errors.root import FiskError


class NoContainer(FiskError):
    slug = "no_app_container"
    says = "There is no container of {target} on {host}."
    hint = "What Coolify did last is in `/fisk status {target}`."
    target: str
    host: str


class NotRunning(FiskError):
    slug = "app_not_running"
    says = "Coolify says that {target} is not running, and it shows the log of what runs only."
    hint = "What it did last is in `/fisk status {target}`. A host for {target} in fisk.toml shows what has ended, too."
    target: str


class NothingPrinted(FiskError):
    slug = "nothing_printed"
    says = "Coolify's deployment {deployment} holds no lines that {target} printed."
    hint = "Coolify keeps them only where its health check failed. What runs now: `/fisk logs {target}`."
    deployment: str
    target: str


class NoTimes(FiskError):
    slug = "no_times"
    says = "Coolify before 4.2.0 does not say when a line was printed."
    hint = "Ask without --since: `/fisk logs {target}`."
    target: str
