"""The buttons of an error: the lines that its hint names."""

from __future__ import annotations

import re

from deploy.core.actor import Dialog, Offer
from deploy.core.units import cut

SHOWN = 250  # characters of the sentence in a dialog
LINE = re.compile(r"`/fisk ([^`]+)`")
PLACEHOLDER = re.compile(r"\b(?:SHA|TARGET|ID|REASON)\b|\.\.\.|…")
# How a line begins or what is in it → what its button says; the first that fits.
LABELS = {
    r"deploy .*--force": "Deploy all the same",
    r"deploy .*--wait": "Deploy when it is built",
    r"deploy ": "Deploy",
    r"rollback .*--force": "Cancel it and roll back",
    r"rollback\b": "Roll back",
    r"build rerun": "Build it again",
    r"build start": "Start a build",
    r"build cancel": "Cancel the build",
    r"builds$": "Builds",
    r"build ": "Show the build",
    r"buildkit logs": "BuildKit's log",
    r"buildkit recreate": "Recreate",
    r".*--when-idle": "When idle",
    r"(buildkit|runner) .*--force": "Do it all the same",
    r"buildkit restart": "Restart BuildKit",
    r"unlock .*--force": "Take the lock away",
    r"unlock ": "Unlock",
    r"cancel ": "Cancel it",
    r"op .* retry": "Try it again",
    r"op .* abandon": "End it as it is",
    r"op ": "Show it",
    r"logs ": "The app's log",
    r"memory accept": "Go on with this memory",
    r"notify on": "Turn on",
}
DANGER = re.compile(
    r".*--force|rollback|build cancel|buildkit (?:restart|recreate)$|cancel |op .* abandon|memory accept"
)


def offered(sentence: str, hint: str) -> tuple[Offer, ...]:
    """A button for each line that an error's hint names and that is complete."""
    lines = dict.fromkeys(line.strip() for line in LINE.findall(hint))
    return tuple(_offer(line, sentence) for line in lines if not PLACEHOLDER.search(line))


def _offer(line: str, sentence: str) -> Offer:
    label = next((label for begin, label in LABELS.items() if re.match(begin, line)), line.capitalize())
    if not DANGER.match(line):
        return Offer(label, line)
    return Offer(label, line, danger=True, asks=Dialog(cut(sentence, SHOWN), label[:30], "Leave it as it is"))
