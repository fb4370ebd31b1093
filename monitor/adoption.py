"""Bringing the database in line with a desk just loaded, and telling the operator what is wrong.

Called at start and after every reload, once everything fallible is behind; each step is one
transaction.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import structlog

from monitor import metrics, notices
from monitor.desk import Desk
from monitor.loading import Loaded
from monitor.model import DeliveryState
from monitor.store import Connection, Database, feeds, outbox, rules, status, troubles

log = structlog.get_logger()

DOWNTIME_WORTH_TELLING = timedelta(minutes=10)


async def adopt(
    database: Database, loaded: Loaded, *, previous: int, before: Desk | None, now: datetime
) -> None:
    """Store what a desk brings. ``previous`` rules were loaded before; ``before`` is the desk that
    this one replaces, None at start."""
    desk = loaded.desk

    def write(conn: Connection) -> None:
        feeds.sync(conn, list(desk.feeds.values()), now=now)
        rules.save_good(conn, loaded.sources, now=now)
        _settle_channels(conn, desk, now)
        status.put(conn, "rules", _rules_status(loaded), now=now)
        if before is not None:
            # What was changed is meant to take effect now, not when a back-off has run out.
            known = before.feeds
            changed = [n for n, f in desk.feeds.items() if n in known and f != known[n]]
            feeds.hasten(conn, changed, now=now)

    await database.transact(write)
    await _tell_broken(database, loaded, now)
    await _tell_shrunk(database, loaded, previous, now)


async def begin_trouble(
    database: Database, desk: Desk, key: str, title: str, text: str, *, now: datetime
) -> None:
    """Tell the operator; a trouble that reads differently from before is told anew."""

    def tell(conn: Connection) -> None:
        if any(n.key == key and n.text != text for n in troubles.list_open(conn)):
            troubles.close(conn, key, now=now)
        notices.begin(conn, key, title, text, channels=desk.operator_channels, now=now)

    await database.transact(tell)


async def end_trouble(
    database: Database, desk: Desk, key: str, text: str, *, now: datetime
) -> None:
    """Tell that a trouble is over, if it was one."""
    await database.transact(
        lambda conn: notices.end(conn, key, text, channels=desk.operator_channels, now=now)
    )


async def tell_downtime(database: Database, desk: Desk, *, now: datetime) -> None:
    """A gap in the watch is never silent: say from when to when nobody looked."""
    last = await database.read(lambda conn: status.get(conn, "daemon"))
    if last is None:
        return
    polls = await database.read(feeds.last_poll)  # rounds by hand or timer count too
    seen = max(last[1], polls or last[1])
    if now - seen < DOWNTIME_WORTH_TELLING:
        return
    text = f"Nothing was polled from {seen:%Y-%m-%d %H:%M} to {now:%Y-%m-%d %H:%M} UTC. "
    text += "What feeds still hold of that time is being read now."
    channels = desk.operator_channels

    def tell(conn: Connection) -> None:
        notices.begin(conn, "downtime", "The monitor was down", text, channels=channels, now=now)
        troubles.close(conn, "downtime", now=now)

    await database.transact(tell)


async def _tell_broken(database: Database, loaded: Loaded, now: datetime) -> None:
    """The errors in rule files, templates, silences and lists of feeds, all in one notice."""
    metrics.RULES_BROKEN.set(len({p.rule or p.place for p in loaded.errors}))
    for problem in loaded.errors:
        log.error("rule.broken", place=problem.place, rule=problem.rule, error=problem.message)
    if not loaded.errors:
        over = "All files can be read again."
        await end_trouble(database, loaded.desk, "rules:broken", over, now=now)
        return
    lines = [f"{p}" + (f" ({p.hint})" if p.hint else "") for p in loaded.errors[:20]]
    if loaded.kept:
        lines.append(f"Kept at their last good version: {', '.join(loaded.kept)}")
    settings = loaded.settings
    named = {str(path) for path in (*settings.opml, settings.alerts.silences) if path}
    of_rules = all(p.file not in named and not p.file.endswith(".j2") for p in loaded.errors)
    title = "Rule files have errors" if of_rules else "Files of the desk have errors"
    await begin_trouble(database, loaded.desk, "rules:broken", title, "\n".join(lines), now=now)


async def _tell_shrunk(database: Database, loaded: Loaded, previous: int, now: datetime) -> None:
    """No rules at all, or less than half of the last load's."""
    count = len(loaded.desk.ruleset.rules)
    if count and count * 2 >= previous:
        text = f"{count} rules are loaded."
        await end_trouble(database, loaded.desk, "rules:few", text, now=now)
        return
    text = f"{count} rules are loaded, {previous} were before. "
    text += f"Is {loaded.settings.rules} the right place?"
    title = "Most rules are gone" if count else "No rules"
    await begin_trouble(database, loaded.desk, "rules:few", title, text, now=now)


def _settle_channels(conn: Connection, desk: Desk, now: datetime) -> None:
    """Hold what waits for channels that are gone, free what waited for those that are back."""
    told = desk.operator_channels
    for channel, by_state in outbox.counts(conn).items():
        key = f"{notices.HELD}{channel}"
        if channel in desk.channels:
            outbox.unhold(conn, channel, now=now)
            notices.end(conn, key, "What was held is being sent.", channels=told, now=now)
            continue
        held = bool(by_state.get(DeliveryState.HELD))
        notices.hold_removed(conn, channel, held_before=held, channels=told, now=now)
    for notice in troubles.list_open(conn):
        name = notice.key.removeprefix(notices.CHANNEL)
        if name != notice.key and name not in desk.channels:
            text = "It is not configured any more."
            notices.end(conn, notice.key, text, channels=told, now=now)


def _rules_status(loaded: Loaded) -> dict[str, Any]:
    """What ``monitor status`` shows of the last load."""
    return {
        "rules": len(loaded.desk.ruleset.rules),
        "feeds": len(loaded.desk.feeds),
        "kept": list(loaded.kept),
        "problems": [f"{p.place}: {p.message}" for p in loaded.errors][:50],
    }
