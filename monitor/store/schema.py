"""Every table and index. Statements live in the modules of the aggregates, changes to what is
deployed in ``migrations/``; a test holds this file and the migrations to the same schema.

Wide columns (bodies, JSON) stand last: SQLite then reads the narrow ones without touching the
overflow pages.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Index, Table

from monitor.store.types import CleanText, Duration, UtcTime, big_id

REVISION = "0006"
"""The newest migration; a database at it is opened without loading Alembic."""

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Json = sa.JSON(none_as_null=True)

feeds = Table(
    "feeds",
    metadata,
    Column("name", CleanText, primary_key=True),
    Column("configured_url", CleanText, nullable=False),
    Column("url", CleanText, nullable=False),
    Column("status", CleanText, nullable=False),
    Column("removed_at", UtcTime),
    Column("next_poll_at", UtcTime, index=True),
    Column("lease_owner", CleanText),
    Column("lease_until", UtcTime),
    Column("etag", CleanText),
    Column("last_modified", CleanText),
    Column("full_fetch_at", UtcTime),
    Column("body_hash", CleanText),
    Column("first_parsed_at", UtcTime),
    Column("last_poll_at", UtcTime),
    Column("last_success_at", UtcTime),
    Column("last_new_at", UtcTime),
    Column("interval", Duration),
    Column("failures", sa.Double, nullable=False),
    Column("last_error", CleanText),
    Column("last_error_at", UtcTime),
    Column("moved_to", CleanText),
    Column("moved_count", sa.Integer, nullable=False),
    Column("polls", sa.BigInteger, nullable=False),
    Column("articles", sa.BigInteger, nullable=False),
)

articles = Table(
    "articles",
    metadata,
    Column("id", big_id(), primary_key=True),
    Column("key", CleanText, nullable=False, unique=True),
    Column("content_hash", CleanText, nullable=False),
    Column("version", sa.Integer, nullable=False),
    Column("created_at", UtcTime, nullable=False, index=True),
    Column("updated_at", UtcTime, nullable=False),
    Column("published", UtcTime),
    Column("lang", CleanText),
    Column("source", CleanText, nullable=False),
    Column("feed", CleanText, nullable=False),
    Column("author", CleanText),
    Column("url", CleanText),
    Column("title", CleanText, nullable=False),
    Column("tags", Json, nullable=False),
    Column("body", CleanText, nullable=False),
    sqlite_autoincrement=True,
)

entries = Table(
    "entries",
    metadata,
    Column("feed", CleanText, primary_key=True),
    Column("key", CleanText, primary_key=True),
    # An entry outlives its article, or an old item would come back as new.
    Column("article", ForeignKey(articles.c.id, ondelete="SET NULL"), index=True),
    Column("content_hash", CleanText, nullable=False),
    Column("first_seen_at", UtcTime, nullable=False),
    Column("last_seen_at", UtcTime, nullable=False),
    sqlite_with_rowid=False,
)

matches = Table(
    "matches",
    metadata,
    Column("article", ForeignKey(articles.c.id, ondelete="CASCADE"), primary_key=True),
    Column("version", sa.Integer, primary_key=True, autoincrement=False),
    Column("rule", CleanText, primary_key=True),
    Column("created_at", UtcTime, nullable=False),
    Column("detail", Json, nullable=False),
    sqlite_with_rowid=False,
)

stories = Table(
    "stories",
    metadata,
    Column("id", big_id(), primary_key=True),
    Column("title", CleanText, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("last_at", UtcTime, nullable=False, index=True),
    Column("articles", sa.Integer, nullable=False),
    sqlite_autoincrement=True,
)

story_articles = Table(
    "story_articles",
    metadata,
    Column("article", ForeignKey(articles.c.id), primary_key=True, autoincrement=False),
    Column("story", ForeignKey(stories.c.id, ondelete="CASCADE"), nullable=False, index=True),
    Column("joined_at", UtcTime, nullable=False, index=True),
    # This, `title`, `entities` and `shingles` are of the first version and not read any more.
    Column("features_version", sa.Integer, nullable=False),
    Column("source", CleanText, nullable=False),
    Column("reason", CleanText, nullable=False),
    Column("title", CleanText, nullable=False),
    Column("entities", Json, nullable=False),
    Column("shingles", sa.LargeBinary, nullable=False),
)

# Another version of an article has a row with a new number in place of the old one, so that those
# who have read up to a number see it. Numbers are given under the stories' lock, and once committed
# never again: they are in the order in which the transactions ended.
story_reports = Table(
    "story_reports",
    metadata,
    Column("number", big_id(), primary_key=True),
    Column(
        "article",
        ForeignKey(story_articles.c.article, ondelete="CASCADE"),
        nullable=False,
        unique=True,
    ),
    Column("version", sa.Integer, nullable=False),
    Column("joined_at", UtcTime, nullable=False, index=True),
    # The row of the version before, which is gone. An article is counted once.
    Column("replaces", big_id()),
    # How near the nearest stranger was, of an article that opened its story.
    Column("rival", sa.Double),
    Column("title", CleanText, nullable=False),
    # The terms it is found by; the shingles are among its features.
    Column("terms", sa.LargeBinary, nullable=False),
    Column("packed", sa.LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)

story_frequencies = Table(
    "story_frequencies",
    metadata,
    Column("id", sa.Integer, primary_key=True, autoincrement=False),
    Column("version", sa.Integer, nullable=False),
    Column("upto", big_id(), nullable=False),
    Column("articles", sa.Double, nullable=False),
    Column("noise", sa.Double, nullable=False),
    Column("counts", sa.LargeBinary, nullable=False),
)

# Of earlier versions, and not read any more: kept until no program of those versions can run.
story_index = Table(
    "story_index",
    metadata,
    Column("key", sa.BigInteger, primary_key=True, autoincrement=False),
    Column("article", big_id(), primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

story_features = Table(
    "story_features",
    metadata,
    Column(
        "article",
        ForeignKey(story_articles.c.article, ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("version", sa.Integer, nullable=False),
    Column("rival", sa.Double),
    Column("title", CleanText, nullable=False),
    Column("terms", sa.LargeBinary, nullable=False),
    Column("packed", sa.LargeBinary, nullable=False),
)

story_keys = Table(
    "story_keys",
    metadata,
    Column("key", sa.BigInteger, primary_key=True, autoincrement=False),
    Column("newest", big_id(), nullable=False),
    Column("articles", sa.LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

story_shingles = Table(
    "story_shingles",
    metadata,
    Column("shingle", sa.BigInteger, primary_key=True, autoincrement=False),
    Column(
        "article",
        ForeignKey(story_articles.c.article, ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
        index=True,
    ),
    Column("story", big_id(), nullable=False),
    Column("at", UtcTime, nullable=False),
    sqlite_with_rowid=False,
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", big_id(), primary_key=True),
    Column("story", ForeignKey(stories.c.id), nullable=False, index=True),
    Column("article", ForeignKey(articles.c.id), nullable=False, index=True),
    Column("reason", CleanText, nullable=False),
    Column("severity", CleanText, nullable=False),
    Column("created_at", UtcTime, nullable=False, index=True),
    Column("note", CleanText, nullable=False),
    Column("hits", Json, nullable=False),
    # A story is told for the first time once, whatever two processes decide at the same moment.
    Index(
        "uq_alerts_first",
        "story",
        unique=True,
        sqlite_where=sa.text("reason = 'first'"),
        postgresql_where=sa.text("reason = 'first'"),
    ),
    sqlite_autoincrement=True,
)

alert_rules = Table(
    "alert_rules",
    metadata,
    Column("rule", CleanText, primary_key=True),
    Column(
        "story",
        ForeignKey(stories.c.id, ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
        index=True,
    ),
    Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    Column("alert", ForeignKey(alerts.c.id, ondelete="CASCADE"), nullable=False, index=True),
    sqlite_with_rowid=False,
)

messages = Table(
    "messages",
    metadata,
    Column("id", CleanText, primary_key=True),
    Column("kind", CleanText, nullable=False),
    Column("story", ForeignKey(stories.c.id), index=True),
    Column("created_at", UtcTime, nullable=False),
    Column("notice", Json),
    # What it sums up ("flood:RULE"); NULL for an ordinary message.
    Column("bundle", CleanText),
)

message_alerts = Table(
    "message_alerts",
    metadata,
    Column("message", ForeignKey(messages.c.id, ondelete="CASCADE"), primary_key=True),
    Column(
        "alert",
        ForeignKey(alerts.c.id),
        primary_key=True,
        autoincrement=False,
        index=True,
    ),
    sqlite_with_rowid=False,
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("seq", big_id(), primary_key=True),
    Column("id", CleanText, nullable=False, unique=True),
    Column("message", ForeignKey(messages.c.id, ondelete="CASCADE"), nullable=False),
    Column("channel", CleanText, nullable=False),
    Column("state", CleanText, nullable=False),
    Column("reason", CleanText, nullable=False),
    # Whether alerts may still join the message. It stands here and not on the message because one
    # row must decide between a claim and an alert that joins at the same moment.
    Column("open", sa.Boolean, nullable=False),
    Column("grouped", sa.Boolean, nullable=False),
    Column("attempts", sa.Integer, nullable=False),
    # Whether an earlier attempt may have arrived.
    Column("repeat", sa.Boolean, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("released_at", UtcTime),
    Column("next_attempt_at", UtcTime),
    Column("sent_at", UtcTime),
    Column("lease_owner", CleanText),
    Column("lease_until", UtcTime),
    Column("rendered", Json),
    # The conversation it belongs to, and what the channel calls the message that arrived: later
    # messages of the conversation are hung under the first of them.
    Column("thread", CleanText),
    Column("ref", CleanText),
    sa.UniqueConstraint("message", "channel"),
    Index(None, "state", "channel", "next_attempt_at"),
    Index(None, "thread", "channel"),
    Index(None, "created_at"),
    sqlite_autoincrement=True,
)

holds = Table(
    "holds",
    metadata,
    Column("id", big_id(), primary_key=True),
    Column("story", ForeignKey(stories.c.id, ondelete="CASCADE"), nullable=False, index=True),
    Column("article", ForeignKey(articles.c.id, ondelete="CASCADE"), nullable=False, index=True),
    Column("rule", CleanText, nullable=False),
    Column("cause", CleanText, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("until", UtcTime, index=True),
    Column("settled_at", UtcTime),
    Column("alert", ForeignKey(alerts.c.id, ondelete="SET NULL"), index=True),
    Column("source", CleanText, nullable=False),
    Column("outcome", CleanText, nullable=False),
    Column("why", CleanText, nullable=False),
    Column("note", CleanText, nullable=False),
    Index(None, "rule", "at"),
    sqlite_autoincrement=True,
)

silences = Table(
    "silences",
    metadata,
    Column("id", big_id(), primary_key=True),
    Column("rule", CleanText, nullable=False),
    Column("entity", CleanText, nullable=False),
    Column("source", CleanText, nullable=False),
    Column("story", big_id()),
    Column("until", UtcTime),
    Column("author", CleanText, nullable=False),
    Column("comment", CleanText, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    sqlite_autoincrement=True,
)

rule_hours = Table(
    "rule_hours",
    metadata,
    Column("rule", CleanText, primary_key=True),
    Column("hour", sa.Integer, primary_key=True, autoincrement=False),
    Column("week", sa.Integer, nullable=False),
    Column("count", sa.Integer, nullable=False),
    Column("past", sa.Double, nullable=False),
    Column("since", sa.Integer, nullable=False),
    sqlite_with_rowid=False,
)

corrections = Table(
    "corrections",
    metadata,
    Column("id", big_id(), primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("kind", CleanText, nullable=False),
    Column("story", big_id(), nullable=False, index=True),
    Column("into", big_id(), nullable=False, index=True),
    Column("articles", Json, nullable=False),
    Column("author", CleanText, nullable=False),
    Column("comment", CleanText, nullable=False),
    sqlite_autoincrement=True,
)

channel_leases = Table(
    "channel_leases",
    metadata,
    Column("channel", CleanText, primary_key=True),
    Column("owner", CleanText, nullable=False),
    Column("until", UtcTime, nullable=False),
)

fulltext = Table(
    "fulltext",
    metadata,
    Column(
        "article",
        ForeignKey(articles.c.id, ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("url", CleanText, nullable=False),
    Column("feed", CleanText, nullable=False),
    Column("state", CleanText, nullable=False),
    Column("reason", CleanText, nullable=False),
    Column("attempts", sa.Integer, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("next_attempt_at", UtcTime, nullable=False),
    Column("lease_owner", CleanText),
    Column("lease_until", UtcTime),
    Index(None, "state", "next_attempt_at"),
)

rule_sources = Table(
    "rule_sources",
    metadata,
    Column("kind", CleanText, primary_key=True),
    Column("id", CleanText, primary_key=True),
    Column("file", CleanText, nullable=False),
    Column("saved_at", UtcTime, nullable=False),
    Column("text", CleanText, nullable=False),
)

troubles = Table(
    "troubles",
    metadata,
    Column("key", CleanText, primary_key=True),
    Column("title", CleanText, nullable=False),
    Column("text", CleanText, nullable=False),
    Column("opened_at", UtcTime, nullable=False),
)

status = Table(
    "status",
    metadata,
    Column("key", CleanText, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("value", sa.JSON(none_as_null=False), nullable=False),
)
