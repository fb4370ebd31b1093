"""Holds, silences, volumes by hour, corrections of stories; threads and summaries of messages."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0001"
branch_labels = None
depends_on = None


def _time() -> sa.types.TypeEngine[Any]:
    return sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")


def _big_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _alerts()
    op.add_column("messages", sa.Column("bundle", sa.Text(), nullable=True))
    op.add_column("deliveries", sa.Column("thread", sa.Text(), nullable=True))
    op.add_column("deliveries", sa.Column("ref", sa.Text(), nullable=True))
    op.create_index(op.f("ix_deliveries_thread_channel"), "deliveries", ["thread", "channel"])
    _holds()
    _silences()
    _small()


def _alerts() -> None:
    """One first alert a story from now on; of several that an accident left, the oldest stays."""
    op.execute(
        "UPDATE alerts SET reason = 'another_rule' WHERE reason = 'first' AND id NOT IN "
        "(SELECT min(id) FROM alerts WHERE reason = 'first' GROUP BY story)"
    )
    first = sa.text("reason = 'first'")
    op.create_index(
        "uq_alerts_first", "alerts", ["story"], unique=True, sqlite_where=first,
        postgresql_where=first,
    )  # fmt: skip


def _holds() -> None:
    op.create_table(
        "holds",
        sa.Column("id", _big_id(), nullable=False),
        sa.Column("story", _big_id(), nullable=False),
        sa.Column("article", _big_id(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("at", _time(), nullable=False),
        sa.Column("until", _time(), nullable=True),
        sa.Column("settled_at", _time(), nullable=True),
        sa.Column("alert", _big_id(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["story"], ["stories.id"], name=op.f("fk_holds_story"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["article"], ["articles.id"], name=op.f("fk_holds_article"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["alert"], ["alerts.id"], name=op.f("fk_holds_alert"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
        sqlite_autoincrement=True,
    )
    for columns in (["story"], ["article"], ["until"], ["alert"], ["rule", "at"]):
        op.create_index(op.f(f"ix_holds_{'_'.join(columns)}"), "holds", columns)


def _silences() -> None:
    op.create_table(
        "silences",
        sa.Column("id", _big_id(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("story", _big_id(), nullable=True),
        sa.Column("until", _time(), nullable=True),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("created_at", _time(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_silences")),
        sqlite_autoincrement=True,
    )


def _small() -> None:
    op.create_table(
        "rule_hours",
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("hour", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("week", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("past", sa.Double(), nullable=False),
        sa.Column("since", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("rule", "hour", name=op.f("pk_rule_hours")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "corrections",
        sa.Column("id", _big_id(), nullable=False),
        sa.Column("at", _time(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("story", _big_id(), nullable=False),
        sa.Column("into", _big_id(), nullable=False),
        sa.Column("articles", sa.JSON(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_corrections_story"), "corrections", ["story"])
    op.create_index(op.f("ix_corrections_into"), "corrections", ["into"])


def downgrade() -> None:
    raise NotImplementedError("restore the copy that was made before the migration")
