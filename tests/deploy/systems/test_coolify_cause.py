"""Why a deployment failed, by its log as Coolify writes it."""

from __future__ import annotations

import json

import pytest

from deploy.systems.coolify.parsing import parse_deployment

RULE, LINE = "=" * 40, "-" * 40
STEP = "Deployment failed: Rolling update failed (App\\Exceptions\\DeploymentException): Command execution failed"
Entry = tuple[str, str]  # stream and text


def marked(first: str, *error: str) -> list[Entry]:
    """The end of a log since beta.445: the cause is one entry of several lines."""
    return [
        ("stdout", "Rolling update started."),
        ("stderr", RULE),
        ("stderr", "\n".join([first, *error])),
        ("stderr", RULE),
        ("stderr", "Deployment failed. Removing the new version of your application."),
        ("stdout", "Gracefully shutting down build container: x"),
    ]


UNHEALTHY: list[Entry] = [
    ("stdout", 'Attempt 10 of 10 | Healthcheck status: "unhealthy"'),
    ("stdout", "Healthcheck logs: 503 | Return code: 1"),
    ("stderr", "New container is unhealthy."),
    ("stdout", LINE),
    ("stdout", "Container logs:"),
    ("docker logs -n 100 x", "Deployment failed: OIB 12345678901 of Ana\nOops something is not okay"),
    ("stdout", LINE),
    ("stdout", "New container is not healthy, rolling back to the old container."),
]

DENIED = marked(
    f"{STEP} (exit code 1): docker exec x bash -c 'docker compose pull'",
    "Error: Error response from daemon: error from registry: denied",
    "denied",
)
FULL = marked(
    f"{STEP} (exit code 18): docker compose pull",
    "Error: failed to register layer: write /usr/lib/x: no space left on device",
)
OLD: list[Entry] = [
    ("stderr", "Oops something is not okay, are you okay? 😢"),
    ("stderr", "Error response from daemon: manifest unknown\nSee 'docker compose pull --help'."),
    ("stderr", "exit status 1"),
    ("stderr", "Deployment failed. Removing the new version of your application."),
]


def cause(entries: list[Entry]) -> str:
    return parse_deployment(deployment(entries)).cause


def deployment(entries: list[Entry]) -> dict[str, str]:
    shown = [
        {
            "command": stream if stream.startswith("docker") else None,
            "output": text,
            "type": "stdout" if stream == "stdout" else "stderr",
            "hidden": False,
        }
        for stream, text in entries
    ]
    return {"deployment_uuid": "d1", "status": "failed", "logs": json.dumps(shown)}


@pytest.mark.parametrize(
    ("entries", "why"),
    [
        (DENIED, "Error response from daemon: error from registry: denied"),
        (FULL, "failed to register layer: write /usr/lib/x: no space left on device"),
        (marked("Deployment failed: Unknown error occurred"), "Unknown error occurred"),
        (UNHEALTHY, "New container is not healthy, rolling back to the old container"),
        (OLD, "Error response from daemon: manifest unknown"),
        ([("stdout", "Rolling update started."), ("stderr", "a warning of docker's")], ""),
        ([], ""),
    ],
    ids=["denied", "disk full", "one line", "unhealthy", "before beta.445", "not marked", "empty"],
)
def test_the_cause_is_what_coolify_marks(entries: list[Entry], why: str) -> None:
    assert cause(entries) == why


def test_what_the_application_printed_is_in_no_line() -> None:
    shown = [line.text for line in parse_deployment(deployment(UNHEALTHY)).logs]
    assert shown == [text for stream, text in UNHEALTHY if not stream.startswith("docker")]


def test_a_long_cause_is_cut() -> None:
    assert len(cause(marked(STEP, "x" * 5000))) == 300
