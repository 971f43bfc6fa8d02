"""`fisk check` asks for each right by itself, names the page where it is given, and says what fisk works without."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.cli.main import DONE, FAILED
from sandbox.coolify.access import Token
from sandbox.hosts import SERVICE
from sandbox.output import Output
from tests.bot.cli.checking import lines, stage, world

if TYPE_CHECKING:
    from sandbox.world import World

__all__ = ["stage", "world"]


@pytest.mark.usefixtures("stage")
async def test_each_right_that_is_missing_is_a_line_of_its_own_with_its_page(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.github.allowance.denied |= {"actions: write", "deployments"}
    world.coolify.access.tokens[world.coolify_token] = Token(frozenset({"read", "deploy"}))
    told = await lines(capsys, FAILED)
    page = f"The page for it: {world.github.url}/settings/personal-access-tokens"
    api = f"The page for it: {world.coolify.url}/security/api-tokens"
    assert {name: text for name, text in told.items() if name.startswith("✗")} == {
        "✗ github: actions: write": (
            "GitHub's token lacks actions: write, so fisk cannot rerun, cancel and start builds."
            f" Give the token in FISK_GITHUB_TOKEN that right. {page}"
        ),
        "✗ github: deployments: write": (
            "GitHub's token lacks deployments: write, so fisk cannot show on GitHub what runs where."
            f" Give the token in FISK_GITHUB_TOKEN that right. {page}"
        ),
        "✗ coolify: read:sensitive": (
            "Coolify's token lacks read:sensitive, so fisk cannot see the logs of deployments, and copy variables."
            f" Give the token in FISK_COOLIFY_TOKEN that right. {api}"
        ),
        "✗ coolify: write": (
            "Coolify's token lacks write, so fisk cannot set the image that is deployed."
            f" Give the token in FISK_COOLIFY_TOKEN that right. {api}"
        ),
    }
    assert told["✓ coolify: deploy"] == "fisk may start deployments"
    assert told["✓ github: actions: read"] == "fisk may see builds and their logs"


@pytest.mark.usefixtures("stage")
async def test_what_fisk_works_without_is_told_and_no_failure(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.github.allowance.denied.add("pulls")
    world.github.actions.administrator = False
    gate = "fisk-gate: not on the list: "
    world.hosts.vps01.trouble("iptables", Output("", f"{gate}sudo -n iptables -S\n", 126))
    world.hosts.vps01.trouble("fisk-gate may", Output("", f"{gate}docker restart buildkitd\n", 126))
    older = f"{gate}fisk-gate may sudo -n systemctl restart {SERVICE}\n"
    world.hosts.vps.trouble("fisk-gate may", Output("", older, 126))
    told = await lines(capsys, DONE)
    assert {name: text for name, text in told.items() if name.startswith("○")} == {
        "○ github: administration: read": (
            "the token was not given it, so fisk cannot see the runners; everything else works"
        ),
        "○ github: pull requests: read": (
            "the token was not given it, so fisk cannot understand `deploy #123`; everything else works"
        ),
        "○ host vps01: firewall": (
            "The key of admin on vps01 is locked down and does not allow `sudo -n iptables -S`."
            " Add that line to the gate's list of commands on vps01. Only `doctor` needs it."
        ),
        "○ host vps01: buildkit restart": (
            "the gate on vps01 does not list `docker restart buildkitd`, so fisk cannot restart BuildKit;"
            " it only looks there"
        ),
        "○ host vps: runner restart": (
            "whether fisk may restart the runner is not known, because the gate on vps is an older one:"
            " copy docs/install/fisk-gate there anew"
        ),
    }


@pytest.mark.usefixtures("stage")
async def test_sudo_that_does_not_let_fisk_restart_the_runner_is_told(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.hosts.vps.trouble("-l systemctl", Output("", "sudo: a password is required\n", 1))
    told = await lines(capsys, DONE)
    assert told["○ host vps: runner restart"] == (
        "sudo on vps does not let admin do that, so fisk cannot restart the runner; it only looks there"
    )
    assert world.hosts.vps.asked("systemctl restart") == 0


@pytest.mark.usefixtures("stage")
async def test_an_api_that_is_switched_off_names_the_page_where_it_is_switched_on(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.coolify.access.api_enabled = False
    told = await lines(capsys, FAILED)
    assert told["✗ app: coolify"].endswith(f"The page for it: {world.coolify.url}/settings/advanced")
    assert [name for name in told if "coolify:" in name] == []
