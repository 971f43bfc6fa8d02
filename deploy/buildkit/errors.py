"""Refusals and failures of BuildKit's restart, recreate and prune."""

from __future__ import annotations

from deploy.core.errors.refusals import Refusal
from deploy.core.errors.root import FiskError


class NoContainer(Refusal):
    slug = "no_container"
    says = "There is no container {container} on {host}, so there is nothing to restart."
    hint = "Make it as the platform defines it: `/fisk buildkit recreate`."
    container: str
    host: str


class BuildsOnIt(Refusal):
    slug = "builds_on_it"
    says = "Not started: {builds} on {host} would die."
    hint = "Wait for it: `/fisk buildkit restart --when-idle`, or do it all the same: `/fisk buildkit {verb} --force`."
    builds: str
    host: str
    verb: str


class BuildsUnknown(Refusal):
    slug = "builds_unknown"
    says = "Not started: fisk cannot tell which builds would die. {why}"
    hint = "If you know that none runs, or they may die: `/fisk buildkit {verb} --force`."
    why: str
    verb: str


class CacheInUse(BuildsOnIt):
    slug = "cache_in_use"
    says = "Not started: {builds} on {host} may need what would be pruned."
    hint = "Wait for it: `/fisk buildkit prune --when-idle`, or do it all the same: `/fisk buildkit prune --force`."


class CacheUseUnknown(BuildsUnknown):
    slug = "cache_use_unknown"
    says = "Not started: fisk cannot tell whether a build uses BuildKit's cache. {why}"
    hint = "If you know that none runs: `/fisk buildkit {verb} --force`."


class QuestionTooOld(Refusal):
    slug = "question_too_old"
    says = "Not started: that was asked {minutes:g} min ago, and since then another build may have begun."
    hint = "Ask again: `/fisk buildkit {verb}`."
    minutes: float
    verb: str


class OpenToAll(Refusal):
    slug = "open_to_all"
    says = "Not started: published on {address}, BuildKit would build for anybody who finds it."
    hint = "Set `address` under `[buildkit]` in fisk.toml to the host's Tailscale address."
    address: str


class NoSuchAddress(Refusal):
    slug = "no_such_address"
    says = "Not started: {host} does not have the address {address}; it has {addresses}."
    hint = "Is Tailscale up there? Else correct `address` under `[buildkit]` in fisk.toml."
    host: str
    address: str
    addresses: str


class LeftOver(Refusal):
    slug = "left_over"
    says = "Not started: {host} has a container {aside} from an earlier recreate, beside {container}."
    hint = "See on {host} which of the two you want, and remove the other one with `docker rm`."
    host: str
    aside: str
    container: str


class BuildKitFailure(FiskError):
    """A restart failed after it had begun."""


class BuildKitSilent(BuildKitFailure):
    slug = "buildkit_silent"
    says = "BuildKit on {host} does not answer {seconds:g} s after its start: {why}."
    hint = "Look at its log: `/fisk buildkit logs`."
    host: str
    seconds: float
    why: str


class BuildKitEnds(BuildKitFailure):
    slug = "buildkit_ends"
    says = "BuildKit on {host} starts and ends again by itself: {line}."
    hint = "Look at its log: `/fisk buildkit logs`."
    host: str
    line: str


class BuildKitGone(BuildKitFailure):
    slug = "buildkit_gone"
    says = "The container {container} on {host} went away while fisk waited for it."
    hint = "Somebody else is at work there; settle that, then: `/fisk buildkit recreate`."
    container: str
    host: str
