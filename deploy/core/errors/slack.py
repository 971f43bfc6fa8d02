"""What Slack does not give the app: a connection, a scope, a channel."""

from __future__ import annotations

from deploy.core.errors.systems import SystemFailure


class NoSocketAddress(SystemFailure):
    slug = "app_token_refused"
    says = "{system} gives fisk no connection for Socket Mode ({why})."
    hint = (
        "At https://api.slack.com/apps, in fisk's app: switch Socket Mode on, make a token with `connections:write`"
        " under Basic Information, App-Level Tokens, and put it in FISK_SLACK_APP_TOKEN."
    )
    why: str


class SocketRefused(SystemFailure):
    slug = "socket_refused"
    says = "{system} takes the app-level token, but the connection for Socket Mode fails ({why})."
    hint = "Let WebSockets (wss, port 443) out to Slack: check the firewall and the proxy; then try again."
    why: str


class ScopesMissing(SystemFailure):
    slug = "scopes_missing"
    says = "{system} has not granted fisk {scopes}."
    hint = (
        "At https://api.slack.com/apps, in fisk's app: paste what `fisk manifest` prints under App Manifest, then"
        " press Reinstall under Install App."
    )
    scopes: str


class Strangers(SystemFailure):
    """The ids are of another workspace, of guests, or of people who left; so nobody in Slack may deploy."""

    slug = "strangers"
    says = "{system} knows nobody of those who may deploy ({people}) as a member of the workspace."
    hint = "Put the member ids of your team into a role of fisk.toml: in Slack, a profile, ⋮, Copy member ID."
    people: str


class CannotSpeak(SystemFailure):
    slug = "cannot_speak"
    says = "fisk may not speak in {channels}, or Slack has no such channel."
    hint = "Type `/invite @fisk` there, or correct the id in fisk.toml."
    channels: str
