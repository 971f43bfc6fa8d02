"""What every test may lean on: markers for what a machine may lack, and a real Valkey."""

from __future__ import annotations

import os
import shutil

import pytest

DEBIAN = {
    "chromium": "/usr/bin/chromium",
    "docker-registry": "/usr/bin/docker-registry",
}


def _missing(item: pytest.Item) -> list[str]:
    packages = [name for mark in item.iter_markers("debian") for name in mark.args]
    missing = [name for name in packages if not os.path.exists(DEBIAN[name])]  # noqa: PTH110
    if item.get_closest_marker("node") and not (shutil.which("node") and shutil.which("npm")):
        missing.append("node and npm")
    return missing


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip, naming them, where packages are missing; on CI that is a failure instead."""
    if missing := _missing(item):
        reason = f"needs {', '.join(missing)}"
        if os.environ.get("CI") == "true":
            pytest.fail(f"{reason}, which CI must have", pytrace=False)
        pytest.skip(reason)
