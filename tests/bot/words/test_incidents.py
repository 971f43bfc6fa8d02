"""Texts of changes and timeline, word for word."""

from __future__ import annotations

from bot.slack import blocks
from bot.words.format import TERMINAL, Format
from bot.words.incidents import markdown
from bot.words.texts import reply_text
from commands.incidents import ChangesTable, Timeline
from deploy.core.ask import Unknown
from deploy.core.model import Actor, Build, Commit, Deployment, Failure, Operation, Origin
from deploy.core.outcomes import Completed, Failed, Refused
from deploy.core.units import day_and_time
from deploy.deploys.arguments import DeployArguments
from deploy.engine.audit import Entry
from deploy.engine.snapshot import Snapshot, Standing
from deploy.incidents.changes import BuildChange, Changes, PastFisk

SLACK = Format(slack=True, people={"ana-horvat": "U1"})
ANA, IVO = Actor("U1", "ana"), Actor("cli:ivo", "ivo")
HERE = Origin("slack", "C1")
NOW = 1_700_007_200.0  # 2023-11-15 00:13:20
SICK = Failure("x", "It went `wrong`.", "Look at it.")


def operation(id_: str, line: str, at: float, actor: Actor = ANA, reason: str = "") -> Operation:
    return Operation(id_, "deploy", actor, HERE, DeployArguments("app"), (), at, reason, line=line)


def over(of: Operation, at: float, outcome: Completed | Failed | Refused, state: Standing) -> Snapshot:
    return Snapshot(of, state, finished=at, outcome=outcome)


def build(sha: str, started: float, updated: float, status: str, conclusion: str) -> Build:
    branch = "main" if sha[0] == "3" else "feature/`x`"
    return Build(1, sha, branch, "push", status, conclusion, 1, started, updated, "url")


COMMIT = Commit("3f2a1b9" + "0" * 33, "Round <VAT> `x`", "Ana Horvat", "ana-horvat", 1)
SEEN = Changes(
    NOW - 7200,
    NOW,
    operations=(
        Snapshot(operation("d-4", "deploy e02d8aa", NOW - 60), "running", step="watch"),
        over(operation("d-3", "deploy b7d0c5e", NOW - 600), NOW - 599, Refused(SICK), "refused"),
        over(operation("d-2", "rollback app", NOW - 900, IVO), NOW - 800, Failed(SICK), "failed"),
        over(
            operation("d-1", "deploy 3f2a1b9", NOW - 7300, reason="<VAT>"),
            NOW - 7100,
            Completed("ok"),
            "done",
        ),
    ),
    builds=(
        BuildChange(build("9c41d07", NOW - 300, NOW, "in_progress", "")),
        BuildChange(build("3f2a1b9", NOW - 4000, NOW - 3000, "completed", "success"), COMMIT),
    ),
    record=(
        Entry(NOW - 30, IVO, HERE, "lock app:app we <measure>", outcome="held"),
        Entry(NOW - 50, ANA, HERE, "cancel d-4", operation="d-4"),
        Entry(NOW - 70, ANA, HERE, "deploy x", outcome="not_allowed"),
    ),
    past_fisk=(
        PastFisk("app", Deployment("u1", "finished", "a4c9e1f" + "0" * 33, NOW - 1200)),
        PastFisk("staging", Deployment("u2", "failed", "HEAD", NOW - 1300)),
    ),
)


def test_changes_are_told_newest_first_each_with_who_and_how_it_ended() -> None:
    text, offers = reply_text(ChangesTable(SEEN), SLACK)
    assert offers == ()
    assert text == (
        "Changes in the last 2 h, newest first:\n"
        "• 30 s ago: ivo (terminal) `lock app we &lt;measure&gt;`\n"
        "• 1 min ago: @ana `deploy e02d8aa`: under way, step watch (d-4)\n"
        "• 5 min ago: build of 9c41d07 on feature/'x': under way\n"
        "• 13 min ago: ivo (terminal) `rollback app`: failed. app: It went `wrong`. Look at it."
        " Nothing was changed. (d-2)\n"
        "• 20 min ago: deployment of a4c9e1f to app in Coolify, not by fisk: finished (u1)\n"
        "• 22 min ago: deployment to staging in Coolify, not by fisk: failed (u2)\n"
        "• 50 min ago: build of 3f2a1b9 “Round &lt;VAT&gt; 'x'” by Ana Horvat: succeeded in 17 min\n"
        "• 1 h 58 min ago: @ana `deploy 3f2a1b9`: done in 3 min 20 s (d-1)"
    )


