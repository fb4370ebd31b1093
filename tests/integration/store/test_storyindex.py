"""The index by which an article finds its story, and what is learnt of the stream."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import sqlalchemy as sa

from monitor.model import Article, ArticleId, StoryId
from monitor.store import stories, storyindex
from monitor.store.database import Connection, Database
from monitor.store.schema import story_frequencies, story_reports
from monitor.store.scratch import scratch
from monitor.stories.features import features
from monitor.stories.index import COMPARED, OF_TERM
from tests.integration.store.helpers import DAY, HOUR, NOW, add_article, article

BODY = (
    "The river convoy left Gaya with {0} trucks of millet on {1}, the prefect of the district told "
    "the radio station, after the bridge at Malanville had been closed for a week by high water."
)


OTHER = Article(key="x", title="Herons over Malbork", body="They nest there in the old mill.")


def report(n: int = 0, day: str = "Monday") -> Article:
    return Article(key=f"k{n}", title=f"Convoy {n} leaves Gaya", body=BODY.format(n, day))


def index(
    conn: Connection,
    made: Article,
    story: StoryId | None = None,
    *,
    at: object = NOW,
    entities: Sequence[str] = (),
    id: int | None = None,
) -> tuple[StoryId, ArticleId]:
    """Put an article into the index, in a story of its own unless one is given.

    ``id``: of an article that is not archived.
    """
    moment = NOW if at is NOW else at
    assert hasattr(moment, "tzinfo")
    mine = features(made, entities)
    if id is None:
        id = add_article(conn, article(title=made.title), now=moment)  # type: ignore[arg-type]
    id = ArticleId(id)
    where = story or stories.create(conn, title=made.title, now=moment)  # type: ignore[arg-type]
    stories.join(conn, where, id, source="S", reason="", now=moment)  # type: ignore[arg-type]
    storyindex.put(conn, id, mine, now=moment)  # type: ignore[arg-type]
    return where, id


def found_for(conn: Connection, made: Article, *, since: object = NOW) -> list[ArticleId]:
    candidates, _ = storyindex.look_up(conn, features(made), since=since)  # type: ignore[arg-type]
    return [c.article for c in candidates]


def test_a_candidate_is_what_was_put(database: Database) -> None:
    def work(conn: Connection) -> None:
        story, id = index(conn, report(7))
        (candidate,), _ = storyindex.look_up(conn, features(report(7)), since=NOW)
        assert (candidate.article, candidate.story) == (id, story)
        assert (candidate.at, candidate.story_since) == (NOW, NOW)
        assert candidate.features.shingles == features(report(7)).shingles
        assert candidate.features.telling is None

    database.transact_now(work)


def test_only_the_window_is_searched(database: Database) -> None:
    def work(conn: Connection) -> None:
        _, old = index(conn, report(1))
        _, new = index(conn, report(2), at=NOW + HOUR)
        assert found_for(conn, report(3)) == [new, old]
        assert found_for(conn, report(3), since=NOW + HOUR) == [new]

    database.transact_now(work)


def test_a_report_in_another_script_is_found_by_its_figures(database: Database) -> None:
    def work(conn: Connection) -> None:
        english = Article(key="en", title="Nineteen killed and forty hurt near Gaya", body="")
        russian = Article(key="ru", title="Под Гаей погибли 19, ранены 40", body="")
        for entities in ((), ("niger",)):
            _, id = index(conn, english, entities=entities)
            mine = features(russian, entities)
            candidates, _ = storyindex.look_up(conn, mine, since=NOW)
            assert [c.article for c in candidates] == ([id] if entities else [])
            assert all(c.features.entities == mine.entities for c in candidates)
            storyindex.replace(conn, id, features(OTHER))

    database.transact_now(work)


def test_features_of_another_version_are_not_compared(database: Database) -> None:
    def work(conn: Connection) -> None:
        index(conn, report(1))
        conn.execute(story_reports.update().values(version=1))

    database.transact_now(work)
    assert database.transact_now(lambda conn: found_for(conn, report(1))) == []


def test_the_newest_of_many_are_found(database: Database) -> None:
    def work(conn: Connection) -> list[ArticleId]:
        return [index(conn, report(n))[1] for n in range(OF_TERM + 20)]

    made = database.transact_now(work)
    newest = made[: -COMPARED - 1 : -1]
    found = database.transact_now(lambda conn: found_for(conn, report(99)))
    assert found == newest


def test_reports_of_one_transaction_find_each_other(database: Database) -> None:
    """A document may bring two reports of one event."""

    def work(conn: Connection) -> None:
        _, one = index(conn, report(1))
        _, two = index(conn, report(2))
        assert found_for(conn, report(2)) == [two, one]
        storyindex.replace(conn, one, features(OTHER))
        assert found_for(conn, report(2)) == [two]
        assert found_for(conn, OTHER) == [one]

    database.transact_now(work)


def test_what_is_undone_is_not_found(database: Database) -> None:
    def fail(conn: Connection) -> None:
        index(conn, report(1))
        assert len(found_for(conn, report(1))) == 1
        raise LookupError("undone")

    for _ in range(2):
        with pytest.raises(LookupError):
            database.transact_now(fail)
    assert database.transact_now(lambda conn: found_for(conn, report(1))) == []
    _, id = database.transact_now(lambda conn: index(conn, report(1)))
    assert database.transact_now(lambda conn: found_for(conn, report(1))) == [id]


def test_what_was_replaced_in_vain_is_found(database: Database) -> None:
    _, id = database.transact_now(lambda conn: index(conn, report(1)))

    def fail(conn: Connection) -> None:
        storyindex.replace(conn, id, features(OTHER))
        assert found_for(conn, report(1)) == []
        raise LookupError("undone")

    with pytest.raises(LookupError):
        database.transact_now(fail)
    assert database.transact_now(lambda conn: found_for(conn, report(1))) == [id]


def test_another_process_finds_what_this_one_has_put(database_url: str, database: Database) -> None:
    """Each holds its own window, and reads on."""
    other = Database(database_url)
    expected: list[ArticleId] = []
    for n in range(4):
        one, two = (database, other) if n % 2 else (other, database)
        _, id = one.transact_now(lambda conn, n=n: index(conn, report(n)))  # type: ignore[misc]
        expected.insert(0, id)
        assert two.transact_now(lambda conn: found_for(conn, report(9))) == expected

    before = other.transact_now(storyindex.frequencies).articles
    database.transact_now(lambda conn: storyindex.replace(conn, expected[0], features(OTHER)))
    assert other.transact_now(lambda conn: found_for(conn, OTHER)) == expected[:1]
    assert other.transact_now(lambda conn: found_for(conn, report(9))) == expected[1:]
    assert other.transact_now(storyindex.frequencies).articles == before  # one report, once
    other.close_now()


def test_a_version_keeps_the_time_of_its_report(database: Database) -> None:
    _, id = database.transact_now(lambda conn: index(conn, report(1)))
    database.transact_now(lambda conn: storyindex.replace(conn, id, features(OTHER)))

    def check(conn: Connection) -> None:
        ((candidate,), _) = storyindex.look_up(conn, features(OTHER), since=NOW)
        assert candidate.at == NOW
        assert conn.scalar(sa.select(story_reports.c.joined_at)) == NOW
        storyindex.purge(conn, NOW + HOUR, 9)
        storyindex.replace(conn, id, features(OTHER))  # it has left the window
        assert conn.execute(story_reports.select()).all() == []

    database.transact_now(check)


def test_many_versions_of_one_report_hide_no_other(database: Database) -> None:
    ids = database.transact_now(lambda conn: [index(conn, report(n))[1] for n in range(8)])
    for n in range(150):
        database.transact_now(
            lambda conn, n=n: storyindex.replace(conn, ids[-1], features(report(n)))  # type: ignore[misc]
        )
    assert set(database.transact_now(lambda conn: found_for(conn, report(9)))) == set(ids)


def test_what_a_transaction_replaces_takes_no_place_from_others(database: Database) -> None:
    ids = database.transact_now(lambda conn: [index(conn, report(n))[1] for n in range(20)])

    def work(conn: Connection) -> list[ArticleId]:
        for id in ids[-COMPARED:]:
            storyindex.replace(conn, id, features(OTHER))
        return found_for(conn, report(9))

    assert database.transact_now(work) == ids[-COMPARED - 1 :: -1]


def test_a_damaged_row_stops_no_story(database: Database) -> None:
    database.transact_now(lambda conn: index(conn, report(1)))
    database.transact_now(lambda conn: conn.execute(story_reports.update().values(packed=b"!")))
    _, sound = database.transact_now(lambda conn: index(conn, report(2)))
    assert database.transact_now(lambda conn: found_for(conn, report(3))) == [sound]
    assert database.transact_now(storyindex.frequencies).articles == pytest.approx(1.0, rel=0.01)


def test_a_start_reads_all_there_is_step_by_step(database_url: str, database: Database) -> None:
    ids = database.transact_now(lambda conn: [index(conn, report(n))[1] for n in range(7)])
    again = Database(database_url)
    steps = [again.transact_now(lambda conn: storyindex.read_on(conn, 3)) for _ in range(3)]
    assert steps == [True, True, False]
    assert again.transact_now(lambda conn: found_for(conn, report(9))) == ids[::-1]
    again.close_now()


def test_the_members_of_a_story_are_its_first_and_its_latest(database: Database) -> None:
    def work(conn: Connection) -> None:
        story, _ = index(conn, report(0))
        for n in range(1, 30):
            index(conn, report(n), story)
        titles = [member.title for member in storyindex.members(conn, story)]
        assert len(titles) == storyindex.MEMBERS
        assert titles[0] == "convoy 0 leaves gaya"
        assert titles[-1] == "convoy 29 leaves gaya"
        assert storyindex.members(conn, StoryId(99)) == []

    database.transact_now(work)


def test_an_article_without_a_word_is_counted_when_it_goes(database: Database) -> None:
    def work(conn: Connection) -> None:
        index(conn, Article(key="k", title="", body=""))
        assert storyindex.purge(conn, NOW + HOUR, 1) == 1
        assert conn.execute(story_reports.select()).all() == []

    database.transact_now(work)


def test_a_number_is_never_given_twice(database: Database) -> None:
    """Who has read up to a number would not see another report under it."""

    def put(conn: Connection) -> int:
        index(conn, report(1))
        return conn.execute(sa.select(sa.func.max(story_reports.c.number))).scalar_one()

    first = database.transact_now(put)
    assert database.transact_now(lambda conn: storyindex.purge(conn, NOW + HOUR, 9)) == 1
    assert database.transact_now(put) > first


def test_retention_takes_the_oldest(database: Database) -> None:
    _, old = database.transact_now(lambda conn: index(conn, report(1)))
    _, new = database.transact_now(lambda conn: index(conn, report(2), at=NOW + DAY))

    def work(conn: Connection) -> None:
        assert found_for(conn, report(3)) == [new, old]
        assert storyindex.purge(conn, NOW + HOUR, 9) == 1
        assert storyindex.purge(conn, NOW + HOUR, 9) == 0
        assert found_for(conn, report(3)) == [new]
        assert conn.scalars(sa.select(story_reports.c.article)).all() == [new]

    database.transact_now(work)


class TestFrequencies:
    """Counting how common terms are."""

    def test_what_a_transaction_puts_counts_in_the_next(self, database: Database) -> None:
        def put(conn: Connection) -> float:
            index(conn, report(1))
            return storyindex.frequencies(conn).articles

        assert database.transact_now(put) == 0.0
        assert database.transact_now(put) == pytest.approx(1.0, rel=0.01)

    def test_what_is_undone_is_not_counted(self, database: Database) -> None:
        def fail(conn: Connection) -> None:
            index(conn, report(1))
            raise LookupError("undone")

        with pytest.raises(LookupError):
            database.transact_now(fail)
        counted = database.transact_now(lambda conn: storyindex.frequencies(conn).articles)
        assert counted == 0.0

    def test_they_survive_a_restart(self, database_url: str, database: Database) -> None:
        def put(conn: Connection) -> None:
            for n in range(5):
                index(conn, report(n))

        database.transact_now(put)
        before = database.transact_now(storyindex.frequencies)
        again = Database(database_url)
        after = again.transact_now(storyindex.frequencies)
        again.close_now()
        some = list(features(report(1)).terms)
        assert [after.weight(t) for t in some] == [before.weight(t) for t in some]

    def test_they_are_saved_now_and_then_and_read_back(
        self, database_url: str, database: Database
    ) -> None:
        for first in range(0, storyindex.SAVE_EVERY + 50, 50):
            database.transact_now(
                lambda conn, first=first: [index(conn, report(n)) for n in range(first, first + 50)]
            )
        before = database.transact_now(storyindex.frequencies)
        saved = database.read_now(lambda conn: conn.execute(story_frequencies.select()).one())
        assert saved.upto >= storyindex.SAVE_EVERY
        again = Database(database_url)
        after = again.transact_now(storyindex.frequencies)
        again.close_now()
        assert after.articles == pytest.approx(before.articles, rel=1e-4)
        some = list(features(report(1)).terms)
        assert [after.weight(t) for t in some] == pytest.approx([before.weight(t) for t in some])

    def test_a_quiet_stream_is_saved_before_retention_takes_it(self, database: Database) -> None:
        for n, at in enumerate((NOW, NOW + 4 * DAY, NOW + 5 * DAY)):
            database.transact_now(lambda conn, n=n, at=at: index(conn, report(n), at=at))  # type: ignore[misc]
            saved = database.read_now(lambda conn: conn.execute(story_frequencies.select()).all())
            assert saved == []
        database.transact_now(storyindex.frequencies)
        (row,) = database.read_now(lambda conn: conn.execute(story_frequencies.select()).all())
        assert row.articles == pytest.approx(3.0, rel=1e-3)

    def test_a_quiet_stream_that_nobody_reads_later_is_not_saved(self) -> None:
        with scratch() as database:
            for n, at in enumerate((NOW, NOW + 5 * DAY, NOW + 10 * DAY)):
                database.transact(lambda conn, n=n, at=at: index(conn, report(n), at=at, id=n))  # type: ignore[misc]
            saved = database.transact(lambda conn: conn.execute(story_frequencies.select()).all())
        assert saved == []
