"""The index of stories with a row for a key instead of a row for a key and an article.

What is known is taken over, so that no story is told again after an upgrade. The old table is
emptied and stays until no program that asks for it can be running.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterator
from itertools import groupby

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_BATCH = 5_000


def upgrade() -> None:
    op.create_table(
        "story_keys",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("newest", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("articles", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_story_keys")),
        sqlite_with_rowid=False,
    )
    keys = sa.table(
        "story_keys",
        sa.column("key", sa.BigInteger()),
        sa.column("newest", sa.BigInteger()),
        sa.column("articles", sa.LargeBinary()),
    )
    batch: list[dict[str, object]] = []
    for key, found in groupby(_rows(), key=lambda row: row[0]):
        numbers = array("Q", [article for _, article in found])
        newest = numbers[-1]
        if sys.byteorder == "big":
            numbers.byteswap()
        batch.append({"key": key, "newest": newest, "articles": numbers.tobytes()})
        if len(batch) == _BATCH:
            op.bulk_insert(keys, batch)
            batch = []
    if batch:
        op.bulk_insert(keys, batch)
    op.execute("DELETE FROM story_index")


def _rows() -> Iterator[tuple[int, int]]:
    """The old rows in order, some thousands at a time: there may be millions."""
    query = sa.text(
        "SELECT key, article FROM story_index"
        " WHERE key > :key OR (key = :key AND article > :article)"
        " ORDER BY key, article LIMIT 20000"
    )
    last = (-1, -1)
    while True:
        found = op.get_bind().execute(query, {"key": last[0], "article": last[1]}).all()
        if not found:
            return
        for row in found:
            last = (row.key, row.article)
            yield last


def downgrade() -> None:
    raise NotImplementedError("restore the copy that was made before the migration")
