"""Next steps that stop BuildKit or empty its cache, with what is asked before. Pure."""

from __future__ import annotations

from deploy.core.model import Dialog, Offer
from deploy.core.units import size, typed_size

STOPS = "Nothing can be built until BuildKit answers again, for seconds as a rule. fisk asks again where builds run."
RESTART = Offer(
    "Restart", "buildkit restart", danger=True, asks=Dialog(STOPS, "Restart BuildKit", "Leave it running")
)
RECREATE = Offer(
    "Recreate",
    "buildkit recreate",
    danger=True,
    asks=Dialog(
        "BuildKit's container is made anew as fisk.toml defines it; the old one comes back if the new one does not"
        " answer. fisk asks again where builds run.",
        "Recreate BuildKit",
        "Leave it as it is",
    ),
)
DIES = "Builds that run on BuildKit die of it; those of them that fisk knows it offers to run again."


def stopping_builds(verb: str, label: str, options: str = "") -> Offer:
    """A restart or recreate that does not look at builds first; `options` are appended to its line."""
    asks = Dialog(DIES, f"{verb.capitalize()} BuildKit", "Let them build")
    return Offer(label, f"buildkit {verb} --force{options}", danger=True, asks=asks)


def all_the_same(verb: str) -> Offer:
    return stopping_builds(verb, f"{verb.capitalize()} all the same")


def pruning(keep: int, label: str, options: str = "") -> Offer:
    """A prune to so many bytes that does not look at builds first; `options` likewise."""
    question = (
        f"BuildKit's cache is pruned to {size(keep)}. Builds under way may lose what they need, and builds take longer"
        " until they have filled it again."
    )
    asks = Dialog(question, f"Prune to {size(keep)}", "Leave the cache")
    line = f"buildkit prune --keep {typed_size(keep)} --force{options}"
    return Offer(label, line, danger=True, asks=asks)
