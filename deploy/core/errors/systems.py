"""GitHub, the registry, Coolify, the app or Slack did not do its part."""

from __future__ import annotations

from deploy.core.errors.root import FiskError


class SystemFailure(FiskError):
    """A system did not do its part. Its code is `SYSTEM_slug`, as in `coolify_timed_out`.

    Facts: `system` ("GitHub", "The registry", "Coolify", "Slack", …), and what the subclass's template names.
    """

    @property
    def code(self) -> str:
        system = str(self.facts.get("system", "system")).lower().removeprefix("the ")
        return f"{system.replace(' ', '_')}_{self.slug}"


class Unreachable(SystemFailure):
    slug = "unreachable"
    says = "{system} cannot be reached ({why})."
    hint = "Check that it is up and that its address in the settings is right."


class TimedOut(SystemFailure):
    slug = "timed_out"
    says = "{system} did not answer within {seconds:g} s."
    hint = "Try again; if it stays so, look at the system itself."


class Unauthorized(SystemFailure):
    slug = "unauthorized"
    says = "{system} refuses fisk's credentials."
    hint = "Put a valid token in {setting} and restart fisk."


class MissingAbility(SystemFailure):
    slug = "missing_ability"
    says = "{system} does not let fisk's token do that: {why}."
    hint = "Give the token in {setting} the missing right."


class RateLimited(SystemFailure):
    """`retry_after` in seconds."""

    slug = "rate_limited"
    says = "{system} asks fisk to slow down for {retry_after:g} s."
    hint = "Try again after that."


class ServerFault(SystemFailure):
    slug = "server_fault"
    says = "{system} answers {status}."
    hint = "It is a fault on its side; try again, and look at its own logs."


class NotJson(SystemFailure):
    slug = "not_json"
    says = "{system} answered {what} where fisk expected JSON."
    hint = "Something else answers at that address (a login page, a proxy): check it in the settings."


class Rejected(SystemFailure):
    slug = "rejected"
    says = "{system} rejected the request: {why}."
    hint = "fisk and this version of {system} do not fit; please report it with the operation's id."


class NotThere(SystemFailure):
    slug = "not_found"
    says = "{system} has no {what}."
    hint = "Check its name or id in fisk.toml."


class Unexpected(SystemFailure):
    slug = "unexpected"
    says = "{system} answered something that fisk does not understand: {why}."
    hint = "Please report it with the operation's id."
