"""Statements of the story step, made ready once.

For a small statement SQLAlchemy takes up to ten times as long as SQLite, and the story step runs
six or so for each article. So on SQLite they go straight to the driver, as SQLAlchemy has written
them and with values as its types convert them; PostgreSQL is asked as anywhere else, since there
the way to the server costs more than either.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy import Connection, Dialect, exc

_Convert: TypeAlias = Callable[[Any], Any]
_Statement: TypeAlias = sa.Select[Any] | sa.Insert | sa.Update


class Prepared:
    """One statement, always given values for the same names. Lists of any length it does not know.

    What the driver refuses is a `sqlalchemy.exc.DBAPIError`, as through SQLAlchemy, and outside a
    transaction it is an `InvalidRequestError`: the driver would commit at once.
    """

    __slots__ = ("_direct", "_statement")

    def __init__(self, statement: _Statement) -> None:
        self._statement = statement
        self._direct: _Direct | None = None

    def run(self, conn: Connection, values: Mapping[str, Any]) -> None:
        """Run it for what it does."""
        if conn.dialect.name == "sqlite":
            self._on_sqlite(conn, values)
        else:
            conn.execute(self._statement, values)

    def rows(self, conn: Connection, values: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        """Run it for the rows that it selects or returns."""
        if conn.dialect.name == "sqlite":
            return self._on_sqlite(conn, values)
        return conn.execute(self._statement, values).all()

    def _on_sqlite(self, conn: Connection, values: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        if self._direct is None:
            self._direct = _Direct(self._statement, tuple(values), conn.dialect)
        return self._direct.run(conn, values)


class _Direct:
    """A statement as SQLite's driver takes it, and how values go in and come out."""

    __slots__ = ("_fixed", "_given", "_returned", "_sql")

    def __init__(self, statement: _Statement, names: Sequence[str], dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=names)
        self._sql = str(compiled)
        self._fixed: list[Any] = []
        """The parameters, with the values that the statement itself gives."""
        self._given: list[tuple[int, str, _Convert]] = []
        """Where the others go."""
        for i, name in enumerate(compiled.positiontup or ()):
            bind = compiled.binds[name]
            if bind.required and name not in names:
                raise exc.ArgumentError(f"no value for {name}")
            convert = bind.type.dialect_impl(dialect).bind_processor(dialect) or _as_it_is
            self._fixed.append(None if name in names else convert(bind.value))
            if name in names:
                self._given.append((i, name, convert))
        self._returned: list[tuple[int, _Convert]] = []
        """The columns that are converted."""
        for i, column in enumerate(statement.exported_columns):
            result = column.type.dialect_impl(dialect).result_processor(dialect, None)
            if result is not None:
                self._returned.append((i, result))

    def run(self, conn: Connection, values: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        if not conn.in_transaction():
            raise exc.InvalidRequestError("a prepared statement outside a transaction")
        put = self._fixed.copy()
        for i, name, convert in self._given:
            put[i] = convert(values[name])
        driver: Any = conn.connection.dbapi_connection
        try:
            rows = driver.execute(self._sql, put).fetchall()
        except sqlite3.Error as error:
            kind = getattr(exc, type(error).__name__, exc.DBAPIError)
            raise kind(self._sql, None, error, hide_parameters=True) from error
        return [self._converted(row) for row in rows] if self._returned else rows

    def _converted(self, row: Iterable[Any]) -> Sequence[Any]:
        values = list(row)
        for i, convert in self._returned:
            values[i] = convert(values[i])
        return values


def _as_it_is(value: Any) -> Any:
    return value
