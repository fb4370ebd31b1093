"""Everything of the first version.

Frozen: what lies in databases already is changed by a further migration.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _time() -> sa.types.TypeEngine[Any]:
    return sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")


def _big_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "articles",
        sa.Column("id", _big_id(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", _time(), nullable=False),
        sa.Column("updated_at", _time(), nullable=False),
        sa.Column("published", _time(), nullable=True),
        sa.Column("lang", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_articles")),
        sa.UniqueConstraint("key", name=op.f("uq_articles_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_articles_created_at"), "articles", ["created_at"], unique=False)
    op.create_table(
        "channel_leases",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("until", _time(), nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_channel_leases")),
    )
    op.create_table(
        "feeds",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("configured_url", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("removed_at", _time(), nullable=True),
        sa.Column("next_poll_at", _time(), nullable=True),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("lease_until", _time(), nullable=True),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("last_modified", sa.Text(), nullable=True),
        sa.Column("full_fetch_at", _time(), nullable=True),
        sa.Column("body_hash", sa.Text(), nullable=True),
        sa.Column("first_parsed_at", _time(), nullable=True),
        sa.Column("last_poll_at", _time(), nullable=True),
        sa.Column("last_success_at", _time(), nullable=True),
        sa.Column("last_new_at", _time(), nullable=True),
        sa.Column("interval", sa.BigInteger(), nullable=True),
        sa.Column("failures", sa.Double(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("last_error_at", _time(), nullable=True),
        sa.Column("moved_to", sa.Text(), nullable=True),
        sa.Column("moved_count", sa.Integer(), nullable=False),
        sa.Column("polls", sa.BigInteger(), nullable=False),
        sa.Column("articles", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_feeds")),
    )
    op.create_index(op.f("ix_feeds_next_poll_at"), "feeds", ["next_poll_at"], unique=False)
    op.create_table(
        "rule_sources",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("saved_at", _time(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "id", name=op.f("pk_rule_sources")),
    )
    op.create_table(
        "status",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", _time(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_status")),
    )
    op.create_table(
        "stories",
        sa.Column("id", _big_id(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("created_at", _time(), nullable=False),
        sa.Column("last_at", _time(), nullable=False),
        sa.Column("articles", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stories")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_stories_last_at"), "stories", ["last_at"], unique=False)
    op.create_table(
        "troubles",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("opened_at", _time(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_troubles")),
    )
    op.create_table(
        "alerts",
        sa.Column("id", _big_id(), nullable=False),
        sa.Column("story", _big_id(), nullable=False),
        sa.Column("article", _big_id(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("created_at", _time(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("hits", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["article"], ["articles.id"], name=op.f("fk_alerts_article")),
        sa.ForeignKeyConstraint(["story"], ["stories.id"], name=op.f("fk_alerts_story")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_alerts_article"), "alerts", ["article"], unique=False)
    op.create_index(op.f("ix_alerts_created_at"), "alerts", ["created_at"], unique=False)
    op.create_index(op.f("ix_alerts_story"), "alerts", ["story"], unique=False)
    op.create_table(
        "entries",
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("article", _big_id(), nullable=True),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("first_seen_at", _time(), nullable=False),
        sa.Column("last_seen_at", _time(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article"], ["articles.id"], name=op.f("fk_entries_article"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("feed", "key", name=op.f("pk_entries")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_entries_article"), "entries", ["article"], unique=False)
    op.create_table(
        "fulltext",
        sa.Column("article", _big_id(), autoincrement=False, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", _time(), nullable=False),
        sa.Column("next_attempt_at", _time(), nullable=False),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("lease_until", _time(), nullable=True),
        sa.ForeignKeyConstraint(
            ["article"], ["articles.id"], name=op.f("fk_fulltext_article"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("article", name=op.f("pk_fulltext")),
    )
    op.create_index(
        op.f("ix_fulltext_state_next_attempt_at"),
        "fulltext",
        ["state", "next_attempt_at"],
        unique=False,
    )
    op.create_table(
        "matches",
        sa.Column("article", _big_id(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("created_at", _time(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article"], ["articles.id"], name=op.f("fk_matches_article"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("article", "version", "rule", name=op.f("pk_matches")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "messages",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("story", _big_id(), nullable=True),
        sa.Column("created_at", _time(), nullable=False),
        sa.Column("notice", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["story"], ["stories.id"], name=op.f("fk_messages_story")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
    )
    op.create_index(op.f("ix_messages_story"), "messages", ["story"], unique=False)
    op.create_table(
        "story_articles",
        sa.Column("article", _big_id(), autoincrement=False, nullable=False),
        sa.Column("story", _big_id(), nullable=False),
        sa.Column("joined_at", _time(), nullable=False),
        sa.Column("features_version", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("entities", sa.JSON(), nullable=False),
        sa.Column("shingles", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article"], ["articles.id"], name=op.f("fk_story_articles_article")
        ),
        sa.ForeignKeyConstraint(
            ["story"], ["stories.id"], name=op.f("fk_story_articles_story"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("article", name=op.f("pk_story_articles")),
    )
    op.create_index(
        op.f("ix_story_articles_joined_at"), "story_articles", ["joined_at"], unique=False
    )
    op.create_index(op.f("ix_story_articles_story"), "story_articles", ["story"], unique=False)
    op.create_table(
        "alert_rules",
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("story", _big_id(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("alert", _big_id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["alert"], ["alerts.id"], name=op.f("fk_alert_rules_alert"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["story"], ["stories.id"], name=op.f("fk_alert_rules_story"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("rule", "story", "seq", name=op.f("pk_alert_rules")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_alert_rules_alert"), "alert_rules", ["alert"], unique=False)
    op.create_index(op.f("ix_alert_rules_story"), "alert_rules", ["story"], unique=False)
    op.create_table(
        "deliveries",
        sa.Column("seq", _big_id(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("grouped", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("repeat", sa.Boolean(), nullable=False),
        sa.Column("created_at", _time(), nullable=False),
        sa.Column("released_at", _time(), nullable=True),
        sa.Column("next_attempt_at", _time(), nullable=True),
        sa.Column("sent_at", _time(), nullable=True),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("lease_until", _time(), nullable=True),
        sa.Column("rendered", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["message"], ["messages.id"], name=op.f("fk_deliveries_message"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("id", name=op.f("uq_deliveries_id")),
        sa.UniqueConstraint("message", "channel", name=op.f("uq_deliveries_message_channel")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_deliveries_created_at"), "deliveries", ["created_at"], unique=False)
    op.create_index(
        op.f("ix_deliveries_state_channel_next_attempt_at"),
        "deliveries",
        ["state", "channel", "next_attempt_at"],
        unique=False,
    )
    op.create_table(
        "message_alerts",
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("alert", _big_id(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["alert"], ["alerts.id"], name=op.f("fk_message_alerts_alert")),
        sa.ForeignKeyConstraint(
            ["message"], ["messages.id"], name=op.f("fk_message_alerts_message"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("message", "alert", name=op.f("pk_message_alerts")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_message_alerts_alert"), "message_alerts", ["alert"], unique=False)
    op.create_table(
        "story_shingles",
        sa.Column("shingle", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("article", _big_id(), autoincrement=False, nullable=False),
        sa.Column("story", _big_id(), nullable=False),
        sa.Column("at", _time(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article"],
            ["story_articles.article"],
            name=op.f("fk_story_shingles_article"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("shingle", "article", name=op.f("pk_story_shingles")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_story_shingles_article"), "story_shingles", ["article"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("restore the copy that was made before the migration")
