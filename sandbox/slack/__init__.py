"""A stateful stand-in for Slack: Web API, Socket Mode, signed HTTP, users' actions, and a web page."""

from sandbox.slack.errors import SlackError
from sandbox.slack.limits import Limit
from sandbox.slack.message import Message, Version
from sandbox.slack.page import Control
from sandbox.slack.receipt import Receipt
from sandbox.slack.slack import Slack
from sandbox.slack.workspace import Call, Workspace

__all__ = ["Call", "Control", "Limit", "Message", "Receipt", "Slack", "SlackError", "Version", "Workspace"]
