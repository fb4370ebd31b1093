"""What keeps the daemon honest: the watch over feeds, lateness and disk, and the retention.

Each check compares the state of things with the troubles that are open, tells the operator what
began and what is over, and leaves a summary for ``monitor status``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog

from monitor import metrics, notices, telling
from monitor.desk import CurrentDesk, Desk
from monitor.errors import StoreError
from monitor.feeds.addresses import redacted
from monitor.model import (
    Clock,
    DeliveryState,
    Feed,
    FeedName,
    FeedState,
    FeedStatus,
    RuleId,
    StoryId,
)
from monitor.store import (
    Connection,
    Database,
    clocks,
    feeds,
    holds,
    outbox,
    retention,
    stories,
    troubles,
)
from monitor.text.urls import host, registrable_domain

log = structlog.get_logger()

DEAD_AFTER = timedelta(hours=24)
"""A feed that has not been read for so long (or six intervals, if longer) is reported."""
NETWORK_AFTER = timedelta(minutes=10)
"""When no feed could be read for so long, that is one trouble, not one per feed."""
LATE_AFTER = timedelta(minutes=5)
"""A poll this overdue means that the daemon cannot keep up or has stalled."""
STUCK_AFTER = timedelta(minutes=30)
"""A delivery that should have gone so long ago is reported."""

MANY_OF_ONE_SITE = 100
"""So many overdue feeds are too many to have come together by chance: a minute's worth of a site
that is asked every half second (`HostLimits`)."""

NEVER_READ_AFTER = 4.0
"""So many failures in a row (weighted) of a feed that could never be read: its address is wrong."""
ALL_FEEDS = "feeds:all"
HOLD = "hold:"
"""Key of the trouble "what is held of a story cannot be told", with the story's id after it."""

Trouble = tuple[str, str]
"""Title and text."""


