"""``monitor status``: whether all is well, from what the daemon left in the database."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli import context, database, output, show
from monitor.cli.context import ExitCode

if TYPE_CHECKING:
    from monitor.alerts.holding import Cause
    from monitor.model import ChannelName, DeliveryState, FeedState, OperatorNotice

SILENT_AFTER = timedelta(seconds=60)
"""A daemon that has not written its status for so long is not running."""


@dataclass(slots=True)
class _Facts:
    """All that the status is made of, read in one transaction."""

    now: datetime
    daemon: tuple[Any, datetime] | None
    rules: tuple[Any, datetime] | None
    feeds: list[FeedState]
    queue: dict[ChannelName, dict[DeliveryState, int]]
    oldest: datetime | None
    troubles: list[OperatorNotice]
    held: dict[Cause, tuple[int, int]]
    faults: list[str] = field(default_factory=list)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("status")(status)


def status(
    ctx: typer.Context,
    json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Show what the daemon does and what is wrong: polls, lateness, queue, channels, rules, errors.

    Exits with 1 when anything needs a person.
    """
    from monitor.loading import all_feeds
    from monitor.model import utcnow

    facts = database.read(ctx, lambda conn: _read(conn, utcnow()))
    enabled = {f.name for f in all_feeds(context.settings(ctx))[0].values() if f.enabled}
    facts.feeds = [s for s in facts.feeds if s.name in enabled]
    facts.faults = _faults(facts)
    if json:
        output.print_json(_as_json(facts))
    else:
        _print(facts)
    raise typer.Exit(ExitCode.INPUT if facts.faults else ExitCode.FINE)


def _read(conn: Any, now: datetime) -> _Facts:
    from monitor.store import feeds, holds, outbox, troubles
    from monitor.store import status as stored

    return _Facts(
        now=now,
        daemon=stored.get(conn, "daemon"),
        rules=stored.get(conn, "rules"),
        feeds=feeds.list_all(conn),
        queue=outbox.counts(conn),
        oldest=outbox.oldest_pending(conn),
        troubles=troubles.list_open(conn),
        held=holds.open_counts(conn),
    )


def _faults(facts: _Facts) -> list[str]:
    """What needs a person, a line each."""
    found = []
    if facts.daemon is None:
        found.append("the daemon has never run on this database")
    elif facts.now - facts.daemon[1] > SILENT_AFTER:
        found.append(
            f"the daemon is not running: last sign of life {show.ago(facts.daemon[1], facts.now)}"
        )
    polled = [s for s in facts.feeds if s.last_poll_at is not None]
    told = {t.key for t in facts.troubles}
    if polled and all(s.status.value == "failing" for s in polled) and "feeds:all" not in told:
        found.append(f"not one of {len(polled)} feeds could be read, e.g. {polled[0].last_error}")
    found += [f"{t.title}: {t.text}" for t in facts.troubles]
    dead = sum(n for by in facts.queue.values() for s, n in by.items() if s.value == "dead")
    if dead:
        found.append(f"{dead} dead letters (see `monitor deliveries list --state dead`)")
    return found


def _lateness(facts: _Facts) -> float:
    """Seconds that the most overdue poll is late."""
    due = [s.next_poll_at for s in facts.feeds if s.next_poll_at is not None]
    return max((facts.now - min(due, default=facts.now)).total_seconds(), 0.0)


def _by_state(facts: _Facts) -> dict[str, int]:
    counts: dict[str, int] = {}
    for state in facts.feeds:
        counts[state.status.value] = counts.get(state.status.value, 0) + 1
    return counts


def _as_json(facts: _Facts) -> dict[str, Any]:
    last = max((s.last_success_at for s in facts.feeds if s.last_success_at), default=None)
    return {
        "ok": not facts.faults,
        "faults": facts.faults,
        "daemon": {**facts.daemon[0], "seen_at": facts.daemon[1]} if facts.daemon else None,
        "rules": {**facts.rules[0], "loaded_at": facts.rules[1]} if facts.rules else None,
        "feeds": {"count": len(facts.feeds), "by_state": _by_state(facts), "last_success": last},
        "lateness_seconds": _lateness(facts),
        "queue": {c: {s.value: n for s, n in by.items()} for c, by in facts.queue.items()},
        "oldest_pending": facts.oldest,
        "held": {
            cause: {"stories": stories, "articles": articles}
            for cause, (stories, articles) in sorted(facts.held.items())
        },
        "troubles": [
            {"key": t.key, "title": t.title, "text": t.text, "since": t.at} for t in facts.troubles
        ],
    }


def _print(facts: _Facts) -> None:
    out = output.stdout()
    if facts.faults:
        out.print("Needs attention", style="bold red")
        for line in facts.faults:
            out.print(show.safe(f"  {line}"))
    else:
        out.print("All is well", style="bold green")
    for label, text in _lines(facts):
        out.print(f"{label:<11} {show.safe(text)}")


def _lines(facts: _Facts) -> list[tuple[str, str]]:
    seen = show.ago(facts.daemon[1], facts.now) if facts.daemon else "never"
    nothing: dict[str, Any] = {"rules": 0, "kept": [], "problems": []}
    rules = facts.rules[0] if facts.rules else nothing
    loaded = (
        f"{rules['rules']} loaded {show.ago(facts.rules[1] if facts.rules else None, facts.now)}"
    )
    if rules["problems"]:
        loaded += f", {len(rules['problems'])} errors"
    if rules["kept"]:
        loaded += f", kept at their last good version: {', '.join(rules['kept'])}"
    last = max((s.last_success_at for s in facts.feeds if s.last_success_at), default=None)
    states = ", ".join(f"{n} {s}" for s, n in sorted(_by_state(facts).items())) or "none"
    lines = [
        ("Daemon", f"last sign of life {seen}"),
        ("Rules", loaded),
        ("Feeds", f"{states}; last read {show.ago(last, facts.now)}"),
        ("Lateness", f"{_lateness(facts):.0f} s"),
    ]
    lines += [
        (f"  {s.name}", f"{s.status.value}: {s.last_error}")
        for s in facts.feeds
        if s.status.value not in ("ok", "new", "disabled")
    ][:20]
    for channel, by in facts.queue.items():
        known = (facts.daemon[0] if facts.daemon else {}).get("channels", {}).get(channel, {})
        error = f"; failing: {known['last_error']}" if known.get("unhealthy") else ""
        lines.append(("Channel", f"{channel}: {_counts(by)}{error}"))
    if not facts.queue:
        lines.append(("Queue", "empty"))
    if facts.held:
        stories = ", ".join(
            f"{n} {'story' if n == 1 else 'stories'} by {cause}"
            for cause, (n, _) in sorted(facts.held.items())
        )
        lines.append(("Held", f"{stories}; see `monitor alerts list --held`"))
    return lines


def _counts(by: dict[DeliveryState, int]) -> str:
    return ", ".join(f"{n} {s.value}" for s, n in by.items())
