"""What the lag was is read from the histogram that the bot serves."""

from __future__ import annotations

from math import inf

import pytest

from bench.many import quantile


@pytest.mark.parametrize(
    ("buckets", "share", "expected"),
    [
        ({1.0: 100, 2.0: 100, inf: 100}, 0.99, 0.99),
        ({1.0: 90, 2.0: 100, inf: 100}, 0.95, 1.5),
        ({1.0: 90, 2.0: 95, inf: 100}, 0.99, 2.0),
    ],
)
def test_a_quantile_lies_on_the_line_through_its_bucket(
    buckets: dict[float, float], share: float, expected: float
) -> None:
    assert quantile(share, buckets) == pytest.approx(expected)
