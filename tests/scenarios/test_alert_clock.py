"""A clock that was ahead for a while: nothing waits for the time it showed, nothing is counted by
it."""

from __future__ import annotations

from pathlib import Path

from monitor.desk import Alerting
from monitor.model import FeedName, Reason
from monitor.store import Connection, Database, fulltext
from tests.integration.alerting_desk import AlertingDesk

COUNTING = """
rules:
  - {id: otters, terms: [otter*], alert_when: {stories: 2, in: 2 hours, quiet_for: 1 hour}}
"""


def test_alerts_from_the_future_are_no_flood_of_the_last_hour(
    database: Database, tmp_path: Path
) -> None:
    desk = AlertingDesk(database, tmp_path, alerting=Alerting(flood=3))
    desk.clock.turn(days=300)
    for _ in range(4):
        desk.story()
    desk.clock.turn(days=-300)
    assert desk.report()[0].summed_up == ()
    desk.watch()
    assert desk.troubles() == [], "it has calmed down"


def test_a_volume_is_told_whatever_was_told_in_the_future(
    database: Database, tmp_path: Path
) -> None:
    desk = AlertingDesk(database, tmp_path, COUNTING)
    desk.clock.turn(days=300)
    for _ in range(2):
        desk.story()
    desk.clock.turn(days=-300)
    for _ in range(2):
        desk.story()
    assert [a.reason for a in desk.alerts()] == [Reason.VOLUME] * 2


def test_what_was_held_until_the_future_waits_no_longer_than_it_had_to(
    database: Database, tmp_path: Path
) -> None:
    desk = AlertingDesk(database, tmp_path)
    desk.clock.turn(days=300)
    desk.report(story=desk.story(), news="two cubs")
    desk.clock.turn(days=-300)
    desk.watch()
    assert desk.later(minutes=29) == 0
    assert desk.later(minutes=2) == 1
    assert desk.alerts()[0].note == "two cubs", "listed by time: the first comes last"


def test_what_counted_in_the_future_counts_from_now_for_its_window(
    database: Database, tmp_path: Path
) -> None:
    desk = AlertingDesk(database, tmp_path, COUNTING)
    desk.clock.turn(days=300)
    desk.story()
    desk.clock.turn(days=-300)
    desk.watch()
    assert desk.later(hours=1, minutes=59) == 0
    assert len(desk.held()) == 1
    desk.later(minutes=2)
    assert desk.held() == [], "not reached within its two hours"


def test_a_page_asked_for_in_the_future_is_fetched_now(database: Database, tmp_path: Path) -> None:
    desk = AlertingDesk(database, tmp_path)
    desk.story()
    (alert,) = desk.alerts()
    now = desk.clock()
    desk.clock.turn(days=300)
    assert alert.article is not None
    article, url = alert.article, "https://o.example/page"

    def ask(conn: Connection) -> None:
        fulltext.enqueue(conn, article, url, FeedName("wire"), now=desk.clock())

    database.transact_now(ask)
    desk.clock.turn(days=-300)
    assert not database.read_now(lambda conn: fulltext.is_due(conn, now=now))
    desk.watch()
    assert database.read_now(lambda conn: fulltext.is_due(conn, now=now))
