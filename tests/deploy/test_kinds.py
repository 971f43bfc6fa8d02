"""A kind of operation is defined by one complete value."""

from __future__ import annotations

import inspect
import subprocess
import sys
from dataclasses import fields, is_dataclass, replace

import pytest

from bot.words.format import TERMINAL
from bot.words.progress import headline
from bot.words.texts import outcome_text
from bot.words.timeline import Timeline
from deploy.access.arguments import ApprovalArguments
from deploy.buildkit import arguments as buildkit
from deploy.builds.arguments import CancelArguments, RerunArguments, StartArguments
from deploy.core.model import Actor, Arguments, Opaque, Origin, Resource
from deploy.core.outcomes import ENDS
from deploy.deploys.arguments import (
    BakeArguments,
    DeployArguments,
    LaterArguments,
    PutBackArguments,
    RollbackArguments,
    WaitArguments,
)
from deploy.engine.kind import FIELD, Kind, Plan, fill
from deploy.engine.records import Records
from deploy.env.order import Order
from deploy.groups.arguments import GroupArguments
from deploy.kinds import KINDS
from deploy.releases.arguments import FollowArguments, PromoteArguments
from deploy.runner import arguments as runner
from deploy.systems.coolify.values import Owner

HEAVY = ("httpx", "paramiko", "cryptography", "slack_bolt")
ORDER = Order(Owner("1", "fiskai-app", (), "app"), Owner("2", "fiskai-staging", (), "staging"))
EXAMPLES: dict[str, tuple[Arguments, str, tuple[str, ...]]] = {
    "deploy": (DeployArguments("app", "3f2a1b94c"), "is deploying 3f2a1b9 to app", ("app:app",)),
    "rollback": (RollbackArguments("app", "a4c9e1f"), "is rolling back app", ("app:app",)),
    "promote": (
        PromoteArguments("app", "3f2a1b9", "staging"),
        "is promoting 3f2a1b9 from staging to app",
        ("app:app",),
    ),
    "follow": (
        FollowArguments("staging", "3f2a1b94c", "main"),
        "is deploying 3f2a1b9 to staging, which follows main",
        ("app:staging",),
    ),
    "wait": (WaitArguments("app", "9c41d07"), "is waiting to deploy 9c41d07 to app", ()),
    "later": (
        LaterArguments("app", "3f2a1b94c", at=1_790_000_000.0),
        "is to deploy 3f2a1b9 to app at 2026-09-21T14:13Z",
        (),
    ),
    "bake": (BakeArguments("app", "9c41d07"), "is baking 9c41d07 in app", ()),
    "put back": (
        PutBackArguments("app", "9c41d07"),
        "is putting back what ran in app before 9c41d07",
        ("app:app",),
    ),
    "group": (
        GroupArguments("release", (("workers", "77aa001b2"), ("app", "3f2a1b94c"))),
        "is deploying 77aa001 to workers, 3f2a1b9 to app, as release",
        ("app:workers", "app:app"),
    ),
    "build rerun": (RerunArguments(7, "9c41d07"), "is running again the build of 9c41d07", ("build:7",)),
    "build cancel": (CancelArguments(7, "9c41d07"), "is stopping the build of 9c41d07", ("build:7",)),
    "build start": (
        StartArguments("build.yml"),
        "is starting a build by build.yml",
        ("workflow:build.yml",),
    ),
    "buildkit restart": (
        buildkit.RestartArguments("vps01"),
        "is restarting BuildKit on vps01",
        ("buildkit:vps01",),
    ),
    "buildkit recreate": (
        buildkit.RecreateArguments("vps01"),
        "is making BuildKit anew on vps01",
        ("buildkit:vps01",),
    ),
    "buildkit prune": (
        buildkit.PruneArguments("vps01"),
        "is pruning BuildKit's cache on vps01",
        ("buildkit:vps01",),
    ),
    "runner restart": (runner.RestartArguments("vps"), "is restarting the runner vps", ("runner:vps",)),
    "approval": (
        ApprovalArguments(
            "{}", "deploy 3f2a1b9", Plan("deploy", "mark"), 1, ("app",), 9.0, Origin("terminal")
        ),
        "is asking others to approve deploy 3f2a1b9",
        (),
    ),
    "env copy": (ORDER, "is copying variables to staging", ("env:2", "app:staging")),
    "env undo": (ORDER, "is putting back the variables of staging", ("env:2", "app:staging")),
}


