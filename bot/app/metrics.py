"""fisk's Prometheus metrics."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from deploy.core.errors import FiskError, NotUnderstood, Refusal


class Metrics:
    """The metrics in a registry per instance, not the global one, so that tests do not share counts."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "fisk_requests",
            "Requests to the platform's systems",
            ["system", "outcome"],
            registry=self.registry,
        )
        self.request_seconds = Histogram(
            "fisk_request_seconds", "How long those requests took", ["system"], registry=self.registry
        )
        self.lines = Counter(
            "fisk_lines",
            "Lines that people typed, by how they fared",
            ["outcome", "code"],
            registry=self.registry,
        )
        self.operations = Counter(
            "fisk_operations", "Operations announced", ["kind", "status"], registry=self.registry
        )
        self.webhooks = Counter(
            "fisk_webhooks", "GitHub's webhooks, by what became of them", ["outcome"], registry=self.registry
        )
        self.notices = Counter(
            "fisk_notices", "What channels were told of builds", ["verdict"], registry=self.registry
        )
        self.sight = Counter(
            "fisk_sight",
            "How often builds could not be seen any more for want of a right, and were seen again",
            ["became"],
            registry=self.registry,
        )

    def observe(self, system: str, outcome: str, seconds: float) -> None:
        """Count a request to a system, and the seconds that it took."""
        self.requests.labels(system, outcome).inc()
        self.request_seconds.labels(system).observe(seconds)

    def line(self, error: FiskError | None = None, *, started: bool = False, refused: bool = False) -> None:
        """Count a typed line as ok, started, usage, refused or failed, with the error's code."""
        fared = "refused" if refused else _fared(error, started=started)
        self.lines.labels(fared, error.code if error else "").inc()

    def text(self) -> bytes:
        return generate_latest(self.registry)


def _fared(error: FiskError | None, *, started: bool) -> str:
    if error is None:
        return "started" if started else "ok"
    if isinstance(error, NotUnderstood):
        return "usage"
    return "refused" if isinstance(error, Refusal) else "failed"
