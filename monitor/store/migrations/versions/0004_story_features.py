"""Features of another kind for finding stories, in tables of their own.

The old index is emptied: what it holds cannot be compared with what is computed now. Its table and
columns stay until no program of the first version can be running.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _big_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "story_features",
        sa.Column("article", _big_id(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("rival", sa.Double(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("terms", sa.LargeBinary(), nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article"],
            ["story_articles.article"],
            name=op.f("fk_story_features_article"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("article", name=op.f("pk_story_features")),
    )
    op.create_table(
        "story_index",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("article", _big_id(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("key", "article", name=op.f("pk_story_index")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "story_frequencies",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("upto", _big_id(), nullable=False),
        sa.Column("articles", sa.Double(), nullable=False),
        sa.Column("noise", sa.Double(), nullable=False),
        sa.Column("counts", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_story_frequencies")),
    )
    op.execute("DELETE FROM story_shingles")


def downgrade() -> None:
    raise NotImplementedError("restore the copy that was made before the migration")
