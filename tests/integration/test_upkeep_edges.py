"""After an outage of the network the operator is told of the outage, not of every feed."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa

from monitor.model import Feed, FeedName, FeedStatus
from monitor.store import Connection, Database, articles, feeds, troubles
from monitor.upkeep import Upkeep
from tests.integration.outbox_desk import OutboxDesk, channel


def test_when_the_network_is_back_failed_feeds_are_asked_at_once_and_none_is_called_dead(
    database: Database,
) -> None:
    desk = OutboxDesk(database, [channel("ops")])
    named = [Feed(FeedName(n), f"https://{n}.example/feed") for n in "abcd"]
    desk.desk = replace(desk.desk, feeds={f.name: f for f in named})
    started = desk.clock()
    upkeep = Upkeep(database, lambda: desk.desk, desk.clock, started)

    def outage(conn: Connection) -> None:
        feeds.sync(conn, named, now=started)
        claimed = feeds.claim_due(
            conn, now=started, limit=9, lease=timedelta(minutes=5), owner="test"
        )
        for state in claimed:
            down = replace(
                state, status=FeedStatus.FAILING, last_error="no answer", failures=9.0,
                last_success_at=started, last_poll_at=started + timedelta(hours=29),
                last_error_at=started + timedelta(hours=29),
                next_poll_at=started + timedelta(hours=33),
            )  # fmt: skip
            feeds.save(conn, down, owner="test")

    def one_works_again(conn: Connection) -> None:
        [state] = feeds.claim_due(
            conn, now=desk.clock(), limit=1, lease=timedelta(minutes=5), owner="test",
            names=[FeedName("a")], due_only=False,
        )  # fmt: skip
        well = replace(state, status=FeedStatus.OK, failures=0.0, last_success_at=desk.clock())
        feeds.save(conn, well, owner="test")

    database.transact_now(outage)
    desk.clock.turn(hours=30)
    asyncio.run(upkeep.watch())
    assert [n.key for n in database.read_now(troubles.list_open)] == ["feeds:all"]
    database.transact_now(one_works_again)
    asyncio.run(upkeep.watch())
    asyncio.run(upkeep.watch())
    assert database.read_now(troubles.list_open) == []
    due = {s.name: s.next_poll_at for s in database.read_now(feeds.list_all)}
    assert all(due[FeedName(n)] == desk.clock() for n in "bcd")


def watch(desk: OutboxDesk) -> None:
    asyncio.run(Upkeep(desk.database, lambda: desk.desk, desk.clock, desk.clock()).watch())


def test_what_a_poll_queued_for_a_channel_just_removed_is_held_and_told(
    database: Database,
) -> None:
    desk = OutboxDesk(database, [channel("desk"), channel("ops")])
    desk.without("desk")
    desk.alert("desk")
    watch(desk)
    watch(desk)
    assert desk.deliveries()["desk"] == [("held", "the channel is not configured any more")]
    assert [n.key for n in database.read_now(troubles.list_open)] == ["held:desk"]
    desk.clock.turn(hours=1)
    asyncio.run(desk.deliverer.drain())
    watch(desk)
    assert len(desk.notifiers["ops"].sent) == 1, "it is told once, and not as a queue that is stuck"


def test_a_purge_looks_through_the_entries_once_and_not_in_the_writers_way(
    database: Database,
) -> None:
    desk = OutboxDesk(database, [channel("ops")])
    name, start = FeedName("a"), desk.clock()

    def fill(conn: Connection) -> None:
        old = [(f"g{n}", None, "h") for n in range(1200)]
        articles.put_entries(conn, name, old, now=start)
        articles.put_entries(conn, name, [("new", None, "h")], now=start + timedelta(days=91))

    database.transact_now(fill)
    asked: list[str] = []

    def note(conn: object, cursor: object, statement: str, *rest: object) -> None:
        if "max(entries.last_seen_at)" in statement.lower():
            asked.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        asyncio.run(Upkeep(database, lambda: desk.desk, desk.clock, start).purge())
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
    assert len(asked) == 1
    keys = ["g0", "g1199", "new"]
    known = database.read_now(lambda conn: articles.known_entries(conn, name, keys))
    assert set(known) == {"new"}
