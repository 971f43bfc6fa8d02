"""The terminal: exit statuses, JSON, and no needless imports at the start."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot import __version__
from bot.cli import main
from bot.cli.main import DONE, FAILED, REFUSED, USAGE, Options, run, show_error, status
from commands import grammar
from deploy.access.errors import NotAllowed
from deploy.core import errors
from deploy.core.model import Offer
from deploy.deploys.errors import NotBuilt

ROOT = Path(__file__).parents[3]
A_TARGET = '[targets.app]\nimage = "ghcr.io/x/app"\napp = "uuid"\nhealth = "https://app.example/health"\n'
HEAVY = {"pydantic", "httpx", "redis", "slack_bolt", "slack_sdk", "aiohttp", "asyncio", "prometheus_client"}


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("line", ["help", "deploi", "--version"])
def test_what_needs_nothing_loads_nothing_heavy(line: str) -> None:
    program = (
        "import sys; from bot.cli.main import run; run(sys.argv[1:]);"
        f"print(sorted({HEAVY!r} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, line],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_help_lists_every_command_and_the_terminals_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["help"]) == DONE
    out = capsys.readouterr().out
    for name in (*grammar.tree.commands, *main.TERMINAL_ONLY):
        assert name in out
    assert "/fisk" not in out
    assert all(f"fisk {name}" in out for name in main.TERMINAL_ONLY)


def test_no_words_at_all_are_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == DONE
    assert capsys.readouterr().out.startswith("look    status · where · logs")


def test_the_help_of_a_command_lists_its_options(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rollback", "--help"]) == DONE
    assert capsys.readouterr().out == (
        "fisk rollback [TARGET] [SHA] [--force] [--reason TEXT] [--break-glass REASON]\n"
        "Go back to the last release that was proven healthy, or to a named one.\n"
        "  --force          pass the gates that may be passed; what hangs in Coolify is cancelled\n"
        "  --reason TEXT    why, for the record\n"
        "  --break-glass REASON past approvals, freezes and holds; everybody concerned is told at once\n"
    )


def test_a_misspelt_line_says_so_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["deploi"]) == USAGE
    assert capsys.readouterr() == (
        "",
        "`deploi` is not a command. Did you mean `deploy`?\n`fisk help` lists the commands.\n",
    )


def test_with_json_an_error_is_one_object_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["deploi", "--json"]) == USAGE
    out, err = capsys.readouterr()
    assert json.loads(out)["error"] == {
        "code": "not_understood",
        "sentence": "`deploi` is not a command. Did you mean `deploy`?",
        "hint": "`fisk help` lists the commands.",
        "offers": [{"label": "Help", "command": "help", "danger": False, "asks": None}],
    }
    assert err == ""


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--version"], {"version": __version__}),
        (
            ["help", "unlock"],
            {
                "lines": [
                    ["unlock [TARGET] [--force]", "Lift a hold."],
                    ["--force", "take the lock away from an operation that cannot end"],
                ],
                "topic": "unlock",
            },
        ),
    ],
)
def test_with_json_help_and_version_are_one_object_too(
    words: list[str], told: object, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*words, "--json"]) == DONE
    assert json.loads(capsys.readouterr().out) == told


def test_a_line_that_is_no_text_is_not_understood(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lock", "app", os.fsdecode(b"caf\xe9")]) == USAGE
    assert capsys.readouterr() == ("", "That line is not all UTF-8.\n`fisk help` lists the commands.\n")


@pytest.mark.parametrize("words", [["run", "now"], ["check", "--all"], ["manifest", "x"], ["check", "--yes"]])
def test_the_terminals_own_commands_take_no_arguments(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words) == USAGE
    assert capsys.readouterr().err.startswith(f"`fisk {words[0]}` takes no arguments.")


@pytest.mark.parametrize(
    ("error", "exit_status"),
    [
        (errors.NotUnderstood(what="x"), USAGE),
        (NotAllowed(verb="deploy", why="why", line="line"), REFUSED),
        (errors.UnknownTarget(target="x", known="app"), REFUSED),
        (errors.CommitNotFound(ref="x", repository="y"), REFUSED),
        (NotBuilt(sha="x", why="y", instead="z"), REFUSED),
        (errors.ServerFault(system="Coolify", status=500), FAILED),
        (errors.StateUnavailable(where="here"), FAILED),
        (errors.BadSettings(why="x"), FAILED),
        (errors.Internal(kind="x"), FAILED),
    ],
)
def test_each_error_has_its_exit_status(error: errors.FiskError, exit_status: int) -> None:
    assert status(error) == exit_status


def test_the_hint_is_said_as_one_types_it_here(capsys: pytest.CaptureFixture[str]) -> None:
    assert show_error(errors.NotHeld(target="app"), Options()) == REFUSED
    assert capsys.readouterr().err == "Nobody holds app.\n`fisk locks` shows who holds what.\n"


def test_what_a_system_says_of_itself_is_not_obeyed_by_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show_error(errors.Rejected(system="Coolify", why="\x1b]52;c;cm0gLXJm\x07no"), Options())
    assert capsys.readouterr().err == (
        "Coolify rejected the request: ]52;c;cm0gLXJmno.\n"
        "fisk and this version of Coolify do not fit; please report it with the operation's id.\n"
    )


def test_what_an_error_offers_beyond_its_hint_is_said_as_lines_to_type(
    capsys: pytest.CaptureFixture[str],
) -> None:
    offers = (Offer("Deploy after it", "deploy 3f2a1b9 --to app --wait"), Offer("Show it", "op d-1"))
    error = errors.Locked(holder="@ana", activity="is deploying", operation="d-1", offers=offers)
    assert show_error(error, Options()) == REFUSED
    assert capsys.readouterr().err == (
        "Not started: @ana is deploying.\nWait for it, or look at it: `fisk op d-1`.\n"
        "  Deploy after it: fisk deploy 3f2a1b9 --to app --wait\n"
    )
    assert show_error(error, Options(as_json=True)) == REFUSED
    assert json.loads(capsys.readouterr().out)["error"]["offers"] == [
        {
            "label": "Deploy after it",
            "command": "deploy 3f2a1b9 --to app --wait",
            "danger": False,
            "asks": None,
        },
        {"label": "Show it", "command": "op d-1", "danger": False, "asks": None},
    ]


def test_what_would_steer_a_terminal_is_left_out_whoever_prints_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main.show("a \x1b[2Jtitle\x07 \u202egnp.exe\tand\nmore")
    assert capsys.readouterr().out == "a [2Jtitle gnp.exe\tand\nmore\n"


# --- whoever reads, and how


def fisk(*words: str, **how: Any) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-m", "bot", *words], cwd=ROOT, check=False, timeout=20, **how)


def test_a_reader_that_has_gone_is_no_failure() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = fisk("help", stdout=writing, stderr=subprocess.PIPE)
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (DONE, b"")


@pytest.mark.parametrize("closed", [1, 2])
def test_an_output_that_is_closed_is_no_failure(closed: int) -> None:
    done = fisk("deploi", stderr=subprocess.PIPE, preexec_fn=lambda: os.close(closed))
    assert (done.returncode, b"Traceback" in done.stderr) == (USAGE, False)


def test_output_that_finds_no_room_is_said_to_be_lost() -> None:
    with Path("/dev/full").open("wb") as full:
        done = fisk("help", stdout=full, stderr=subprocess.PIPE)
    assert done.stderr == b"The rest of the output is lost: No space left on device.\n"


def test_a_terminal_without_unicode_gets_question_marks() -> None:
    program = "from bot.cli import main as terminal; terminal._open_outputs(); terminal.show('✓ gates')"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=True,
        timeout=20,
    )
    assert done.stdout == b"? gates\n"


def test_the_manifest_is_printed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["manifest"]) == DONE
    assert json.loads(capsys.readouterr().out)["display_information"]["name"] == "fisk"


def test_running_without_tokens_says_which_setting_is_missing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "fisk.toml").write_text(A_TARGET)
    monkeypatch.setenv("FISK_GITHUB_REPOSITORY", "x/app")
    assert run(["run"]) == FAILED
    assert capsys.readouterr().err.startswith("The settings do not fit: FISK_SLACK_BOT_TOKEN is empty.")


@pytest.mark.parametrize("word", ["run", "check", "locks"])
def test_without_a_repository_all_that_works_on_it_names_the_setting(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, word: str
) -> None:
    (tmp_path / "fisk.toml").write_text(A_TARGET)
    assert run([word]) == FAILED
    said, _ = capsys.readouterr().err.splitlines()
    assert said == (
        "The settings do not fit: FISK_GITHUB_REPOSITORY is empty: it names the repository, OWNER/NAME."
    )


@pytest.mark.parametrize("word", ["help", "manifest", "key"])
def test_what_needs_no_repository_works_without_one(capsys: pytest.CaptureFixture[str], word: str) -> None:
    assert run([word]) == DONE
    assert capsys.readouterr().out


@pytest.mark.parametrize("word", ["run", "check", "locks"])
@pytest.mark.parametrize(
    ("structure", "why"),
    [(None, "; there is no such file"), ("[access]\n", "")],
    ids=["without fisk.toml", "with a fisk.toml that names none"],
)
def test_without_targets_all_that_works_on_them_names_the_file_where_they_belong(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, word: str, structure: str | None, why: str
) -> None:
    if structure:
        (tmp_path / "fisk.toml").write_text(structure)
    before = list(tmp_path.iterdir())
    assert run([word]) == FAILED
    assert capsys.readouterr().err == (
        f"The settings do not fit: no targets in {tmp_path}/fisk.toml{why}.\n"
        "`fisk init` asks for them and writes them, `fisk check` tries them; `.env.example` and `fisk.example.toml`"
        " list all.\n"
    )
    assert list(tmp_path.iterdir()) == before


def test_the_file_without_targets_is_named_as_the_settings_name_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".env").write_text("FISK_CONFIG=~/other.toml\n")
    assert run(["run"]) == FAILED
    said, _ = capsys.readouterr().err.splitlines()
    assert said == f"The settings do not fit: no targets in {tmp_path}/other.toml; there is no such file."
