"""The forms: one value for each line that asks for more than its name. A new one is a value here, and nothing else."""

from __future__ import annotations

from functools import lru_cache

from bot.slack.modals import choices
from bot.slack.modals.form import VERB, Asking, Choice, Choices, Field, Form
from commands.grammar.builds import CancelBuild, RerunBuild, StartBuild
from commands.grammar.deploys import Deploy, Rollback
from commands.grammar.env import EnvCopy
from commands.grammar.history import Cancel
from commands.grammar.line import rewritten
from commands.grammar.locks import Lock
from commands.grammar.status import Where
from commands.grammar.typed import split
from deploy.core.errors import NotUnderstood


async def _of_builds(_asking: Asking) -> Choices:
    return (
        Choice(RerunBuild.typed, "Run a build again"),
        Choice(StartBuild.typed, "Build the head of the branch"),
        Choice(CancelBuild.typed, "Stop a build"),
    )


def _target(parameter: str = "target") -> Field:
    return Field(
        "target",
        "Target",
        parameter,
        choices=choices.targets,
        at_once=True,
        none="There is no target for which you may.",
    )


def _by_hand(instead: str, parameter: str, hint: str) -> Field:
    return Field("typed", "Another one", parameter, instead=instead, optional=True, hint=hint)


DEPLOY = Form(
    "deploy",
    "Deploy",
    "Deploy",
    (Deploy,),
    (
        _target("to"),
        Field(
            "commit",
            "Commit",
            "ref",
            choices=choices.built,
            follows="target",
            optional=True,
            none="No commit of the branch is built.",
        ),
        _by_hand("commit", "ref", "4 to 40 hex digits, latest, a branch, a tag, or #123"),
        Field("reason", "Reason", optional=True),
    ),
)
ROLLBACK = Form(
    "rollback",
    "Roll back",
    "Roll back",
    (Rollback,),
    (
        _target("words"),
        Field(
            "commit",
            "Release",
            "words",
            choices=choices.releases,
            follows="target",
            optional=True,
            hint="None: the last one before what runs that was proven healthy",
            none="Nothing was proven in it yet.",
        ),
        Field("reason", "Reason", optional=True),
    ),
)
LOCK = Form(
    "lock",
    "Hold a target",
    "Hold it",
    (Lock,),
    (
        _target(),
        Field("reason", "Reason", hint="Everybody who is kept from it reads this"),
        Field("seconds", "For how long", optional=True, hint="30m, 2h or 3d; empty: until it is unlocked"),
    ),
)
ENV_COPY = Form(
    "env copy",
    "Copy variables",
    "Show the plan",
    (EnvCopy,),
    (
        Field("source", "From", choices=choices.applications, at_once=True),
        Field("target", "To", choices=choices.applications, at_once=True),
        Field(
            "only", "Only these keys", optional=True, words=True, hint="As in SMTP_* SENTRY_DSN; empty: all"
        ),
    ),
)
CANCEL = Form(
    "cancel",
    "Cancel",
    "Cancel it",
    (Cancel,),
    (
        Field(
            "operation",
            "What is under way",
            choices=choices.under_way,
            none="Nothing is under way. /fisk history shows what was done.",
        ),
    ),
)
BUILD = Form(
    "build",
    "Builds",
    "Do it",
    (RerunBuild, StartBuild, CancelBuild),
    (
        Field(VERB, "What to do", choices=_of_builds, at_once=True),
        Field("build", "Build", "which", choices=choices.builds, optional=True),
        _by_hand("build", "which", "A commit, or a run's number or address"),
    ),
)
WHERE = Form(
    "where",
    "Where is this commit?",
    "Look",
    (Where,),
    (Field("commit", "Commit", "ref", hint="4 to 40 hex digits, or its page on GitHub"),),
)

FORMS = {form.name: form for form in (DEPLOY, ROLLBACK, LOCK, ENV_COPY, CANCEL, BUILD, WHERE)}


@lru_cache(maxsize=512)
def form_of(text: str) -> Form | None:
    """The form that a line opens which is a verb and nothing else; None for any other line.

    Cached, since every line's ack waits for it, and the same lines are typed again and again.
    """
    try:
        return FORMS.get(" ".join(rewritten(split(text))).lower())
    except NotUnderstood:
        return None
