"""The features of reports in the order in which they joined; what finds them is held in memory.

What is known is taken over, so that no story is told again after an upgrade. The old tables are
emptied and stay until no program that asks for them can be running.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def _big_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    time = sa.BigInteger() if op.get_bind().dialect.name == "sqlite" else sa.DateTime(timezone=True)
    op.create_table(
        "story_reports",
        sa.Column("number", _big_id(), nullable=False),
        sa.Column("article", _big_id(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("joined_at", time, nullable=False),
        sa.Column("replaces", _big_id(), nullable=True),
        sa.Column("rival", sa.Double(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("terms", sa.LargeBinary(), nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article"],
            ["story_articles.article"],
            name=op.f("fk_story_reports_article"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_story_reports")),
        sa.UniqueConstraint("article", name=op.f("uq_story_reports_article")),
        sqlite_autoincrement=True,
    )
    op.execute(
        "INSERT INTO story_reports"
        " (article, version, joined_at, rival, title, terms, packed)"
        " SELECT f.article, f.version, a.joined_at, f.rival, f.title, f.terms, f.packed"
        " FROM story_features f JOIN story_articles a ON a.article = f.article"
        " ORDER BY f.article"
    )
    op.create_index(op.f("ix_story_reports_joined_at"), "story_reports", ["joined_at"])
    op.execute(
        "UPDATE story_frequencies SET upto = coalesce("
        "(SELECT max(number) FROM story_reports WHERE article <= upto), 0)"
    )
    op.execute("DELETE FROM story_keys")
    op.execute("DELETE FROM story_features")


def downgrade() -> None:
    raise NotImplementedError("restore the copy that was made before the migration")
