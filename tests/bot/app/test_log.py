"""The log: JSON lines without secrets."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.app import log
from bot.app.settings import PREFIX, Settings
from bot.slack.app import Listeners, build
from bot.slack.installation import Installation
from bot.slack.modals.listeners import ModalListeners
from deploy.core.log import about, logger
from tests.bot.app.test_settings import SECRETS

ROOT = Path(__file__).parents[3]
NOBODY = "http://127.0.0.1:1"
CANARY = "canary-9d41"
KEY = base64.urlsafe_b64encode(CANARY.encode().ljust(32, b"-")).decode()  # what `fisk key` would print


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Where the log goes during a test; afterwards it is as it was."""
    root, own = logging.getLogger(), logging.getLogger("fisk")
    before = root.handlers[:], root.level, own.level
    stream = io.StringIO()
    log.configure("info", stream)
    yield stream
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    own.setLevel(before[2])


def told(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_each_line_is_json_with_its_facts(stream: io.StringIO) -> None:
    logger().info("running", operation="d-7k3f", text='a "quoted"\nline')
    (line,) = told(stream)
    assert line == {
        "event": "running",
        "operation": "d-7k3f",
        "text": 'a "quoted"\nline',
        "level": "info",
        "logger": "fisk",
        "timestamp": line["timestamp"],
    }


async def test_each_line_names_what_it_is_about_in_tasks_too(stream: io.StringIO) -> None:
    async def work() -> None:
        logger().warning("hm", step="watch")
        logging.getLogger("aiohttp").warning("a library")

    with about(operation="d-7k3f", kind="deploy", actor="U1"):
        task = asyncio.create_task(work())
    await task
    logger().info("later")
    lines = [{key: line.get(key) for key in ("event", "operation", "kind", "actor")} for line in told(stream)]
    of = {"operation": "d-7k3f", "kind": "deploy", "actor": "U1"}
    assert lines == [
        {"event": "hm", **of},
        {"event": "a library", **of},
        {"event": "later", "operation": None, "kind": None, "actor": None},
    ]


def test_an_exception_is_told_with_its_traceback_and_no_values(stream: io.StringIO) -> None:
    secret = f"{CANARY}-in-a-variable"
    try:
        secret.index("nowhere")
    except ValueError:
        logger().exception("a line failed")
    (line,) = told(stream)
    assert str(line["exception"]).startswith("Traceback (most recent call last):\n")
    assert str(line["exception"]).endswith("ValueError: substring not found")
    assert CANARY not in stream.getvalue()


def test_libraries_are_heard_from_warnings_on_and_in_json_too(stream: io.StringIO) -> None:
    logging.getLogger("httpx").info("a request")
    logging.getLogger("aiohttp").warning('it said "no"')
    assert [line["event"] for line in told(stream)] == ['it said "no"']


def test_below_the_level_nothing_is_logged(stream: io.StringIO) -> None:
    log.configure("error", stream)
    logger().warning("hm")
    assert told(stream) == []


def fisk(folder: Path, *words: str, **more: str) -> str:
    """All that a command prints, with a canary in every secret setting and nobody at any address."""
    secrets = {f"{PREFIX}{name.upper()}": CANARY for name in SECRETS}
    secrets |= {"FISK_KEY": KEY, "FISK_KEY_OLD": KEY}
    secrets["FISK_REDIS_URL"] = f"redis://user:{CANARY}@127.0.0.1:1/0"
    settings = {
        **{name: value for name, value in os.environ.items() if not name.startswith(PREFIX)},
        **secrets,
        "FISK_CONFIG": str(folder / "fisk.toml"),
        "FISK_LOG_LEVEL": "debug",
        "FISK_SLACK_API_URL": f"{NOBODY}/api/",
        "FISK_GITHUB_URL": NOBODY,
        "FISK_GITHUB_REPOSITORY": "x/app",
        "FISK_COOLIFY_URL": NOBODY,
        "FISK_REGISTRY_URL": NOBODY,
        "PYTHONPATH": str(ROOT),
        **more,
    }
    (folder / "fisk.toml").write_text(
        f'[targets.app]\nimage = "127.0.0.1:1/x/app"\napp = "uuid"\nhealth = "{NOBODY}/health"\n'
        '[access]\ndeployers = ["cli:*"]\n'
    )
    done = subprocess.run(
        [sys.executable, "-m", "bot", *words],
        cwd=folder,
        env=settings,
        capture_output=True,
        text=True,
        check=False,
        timeout=40,
    )
    assert done.returncode == 1, done.stderr
    assert KEY not in done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    "words", [("check",), ("run",), ("deploy", "3f2a1b9", "--noop"), ("locks", "--json")]
)
def test_a_memory_that_is_away_shows_no_secret(tmp_path: Path, words: tuple[str, ...]) -> None:
    out = fisk(tmp_path, *words)
    assert "cannot reach its own memory" in out
    assert CANARY not in out


@pytest.mark.parametrize("words", [("check",), ("deploy", "3f2a1b9", "--noop")])
def test_systems_that_are_away_show_no_secret(
    tmp_path: Path, valkey_url: str, words: tuple[str, ...]
) -> None:
    out = fisk(tmp_path, *words, FISK_REDIS_URL=valkey_url, FISK_REDIS_PASSWORD="")
    assert "cannot be reached" in out
    assert CANARY not in out


@pytest.mark.parametrize("name", sorted(set(Settings.model_fields) & {"bind", "log_level", "namespace"}))
def test_settings_that_do_not_fit_show_no_secret(tmp_path: Path, name: str) -> None:
    out = fisk(tmp_path, "check", **{f"{PREFIX}{name.upper()}": f"{CANARY} !"})
    assert f"FISK_{name.upper()}" in out
    assert CANARY not in out


def test_a_start_warns_of_nothing(stream: io.StringIO) -> None:
    log.configure("info", stream)
    listeners = Listeners.__new__(Listeners)  # nobody calls them
    listeners.modals = ModalListeners.__new__(ModalListeners)
    build(AsyncWebClient("xoxb-1"), Installation(), listeners)
    assert told(stream) == []