@dataclass(slots=True)
class Upkeep:
    """Runs the checks; every method is one unit of work with its own transaction."""

    database: Database
    desk: CurrentDesk
    clock: Clock
    started_at: datetime
    keep_articles: timedelta = timedelta(days=90)
    keep_deliveries: timedelta = timedelta(days=30)
    _network_back_at: datetime | None = None

    async def watch(self) -> None:
        """Compare feeds, lateness and queue with what the operator knows, and tell the rest."""
        now, desk = self.clock(), self.desk()

        def check(conn: Connection) -> None:
            states = feeds.list_all(conn)
            _hold_removed(conn, desk, now)
            outbox.mend_times(conn, now)
            clocks.mend(conn, now)
            found = feed_troubles(desk.feeds, states, now=now, started_at=self.started_at)
            found |= queue_troubles(outbox.oldest_pending(conn), now=now)
            ahead = [s.name for s in states if s.last_poll_at and s.last_poll_at - now > LATE_AFTER]
            feeds.hasten(conn, ahead, now=now)  # polled in the future: the clock was wrong
            known = {n.key for n in troubles.list_open(conn)}
            if ALL_FEEDS in known and ALL_FEEDS not in found:
                self._network_back(conn, states, now)
            stale = self._not_asked_since(states) - known
            found = {key: trouble for key, trouble in found.items() if key not in stale}
            self._tell(conn, found, desk, now)
            _close_dead_letters(conn, now)
            _close_gone(conn, desk, now)
            metrics.FLOODING.set(telling.end_floods(conn, desk, now=now))
            _measure(conn, states, desk, now)

        await self.database.transact(check)

    def _network_back(self, conn: Connection, states: Sequence[FeedState], now: datetime) -> None:
        """Ask again what failed meanwhile, now and not when its back-off has run out."""
        self._network_back_at = now
        failing = [s.name for s in states if s.status is FeedStatus.FAILING]
        feeds.hasten(conn, failing, now=now)

    def _not_asked_since(self, states: Sequence[FeedState]) -> set[str]:
        """Feeds that have not failed since the network came back, or since the start: none of them
        is dead before it has been asked again."""
        since = max(self.started_at, self._network_back_at or self.started_at)
        return {
            f"feed:{s.name}"
            for s in states
            if s.status is FeedStatus.FAILING and (s.last_error_at or since) < since
        }

    def _tell(
        self, conn: Connection, found: Mapping[str, Trouble], desk: Desk, now: datetime
    ) -> None:
        channels = desk.operator_channels
        for key, (title, text) in found.items():
            if notices.begin(conn, key, title, text, channels=channels, now=now):
                log.error("trouble.began", key=key, title=title, text=text)
        for notice in troubles.list_open(conn):
            if notice.key.startswith(WATCHED) and notice.key not in found:
                notices.end(conn, notice.key, "It is well again.", channels=channels, now=now)
                log.info("trouble.over", key=notice.key, title=notice.title)

    async def settle(self) -> int:
        """Tell what was held and whose time has come; how many alerts that made."""
        now, desk = self.clock(), self.desk()
        if not await self.database.read(partial(holds.is_due, now=now)):
            return 0

        due = await self.database.transact(partial(telling.due, now=now))
        told = 0
        for story in due:
            try:
                told += await self._settle(story, desk, now)
            except StoreError:
                raise
            except Exception as error:  # noqa: BLE001  # logged, and told to the operator
                await self._cannot_settle(story, error, desk, now)
        return told

    async def _settle(self, story: StoryId, desk: Desk, now: datetime) -> int:
        """Tell what is due of one story, in a transaction of its own; how many alerts that made."""

        def tell(conn: Connection) -> telling.Decided | None:
            stories.lock(conn)
            decided = telling.settle(conn, story, desk, now=now)
            over = f"It is settled; see `monitor alerts show --story {story}`."
            notices.end(conn, f"{HOLD}{story}", over, channels=desk.operator_channels, now=now)
            return decided

        decided = await self.database.transact(tell)
        if decided is None:
            return 0
        telling.count([decided])
        log.info(
            "hold.told", story=story, alert=decided.alert, rules=decided.rules, why=decided.why
        )
        return 1

    async def _cannot_settle(
        self, story: StoryId, error: Exception, desk: Desk, now: datetime
    ) -> None:
        """A fault of ours in one story holds up no other, and is told once: it is tried again."""
        metrics.UNEXPECTED.labels(part="settle").inc()
        title = f"What is held of story {story} cannot be told"
        text = f"{type(error).__name__}: {error}. This is a fault of the program; see the log, and "
        text += f"`monitor alerts show --story {story}` for what is held. It is tried again."
        key, channels = f"{HOLD}{story}", desk.operator_channels
        began = await self.database.transact(
            lambda conn: notices.begin(conn, key, title, text, channels=channels, now=now)
        )
        if began:
            log.error("hold.unexpected", story=story, exc_info=error)

    async def purge(self) -> None:
        """Drop what is past its retention, in portions that do not hold up the polls."""
        left = await self.database.read(retention.left_before)
        while True:
            gone = await self.database.transact(
                lambda conn: retention.purge(
                    conn, now=self.clock(), articles=self.keep_articles,
                    deliveries=self.keep_deliveries, limit=500, left=left,
                )
            )  # fmt: skip
            if not any(gone.values()):
                return
            log.info("retention.purged", **gone)


WATCHED = ("feed:", "feeds:", "late:", "queue:")
"""Keys of the troubles that `Upkeep.watch` opens and closes; others have their own owners."""


def feed_troubles(
    configured: Mapping[FeedName, Feed],
    states: Sequence[FeedState],
    *,
    now: datetime,
    started_at: datetime,
) -> dict[str, Trouble]:
    """What is wrong with the polling, by trouble key. Pure."""
    enabled = [s for s in states if s.name in configured and configured[s.name].enabled]
    found: dict[str, Trouble] = {}
    failing = [s for s in enabled if s.status is FeedStatus.FAILING]
    lost = (FeedStatus.GONE, FeedStatus.BLOCKED)  # with or without a network
    polled = [s for s in enabled if s.last_poll_at is not None and s.status not in lost]
    latest = max((s.last_success_at for s in enabled if s.last_success_at), default=started_at)
    if len(failing) > 1 and len(failing) == len(polled) and now - latest >= NETWORK_AFTER:
        example = failing[0]
        text = f"Not one of {len(polled)} feeds could be read since {latest:%H:%M} UTC, e.g. "
        text += f"{example.name}: {example.last_error}. Is the network down?"
        found[ALL_FEEDS] = ("No feed can be read", text)
    else:
        found |= dict(filter(None, (_dead(s, configured[s.name], now) for s in enabled)))
    if late := _late(enabled, now, started_at):
        found["late:polls"] = late
    return found


