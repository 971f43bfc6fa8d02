"""Answers of GitHub's, as its API gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.core.model import Commit
from deploy.systems.github import GitHub

if TYPE_CHECKING:
    from tests.deploy.systems.played_transport import PlayedTransport

SHA = "3f2a1b9c85e4d7f60a19b3c2e8d5f4a7061b9e3c"
AT, ISO = 1_700_000_000.0, "2023-11-14T22:13:20Z"
COMMIT = {
    "sha": SHA,
    "html_url": "https://github.com/Wandeon/FiskAI/commit/3f2a1b9",
    "commit": {
        "message": "  Round VAT per line  \n\nSo that sums agree.",
        "author": {"name": "Marko Babić", "date": "2020-01-01T00:00:00Z"},
        "committer": {"name": "GitHub", "date": ISO},
    },
    "author": {"login": "markobabic"},
    "files": [{"filename": "lib/vat/round.ts"}, {"filename": "docs/vat.md"}],
}
READ = Commit(
    sha=SHA,
    title="Round VAT per line",
    author="Marko Babić",
    login="markobabic",
    at=AT,
    url="https://github.com/Wandeon/FiskAI/commit/3f2a1b9",
    files=("lib/vat/round.ts", "docs/vat.md"),
)


def github(transport: PlayedTransport) -> GitHub:
    http = transport.http("GitHub", "https://api.github.com", token="ghp_x", setting="FISK_GITHUB_TOKEN")
    return GitHub(http, "Wandeon/FiskAI")
