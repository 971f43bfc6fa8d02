"""Coolify's versions, and what each changed."""

from __future__ import annotations

import re
from functools import cache

STABLE = 1_000_000

NO_BUILD_TIME = "4.0.0-beta.427"
RUNTIME_FLAGS = "4.0.0-beta.435"
DIGEST_TAGS = "4.0.0-beta.435"
CANCEL = "4.0.0-beta.436"
FAILURE_IN_ONE_ENTRY = "4.0.0-beta.443"
FAILURE_BETWEEN_RULES = "4.0.0-beta.445"
DEPLOYMENT_QUEUE_LIMIT = "4.0.0-beta.454"
START_NEEDS_DEPLOY = "4.0.0-beta.464"
COMMENT = "4.0.0-beta.464"
KEY_IS_GIT_COMMIT = "4.1.0"
ANY_KEY = "4.1.0"
INVALID_TOKEN_IS_401 = "4.1.2"  # noqa: S105 (a version)
POST_ONLY = "4.2.0"
SHOWN_ONCE_HIDDEN = "4.2.0"
LOG_STAMPS = "4.2.0"
STRICT_KEYS = "4.2.0"
ROLLBACK = "4.3.0"
CANCEL_ANSWERS = "4.3.7"


@cache
def order(version: str) -> tuple[int, ...]:
    """A key that sorts versions; a beta comes before its release."""
    numbers, _, beta = version.partition("-")
    last = int(re.sub(r"\D", "", beta)) if beta else STABLE
    return (*(int(part) for part in numbers.split(".")), last)
