"""fisk's Prometheus metrics."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from bot import __version__
from deploy.core.counts import SUSPENSIONS, Counts
from deploy.core.errors import FiskError, NotUnderstood, Refusal
from deploy.core.signing import FORMAT

OF_STEPS = (0.1, 0.5, 1, 5, 15, 30, 60, 120, 300, 600, 1200, 2400)  # seconds
OF_LAG = (0.001, 0.002, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)  # seconds


class Metrics(Counts):
    """The metrics in a registry per instance, not the global one, so that tests do not share counts."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._of_operations()
        self._of_people()
        self._of_systems()
        self._of_the_store()
        self._of_this_process()

    def _counter(self, name: str, about: str, *labels: str) -> Counter:
        return Counter(f"fisk_{name}", about, labels, registry=self.registry)

    def _gauge(self, name: str, about: str, *labels: str) -> Gauge:
        return Gauge(f"fisk_{name}", about, labels, registry=self.registry)

    def _times(self, name: str, about: str, *labels: str, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(f"fisk_{name}", about, labels, buckets=buckets, registry=self.registry)

    def _of_operations(self) -> None:
        self.operations = self._counter("operations", "Operations announced", "kind", "status", "outcome")
        self._steps = self._times(
            "step_seconds", "How long steps took that ran here", "kind", "step", buckets=OF_STEPS
        )
        self._takeovers = self._counter(
            "takeovers", "Operations taken over here from a runner that had begun them"
        )
        self._suspended = self._counter("suspended", "Runs that stopped here before their end", "why")
        for why in SUSPENSIONS:
            self._suspended.labels(why)

    def _of_people(self) -> None:
        self.lines = self._counter("lines", "Lines that people typed, by how they fared", "outcome", "code")
        self.answers_lost = self._counter("answers_lost", "Answers that Slack did not take")
        self.webhooks = self._counter("webhooks", "GitHub's webhooks, by what became of them", "outcome")
        self.notices = self._counter("notices", "What channels were told of builds", "verdict")
        self.sight = self._counter(
            "sight",
            "How often builds could not be seen any more for want of a right, and were seen again",
            "became",
        )

    def _of_systems(self) -> None:
        self.requests = self._counter("requests", "Requests to the platform's systems", "system", "outcome")
        self.request_seconds = Histogram(
            "fisk_request_seconds", "How long those requests took", ["system"], registry=self.registry
        )
        self.github_left = self._gauge("github_calls_left", "What is left of GitHub's allowance")
        self.github_limit = self._gauge("github_calls_limit", "GitHub's allowance for an hour")

    def _of_the_store(self) -> None:
        """The gauges are read when somebody looks (gauges.py); each bot shows the same."""
        self._failovers = self._counter("failovers", "How often another server became fisk's memory")
        self._memory_errors = self._counter(
            "memory_errors", "Commands that Redis or Valkey did not answer, or refused", "code"
        )
        self.memory_up = self._gauge("memory_up", "Whether Redis or Valkey answered when this was read")
        self.waiting = self._gauge("queue_length", "Messages in the inbox and the outbox", "queue")
        self.oldest = self._gauge("queue_age_seconds", "The age of the oldest of them", "queue")
        self.left = self._gauge("messages_left", "Messages that wait for another version of fisk")
        self.open = self._gauge("operations_open", "Unfinished operations", "kind")
        self.open_seconds = self._gauge(
            "operation_age_seconds", "The age of the oldest unfinished operation", "kind"
        )
        self.aside = self._gauge("operations_set_aside", "Operations that wait for a person", "why")
        self.replicas = self._gauge("replicas", "Bots that are alive")

    def _of_this_process(self) -> None:
        self.lag = self._times("loop_lag_seconds", "How late the event loop turns", buckets=OF_LAG)
        info = self._gauge(
            "build_info", "The version of this bot, and the format that it writes", "version", "format"
        )
        info.labels(__version__, str(FORMAT)).set(1)

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

    # --- what the engine tells

    def step(self, kind: str, name: str, seconds: float) -> None:
        self._steps.labels(kind, name).observe(seconds)

    def took_over(self) -> None:
        self._takeovers.inc()

    def suspended(self, why: str) -> None:
        self._suspended.labels(why).inc()

    def failed_over(self) -> None:
        self._failovers.inc()

    def memory_failed(self, code: str) -> None:
        self._memory_errors.labels(code).inc()


def _fared(error: FiskError | None, *, started: bool) -> str:
    if error is None:
        return "started" if started else "ok"
    if isinstance(error, NotUnderstood):
        return "usage"
    return "refused" if isinstance(error, Refusal) else "failed"