def known(kind: Kind) -> tuple[Arguments, str, tuple[str, ...]]:
    assert kind.name in EXAMPLES, "give the new kind an example here"
    return EXAMPLES[kind.name]


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_kind_is_whole(kind: Kind) -> None:
    arguments, busy, locks = known(kind)
    operation = kind.operation(arguments, 1.0, actor=Actor("U1", "ana"), origin=Origin("terminal"))
    records = Records(KINDS)

    assert list(inspect.signature(kind.story).parameters) == ["world", "op"]
    assert inspect.iscoroutinefunction(kind.story)
    assert is_dataclass(kind.arguments)
    assert type(arguments) is kind.arguments
    assert tuple(map(str, kind.locks(arguments))) == locks
    assert fill(kind.busy, arguments) == KINDS.busy(operation) == busy
    lasts = "" if isinstance(arguments, LaterArguments) else " · 0 s"
    assert headline(operation, Timeline(), 1.0, TERMINAL).endswith(f" · @ana{lasts}")
    assert "{" not in fill(kind.doing, arguments) + fill(kind.busy, arguments)
    for name in FIELD.findall(kind.doing + kind.busy):
        assert name == "what" or hasattr(arguments, name)
    assert kind.planned
    assert [step.name for step in kind.steps if not step.by] == [], "op ID says who told each step's note"
    assert kind.opening in {"", kind.steps[0].name}
    assert {each.name for each in fields(operation)} >= {"arguments", "resources", "line", "usual"}
    assert records.operation(records.dump_operation(operation)) == operation
    for outcome in (*ENDS, *kind.outcomes):
        assert outcome_text.dispatch(outcome) is not outcome_text.dispatch(object)


def test_a_kind_that_nobody_knows_is_shown_and_named() -> None:
    operation = KINDS["deploy"].operation(
        DeployArguments("app"), 1.0, actor=Actor("U1", "ana"), origin=Origin("terminal")
    )
    records = Records(KINDS)
    text = records.dump_operation(replace(operation, kind="teleport"))
    read = records.operation(text)
    assert (read.kind, read.arguments) == ("teleport", Opaque('{"target": "app", "ref": "", "force": false}'))
    assert read.resources == (Resource("app", "app"),)
    assert KINDS.busy(read) == "is at work on app (teleport)"
    assert headline(read, Timeline(), 1.0, TERMINAL) == "Teleport · @ana · 0 s"


def test_arguments_in_a_form_that_this_fisk_does_not_know_stay_opaque() -> None:
    operation = KINDS["deploy"].operation(
        DeployArguments("app"), 1.0, actor=Actor("U1"), origin=Origin("terminal")
    )
    records = Records(KINDS)
    newer = records.dump_operation(operation).replace('"target":"app"', '"targets":["app","workers"]')
    assert isinstance(records.operation(newer).arguments, Opaque)


def test_a_part_of_a_template_in_brackets_is_left_out_where_a_field_in_it_is_empty() -> None:
    template = "Rolling {target} back[ to {what}]"
    assert fill(template, RollbackArguments("app")) == "Rolling app back"
    assert fill(template, RollbackArguments("app", "a4c9e1f00")) == "Rolling app back to a4c9e1f"
    assert fill(template, RollbackArguments("app"), "a4c9e1f “VAT”") == "Rolling app back to a4c9e1f “VAT”"


def test_knowing_all_kinds_loads_nothing_heavy() -> None:
    code = f"import sys; import deploy.kinds; print([name for name in {HEAVY!r} if name in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert told.stdout == "[]\n"
