"""The index of stories with a row for a key instead of a row for a key and an article.

Its rows are not taken over: the next revision finds reports another way. The old table is emptied
and stays until no program that asks for it can be running.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "story_keys",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("newest", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("articles", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_story_keys")),
        sqlite_with_rowid=False,
    )
    op.execute("DELETE FROM story_index")


def downgrade() -> None:
    raise NotImplementedError("restore the copy that was made before the migration")
