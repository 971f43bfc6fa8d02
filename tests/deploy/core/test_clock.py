"""The clock that leases are measured by."""

from __future__ import annotations

import time

import pytest

from deploy.core import clock


@pytest.mark.skipif(clock.BOOTTIME is None, reason="this platform has no clock that counts its sleep")
def test_what_the_machine_slept_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.clock_gettime", {time.CLOCK_BOOTTIME: 60.0}.__getitem__)
    assert clock.boottime() == 60


def test_a_platform_without_that_clock_has_the_monotonic_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "BOOTTIME", None)
    monkeypatch.setattr("time.monotonic", lambda: 7.0)
    assert clock.boottime() == 7
