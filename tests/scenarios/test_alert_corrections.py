"""Stories put right by hand, or gone wrong, while something of them waits to be told."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from monitor.model import Reason
from monitor.store import Connection, Database, regroup, schema
from tests.integration.alerting_desk import AlertingDesk


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> AlertingDesk:
    return AlertingDesk(database, tmp_path)


def test_two_stories_merged_before_they_are_told_are_told_once(
    database: Database, tmp_path: Path
) -> None:
    wait: dict[str, object] = {"group_wait": timedelta(minutes=2)}
    desk = AlertingDesk(database, tmp_path, options={"desk": wait})
    longer = "It swam in the river with its two cubs, and an otter fished from the bank."
    one, other = desk.story(), desk.story("Otters in the river", body=longer)

    def merge(conn: Connection) -> None:
        regroup.merge(conn, other, one, author="", comment="", now=desk.clock())

    database.transact_now(merge)
    desk.clock.turn(minutes=3)
    (subject,) = desk.deliver()["desk"]
    assert subject.startswith("[NORMAL] Otters in the river (Outlet")
    assert "more" not in subject
    (text,) = desk.texts("desk")
    assert "(2 outlets in all)" in text
    assert text.count("Rule: ") == 1


def test_what_a_split_leaves_untold_is_told_for_the_first_time_when_its_wait_is_over(
    desk: AlertingDesk,
) -> None:
    story = desk.story()
    (told,) = desk.alerts()
    desk.clock.turn(minutes=5)
    desk.report(story=story, news="two cubs")
    assert told.article is not None
    article = told.article

    def split(conn: Connection) -> None:
        regroup.split(conn, [article], author="", comment="", now=desk.clock())

    desk.database.transact_now(split)
    assert desk.later(hours=1) == 1
    assert [(a.reason, a.note) for a in desk.alerts()] == [(Reason.FIRST, "")] * 2
    (closed,) = desk.held(open_only=False)
    assert closed.alert == desk.alerts()[1].id


def test_a_story_that_cannot_be_settled_holds_up_no_other_and_is_told_to_the_operator(
    desk: AlertingDesk,
) -> None:
    bad = desk.story("A bad otter")
    good = desk.story("A good otter")
    for story in (bad, good):
        desk.report(story=story, news="two cubs")
    broken = min(h.held.article for h in desk.held())
    of = schema.matches

    def leave_by_a_newer_version(detail: dict[str, object]) -> None:
        change = sa.update(of).where(of.c.article == broken).values(detail=detail)
        desk.database.transact_now(lambda conn: conn.execute(change))

    detail = desk.database.read_now(
        lambda conn: conn.scalar(sa.select(of.c.detail).where(of.c.article == broken))
    )
    assert isinstance(detail, dict)
    leave_by_a_newer_version({"v": 99})
    assert desk.later(hours=1) == 1
    assert desk.later(seconds=5) == 0
    desk.watch()
    (trouble,) = [t for t in desk.troubles() if t.key.startswith("hold:")]
    assert trouble.title == f"What is held of story {bad} cannot be told"
    assert "stored JSON of version 99" in trouble.text
    leave_by_a_newer_version(detail)
    assert desk.later(seconds=5) == 1
    assert [t for t in desk.troubles() if t.key.startswith("hold:")] == []
