"""A line from the terminal, run in this process if no bot is running."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.cli import console
from bot.cli.console import Console, who
from bot.cli.main import DONE, FAILED, REFUSED, Options
from bot.cli.views import Lines
from commands.dispatch import dispatch
from commands.grammar import parse
from commands.reply import Started
from commands.request import Request
from deploy.core.model import Actor, Operation, Origin
from tests.bot.cli.terminal import Do, do, parts, world

if TYPE_CHECKING:
    from bot.app.wiring import Parts

__all__ = ["do", "parts", "world"]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A person's side of a terminal, of which the other one is the standard input."""
    person, fisk = os.openpty()
    with os.fdopen(fisk) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        yield person
    os.close(person)


async def _begun(parts: Parts, line: str) -> Operation:
    """An operation that nobody runs."""
    request = Request(parse(line), line, who(), Origin("terminal"))
    reply = await dispatch(request, parts.submitting())
    assert isinstance(reply, Started)
    return reply.operation


async def test_a_deploy_runs_here_and_tells_each_step(do: Do, capsys: pytest.CaptureFixture[str]) -> None:
    assert await do("deploy 3f2a1b9") == DONE
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith(": deploy 3f2a1b9")
    assert lines[1] == "No bot took it, so it runs here."
    assert [line for line in lines if line.startswith("✓ prove")]
    assert [line for line in lines if line.startswith("✓ app runs 3f2a1b9: deployed in ")]
    assert lines[-2] == "  Roll back: fisk rollback app a4c9e1f"


async def test_with_json_a_deploy_is_one_object(do: Do, capsys: pytest.CaptureFixture[str]) -> None:
    assert await do("deploy 3f2a1b9", as_json=True) == DONE
    told = json.loads(capsys.readouterr().out)
    assert (told["status"], told["outcome"]["outcome"]) == ("done", "deployed")
    assert told["operation"].startswith("d-")


async def test_a_failed_deploy_is_put_back_and_exits_1(do: Do, capsys: pytest.CaptureFixture[str]) -> None:
    assert await do("deploy e02d8aa --force", as_json=True) == FAILED
    assert json.loads(capsys.readouterr().out)["outcome"]["outcome"] == "put_back"


async def test_a_refused_deploy_exits_3(do: Do, capsys: pytest.CaptureFixture[str]) -> None:
    assert await do("deploy b7d0c5e") == REFUSED
    assert "The nearest built commit is 3f2a1b9" in capsys.readouterr().out


async def test_what_is_over_is_shown_and_its_exit_status_is_its_own(
    do: Do, capsys: pytest.CaptureFixture[str]
) -> None:
    await do("deploy b7d0c5e", as_json=True)
    refused = json.loads(capsys.readouterr().out)["operation"]
    assert await do(f"op {refused}") == DONE
    plain = capsys.readouterr().out.splitlines()
    assert await do(f"op {refused} --follow") == REFUSED
    assert capsys.readouterr().out.splitlines()[1:] == plain[1:]  # the first says how long ago


