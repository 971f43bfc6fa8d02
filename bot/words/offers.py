"""Next steps that stop something, with what is asked before."""

from __future__ import annotations

from bot.words.format import Format
from deploy.access.refusing import name
from deploy.buildkit.outcomes import BuildKitPutBack
from deploy.core.model import Build, Dialog, Offer, Operation, short
from deploy.deploys.outcomes import PutBack
from deploy.env.outcomes import EnvPutBack
from deploy.kinds import KINDS

PLAIN = Format(slack=True)  # a dialog has no markup, and so no reader's own zone
PUT_BACK = (PutBack, BuildKitPutBack, EnvPutBack)


def stop(operation: Operation, label: str = "Cancel", step: str = "") -> Offer:
    """Ask an operation to stop; `step`: where it is, where that is known."""
    at = f", at step {step}" if step else ""
    question = f"{name(operation.actor)} {KINDS.busy(operation)}{at}. Stop that? {_becomes(operation)}"
    asks = Dialog(PLAIN.plain(question), "Stop it", "Let it run")
    return Offer(label, f"cancel {operation.id}", danger=True, asks=asks)


def _becomes(operation: Operation) -> str:
    """What becomes of what it changed."""
    kind = KINDS.get(operation.kind)
    if kind is None:
        return "Whether what it changed is put back is not known."
    if any(each in kind.outcomes for each in PUT_BACK):
        return "What it changed is put back."
    return "What it changed by then stays." if kind.acting else "It has changed nothing."


def take_back(operation: Operation) -> Offer:
    """Stop asking for approval."""
    question = f"{name(operation.actor)} asked for approval. Take the question back? Nothing is begun then."
    asks = Dialog(question, "Take it back", "Let it wait")
    return Offer("Take it back", f"cancel {operation.id}", danger=True, asks=asks)


def reject(operation: Operation, wants: str) -> Offer:
    question = f"{name(operation.actor)} wants to {wants}. Reject that? Then nothing is begun."
    asks = Dialog(question, "Reject it", "Let it wait")
    return Offer("Reject", f"reject {operation.id}", danger=True, asks=asks)


def stop_build(build: Build) -> Offer:
    question = f"The build of {short(build.sha)} is under way. Cancel it? It can be run again."
    asks = Dialog(question, "Cancel the build", "Let it build")
    return Offer("Cancel the build", f"build cancel {build.id}", danger=True, asks=asks)
