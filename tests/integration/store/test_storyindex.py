"""The index by which an article finds its story, and what is learnt of the stream."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from monitor.model import Article, ArticleId, StoryId
from monitor.store import stories, storyindex
from monitor.store.database import Connection, Database
from monitor.store.schema import story_features, story_frequencies, story_keys
from monitor.stories.features import features
from monitor.stories.index import OF_SHINGLE, OF_TERM, most
from tests.integration.store.helpers import DAY, HOUR, NOW, add_article, article

BODY = (
    "The river convoy left Gaya with {0} trucks of millet on {1}, the prefect of the district told "
    "the radio station, after the bridge at Malanville had been closed for a week by high water."
)


def report(n: int = 0, day: str = "Monday") -> Article:
    return Article(key=f"k{n}", title=f"Convoy {n} leaves Gaya", body=BODY.format(n, day))


def index(
    conn: Connection,
    made: Article,
    story: StoryId | None = None,
    *,
    at: object = NOW,
    entities: Sequence[str] = (),
) -> tuple[StoryId, ArticleId]:
    """Put an article into the index, in a story of its own unless one is given."""
    moment = NOW if at is NOW else at
    assert hasattr(moment, "tzinfo")
    mine = features(made, entities)
    id = add_article(conn, article(title=made.title), now=moment)  # type: ignore[arg-type]
    found = storyindex.look_up(conn, mine, storyindex.frequencies(conn), since=NOW - DAY)
    where = story or stories.create(conn, title=made.title, now=moment)  # type: ignore[arg-type]
    stories.join(conn, where, id, source="S", reason="", now=moment)  # type: ignore[arg-type]
    storyindex.put(conn, id, mine, found)
    return where, id


def under(conn: Connection) -> dict[int, tuple[int, ...]]:
    """The articles of each key, as they lie there."""
    rows = {}
    for key, newest, raw in conn.execute(story_keys.select()):
        rows[key] = tuple(int.from_bytes(raw[i : i + 8], "little") for i in range(0, len(raw), 8))
        assert max(rows[key]) == newest
    return rows


def found_for(conn: Connection, made: Article, *, since: object = NOW) -> list[ArticleId]:
    known = storyindex.frequencies(conn)
    found = storyindex.look_up(conn, features(made), known, since=since)  # type: ignore[arg-type]
    return [c.article for c in found.candidates]


def test_a_candidate_is_what_was_put(database: Database) -> None:
    def work(conn: Connection) -> None:
        story, id = index(conn, report(7))
        known = storyindex.frequencies(conn)
        found = storyindex.look_up(conn, features(report(7)), known, since=NOW)
        (candidate,) = found.candidates
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
            found = storyindex.look_up(conn, mine, storyindex.frequencies(conn), since=NOW)
            assert [c.article for c in found.candidates] == ([id] if entities else [])
            assert all(c.features.entities == mine.entities for c in found.candidates)
            storyindex.forget(conn, id)
        assert under(conn) == {}

    database.transact_now(work)


def test_features_of_another_version_are_not_compared(database: Database) -> None:
    def work(conn: Connection) -> None:
        index(conn, report(1))
        conn.execute(story_features.update().values(version=1))
        assert found_for(conn, report(1)) == []

    database.transact_now(work)


def test_a_key_keeps_its_newest_articles_only(database: Database) -> None:
    def work(conn: Connection) -> None:
        made = [index(conn, report(n))[1] for n in range(OF_TERM + 20)]
        rows = under(conn)
        assert max(len(found) for found in rows.values()) == OF_TERM
        assert all(len(found) <= most(key) for key, found in rows.items())
        assert OF_SHINGLE in {len(found) for key, found in rows.items() if key >= 2**32}
        assert made[-1] in found_for(conn, report(1))

    database.transact_now(work)


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
        assert under(conn) == {}
        assert storyindex.purge(conn, NOW + HOUR, 1) == 1
        assert conn.execute(story_features.select()).all() == []

    database.transact_now(work)


def test_what_is_forgotten_leaves_no_row(database: Database) -> None:
    def work(conn: Connection) -> None:
        _, old = index(conn, report(1))
        _, new = index(conn, report(2), at=NOW + DAY)
        assert storyindex.purge(conn, NOW + HOUR, 9) == 1
        assert storyindex.purge(conn, NOW + HOUR, 9) == 0
        rows = under(conn)
        assert {articles[-1] for articles in rows.values()} == {new}
        # Under keys of both the number of the old one stays, and is not looked at.
        assert {articles[0] for articles in rows.values()} == {old, new}
        assert found_for(conn, report(1), since=NOW + HOUR) == [new]
        storyindex.forget(conn, new)
        assert under(conn) == {}
        assert conn.execute(story_features.select()).all() == []

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
