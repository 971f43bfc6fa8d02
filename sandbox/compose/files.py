"""The workers' project as it is on its host: the compose file, and the `.env` beside it."""

from __future__ import annotations

from pathlib import Path

from sandbox import workers_story

NAME = "fiskai-workers"
FILE = "docker-compose.workers.yml"
SECRET = "canary-9d64"  # must never leave the host  # noqa: S105 (it opens nothing)

COMPOSE = """\
x-worker: &worker
  image: ghcr.io/wandeon/fiskai-worker:${IMAGE_TAG:-latest}
  restart: unless-stopped
  environment: &environment
    EXPECTED_GIT_SHA: ${EXPECTED_GIT_SHA}
    DATABASE_URL: ${DATABASE_URL}

x-ocr: &ocr
  <<: *worker
  image: ghcr.io/wandeon/fiskai-worker-ocr:${IMAGE_TAG:-latest}

services:
  receipts:
    <<: *worker
    command: [node, worker.js, receipts]
  invoices:
    <<: *worker
    command: [node, worker.js, invoices]
  reports:
    <<: *worker
    command: [node, worker.js, reports]
    depends_on: [invoices]
  scans:
    <<: *ocr
    command: [node, worker.js, scans]
    healthcheck:
      test: [CMD, node, alive.js]
      interval: 10s
  letters:
    <<: *ocr
    command: [node, worker.js, letters]
"""
ENV = f"""\
# What compose puts into docker-compose.workers.yml
IMAGE_TAG={workers_story.RUNS}
EXPECTED_GIT_SHA={workers_story.RUNS}
DATABASE_URL="postgres://fiskai:{SECRET}@db/fiskai"
"""


def write(folder: Path) -> None:
    """Make the project's folder."""
    folder.mkdir()
    (folder / FILE).write_text(COMPOSE)
    (folder / ".env").write_text(ENV)
    (folder / ".env").chmod(0o600)
