"""The schema: made, changed and refused, with nothing lost on the way."""

from __future__ import annotations

import re
import shutil
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from monitor.errors import SchemaTooNew, StoreError
from monitor.model import ArticleId, ChannelName, FeedName, StoryId
from monitor.store import (
    alerts,
    articles,
    feeds,
    fulltext,
    history,
    outbox,
    rules,
    status,
    stories,
    timeline,
    troubles,
)
from monitor.store import migrate as migrating
from monitor.store.database import Connection, Database
from monitor.store.engine import open_engine, parse_url
from monitor.store.schema import (
    REVISION,
    metadata,
    story_articles,
    story_features,
    story_frequencies,
    story_keys,
    story_reports,
)
from tests.integration.store.old_rows import FILLS, WHEN, fill_0005

MIGRATIONS = Path(migrating.__file__).parent / "migrations"

NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "9000"
down_revision = "{newest}"


def upgrade():
    with op.batch_alter_table("stories") as batch:
        batch.add_column(sa.Column("mood", sa.Text(), nullable=True))
        batch.alter_column("title", existing_type=sa.Text(), nullable=True)
    op.execute("UPDATE stories SET mood = 'grave'")
    {more}
"""


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """A copy of the migrations to which a test may add."""
    copy = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def revisions() -> list[str]:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return [s.revision for s in ScriptDirectory.from_config(config).walk_revisions()]


def upgrade(url: str, to: str = "head", scripts: Path | None = None) -> None:
    parsed, dialect = parse_url(url)
    migrating.upgrade(
        parsed, dialect, to=to, scripts=migrating.SCRIPTS if scripts is None else str(scripts)
    )


def run(url: str, work: object) -> object:
    """``work(connection)`` in a transaction on a plain engine."""
    parsed, dialect = parse_url(url)
    engine = open_engine(parsed, dialect, pool_size=1)
    try:
        with engine.begin() as conn:
            return work(conn)  # type: ignore[operator]  # a callable
    finally:
        engine.dispose()


# --- the same schema from both sides -----------------------------------------------------------


def test_the_migrations_make_the_schema_that_the_program_uses(empty_url: str) -> None:
    upgrade(empty_url)

    def differences(conn: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(conn), metadata))

    assert run(empty_url, differences) == []


def test_on_sqlite_even_the_words_are_the_same(tmp_path: Path) -> None:
    """Comparing by reflection misses WITHOUT ROWID and AUTOINCREMENT."""
    made, migrated = tmp_path / "made.db", tmp_path / "migrated.db"
    run(f"sqlite:///{made}", metadata.create_all)
    upgrade(f"sqlite:///{migrated}")

    def words(path: Path) -> dict[str, list[str]]:
        with sqlite3.connect(path) as conn:
            rows = conn.execute(
                "SELECT name, sql FROM sqlite_master WHERE sql <> '' AND name NOT LIKE 'alembic%'"
            ).fetchall()
        conn.close()
        return {name: sorted(re.findall(r"\w+", sql)) for name, sql in rows}

    assert words(made) == words(migrated)


def test_the_newest_revision_is_the_one_the_program_knows() -> None:
    assert revisions()[0] == REVISION


# --- old databases -----------------------------------------------------------------------------


def test_every_revision_has_old_rows_to_migrate() -> None:
    assert set(FILLS) == set(revisions())


def test_what_stories_are_found_by_is_taken_over(empty_url: str) -> None:
    upgrade(empty_url, to="0005")
    run(empty_url, fill_0005)
    upgrade(empty_url)

    def check(conn: Connection) -> None:
        (row,) = conn.execute(story_reports.select()).all()
        joined = conn.scalar(sa.select(story_articles.c.joined_at))
        assert (row.article, row.version, row.joined_at) == (7, 2, joined)
        assert (row.rival, row.title, row.replaces) == (-2.5, "convoi", None)
        assert (row.terms, row.packed) == (b"\x05\0\0\0", bytes(15))
        # Article 6, up to which terms were counted, has no row any more: all of them count anew.
        assert conn.scalar(sa.select(story_frequencies.c.upto)) == 0
        for old in (story_features, story_keys):
            assert conn.execute(old.select()).all() == []

    run(empty_url, check)


@pytest.mark.parametrize("revision", sorted(FILLS))
def test_a_database_of_any_revision_is_read_by_this_version(empty_url: str, revision: str) -> None:
    upgrade(empty_url, to=revision)
    run(empty_url, FILLS[revision])
    database = Database(empty_url)
    database.migrate()

    def check(conn: Connection) -> None:
        state = feeds.get(conn, FeedName("fleuve"))
        assert state is not None
        assert (state.next_poll_at, state.interval) == (WHEN, timedelta(minutes=10))
        article = articles.get(conn, ArticleId(7))
        assert article is not None
        assert (article.title, article.tags, article.published) == ("Convoi", ("niger",), WHEN)
        assert articles.known_entries(conn, FeedName("fleuve"), ["g1"])["g1"].article == 7
        ((version, match),) = articles.list_matches(conn, ArticleId(7))
        assert (version, match.spans[0].text) == (2, "convoi")
        events = timeline.of_story(conn, StoryId(3))
        assert [e.source for e in events if e.kind == "article"] == ["Le Fleuve"]
        assert history.of(conn, StoryId(3)).alerts[0].id == 9
        (view,) = alerts.list_recent(conn, limit=9)
        assert view.hits[0].excerpt.marks == ((3, 9),)
        (claim,) = outbox.claim_due(
            conn, channels=[ChannelName("desk")], now=WHEN, lease=timedelta(1), owner="o", limit=9
        )
        assert [v.id for v in claim.views] == [9]
        assert fulltext.is_due(conn, now=WHEN)
        assert not fulltext.is_due(conn, now=WHEN - timedelta(seconds=1))
        assert [r.id for r in rules.load_good(conn)] == ["convoys"]
        assert [t.key for t in troubles.list_open(conn)] == ["disk"]
        assert status.get(conn, "k") == ({"a": 1}, WHEN)

    database.transact_now(check)
    database.close_now()


# --- going forward -----------------------------------------------------------------------------


def test_migrating_again_changes_and_copies_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/monitor.db"
    for _ in range(2):
        database = Database(url)
        database.migrate()
        database.close_now()
        upgrade(url)
    assert list(tmp_path.glob("*before*")) == []


def test_a_migration_keeps_rows_and_references_and_copies_the_file_first(
    empty_url: str, scripts: Path
) -> None:
    upgrade(empty_url)
    run(empty_url, FILLS[REVISION])
    (scripts / "versions" / "9000_mood.py").write_text(NEXT.format(newest=REVISION, more=""))
    upgrade(empty_url, scripts=scripts)

    def moods(conn: Connection) -> list[tuple[object, ...]]:
        return [
            tuple(row)
            for row in conn.execute(
                sa.text("SELECT s.mood, a.id FROM stories s JOIN alerts a ON a.story = s.id")
            )
        ]

    assert run(empty_url, moods) == [("grave", 9)]
    if empty_url.startswith("sqlite"):
        path = Path(empty_url.removeprefix("sqlite:///"))
        (copy,) = path.parent.glob("empty.db.before*")
        assert copy.name == f"empty.db.before-migration-{REVISION}"
        old = Database(f"sqlite:///{copy}")
        assert old.read_now(lambda conn: stories.get(conn, StoryId(3))) is not None
        old.close_now()


@pytest.mark.parametrize(
    "more",
    [
        "raise RuntimeError('half way')",
        "op.execute('DELETE FROM no_such_table')",
        "op.execute('UPDATE alerts SET story = 99')",
    ],
)
def test_a_migration_that_fails_leaves_the_database_as_it_was(
    empty_url: str, scripts: Path, more: str
) -> None:
    upgrade(empty_url)
    run(empty_url, FILLS[REVISION])
    (scripts / "versions" / "9000_mood.py").write_text(NEXT.format(newest=REVISION, more=more))
    with pytest.raises((StoreError, RuntimeError)):
        upgrade(empty_url, scripts=scripts)
    database = Database(empty_url)
    database.migrate()
    view = database.read_now(lambda conn: alerts.list_recent(conn, limit=1))[0]
    assert view.story == 3
    columns = database.read_now(
        lambda conn: {c["name"] for c in sa.inspect(conn).get_columns("stories")}
    )
    assert "mood" not in columns
    database.close_now()


def test_a_database_of_a_newer_version_is_refused_and_left_alone(database_url: str) -> None:
    run(
        database_url,
        lambda conn: conn.execute(sa.text("UPDATE alembic_version SET version_num = '9999'")),
    )
    database = Database(database_url)
    with pytest.raises(SchemaTooNew, match="9999"):
        database.migrate()
    assert database.read_now(feeds.list_all) == []
    database.close_now()
    run(
        database_url,
        lambda conn: conn.execute(
            sa.text(f"UPDATE alembic_version SET version_num = '{REVISION}'")
        ),
    )


def test_a_file_that_is_no_database_is_an_error_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    path.write_bytes(b"a letter to the editor " * 100)
    database = Database(f"sqlite:///{path}")
    with pytest.raises(StoreError, match="not a database"):
        database.migrate()
    database.close_now()


def test_a_directory_that_cannot_be_made_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    database = Database(f"sqlite:///{tmp_path}/file/monitor.db")
    with pytest.raises(StoreError):
        database.migrate()
    with pytest.raises(StoreError):
        database.acquire(wait=0)
    database.close_now()
