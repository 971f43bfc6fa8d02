"""The workers' part of the scenario: a repository of their own, and which of its commits goes with which of the app's.

Each build pushes both images, for linux/amd64 only.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sandbox.story import ANA, IVO, MARKO, MINUTE, Built, StoryCommit, linked

if TYPE_CHECKING:
    from collections.abc import Mapping

REPOSITORY = "Wandeon/FiskAI-workers"
WORKFLOW = "workers.yml"
IMAGES = ("wandeon/fiskai-worker", "wandeon/fiskai-worker-ocr")
PLATFORM = "linux/amd64"
BUILD = Built(minutes=11.0, platforms=(PLATFORM,), images=IMAGES)
PAIRS = "ops/workers.sha"  # the app's file that names the workers' commit

# Oldest first.
FIRST = "0c9d4e7b1a6f83d25e90c7b4a1d8f36e2b5c7d90"
RUNS = "5be90c3d7f2a1846c0d9e7b3a5f1284c6d0e9b71"  # what all containers run when the story begins
CRASHES = "c40d81fe6b2a97035de4f1c8b7a60929d3e5f841"  # built, but a worker that exits at once
BUILT = "77aa001d5c3e8b94f0627ad1b3c9e85f4d6a0217"  # the one to deploy
BUILDING = (
    "e81b7c2a90d4f6358b1ec7a02f9d4b6385c0e7da"  # pushed as the story begins; its build waits for the runner
)


def _commits() -> Iterable[StoryCommit]:
    day = 24 * 60 * MINUTE
    yield StoryCommit(
        FIRST, "Split the receipts queue by kind", IVO, -5 * day, ("src/queue/receipts.ts",), built=BUILD
    )
    yield StoryCommit(
        RUNS,
        "Read scanned invoices in two columns",
        ANA,
        -27 * 60 * MINUTE,
        ("src/ocr/columns.ts",),
        built=BUILD,
    )
    yield StoryCommit(
        CRASHES,
        "Take the queue's address from the settings",
        MARKO,
        -110 * MINUTE,
        ("src/settings.ts", "src/queue/connect.ts"),
        built=Built(minutes=11.0, platforms=(PLATFORM,), images=IMAGES, healthy=False),
    )
    yield StoryCommit(
        BUILT, "Round VAT per line in reports", MARKO, -38 * MINUTE, ("src/reports/vat.ts",), built=BUILD
    )


COMMITS: Mapping[str, StoryCommit] = linked(_commits())
"""By sha, oldest first."""

NEWEST = StoryCommit(
    BUILDING, "Retry OCR that times out", IVO, 0, ("src/ocr/retry.ts",), parent=BUILT, built=BUILD
)

FILE = """\
name: Workers

on:
  push:
    branches: [main]
  workflow_dispatch:
    inputs:
      force_no_cache: {type: boolean, default: false}

jobs:
  workers:
    runs-on: [self-hosted, linux, x64, fiskai-build]
    permissions: {contents: read, packages: write}
    strategy:
      matrix:
        image: [fiskai-worker, fiskai-worker-ocr]
    steps:
      - uses: actions/checkout@v4
      - uses: docker/setup-buildx-action@v3
      - uses: docker/login-action@v3
        with:
          registry: ghcr.io
          username: ${{ github.actor }}
          password: ${{ secrets.GITHUB_TOKEN }}
      - uses: docker/build-push-action@v6
        with:
          file: ${{ matrix.image }}.Dockerfile
          push: true
          no-cache: ${{ inputs.force_no_cache == true }}
          platforms: linux/amd64
          build-args: GIT_SHA=${{ github.sha }}
          tags: |
            ghcr.io/wandeon/${{ matrix.image }}:latest
            ghcr.io/wandeon/${{ matrix.image }}:${{ github.sha }}
          provenance: false
          sbom: false
"""
