"""Failures of GitHub, the registry, Coolify, the app and Slack."""

from __future__ import annotations

from dataclasses import field

from deploy.core.errors.root import FiskError


class SystemFailure(FiskError):
    """A system failed, refused, or did not answer. Its code is `SYSTEM_slug`, as in `coolify_timed_out`.

    Attributes:
        system: its name as a sentence begins with it: "GitHub", "The registry", "Coolify", "Slack", …
        why: the message of its answer, where it has one.
        retry_after: seconds that it asks fisk to wait before the next request, where it says so.
    """

    system: str
    why: str = ""
    retry_after: float | None = None

    @property
    def code(self) -> str:
        system = self.system.lower().removeprefix("the ")
        return f"{system.replace(' ', '_')}_{self.slug}"


class Unreachable(SystemFailure):
    """Its name is not known, nobody listens at its address, or the connection ended before an answer."""

    slug = "unreachable"
    says = "{system} cannot be reached ({why})."
    hint = "Check that it is up and that its address in the settings is right."
    why: str


class TimedOut(SystemFailure):
    """It is overloaded, or the way to it is: a firewall that drops packets answers nothing, either."""

    slug = "timed_out"
    says = "{system} did not answer within {seconds:g} s."
    hint = "Try again; if it stays so, look at the system itself."
    seconds: float


class Unauthorized(SystemFailure):
    """The token was revoked or has expired, or the setting holds another one."""

    slug = "unauthorized"
    says = "{system} refuses fisk's credentials."
    hint = "Put a valid token in {setting} and restart fisk."
    setting: str


class MissingAbility(SystemFailure):
    slug = "missing_ability"
    says = "{system} does not let fisk's token do that: {why}."
    hint = "Give the token in {setting} the missing right."
    why: str
    setting: str
    ability: str = ""  # that the token lacks, where the system names it


class RightMissing(SystemFailure):
    """The token was made without that right, or lost it since; `fisk check` tries each by itself."""

    slug = "right_missing"
    says = "{system}'s token lacks {right}, so fisk cannot {use}."
    hint = "Give the token in {setting} that right."
    right: str
    use: str
    setting: str


class RateLimited(SystemFailure):
    """More requests than it allows in a time; whatever else uses the same token or user counts, too."""

    slug = "rate_limited"
    says = "{system} asks fisk to slow down for {retry_after:g} s."
    hint = "Try again after that."
    retry_after: float = field()  # here it always says so


class QueueFull(RateLimited):
    """Coolify takes a number of deployments for each server, and no more until some are over."""

    slug = "queue_full"
    says = "{system} takes no deployment now: {why}."
    hint = "Wait until other deployments on that server are over, or cancel one in {system}; then try again."


class ServerFault(SystemFailure):
    slug = "server_fault"
    says = "{system} answers {status}."
    hint = "It is a fault on its side; try again, and look at its own logs."
    status: int | str


class NotJson(SystemFailure):
    slug = "not_json"
    says = "{system} answered {what} where fisk expected JSON."
    hint = "Something else answers at that address (a login page, a proxy): check it in the settings."
    what: str


class Rejected(SystemFailure):
    slug = "rejected"
    says = "{system} rejected the request: {why}."
    hint = "fisk and this version of {system} do not fit; please report it with the operation's id."
    why: str
    status: int = 0


class NotThere(SystemFailure):
    """The name or id is wrong, was removed there, or the token may not see it, which looks the same."""

    slug = "not_found"
    says = "{system} has no {what}."
    hint = "Check its name or id in fisk.toml."
    what: str


class RepositoryMoved(SystemFailure):
    slug = "repository_moved"
    says = "{system} did nothing: {repository} has moved to {new}."
    hint = "Set FISK_GITHUB_REPOSITORY to {new} and restart fisk; until then fisk only reads."
    repository: str
    new: str


class Unexpected(SystemFailure):
    slug = "unexpected"
    says = "{system} answered something that fisk does not understand: {why}."
    hint = "Please report it with the operation's id."
    why: str


class NotRerunnable(SystemFailure):
    slug = "not_rerunnable"
    says = "{system} does not run build {build} again: {why}."
    hint = "Start a new one: `/fisk build start`."
    build: int
    why: str


class NotStartable(SystemFailure):
    slug = "not_startable"
    says = "{system} does not start {workflow}: {why}."
    hint = "It needs `on: workflow_dispatch` with the input `force_no_cache`, on the branch that is built."
    workflow: str
    why: str


class LogGone(SystemFailure):
    slug = "log_gone"
    says = "{system} has no log of job {job}: {why}."
    hint = "The build's own page may show more."
    job: int
    why: str


class QueryRefused(SystemFailure):
    slug = "query_refused"
    says = "{system} does not evaluate `{query}`: {why}."
    hint = "Correct `query` in fisk.toml; its own page at {address} tries queries."
    query: str
    why: str
    address: str