def _late(enabled: Sequence[FeedState], now: datetime, started_at: datetime) -> Trouble | None:
    """What to do about polls that are overdue, by whether they wait for us or for one site."""
    waits = {
        s.name: now - max(s.next_poll_at, started_at) for s in enabled if s.next_poll_at is not None
    }
    overdue = [s for s in enabled if waits.get(s.name, timedelta(0)) >= LATE_AFTER]
    if not overdue:
        return None
    minutes = round(max(waits.values()).total_seconds() / 60)
    text = f"{len(overdue)} polls are overdue, the oldest by {minutes} minutes: "
    site, count = Counter(registrable_domain(host(s.url)) for s in overdue).most_common(1)[0]
    if len(overdue) >= MANY_OF_ONE_SITE and count * 2 > len(overdue):
        text += f"{count} of them are of {site}, and one site is asked twice a second at most. "
        text += "Lengthen the interval of its feeds."
    else:
        text += "raise [polling] concurrency, or see `monitor status` for what is slow."
    return "Polling is late", text


def _dead(state: FeedState, feed: Feed, now: datetime) -> tuple[str, Trouble] | None:
    """The trouble of one feed, if it has one that a person should know of."""
    key = f"feed:{state.name}"
    name, url = redacted(state.name), redacted(feed.url)  # a notice goes to other people's servers
    if state.status is FeedStatus.GONE:
        text = f"{url} answered 410 Gone. It is asked once a week only: remove or replace it."
        return key, (f"Feed {name} is gone", text)
    if state.status is FeedStatus.BLOCKED:
        return key, (f"Feed {name} is refused", str(state.last_error))
    if state.status is not FeedStatus.FAILING:
        return None
    since = state.last_success_at
    if since is None:
        if state.failures < NEVER_READ_AFTER:
            return None
        return key, (f"Feed {name} has never been read", f"{url}: {state.last_error}")
    if now - since < max(DEAD_AFTER, 6 * (feed.interval or timedelta(0))):
        return None
    text = f"Not read since {since:%Y-%m-%d %H:%M} UTC: {state.last_error}"
    return key, (f"Feed {name} is dead", text)


def queue_troubles(oldest: datetime | None, *, now: datetime) -> dict[str, Trouble]:
    """A delivery that has been due for long. Pure."""
    if oldest is None or now - oldest < STUCK_AFTER:
        return {}
    minutes = round((now - oldest).total_seconds() / 60)
    text = f"The oldest message has been due for {minutes} minutes; see `monitor deliveries list`."
    return {"queue:stuck": ("Messages are not going out", text)}


def _hold_removed(conn: Connection, desk: Desk, now: datetime) -> None:
    """A poll that began before a reload may queue for a channel which that reload removed."""
    for channel, by_state in outbox.counts(conn).items():
        if channel not in desk.channels and by_state.get(DeliveryState.PENDING):
            told = desk.operator_channels
            notices.hold_removed(conn, channel, held_before=False, channels=told, now=now)


def _close_dead_letters(conn: Connection, now: datetime) -> None:
    """Somebody retried or discarded them: whoever did knows, so that nobody is told."""
    counts = outbox.counts(conn)
    dead = {f"{notices.DEAD_LETTERS}{c}" for c, by in counts.items() if by.get(DeliveryState.DEAD)}
    for notice in troubles.list_open(conn):
        if notice.key.startswith(notices.DEAD_LETTERS) and notice.key not in dead:
            troubles.close(conn, notice.key, now=now)


def _close_gone(conn: Connection, desk: Desk, now: datetime) -> None:
    """A rule that was gone is done with when it is back, or nothing is held for it any more; that
    needs no telling."""
    for notice in troubles.list_open(conn):
        rule = RuleId(notice.key.removeprefix(notices.GONE))
        if rule != notice.key and (rule in desk.ruleset.rules or not holds.waits(conn, rule)):
            troubles.close(conn, notice.key, now=now)


def _measure(conn: Connection, states: Sequence[FeedState], desk: Desk, now: datetime) -> None:
    """Set the gauges that come from the database."""
    for status in FeedStatus:
        metrics.FEEDS.labels(status=status).set(sum(s.status is status for s in states))
    due = [s.next_poll_at for s in states if s.next_poll_at is not None]
    metrics.LATENESS.set(max((now - min(due, default=now)).total_seconds(), 0))
    for channel, by_state in outbox.counts(conn).items():
        for state, count in by_state.items():
            metrics.QUEUE.labels(channel=channel, state=state).set(count)
    metrics.RULES.set(len(desk.ruleset.rules))
