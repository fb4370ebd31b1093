"""What databases of older revisions hold, to be read by today's program after its migrations.

One function per revision, written when that revision was the newest and frozen since: each fills
the tables as they were then (found by reflection, never by today's schema). A new revision adds a
function for itself.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

WHEN = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


def fill_0001(conn: sa.Connection) -> None:
    """A feed, a matched article in a story, its alert, and a delivery that waits."""
    when: Any = WHEN if conn.dialect.name == "postgresql" else 1_767_323_045_678_901
    tables = sa.MetaData()
    tables.reflect(conn)

    def put(table: str, **values: Any) -> None:
        conn.execute(sa.insert(tables.tables[table]).values(**values))

    put(
        "feeds", name="fleuve", configured_url="https://fleuve.example/", moved_count=0, polls=4,
        url="https://fleuve.example/", status="ok", next_poll_at=when, interval=600_000_000,
        failures=0.5, articles=1, first_parsed_at=when, etag='"x"',
    )  # fmt: skip
    put(
        "articles", id=7, key="fleuve.example/1", content_hash="h", version=2, created_at=when,
        updated_at=when, published=when, lang="fr", source="Le Fleuve", feed="fleuve",
        url="https://fleuve.example/1", title="Convoi", tags=["niger"], body="Un convoi.",
    )  # fmt: skip
    put(
        "entries", feed="fleuve", key="g1", article=7, content_hash="h", first_seen_at=when,
        last_seen_at=when,
    )  # fmt: skip
    excerpt = {"text": "Un convoi.", "marks": [[3, 9]]}
    spans = [["body", 3, 9, "convoi", "convoi", None, ""]]
    put(
        "matches", article=7, version=2, rule="convoys", created_at=when,
        detail={"v": 1, "spans": spans, "excerpt": excerpt, "why": ["ANY convoi"]},
    )  # fmt: skip
    put("stories", id=3, title="Convoi", created_at=when, last_at=when, articles=1)
    put(
        "story_articles", article=7, story=3, joined_at=when, features_version=1,
        source="Le Fleuve", reason="new", title="convoi", entities={"v": 1, "names": ["niger"]},
        shingles=b"I\x05\x00\x00\x00\x06\x00\x00\x00",
    )  # fmt: skip
    put("story_shingles", shingle=5, article=7, story=3, at=when)
    hit = {
        "rule": "convoys", "title": "Convoys", "severity": "high", "why": ["ANY convoi"],
        "excerpt": excerpt,
    }  # fmt: skip
    put(
        "alerts", id=9, story=3, article=7, reason="first", severity="high", created_at=when,
        note="", hits={"v": 1, "hits": [hit]},
    )  # fmt: skip
    put("alert_rules", rule="convoys", story=3, seq=1, alert=9)
    put("messages", id="m1", kind="alerts", story=3, created_at=when)
    put("message_alerts", message="m1", alert=9)
    put(
        "deliveries", seq=1, id="d1", message="m1", channel="desk", state="pending", reason="",
        open=True, grouped=False, attempts=0, repeat=False, created_at=when, released_at=when,
        next_attempt_at=when,
    )  # fmt: skip
    put(
        "fulltext", article=7, url="https://fleuve.example/1", feed="fleuve", state="pending",
        reason="", attempts=0, created_at=when, next_attempt_at=when,
    )  # fmt: skip
    put("rule_sources", kind="rule", id="convoys", file="a.yaml", saved_at=when, text="x")
    put("troubles", key="disk", title="Disk full", text="no room", opened_at=when)
    put("status", key="k", at=when, value={"a": 1})


def fill_0003(conn: sa.Connection) -> None:
    """The same, and one of each thing that came with the policy of alerts."""
    fill_0001(conn)
    when: Any = WHEN if conn.dialect.name == "postgresql" else 1_767_323_045_678_901
    tables = sa.MetaData()
    tables.reflect(conn)

    def put(table: str, **values: Any) -> None:
        conn.execute(sa.insert(tables.tables[table]).values(**values))

    put(
        "holds", id=1, story=3, article=7, rule="convoys", cause="silence", at=when, until=None,
        source="Le Fleuve", outcome="", why="silenced", note="",
    )  # fmt: skip
    put(
        "silences", id=1, rule="convoys", entity="", source="", story=None, until=None,
        author="amina", comment="noise", created_at=when,
    )  # fmt: skip
    put("rule_hours", rule="convoys", hour=14, week=105_000, count=2, past=1.5, since=104_990)
    put(
        "corrections", id=1, at=when, kind="merge", story=2, into=3, author="amina",
        articles={"v": 1, "ids": [7]}, comment="the same convoy",
    )  # fmt: skip


def fill_0004(conn: sa.Connection) -> None:
    """The same, and the features and the index of the article."""
    fill_0003(conn)
    tables = sa.MetaData()
    tables.reflect(conn)

    def put(table: str, **values: Any) -> None:
        conn.execute(sa.insert(tables.tables[table]).values(**values))

    put(
        "story_features", article=7, version=2, rival=-2.5, title="convoi", terms=b"\x05\0\0\0",
        packed=bytes(15),
    )  # fmt: skip
    put("story_index", key=5, article=7)
    put(
        "story_frequencies", id=1, version=2, upto=6, articles=6.0, noise=-1.5,
        counts=b"\x05\0\0\0" + b"\0\0\x80\x3f",
    )  # fmt: skip


def fill_0005(conn: sa.Connection) -> None:
    """The same, with the index of this revision."""
    fill_0004(conn)
    keys = sa.Table("story_keys", sa.MetaData(), autoload_with=conn)
    conn.execute(sa.insert(keys).values(key=5, newest=7, articles=b"\x07" + bytes(7)))


def fill_0006(conn: sa.Connection) -> None:
    """The same, with the features where this revision has them."""
    fill_0003(conn)
    when: Any = WHEN if conn.dialect.name == "postgresql" else 1_767_323_045_678_901
    tables = sa.MetaData()
    tables.reflect(conn, only=["story_reports"])
    conn.execute(
        sa.insert(tables.tables["story_reports"]).values(
            number=4, article=7, version=2, joined_at=when, replaces=None, rival=-2.5,
            title="convoi", terms=b"\x05\0\0\0", packed=bytes(18),
        )
    )  # fmt: skip


FILLS: dict[str, Callable[[sa.Connection], None]] = {
    "0001": fill_0001,
    "0003": fill_0003,
    "0004": fill_0004,
    "0005": fill_0005,
    "0006": fill_0006,
}
