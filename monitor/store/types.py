"""Column types and text hygiene: how our values lie in SQLite and PostgreSQL.

Both databases must hold and sort the same values in the same way, and nothing a feed says may make
a statement fail. No tables here.
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

KEY_BYTES = 512
"""Keys are indexed, and a PostgreSQL index row ends at 2,704 bytes: longer keys are hashed."""

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> str:
    """``text`` with U+FFFD for NUL (PostgreSQL refuses it) and lone surrogates (no UTF-8)."""
    return _UNSTORABLE.sub("\ufffd", text)


def stored_key(key: str) -> str:
    """The form under which ``key`` lies in the database; the same for an already stored key."""
    key = storable(key)
    raw = key.encode()
    if len(raw) <= KEY_BYTES:
        return key
    digest = hashlib.sha256(raw).hexdigest()
    return raw[: KEY_BYTES // 2].decode(errors="ignore") + "…" + digest


def to_json(value: object) -> str:
    """Compact JSON with characters as they are, which halves the size of non-Latin texts."""
    return storable(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


class UtcTime(sa.types.TypeDecorator[datetime]):
    """An aware datetime, given back in UTC.

    PostgreSQL: ``timestamptz``. SQLite keeps no timezone and compares text byte by byte, so there
    it is an integer: microseconds since 1970. Both sort by time and keep every microsecond.
    """

    impl = sa.BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> sa.types.TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(sa.DateTime(timezone=True))
        return dialect.type_descriptor(sa.BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without timezone: {value!r}")
        if dialect.name == "postgresql":
            return value
        return (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if dialect.name == "postgresql":
            return value.astimezone(UTC)  # type: ignore[no-any-return]  # psycopg's datetime
        return _EPOCH + timedelta(microseconds=value)


class Duration(sa.types.TypeDecorator[timedelta]):
    """A timedelta, as microseconds in both databases."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: timedelta | None, dialect: Dialect) -> int | None:
        return None if value is None else value // _MICROSECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> timedelta | None:
        return None if value is None else timedelta(microseconds=value)


class CleanText(sa.types.TypeDecorator[str]):
    """Text of any length in which what no database can hold became U+FFFD."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else storable(value)


def big_id() -> sa.types.TypeEngine[int]:
    """A 64-bit id. SQLite numbers rows only where the type is exactly INTEGER."""
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")
