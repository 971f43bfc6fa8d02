"""status, where, builds, build and runner, from text to an invocation."""

from __future__ import annotations

import pytest

from commands.grammar import Help, Invocation, parse, usage
from commands.grammar.builds import Builds, CancelBuild, RerunBuild, ShowBuild, StartBuild
from commands.grammar.runner import ShowRunners
from commands.grammar.status import Status, Where
from deploy.core.errors import NotUnderstood

ADDRESS = "https://github.com/Wandeon/FiskAI/actions/runs/19640000103"


@pytest.mark.parametrize(
    ("line", "invocation"),
    [
        ("status", Status("app")),
        ("status staging", Status("staging")),
        ("where 3F2A1B9", Where("3f2a1b9", "app")),
        ("where 3f2a1b9 staging", Where("3f2a1b9", "staging")),
        ("builds", Builds(10)),
        ("builds 3", Builds(3)),
        ("build 3F2A1B9", ShowBuild("3f2a1b9")),
        ("build 19640000103", ShowBuild("19640000103")),
        (f"build {ADDRESS}", ShowBuild(ADDRESS)),
        (f"build <{ADDRESS}>", ShowBuild(ADDRESS)),
        ("build rerun 3f2a1b9", RerunBuild(("3f2a1b9",), failed=False, stop=False)),
        (
            "build rerun 19640000103 3F2A1B9 --failed",
            RerunBuild(("19640000103", "3f2a1b9"), failed=True, stop=False),
        ),
        ("Build Cancel 3f2a1b9", CancelBuild("3f2a1b9")),
        ("build start", StartBuild(no_cache=False)),
        ("build start --of workers", StartBuild(no_cache=False, of="workers")),
        ("builds 3 --of workers", Builds(3, "workers")),
        ("build start \u2014no-cache", StartBuild(no_cache=True)),
        ("runner", ShowRunners()),
        ("build --help", Help("build")),
        ("help build rerun", Help("build rerun")),
    ],
)
def test_a_line_becomes_an_invocation(line: str, invocation: Invocation) -> None:
    assert parse(line) == invocation


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("where", "Usage: `where SHA [TARGET]`."),
        ("where main", "`main` is not a commit: give 4 to 40 of its hex digits."),
        ("builds many", "Usage: `builds [N] [--of TARGET]`."),
        ("builds 0", "Usage: `builds [N] [--of TARGET]`."),
        ("build", "Usage: `build SHA|RUN`."),
        (
            "build main",
            "`main` is neither a commit (4 to 40 hex digits) nor a build's number: `/fisk builds` lists them.",
        ),
        ("build rerun", "Usage: `build rerun SHA|RUN… [--failed] [--stop]`."),
        ("build start now", "Usage: `build start [--no-cache] [--of TARGET]`."),
    ],
)
def test_what_is_wrong_is_said_with_the_usage(line: str, said: str) -> None:
    with pytest.raises(NotUnderstood) as refusal:
        parse(line)
    assert said in str(refusal.value)


def test_only_acts_change_things() -> None:
    changes = {line for line in ("status", "builds", "build 3f2a", "runner") if parse(line).changes}
    acts = ("build rerun 3f2a", "build cancel 3f2a", "build start")
    assert (changes, [parse(line).changes for line in acts]) == (set(), [True] * 3)


def test_the_family_lists_its_verbs() -> None:
    assert usage("build") == "build SHA|RUN|rerun|cancel|start"
