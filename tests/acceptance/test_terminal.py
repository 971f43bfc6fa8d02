"""`fisk …` in a terminal: with and without a running bot, for people and for scripts."""

from __future__ import annotations

import asyncio
import json
import signal
from typing import TYPE_CHECKING

import pytest

from sandbox import story

if TYPE_CHECKING:
    from tests.acceptance.show import Ended, Show


async def test_a_bot_at_work_runs_what_a_terminal_asks_for(show: Show) -> None:
    ended = await show.terminal("deploy", "3f2a1b9")
    assert ended.status == 0, ended
    assert "runs here" not in ended.out
    assert "✓ gates" in ended.out
    assert "app runs 3f2a1b9: deployed" in ended.out
    assert "  Roll back: fisk rollback app a4c9e1f" in ended.out
    assert (show.runs, show.deploys, show.posts()) == ("3f2a1b9", 1, [])


async def test_without_a_bot_it_runs_here(alone: Show) -> None:
    ended = await alone.terminal("deploy", "3f2a1b9")
    assert ended.status == 0, ended
    assert "No bot took it, so it runs here." in ended.out
    assert "app runs 3f2a1b9: deployed" in ended.out
    assert (alone.runs, alone.deploys) == ("3f2a1b9", 1)


async def test_json_is_one_object_and_nothing_else(alone: Show) -> None:
    ended = await alone.terminal("deploy", "3f2a1b9", "--json")
    told = ended.json
    assert (ended.status, told["status"], told["outcome"]["outcome"]) == (0, "done", "deployed")
    assert (told["outcome"]["sha"], told["outcome"]["previous"]) == (story.BUILT, story.RUNS)


async def test_a_failed_deploy_exits_with_1(alone: Show) -> None:
    ended = await alone.terminal("deploy", "e02d8aa")
    assert ended.status == 1, ended
    assert "a4c9e1f is back" in ended.out
    assert alone.set_to == "a4c9e1f"


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("deploi", "3f2a1b9"), 2, "Did you mean `deploy`?"),
        (("deploy",), 2, "Which commit? `fisk deploy latest` takes the newest image"),
        (("deploy", "3f2a1b9", "--to", "shop"), 3, "There is no target `shop`."),
        (("deploy", "b7d0c5e"), 3, "The nearest built commit is 3f2a1b9"),
        (("deploy", "51ab3c4", "--force"), 3, "linux/amd64 only"),
        (("deploy", "51ab3c4", "--noop"), 3, "linux/amd64 only"),
        (("deploy", story.UNKNOWN), 3, "GitHub knows no single commit"),
        (("op", "d-nobody"), 3, "There is no operation `d-nobody`."),
        (("unlock", "app"), 3, "Nobody holds app."),
    ],
)
async def test_the_exit_status_tells_how_it_went(
    alone: Show, words: tuple[str, ...], status: int, said: str
) -> None:
    ended = await alone.terminal(*words)
    assert ended.status == status, ended
    assert said in ended.out + ended.err
    assert "Traceback" not in ended.err
    assert "/fisk " not in ended.out + ended.err


async def test_an_error_as_json_has_code_sentence_and_hint(alone: Show) -> None:
    ended = await alone.terminal("unlock", "app", "--json")
    assert (ended.status, ended.json) == (
        3,
        {
            "error": {
                "code": "not_held",
                "sentence": "Nobody holds app.",
                "hint": "`fisk locks` shows who holds what.",
                "offers": [{"label": "Locks", "command": "locks", "danger": False, "asks": None}],
            }
        },
    )


async def test_a_user_whom_nobody_listed_is_shown_the_line_to_add(alone: Show) -> None:
    config = alone.folder / "fisk.toml"
    config.write_text(config.read_text().replace('"cli:*"', '"cli:nobody-else"'))
    ended = await alone.terminal("deploy", "3f2a1b9")
    assert ended.status == 3
    assert "You may look but not deploy: deploy is for role team." in ended.err
    assert "to `members` under `[access.roles.team]` in fisk.toml." in ended.err
    assert alone.deploys == 0