async def test_whoever_only_looks_on_stops_nothing_by_leaving(
    do: Do, parts: Parts, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    held = await _begun(parts, "deploy 3f2a1b9")
    begin = Lines.begin

    def leaving(self: Lines, operation: Operation) -> None:
        begin(self, operation)
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(Lines, "begin", leaving)
    assert await do(f"op {held.id} --follow") == FAILED
    assert capsys.readouterr() == (f"{held.id}: deploy 3f2a1b9\n", "")
    snapshot = await parts.world.memory.journal.load(held.id)
    assert (snapshot.open, snapshot.runner, snapshot.cancel) == (True, "", None)
    monkeypatch.undo()
    assert await do(f"cancel {held.id}") == DONE


@pytest.mark.parametrize(
    "line", ["locks", "history", "history app 5", "lock app why", "deploy 3f2a1b9 --noop"]
)
async def test_each_report_is_said_in_words_and_as_json(
    do: Do, capsys: pytest.CaptureFixture[str], line: str
) -> None:
    assert await do(line) == DONE
    assert capsys.readouterr().out.strip()
    assert await do(line, as_json=True) == DONE
    assert isinstance(json.loads(capsys.readouterr().out), dict)


async def test_builds_run_again_here_one_after_another(do: Do, capsys: pytest.CaptureFixture[str]) -> None:
    assert await do("build rerun 3f2a1b9 77be0f2") == DONE
    lines = capsys.readouterr().out.splitlines()
    assert lines.count("No bot took it, so it runs here.") == 2
    told = [line.partition(" runs again")[0] for line in lines if " runs again as attempt 2" in line]
    assert told == ["✓ build of 3f2a1b9", "✓ build of 77be0f2"]


async def test_with_json_several_operations_are_one_object(
    do: Do, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await do("build rerun 3f2a1b9 77be0f2", as_json=True) == DONE
    told = json.loads(capsys.readouterr().out)
    ends = [(each["status"], each["outcome"]["sha"][:7]) for each in told["operations"]]
    assert (ends, told["not_begun"]) == ([("done", "3f2a1b9"), ("done", "77be0f2")], [])


async def test_where_one_of_several_builds_is_locked_the_other_is_followed_and_it_is_no_success(
    do: Do, parts: Parts, capsys: pytest.CaptureFixture[str]
) -> None:
    held = await _begun(parts, "build rerun 77be0f2")
    assert await do("build rerun 3f2a1b9 77be0f2") == FAILED
    out, err = capsys.readouterr()
    assert "build of 3f2a1b9 runs again as attempt 2" in out
    assert err.startswith(f"Not started: {who().name} (terminal) is running again the build of 77be0f2 (")
    assert f"`fisk op {held.id}`" in err
    assert len(err.splitlines()) == 1
    assert await do("build rerun 3f2a1b9 77be0f2", as_json=True) == REFUSED
    told = json.loads(capsys.readouterr().out)
    assert [each["status"] for each in told["operations"]] == ["refused"]
    assert [each["code"] for each in told["not_begun"]] == ["locked"]
    assert await do(f"cancel {held.id}") == DONE


async def test_a_reply_ends_with_what_to_do_next(do: Do, capsys: pytest.CaptureFixture[str]) -> None:
    assert await do("buildkit restart") == REFUSED
    first, build, idle, now = capsys.readouterr().out.splitlines()
    assert first == "Not started: 1 build on vps01, and it would die:"
    assert build.startswith("● build 9c41d07")
    assert idle == "  When idle: fisk buildkit restart --when-idle"
    assert now.startswith("  Restart now: fisk buildkit restart --force --asked ")


async def test_a_question_that_nobody_answers_names_the_line_that_does(
    do: Do, parts: Parts, capsys: pytest.CaptureFixture[str]
) -> None:
    held = await _begun(parts, "deploy 3f2a1b9")
    sure = f"unlock app --force --sure {held.id}"
    assert await do("unlock app --force") == REFUSED
    out, err = capsys.readouterr()
    question, nothing, line = err.splitlines()
    assert (out, nothing) == ("", "Nothing was done. --yes answers with yes.")
    assert question.startswith(f"{held.id} is deploying 3f2a1b9 to app.")
    assert line == f"  Take the lock away: fisk {sure}"

    assert await do("unlock app --force", as_json=True) == REFUSED
    told = json.loads(capsys.readouterr().out)
    assert told["offer"] == {"label": "Take the lock away", "command": sure, "danger": True, "asks": None}
    assert told["question"].startswith(f"{held.id} is deploying 3f2a1b9 to app.")

    assert await do("unlock app --force", yes=True) == DONE
    assert "took the lock of app away" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("typed", "status"), [(b"y\n", DONE), (b"n\n", REFUSED), (b"\n", REFUSED), (b"\x04", REFUSED)]
)
async def test_a_question_is_answered_at_the_terminal(
    do: Do, parts: Parts, terminal: int, capsys: pytest.CaptureFixture[str], typed: bytes, status: int
) -> None:
    held = await _begun(parts, "deploy 3f2a1b9")
    os.write(terminal, typed)
    assert await do("unlock app --force", as_json=True) == status
    out, err = capsys.readouterr()
    assert isinstance(json.loads(out), dict)
    assert "Take the lock away? [y/N] " in err
    assert (await parts.world.memory.journal.load(held.id)).open == (status == REFUSED)
    await do("unlock app --force --sure " + held.id) if status == REFUSED else None


async def test_a_fault_of_fisks_own_is_said_and_no_traceback(
    parts: Parts, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(console, "dispatch", broken)
    locks = partial(Console.do, invocation=parse("locks"), line="locks")
    status = await console._perform(parts.settings, locks, "locks", Options(as_json=True))
    assert status == FAILED
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "internal"


NOBODY = str(2**32 - 1)  # what the kernel says where nobody logged in
LOGINS = {
    ("54321", 0, "1000"): "cli:54321",
    ("54321", 77777, ""): "cli:54321",
    (NOBODY, 0, "54321"): "cli:54321",
    (NOBODY, 77777, "54321"): "cli:77777",
    (NOBODY, 77777, ""): "cli:77777",
    (NOBODY, 0, "0; rm"): "cli:root",
    ("", 77777, ""): "cli:77777",
}


@pytest.mark.parametrize(("session", "uid", "sudo"), LOGINS)
def test_root_and_sudo_are_whoever_logged_in(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, session: str, uid: int, sudo: str
) -> None:
    """Anybody can set SUDO_UID, so that it counts for root alone."""
    login = tmp_path / "loginuid"
    if session:
        login.write_text(session)
    monkeypatch.setattr(console, "LOGIN_UID", login)
    monkeypatch.setattr(os, "getuid", lambda: uid)
    monkeypatch.setenv("SUDO_UID", sudo)
    assert who().id == LOGINS[session, uid, sudo]


def test_a_user_without_a_name_is_known_by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 54321)
    assert who() == Actor("cli:54321", "54321")


def test_a_person_is_known_by_the_operating_system_not_by_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mine = who()
    monkeypatch.setenv("USER", "somebody")
    monkeypatch.setenv("LOGNAME", "somebody")
    assert who() == mine
    assert mine.id == f"cli:{mine.name}"
