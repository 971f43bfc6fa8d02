"""What tells of builds that never were: pushes, markers in messages, check runs, an organisation's runners."""

from __future__ import annotations

import pytest

from deploy.core import errors
from deploy.core.github_model import SKIPS, Push, Runner, skip_marker
from tests.deploy.systems.github_answers import SHA, github
from tests.deploy.systems.played_transport import PlayedTransport, say

API = "https://api.github.com"
RUNNERS = {"runners": [{"id": 21, "name": "vps", "status": "online", "busy": False, "labels": []}]}


async def test_pushes_are_those_of_the_branch_newest_first() -> None:
    transport = PlayedTransport(say(200, [{"before": "0" * 40, "after": SHA, "ref": "refs/heads/main"}]))
    assert await github(transport).pushes("main") == (Push("0" * 40, SHA),)
    assert transport.lines == [
        f"GET {API}/repos/Wandeon/FiskAI/activity?ref=refs%2Fheads%2Fmain&per_page=100"
    ]


async def test_only_failures_among_a_check_runs_annotations_are_told() -> None:
    told = [
        {"annotation_level": "failure", "message": "The runner was lost."},
        {"annotation_level": "warning", "message": "Node 16 is old."},
    ]
    transport = PlayedTransport(say(200, told))
    assert await github(transport).annotations(9) == ("The runner was lost.",)
    assert transport.lines == [f"GET {API}/repos/Wandeon/FiskAI/check-runs/9/annotations"]


async def test_an_organisations_runners_are_called_shared() -> None:
    transport = PlayedTransport(say(200, RUNNERS))
    assert await github(transport).organisation_runners() == (
        Runner(21, "vps", online=True, busy=False, shared=True),
    )
    assert transport.lines == [f"GET {API}/orgs/Wandeon/actions/runners?per_page=100"]


@pytest.mark.parametrize("status", [403, 404])
async def test_without_the_right_to_see_an_organisations_runners_that_is_the_error(status: int) -> None:
    with pytest.raises(errors.MissingAbility):
        await github(PlayedTransport(say(status, {"message": "No"}))).organisation_runners()


async def test_a_file_is_asked_for_at_a_commit() -> None:
    transport = PlayedTransport(say(200, {"encoding": "base64", "content": "b246IHB1c2gK\n"}))
    assert await github(transport).text(".github/workflows/build.yml", SHA) == "on: push\n"
    assert transport.lines == [
        f"GET {API}/repos/Wandeon/FiskAI/contents/.github/workflows/build.yml?ref={SHA}"
    ]


@pytest.mark.parametrize("marker", SKIPS)
def test_a_marker_anywhere_in_the_message_skips_the_workflows(marker: str) -> None:
    assert skip_marker(f"Sum VAT\n\nas before {marker} for now\n") == marker


@pytest.mark.parametrize(
    ("message", "marker"),
    [
        ("Sum VAT\n\n\nskip-checks: true", "skip-checks: true"),
        ("Sum VAT\n\n\nskip-checks:true\n", "skip-checks:true"),
        ("Sum VAT\n\nskip-checks: true was wrong\n", ""),
        ("Skip CI for docs", ""),
        ("", ""),
    ],
)
def test_a_trailer_skips_them_as_the_messages_last_line_alone(message: str, marker: str) -> None:
    assert skip_marker(message) == marker
