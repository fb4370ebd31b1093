"""What the daemon counts, for Prometheus. Labels are few and bounded: never a URL, rule or story.

Base units, one prefix, ``_total`` for counters; all in a registry of our own, so that a library's
metrics do not get in. The use cases count, the service renders.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

PREFIX: Final = "media_monitor"
CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
REGISTRY: Final = CollectorRegistry()

_POLL_BUCKETS: Final = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


@dataclass(frozen=True, slots=True)
class Described:
    """One metric, for the documentation."""

    name: str
    kind: str
    labels: tuple[str, ...]
    help: str


_described: list[Described] = []


def _note(name: str, kind: str, text: str, labels: tuple[str, ...]) -> None:
    _described.append(Described(f"{PREFIX}_{name}", kind, labels, text))


def _counter(name: str, text: str, *labels: str) -> Counter:
    _note(f"{name}_total", "counter", text, labels)
    return Counter(name, text, labels, namespace=PREFIX, registry=REGISTRY)


def _gauge(name: str, text: str, *labels: str) -> Gauge:
    _note(name, "gauge", text, labels)
    return Gauge(name, text, labels, namespace=PREFIX, registry=REGISTRY)


def _histogram(name: str, text: str, buckets: tuple[float, ...]) -> Histogram:
    _note(name, "histogram", text, ())
    return Histogram(name, text, (), namespace=PREFIX, registry=REGISTRY, buckets=buckets)


POLLS = _counter("polls", "Polls that ended, by how.", "result")
POLL_SECONDS = _histogram(
    "poll_seconds", "How long a poll took, from the claim to the commit.", _POLL_BUCKETS
)
LAST_POLL = _gauge("last_poll_timestamp_seconds", "When a poll last ended well (Unix time).")
LATENESS = _gauge("poll_lateness_seconds", "How long the feed that is most overdue has been due.")
FEEDS = _gauge("feeds", "Feeds, by status.", "status")
ARTICLES = _counter("articles", "Articles stored: new ones and new versions.")
MATCHES = _counter("matches", "Rules that held for an article.")
STORIES = _counter("stories", "Stories opened.")
ALERTS = _counter("alerts", "Alerts raised, by why.", "reason")
HELD = _counter("alerts_held", "Matches held instead of told, by why.", "cause")
SUMMED_UP = _counter("alerts_summed_up", "Alerts put into the summary of a rule that floods.")
FLOODING = _gauge("rules_flooding", "Rules whose alerts are summed up at the moment.")
DELIVERIES = _counter("deliveries", "Attempts to deliver, by how they ended.", "channel", "outcome")
QUEUE = _gauge("delivery_queue", "Deliveries, by channel and state.", "channel", "state")
RULES = _gauge("rules_loaded", "Rules in force.")
RULES_BROKEN = _gauge(
    "rules_broken", "Rules with an error: left out, or kept at their last good version."
)
LOOP_LAG = _gauge("loop_lag_seconds", "How late the last tick of the event loop was.")
DISK_FREE = _gauge("disk_free_bytes", "Room left on the disk of the database.")
WORKER_RESTARTS = _counter("worker_restarts", "Worker processes replaced because one hung or died.")
UNEXPECTED = _counter(
    "unexpected_errors", "Faults of the program itself, logged and survived, by part.", "part"
)
ProcessCollector(namespace=PREFIX, registry=REGISTRY)


def render() -> bytes:
    """Everything in the text format of Prometheus (``CONTENT_TYPE``)."""
    return generate_latest(REGISTRY)


def describe() -> tuple[Described, ...]:
    """Our own metrics, in the order of this file."""
    return tuple(_described)
