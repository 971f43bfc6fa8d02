"""From text to an invocation."""

from __future__ import annotations

import io
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from commands import grammar
from commands.grammar import Help, Invocation, parse
from commands.grammar.deploys import Deploy, Rollback
from commands.grammar.groups import GROUPS
from commands.grammar.history import Cancel, History, ShowOperation
from commands.grammar.locks import Lock, Locks, Unlock
from commands.grammar.typed import normalise
from deploy.core.errors import NotUnderstood
from deploy.core.visible import visible

PLAIN = Deploy("3f2a1b9", "app", noop=False, force=False, wait=False, reason="")
FORCED = Deploy("3f2a1b9", "app", noop=False, force=True, wait=False, reason="")


@pytest.mark.parametrize(
    ("line", "invocation"),
    [
        ("", Help("")),
        ("help", Help("")),
        ("help deploy", Help("deploy")),
        ("help Deploy", Help("deploy")),
        ("deploy 3f2a1b9", PLAIN),
        ("DEPLOY 3F2A1B9", PLAIN),
        ("deploy latest", Deploy("latest", "app", noop=False, force=False, wait=False, reason="")),
        ("rollback", Rollback((), "")),
        ("rollback a4c9e1f", Rollback(("a4c9e1f",), "")),
        ("rollback app a4c9e1f --force", Rollback(("app", "a4c9e1f"), "", force=True)),
        ("rollback app A4C9E1F --reason slow", Rollback(("app", "a4c9e1f"), "slow")),
        ("lock app we measure", Lock("app", "we measure")),
        ("unlock", Unlock("app", force=False, sure="")),
        ("unlock staging --force --sure D-7K3F", Unlock("staging", force=True, sure="d-7k3f")),
        ("locks", Locks()),
        ("history", History(())),
        ("history app 5", History(("app", "5"))),
        ("op D-7k3f", ShowOperation("d-7k3f")),
        ("cancel d-7k3f", Cancel("d-7k3f")),
    ],
)
def test_every_command_is_understood(line: str, invocation: Invocation) -> None:
    assert parse(line) == invocation


@pytest.mark.parametrize(
    ("line", "invocation"),
    [
        ("deploy `3f2a1b9`", PLAIN),
        ("deploy “3f2a1b9”", PLAIN),
        ("deploy „3f2a1b9“", PLAIN),
        ("deploy\u00a03f2a1b9", PLAIN),
        ("  deploy   3f2a1b9\n", PLAIN),
        ("deploy 3f2a1b9 \u2014force", FORCED),
        ("deploy 3f2a1b9 \u2013force", FORCED),
        ("deploy 3f2a1b9 \u2014\u2014force", FORCED),
        ("lock app “we measure”", Lock("app", "we measure")),
        ("lock app \u2018we measure\u2019", Lock("app", "we measure")),
        ("lock app don\u2019t touch", Lock("app", "don't touch")),
        ("lock app don't touch", Lock("app", "don't touch")),
        ("lock app back at 5 \u2014 promised", Lock("app", "back at 5 \u2014 promised")),
        ("lock app wait --4 me", Lock("app", "wait --4 me")),
        ("lock app wait —for 2h", Lock("app", "wait", 7200)),
    ],
)
def test_what_phones_do_to_a_line_is_undone(line: str, invocation: Invocation) -> None:
    assert parse(line) == invocation


@pytest.mark.parametrize(("mention", "read"), [("<@U1|ana>", "@ana"), ("<@U1>", "U1"), ("<@U1|a b>", "U1")])
def test_a_mention_in_a_reason_is_the_name_that_people_read(mention: str, read: str) -> None:
    assert parse(f"lock app for {mention}") == Lock("app", f"for {read}")


@pytest.mark.parametrize("mention", ["<@U1|ana>", "<@U1>"])
def test_where_it_counts_who_somebody_is_a_mention_is_the_id(mention: str) -> None:
    assert normalise(f"access check {mention} lock app x") == "access check U1 lock app x"


