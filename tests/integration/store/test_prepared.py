"""Statements of the story step give what SQLAlchemy gives, and fail as it does."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from monitor.errors import DatabaseBusy, StoreError
from monitor.store import stories
from monitor.store.database import Connection, Database
from monitor.store.prepared import Prepared
from monitor.store.schema import stories as table
from monitor.store.schema import story_articles as joined
from monitor.store.schema import story_reports as reports
from tests.integration.store.helpers import HOUR, NOW, add_article

PUT = Prepared(sa.insert(table).returning(table.c.id))
ALL = Prepared(sa.select(table).where(table.c.articles >= sa.bindparam("least")).limit(9))
VALUES = {"title": "Брод\0", "created_at": NOW, "last_at": NOW + HOUR, "articles": 3}


def test_values_go_in_and_come_out_as_through_sqlalchemy(database: Database) -> None:
    def work(conn: Connection) -> None:
        ((id,),) = PUT.rows(conn, VALUES)
        (row,) = ALL.rows(conn, {"least": 3})
        assert tuple(row) == tuple(conn.execute(sa.select(table)).one())
        assert tuple(row) == (id, "Брод\ufffd", NOW, NOW + HOUR, 3)
        assert ALL.rows(conn, {"least": 4}) == []

    database.transact_now(work)


def test_bytes_json_and_nothing_at_all_come_out_as_they_went_in(database: Database) -> None:
    given = {"version": 1, "title": "t", "terms": b"", "packed": b"\0\xff", "joined_at": NOW}
    put = Prepared(sa.insert(reports).returning(reports.c.number))
    read = Prepared(
        sa.select(reports.c.packed, reports.c.terms, reports.c.rival, joined.c.entities)
        .join(joined, joined.c.article == reports.c.article)
        .where(reports.c.number == sa.bindparam("number"))
    )

    def work(conn: Connection) -> None:
        article = add_article(conn)
        stories.open_with(conn, article, title="t", source="s", reason="", now=NOW)
        ((number,),) = put.rows(conn, given | {"article": article, "rival": None})
        (row,) = read.rows(conn, {"number": number})
        assert tuple(row) == (b"\0\xff", b"", None, {"v": 1, "names": []})

    database.transact_now(work)


def test_what_only_acts_is_undone_with_its_transaction(database: Database) -> None:
    rename = Prepared(
        sa.update(table)
        .where(table.c.id == sa.bindparam("which"))
        .values(title="new", articles=table.c.articles + 1)
    )

    def put(conn: Connection) -> int:
        ((id,),) = PUT.rows(conn, VALUES)
        return int(id)

    id = database.transact_now(put)

    def work(conn: Connection) -> None:
        rename.run(conn, {"which": id})
        assert conn.execute(sa.select(table.c.title, table.c.articles)).one() == ("new", 4)
        raise KeyError

    with pytest.raises(KeyError):
        database.transact_now(work)
    found = database.read_now(lambda conn: conn.execute(sa.select(table.c.title)).scalar_one())
    assert found == "Брод\ufffd"


def test_what_the_database_refuses_is_an_error_of_the_store(database: Database) -> None:
    def work(conn: Connection) -> None:
        article = add_article(conn)
        stories.open_with(conn, article, title="t", source="s", reason="", now=NOW)
        with pytest.raises(sa.exc.IntegrityError) as refused:
            stories.open_with(conn, article, title="t", source="s", reason="secret", now=NOW)
        assert "secret" not in str(refused.value)
        raise refused.value

    with pytest.raises(StoreError, match=r"(?i)unique") as caught:
        database.transact_now(work)
    assert not isinstance(caught.value, DatabaseBusy)
    assert database.read_now(stories_at_all) == []


def test_nothing_is_written_outside_a_transaction(database: Database) -> None:
    def work(conn: Connection) -> None:
        conn.rollback()
        PUT.rows(conn, VALUES)

    with pytest.raises(sa.exc.InvalidRequestError):
        database.transact_now(work)
    assert database.read_now(stories_at_all) == []


def test_a_value_that_was_forgotten_is_told(database: Database) -> None:
    least = Prepared(sa.select(table).where(table.c.articles >= sa.bindparam("least")))
    with pytest.raises(sa.exc.SQLAlchemyError, match="least"):
        database.transact_now(lambda conn: least.rows(conn, {}))


def stories_at_all(conn: Connection) -> list[stories.Story]:
    return stories.list_recent(conn, limit=9)
