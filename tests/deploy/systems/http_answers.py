"""Answers that several tests of the HTTP client play."""

from __future__ import annotations

import httpx

from tests.deploy.systems.played_transport import say

OK = say(200, {"ok": True})
GONE = httpx.ConnectError("All connection attempts failed")
