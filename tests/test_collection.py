"""The suite itself: every process finds the same tests, or those that share the work refuse to begin."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
COLLECT = (
    sys.executable,
    "-m",
    "pytest",
    "--collect-only",
    "-q",
    "-p",
    "no:randomly",
    "-p",
    "no:cacheprovider",
)


def found(seed: str) -> list[str]:
    """The names of all tests, in their order, as a process of its own finds them."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment = {**ours, "PYTHONHASHSEED": seed}
    ran = subprocess.run(COLLECT, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return [line for line in ran.stdout.splitlines() if "::" in line]


def test_two_processes_find_the_same_tests_whatever_the_time_and_the_order_of_sets() -> None:
    first = found("1")
    assert f"{Path(__file__).relative_to(ROOT)}::" in "".join(first)
    assert found("2") == first