def test_a_channel_is_its_name() -> None:
    assert normalise("see <#C1|deploys> and <#C2>") == "see #deploys and C2"


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("deploi 3f2a1b9", "`deploi` is not a command. Did you mean `deploy`?"),
        ("frobnicate", "`frobnicate` is not a command."),
        (
            "deploy 3f2",
            "`3f2` is not a commit: give 4 to 40 of its hex digits, `latest`, a branch, a tag, or `#123`.",
        ),
        ("deploy newest", "`newest` is no commit. Did you mean `/fisk deploy latest`?"),
        (
            "deploy",
            "Which commit? `/fisk deploy latest` takes the newest image; `/fisk builds` lists the commits.",
        ),
        (
            "deploy 3f2a1b9 --reson x",
            (
                "No such option `--reson`. Did you mean `--reason`? Usage: `deploy SHA|latest|BRANCH|#PR [--to TARGET]"
                " [--noop] [--force] [--wait] [--newest] [--at 07:00] [--in 30m] [--reason TEXT]"
                " [--break-glass REASON]`."
            ),
        ),
        (
            "deploy 3f2a1b9 --at 07:00 --in 30m",
            "A deploy waits until a time (`--at`) or for some time (`--in`), not both.",
        ),
        (
            "deploy 3f2a1b9 --in soon",
            "`soon` is no duration: give one as `30m`, `2h` or `3d`, at most `90d`.",
        ),
        ("deploy 3f2a1b9 --to", "Option `--to` requires an argument."),
        ("lock", "Missing argument `TARGET`. Usage: `lock TARGET [REASON] [--for 2h] [--until 07:00]`."),
        (
            "unlock app now",
            "Got unexpected extra argument (now). Usage: `unlock [TARGET] [--force]`.",
        ),
        ("rollback a b c", "`c` is one word too many."),
        ("rollback app <!here>", "`<!here>` is not a commit: give 4 to 40 of its hex digits."),
        ("rollback app latest", "`latest` is not a commit: give 4 to 40 of its hex digits."),
        ("follow on", "Which target? `/fisk follow TARGET on`."),
        ("follow staging of", "`of` is not on or off. Did you mean `off`?"),
        ("promote a b c", "`c` is one word too many."),
        ("history a b c", "`c` is one word too many."),
        ("help frobnicate", "There is no command `frobnicate`."),
        ("help deploi", "There is no command `deploi`. Did you mean `deploy`?"),
        (
            "op d-1 abandom",
            "`abandom` is nothing that can be done with an operation: `retry` and `abandon` are.",
        ),
        ("--", "Missing command."),
    ],
)
def test_a_line_that_is_not_understood_says_what_is_wrong(line: str, sentence: str) -> None:
    with pytest.raises(NotUnderstood) as refusal:
        parse(line)
    assert str(refusal.value) == sentence
    assert refusal.value.failure.hint == "`/fisk help` lists the commands."


@pytest.mark.parametrize(
    "line", ["deploy --help", "deploy 3f2a1b9 -h", "--help", "Deploy --help", "help --help"]
)
def test_help_is_found_anywhere_in_a_line(line: str) -> None:
    assert parse(line) == Help("deploy" if "eploy" in line else "")


def test_help_inside_a_quoted_reason_is_a_reason() -> None:
    assert parse('lock app "see --help"') == Lock("app", "see --help")


def test_words_from_a_terminal_are_not_split_again() -> None:
    assert parse(["lock", "app", "it's 5 o'clock"]) == Lock("app", "it's 5 o'clock")


words = st.sampled_from(
    [
        *grammar.tree.commands,
        "3f2a1b9",
        "latest",
        "--to",
        "--force",
        "-h",
        "--",
        "=",
        "'",
        '"',
        "“",
        "\u2014",
        "\\",
        "<@U1|a>",
    ]
)
seen_text = st.text().map(visible)  # what nobody sees is not read, so that no line has it
deploys = st.builds(
    Deploy,
    st.sampled_from(["3f2a1b9", "latest"]),
    st.sampled_from(["app", "shop two", "-x"]),
    noop=st.booleans(),
    force=st.booleans(),
    wait=st.booleans(),
    reason=st.one_of(words, seen_text),
    break_glass=st.one_of(st.just(""), words.map(str.strip).filter(bool)),
    newest=st.booleans(),
)
at_a_time = st.builds(replace, deploys, at=st.sampled_from(["07:00", "Mon 07:00", "2026-12-01T07:00"]))
after_a_time = st.builds(replace, deploys, after=st.sampled_from(["30m", "2h", "3d"]))
rollbacks = st.builds(Rollback, st.sampled_from([(), ("app",), ("app", "a4c9e1f")]), seen_text)


