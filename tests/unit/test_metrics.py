"""Metrics keep Prometheus's conventions, and their labels stay few."""

from __future__ import annotations

import re

from prometheus_client.parser import text_string_to_metric_families

from monitor import metrics

UNITS = ("_seconds", "_bytes")
COUNTS = ("feeds", "delivery_queue", "rules_loaded", "rules_broken", "rules_flooding")


def test_names_have_the_prefix_base_units_and_total() -> None:
    described = metrics.describe()
    assert len({m.name for m in described}) == len(described) >= 15
    for metric in described:
        assert re.fullmatch(r"media_monitor_[a-z_]+", metric.name)
        bare = metric.name.removeprefix("media_monitor_")
        assert (metric.kind == "counter") == bare.endswith("_total")
        if metric.kind != "counter":
            assert bare.endswith(UNITS) or bare in COUNTS, bare
        assert metric.help.endswith((".", ")."))


def test_labels_never_hold_addresses_or_what_users_and_feeds_make_up() -> None:
    labels = {label for m in metrics.describe() for label in m.labels}
    assert labels <= {"result", "status", "reason", "cause", "channel", "outcome", "state", "part"}


def test_everything_described_is_rendered() -> None:
    metrics.POLLS.labels(result="ok").inc()
    families = {f.name for f in text_string_to_metric_families(metrics.render().decode())}
    for metric in metrics.describe():
        assert metric.name.removesuffix("_total") in families
    assert "media_monitor_process_resident_memory_bytes" in families
