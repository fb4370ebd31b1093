"""What the daemon counts, for Prometheus. Labels are few and bounded: never a URL, rule or story.

Base units, one prefix, ``_total`` for counters. A ``Metrics`` has its own registry, so that tests
and several daemons in one process do not meet. The use cases count here; the service renders.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

PREFIX = "media_monitor"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_POLL_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_LAG_BUCKETS = (0.005, 0.02, 0.05, 0.1, 0.25, 1, 5)
_SEND_BUCKETS = (0.1, 0.25, 0.5, 1, 2.5, 5, 15, 30, 60)


@dataclass(frozen=True, slots=True)
class Described:
    """One metric, for the documentation."""

    name: str
    kind: str
    labels: tuple[str, ...]
    help: str


class Metrics:
    """Every metric there is, as attributes."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._described: list[Described] = []

        self.polls = self._counter("polls", "Polls that ended, by how.", "outcome")
        self.poll_seconds = self._histogram(
            "poll_seconds", "How long a poll took, from the claim to the commit.", _POLL_BUCKETS
        )
        self.last_poll = self._gauge(
            "last_poll_timestamp_seconds", "When a poll last ended well (Unix time)."
        )
        self.feeds = self._gauge("feeds", "Feeds, by state.", "state")
        self.articles = self._counter("articles", "Articles stored, new or changed.", "change")
        self.matches = self._counter("matches", "Rules that held for an article.")
        self.stories = self._counter("stories", "Stories opened.")
        self.alerts = self._counter("alerts", "Alerts raised, by why.", "reason")
        self.deliveries = self._counter(
            "deliveries", "Attempts to deliver, by how they ended.", "channel", "outcome"
        )
        self.delivery_seconds = self._histogram(
            "delivery_seconds", "How long an attempt to deliver took.", _SEND_BUCKETS, "channel"
        )
        self.queue = self._gauge(
            "delivery_queue", "Deliveries that are not done, by state.", "channel", "state"
        )
        self.poll_lateness = self._gauge(
            "poll_lateness_seconds", "How long the feed that is most overdue has been due."
        )
        self.delivery_lateness = self._gauge(
            "delivery_lateness_seconds", "How long the delivery that is most overdue has been due."
        )
        self.loop_lag = self._histogram(
            "loop_lag_seconds", "How late the event loop woke a timer.", _LAG_BUCKETS
        )
        self.rules_loaded = self._gauge("rules_loaded", "Rules in force.")
        self.rules_broken = self._gauge(
            "rules_broken", "Rules with an error: left out, or kept at their last good version."
        )
        self.reloads = self._counter("reloads", "Reloads of config and rules, by how.", "outcome")
        self.last_reload = self._gauge(
            "last_reload_timestamp_seconds", "When config and rules were last loaded (Unix time)."
        )
        self.disk_free = self._gauge("disk_free_bytes", "Room on the disk of the database.")
        self.workers_restarted = self._counter(
            "worker_restarts", "Worker processes replaced after a hang, a crash or their term."
        )
        self.troubles = self._gauge("troubles", "Troubles the operator was told of that go on.")
        self.faults = self._counter(
            "unexpected_errors", "Faults of the program that were logged and survived.", "where"
        )
        ProcessCollector(namespace=PREFIX, registry=self.registry)
        PlatformCollector(registry=self.registry)

    def set_queue(self, counts: Mapping[str, Mapping[str, int]]) -> None:
        """The queue as it is now, channel → state → number; what is gone disappears."""
        self.queue.clear()
        for channel, states in counts.items():
            for state, number in states.items():
                self.queue.labels(channel, state).set(number)

    def set_feeds(self, states: Mapping[str, int]) -> None:
        """How many feeds are in which state; states without a feed disappear."""
        self.feeds.clear()
        for state, number in states.items():
            self.feeds.labels(state).set(number)

    def render(self) -> bytes:
        """Everything in the text format of Prometheus (``CONTENT_TYPE``)."""
        return generate_latest(self.registry)

    def describe(self) -> Iterable[Described]:
        """Our own metrics in the order of this file."""
        return tuple(self._described)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        self._describe(f"{name}_total", "counter", text, labels)
        return Counter(name, text, labels, namespace=PREFIX, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        self._describe(name, "gauge", text, labels)
        return Gauge(name, text, labels, namespace=PREFIX, registry=self.registry)

    def _histogram(
        self, name: str, text: str, buckets: tuple[float, ...], *labels: str
    ) -> Histogram:
        self._describe(name, "histogram", text, labels)
        return Histogram(
            name, text, labels, namespace=PREFIX, registry=self.registry, buckets=buckets
        )

    def _describe(self, name: str, kind: str, text: str, labels: tuple[str, ...]) -> None:
        self._described.append(Described(f"{PREFIX}_{name}", kind, labels, text))
