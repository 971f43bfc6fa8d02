"""What GitHub's 403 is about, where neither a status nor a header tells: by the messages that GitHub documents.

This is the one place that reads them; everybody else goes by the kind of the error.
"""

from __future__ import annotations

from deploy.core.errors import MissingAbility, NotRerunnable, RateLimited, SystemFailure
from deploy.systems.error_mapping import SLOW_DOWN

# Both come with Retry-After or `x-ratelimit-remaining: 0`, by which they are told first (error_mapping.patience).
# A proxy may drop these, and then GitHub asks for a minute.
LIMITS = ("You have exceeded a secondary rate limit", "API rate limit exceeded for ")
# A rerun is refused with 403 for what is wrong with the build, too; these are about the token.
ABOUT_THE_TOKEN = (
    "Resource not accessible by personal access token",
    "Resource not accessible by integration",
    "Must have admin rights to Repository",
    "Resource protected by organization SAML enforcement",
    "Although you appear to have the correct authorization credentials",  # the organisation allows other addresses
)


def or_limit(error: MissingAbility) -> SystemFailure:
    """The error itself, or the limit that it amounts to."""
    return RateLimited(system=error.system, retry_after=SLOW_DOWN) if error.why.startswith(LIMITS) else error


def of_rerun(error: MissingAbility, build: int) -> SystemFailure:
    """The error itself where the token lacks the right; else the build is what GitHub does not run again."""
    if error.why.startswith(ABOUT_THE_TOKEN):
        return error
    return NotRerunnable(system=error.system, build=build, why=error.why)
