"""Lines written from the values of a verb's parameters, and the values that are refused."""

from __future__ import annotations

import pytest

from commands.grammar import Invocation, again
from commands.grammar.builds import RerunBuild, StartBuild
from commands.grammar.deploys import Deploy, Rollback
from commands.grammar.env import EnvCopy
from commands.grammar.history import Cancel
from commands.grammar.locks import Lock
from commands.grammar.pasted import commit_in
from commands.grammar.written import Value, refused, with_gaps, written

LINES: list[tuple[type[Invocation], dict[str, Value], str]] = [
    (Deploy, {"ref": "3f2a1b9", "to": "app"}, "deploy 3f2a1b9 --to app"),
    (
        Deploy,
        {"ref": "main", "to": "app", "noop": True, "reason": "it's VAT"},
        """deploy main --to app --noop --reason='it'"'"'s VAT'""",
    ),
    (Rollback, {"words": ("app", "3f2a1b9"), "reason": "-x"}, "rollback app 3f2a1b9 --reason=-x"),
    (Lock, {"target": "app", "reason": "we measure", "seconds": "2h"}, "lock app 'we measure' --for 2h"),
    (
        EnvCopy,
        {"source": "app", "target": "staging", "only": ("SMTP_*", "DSN")},
        "env copy app staging --only 'SMTP_*' --only DSN",
    ),
    (RerunBuild, {"which": ("77be0f2", "3f2a1b9")}, "build rerun 77be0f2 3f2a1b9"),
    (StartBuild, {}, "build start"),
    (Cancel, {"operation": "d-7k3f"}, "cancel d-7k3f"),
]


@pytest.mark.parametrize(("verb", "values", "line"), LINES, ids=[line for *_, line in LINES])
def test_a_line_is_written_as_one_would_type_it_and_read_back(
    verb: type[Invocation], values: dict[str, Value], line: str
) -> None:
    assert written(verb.typed, verb.command, values) == line
    assert refused(verb.command, values) is None
    assert isinstance(again(line), verb)


REFUSED: list[tuple[type[Invocation], dict[str, Value], tuple[str, str]]] = [
    (Deploy, {}, ("ref", "This is needed.")),
    (Deploy, {"ref": "--force"}, ("ref", "It begins with a dash, as only options do.")),
    (
        Deploy,
        {"ref": "12"},
        (
            "ref",
            "`12` is not a commit: give 4 to 40 of its hex digits, `latest`, a branch, a tag, or `#123`.",
        ),
    ),
    (
        Rollback,
        {"words": ("app", "main")},
        ("words", "`main` is not a commit: give 4 to 40 of its hex digits."),
    ),
    (
        Lock,
        {"target": "app", "seconds": "soon"},
        ("seconds", "`soon` is no duration: give one as `30m`, `2h` or `3d`, at most `90d`."),
    ),
]


@pytest.mark.parametrize(("verb", "values", "why"), REFUSED, ids=[str(why) for *_, why in REFUSED])
def test_what_the_grammar_refuses_is_told_with_its_parameter(
    verb: type[Invocation], values: dict[str, Value], why: tuple[str, str]
) -> None:
    found = refused(verb.command, values)
    assert found is not None
    assert (found[0], found[1]) == why


def test_what_is_still_needed_stands_in_a_line_as_usage_has_it() -> None:
    assert (
        written("deploy", Deploy.command, with_gaps(Deploy.command, {"to": "app"})) == "deploy SHA --to app"
    )


@pytest.mark.parametrize(
    ("text", "commit"),
    [
        ("is 3f2a1b9 live?", "3f2a1b9"),
        ("<https://github.com/wandeon/fiskai/commit/3F2A1B9D|this one> broke it", "3f2a1b9d"),
        ("`3f2a1b9`.", "3f2a1b9"),
        ("the bad cafe of 2026", ""),
        ("deadbeefdeadbeefdeadbeefdeadbeefdeadbeefdead is too long", ""),
        ("", ""),
    ],
)
def test_the_commit_that_a_message_names(text: str, commit: str) -> None:
    assert commit_in(text) == commit
