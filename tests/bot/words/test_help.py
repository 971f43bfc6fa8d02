"""The words of `help`."""

from __future__ import annotations

from bot.words.format import TERMINAL, Format
from bot.words.texts import reply_text
from commands.grammar import help_lines
from commands.help import HelpText

SLACK = Format(slack=True)


def test_help_is_short_and_by_groups() -> None:
    text, offers = reply_text(HelpText(help_lines(""), ""), SLACK)
    assert text.splitlines()[3:] == [
        "*env*  `env list` · `env diff` · `env copy` · `env resume` · `env undo`",
        ("*night*  `changes` · `timeline` · `doctor` · `memory` · `replicas` · `audit` · `access` · `help`"),
        "`/fisk help deploy` explains a command, `/fisk help night` all of a group.",
    ]
    assert (len(text.splitlines()), offers) == (6, ())
    assert "/fisk" not in reply_text(HelpText(help_lines(""), ""), TERMINAL)[0]


def test_the_help_of_a_group_lists_every_command_as_one_types_it() -> None:
    text, _ = reply_text(HelpText(help_lines("look"), "look"), SLACK)
    assert text.startswith("`/fisk status [TARGET]`\n        The whole chain")
    assert text.endswith("`/fisk locks`\n        Who holds what, since when, and why.")


def test_the_help_of_a_command_lists_its_options() -> None:
    assert reply_text(HelpText(help_lines("rollback"), "rollback"), SLACK)[0] == (
        "`/fisk rollback [TARGET] [SHA] [--force] [--reason TEXT] [--break-glass REASON]`\n"
        "Go back to the last release that was proven healthy, or to a named one.\n"
        "`--force`  pass the gates that may be passed; what hangs in Coolify is cancelled\n"
        "`--reason TEXT`  why, for the record\n"
        "`--break-glass REASON`  past approvals, freezes and holds; everybody concerned is told at once"
    )


def test_in_a_thread_help_is_about_lines_as_they_are_typed_there() -> None:
    text, _ = reply_text(HelpText(help_lines("locks"), "locks"), SLACK.within("1764000000.000100"))
    assert text == "`@fisk locks`\nWho holds what, since when, and why."
