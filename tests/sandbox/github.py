"""Gaps of GitHub's published contract, and the paths that tests request."""

from __future__ import annotations

REPO = "/repos/Wandeon/FiskAI"
RUNS = f"{REPO}/actions/workflows/build.yml/runs"

# What GitHub answers without its contract saying so.
DIFFERENCES = {
    r"documents no 401": "a bad token is refused everywhere",
    r"documents no 403": "and so is one that asked too often",
    r"documents no 429": "the secondary limit may come as a 429 too",
    r"documents no 304": "any GET may be conditional",
    r"runs documents no 404|jobs documents no 404|logs documents no 404": "unknown workflows, runs and jobs",
    r"/orgs/\S+ documents no 404": "the owner is a user, or the token may not know of the organisation",
    r"logs documents no 410": "logs expire",
    r"deployments documents no JSON body for 409": "but it has one, with the reason",
}