@given(st.one_of(deploys, at_a_time, after_a_time, rollbacks))
def test_the_line_of_a_deploy_is_read_back_as_the_same(it: Deploy | Rollback) -> None:
    assert grammar.again(it.line) == it


def test_a_line_of_fisks_own_that_was_cut_off_is_not_understood() -> None:
    with pytest.raises(NotUnderstood) as refusal:
        grammar.again("deploy 3f2a1b9 --reason='VAT is")
    assert str(refusal.value) == (
        "`deploy 3f2a1b9 --reason='VAT is` is not a whole line: a quote in it does not end."
    )


def test_trying_out_changes_nothing_and_deploying_does() -> None:
    assert not parse("deploy 3f2a1b9 --noop").changes
    assert {name for name in grammar.tree.commands if _an_example(name).changes} == {
        "deploy",
        "skip",
        "rollback",
        "promote",
        "lock",
        "unlock",
        "cancel",
        "approve",
        "reject",
    }


EXAMPLES = {
    "logs": "logs app",
    "deploy": "deploy latest",
    "lock": "lock app why",
    "op": "op d-7k3f",
    "cancel": "cancel d-7k3f",
    "skip": "skip w-7k3f",
    "where": "where 3f2a1b9",
    "build": "build 3f2a1b9",
    "env": "env list app",
    "approve": "approve a-7k3f",
    "reject": "reject a-7k3f",
    "access": "access check U1 deploy latest",
}


def _an_example(name: str) -> Invocation:
    return parse(EXAMPLES.get(name, name))


def test_the_list_of_commands_explains_each_of_them() -> None:
    lines = grammar.help_lines()
    assert [usage.split()[0] for usage, _ in lines] == list(grammar.tree.commands)
    assert all(summary.endswith(".") for _, summary in lines)


def test_every_command_is_in_one_group() -> None:
    verbs = [verb for group in GROUPS for verb in group.verbs if not verb.startswith("env ")]
    assert sorted([*verbs, "env"]) == sorted(grammar.tree.commands)


def test_a_group_explains_each_of_its_commands() -> None:
    assert parse("help night") == Help("night")
    assert [usage.split()[0] for usage, _ in grammar.help_lines("night")] == [
        *["changes", "timeline", "doctor", "memory", "replicas", "audit", "access", "help"]
    ]
    assert grammar.help_lines("deploy")[0][0].startswith("deploy SHA")


def test_the_help_of_a_command_explains_each_of_its_options() -> None:
    assert grammar.help_lines("unlock") == (
        ("unlock [TARGET] [--force]", "Lift a hold."),
        ("--force", "take the lock away from an operation that cannot end"),
    )


lines = st.one_of(st.text(), st.lists(st.one_of(words, st.text(max_size=5))).map(" ".join))


@given(lines)
def test_any_text_is_parsed_or_not_understood_and_nothing_is_printed(line: str) -> None:
    out = io.StringIO()
    with redirect_stdout(out), redirect_stderr(out):
        try:
            assert isinstance(parse(line), Invocation)
        except NotUnderstood as refusal:
            assert refusal.failure.sentence  # noqa: PT017 (either is right)
    assert out.getvalue() == ""


@given(st.lists(st.one_of(words, st.text(max_size=8))))
def test_any_words_are_parsed_or_not_understood(args: list[str]) -> None:
    with suppress(NotUnderstood):
        assert isinstance(parse(args), Invocation)


@given(lines)
def test_normalising_twice_is_normalising_once(line: str) -> None:
    once = normalise(line)
    assert normalise(once) == once