def test_a_timeline_is_markdown_oldest_first_in_utc() -> None:
    assert markdown(SEEN) == (
        "# Timeline, 2023-11-14 22:13:20 to 2023-11-15 00:13:20 (UTC)\n"
        "\n"
        "- 2023-11-14 22:15:00 d-1 ended, done: app: ok.\n"
        "- 2023-11-14 23:06:40 build of 3f2a1b9 “Round <VAT> 'x'” by Ana Horvat began\n"
        "- 2023-11-14 23:23:20 build of 3f2a1b9 “Round <VAT> 'x'” by Ana Horvat ended: succeeded in 17 min\n"
        "- 2023-11-14 23:51:40 deployment to staging in Coolify, not by fisk: failed (u2)\n"
        "- 2023-11-14 23:53:20 deployment of a4c9e1f to app in Coolify, not by fisk: finished (u1)\n"
        "- 2023-11-14 23:58:20 ivo (terminal) began `rollback app` (d-2)\n"
        "- 2023-11-15 00:00:00 d-2 ended, failed: app: It went 'wrong'. Look at it. Nothing was changed.\n"
        "- 2023-11-15 00:03:20 @ana began `deploy b7d0c5e` (d-3)\n"
        "- 2023-11-15 00:03:21 d-3 ended, refused: app: not started: It went 'wrong'. Look at it.\n"
        "- 2023-11-15 00:08:20 build of 9c41d07 on feature/'x' began\n"
        "- 2023-11-15 00:12:20 @ana began `deploy e02d8aa` (d-4)\n"
        "- 2023-11-15 00:12:30 @ana asked to `cancel d-4`\n"
        "- 2023-11-15 00:12:50 ivo (terminal) `lock app we <measure>`"
    )
    assert reply_text(Timeline(SEEN), TERMINAL) == (markdown(SEEN), ())


def test_in_slack_a_timeline_is_code_that_pings_nobody() -> None:
    text, _ = reply_text(Timeline(SEEN), SLACK)
    lines = SLACK.escape("\n".join(markdown(SEEN).split("\n")[2:]))
    period = " to ".join(
        f"<!date^{int(at) // 60 * 60}^{{date_short_pretty}} {{time}}|{day_and_time(at)}>"
        for at in (SEEN.since, SEEN.now)
    )
    assert text == f"Timeline, {period}; its times are in UTC:\n```\n{lines}\n```"


def test_what_a_message_does_not_hold_is_said_to_be_missing() -> None:
    many = tuple(
        Entry(NOW - number, IVO, HERE, f"lock app:app {'x' * 90}", outcome="held") for number in range(300)
    )
    seen = Changes(NOW - 7200, NOW, (), (), many)
    rows = reply_text(ChangesTable(seen), SLACK)[0].splitlines()
    assert (len(rows), rows[-1]) == (62, "and 240 more before: `/fisk timeline` has them all.")
    told = reply_text(Timeline(seen), SLACK)[0]
    assert len(told) < 31_000
    assert "older lines left out: `fisk timeline` in a terminal has all)" in told
    assert told.splitlines()[-2].startswith("- 2023-11-15 00:13:20")
    assert len(markdown(seen).splitlines()) == 302


def test_nothing_is_something_to_say() -> None:
    quiet = Changes(NOW - 60, NOW, (), (), (), missing=(Unknown("GitHub answers 500.", "Try again."),))
    assert reply_text(ChangesTable(quiet), SLACK) == (
        "Nothing changed in the last 1 min.\nNot all is known: GitHub answers 500. Try again.",
        (),
    )
    assert markdown(quiet).splitlines()[2:] == [
        "Nothing changed.",
        "",
        "Not all is known: GitHub answers 500. Try again.",
    ]


def test_code_that_is_too_long_for_a_block_goes_on_as_code_in_the_next() -> None:
    lines = "\n".join(f"- {number} {'x' * 90}" for number in range(70))
    parts = [block["text"]["text"] for block in blocks.message(f"```\n{lines}\n```")["blocks"]]
    assert len(parts) == 3
    assert all(part.startswith("```\n") and part.endswith("\n```") for part in parts)
    assert all(len(part) <= 3000 for part in parts)
    assert "\n".join(part.strip("`\n") for part in parts) == lines