async def test_noop_says_what_every_gate_says(alone: Show) -> None:
    ended = await alone.terminal("deploy", "3f2a1b9", "--noop")
    assert ended.status == 0
    assert "Would deploy 3f2a1b9" in ended.out
    assert (alone.deploys, alone.set_to) == (0, "a4c9e1f")


async def test_a_killed_terminal_leaves_its_deploy_to_the_next_runner(alone: Show) -> None:
    alone.world.coolify.queue.freeze()
    process = await alone.at_terminal("deploy", "3f2a1b9")
    await alone.until(lambda: alone.deploys)
    process.kill()
    await process.communicate()
    alone.world.coolify.queue.thaw()
    await alone.join()
    ended = await _settled(alone)
    assert ended.json["snapshot"]["state"] == "done"
    assert (alone.runs, alone.deploys) == ("3f2a1b9", 1)


async def _settled(show: Show) -> Ended:
    """The story of the one operation, once it is over."""
    async with asyncio.timeout(20):
        while not (listed := (await show.terminal("history", "--json")).json["operations"]):
            pass
    return await show.terminal("op", listed[0]["operation"]["id"], "--json")


async def test_ctrl_c_stops_what_runs_here_and_puts_it_back(alone: Show) -> None:
    alone.world.coolify.queue.freeze()
    process = await alone.at_terminal("deploy", "3f2a1b9")
    await alone.until(lambda: alone.deploys)
    process.send_signal(signal.SIGINT)
    await alone.until(lambda: alone.world.coolify.queue.rows[-1].status == "cancelled-by-user")
    alone.world.coolify.queue.thaw()
    async with asyncio.timeout(20):
        out, _ = await process.communicate()
    assert process.returncode == 1
    assert "a4c9e1f is back" in out.decode()
    assert (alone.runs, alone.set_to) == ("a4c9e1f", "a4c9e1f")


async def test_a_terminal_is_told_who_deploys_in_slack(show: Show) -> None:
    show.world.coolify.queue.freeze()
    await show.type("deploy 3f2a1b9")
    await show.said("● watch")
    ended = await show.terminal("deploy", "3f2a1b9", "--json")
    assert ended.status == 3
    assert ended.json["error"]["code"] == "locked"
    assert ended.json["error"]["sentence"].startswith("Not started: @ana is deploying 3f2a1b9 to app (step")
    show.world.coolify.queue.thaw()
    await show.said("app runs 3f2a1b9: deployed")


async def test_wait_follows_the_deploy_that_it_begins(alone: Show) -> None:
    process = await alone.at_terminal("deploy", "9c41d07", "--wait", "--json")
    await alone.until(lambda: alone.world.github.asked(f"GET /repos/{story.REPOSITORY}/commits/9c41d07"))
    alone.world.clock.skip(18 * story.MINUTE)
    async with asyncio.timeout(30):
        out, err = await process.communicate()
    assert process.returncode == 0, err
    assert json.loads(out)["outcome"]["sha"] == story.BUILDING


async def test_check_tries_the_settings_against_the_systems(alone: Show) -> None:
    ended = await alone.terminal("check")
    assert ended.status == 0, ended
    assert "✗" not in ended.out
    assert (
        "✓ github Wandeon/FiskAI-workers: actions: write   fisk may rerun, cancel and start builds"
        in ended.out
    )
    alone.world.coolify.access.tokens.clear()
    ended = await alone.terminal("check")
    assert ended.status == 1
    assert "✗ app: coolify   Coolify refuses fisk's credentials." in ended.out


@pytest.mark.parametrize("words", [("deploy", "3f2a1b9"), ("locks",), ("history",)])
async def test_a_memory_that_does_not_answer_is_said_plainly(alone: Show, words: tuple[str, ...]) -> None:
    ended = await alone.terminal(*words, FISK_REDIS_URL="redis://:secret@127.0.0.1:1/0")
    assert ended.status == 1
    assert "fisk cannot reach its own memory" in ended.err
    assert "secret" not in ended.err
