"""fisk's Prometheus metrics."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from bot.app.metrics import Metrics
from deploy.core import errors


def _samples(metrics: Metrics) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(metrics.text().decode())
        for sample in family.samples
        if sample.name.endswith("_total") and sample.value
    }


def test_lines_are_counted_by_how_they_fared() -> None:
    metrics = Metrics()
    metrics.line()
    metrics.line(started=True)
    metrics.line(errors.NotUnderstood(what="x"))
    metrics.line(errors.NotHeld(target="app"))
    metrics.line(errors.ServerFault(system="Coolify", status=500))
    assert _samples(metrics) == {
        ("fisk_lines_total", "", "ok"): 1,
        ("fisk_lines_total", "", "started"): 1,
        ("fisk_lines_total", "not_understood", "usage"): 1,
        ("fisk_lines_total", "not_held", "refused"): 1,
        ("fisk_lines_total", "coolify_server_fault", "failed"): 1,
    }


def test_requests_are_counted_and_timed() -> None:
    metrics = Metrics()
    metrics.observe("GitHub", "ok", 0.2)
    metrics.observe("GitHub", "timed_out", 10)
    assert _samples(metrics) == {
        ("fisk_requests_total", "ok", "GitHub"): 1,
        ("fisk_requests_total", "timed_out", "GitHub"): 1,
    }
    assert 'fisk_request_seconds_sum{system="GitHub"} 10.2' in metrics.text().decode()


def test_two_replicas_in_one_process_share_no_counts() -> None:
    one, other = Metrics(), Metrics()
    one.line()
    assert _samples(other) == {}
