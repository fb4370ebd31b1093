"""Fixtures for every test: a fresh, migrated database, once on SQLite and once on PostgreSQL."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from monitor.store.database import Database
from monitor.store.schema import metadata
from tests.servers.postgres import CannotStart, PostgresServer, start_postgres


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One PostgreSQL for the session. Without one the test is skipped, or fails where CI=true."""
    try:
        server = start_postgres()
    except CannotStart as error:
        if os.environ.get("CI") == "true":
            pytest.fail(f"PostgreSQL is required in CI: {error}")
        pytest.skip(f"no PostgreSQL: {error}")
    yield server
    server.remove()


settings.register_profile("suite", deadline=None)  # how fast a machine is fails no test
settings.load_profile("suite")


class Databases:
    """Clean, migrated databases on one server. Emptying one is five times as fast as making one."""

    def __init__(self, server: PostgresServer) -> None:
        self.server = server
        self._clean: list[str] = []
        self._numbers = itertools.count(1)
        self._tables = sorted(metadata.tables)

    def take(self) -> str:
        if self._clean:
            return self._clean.pop()
        name = self.create()
        _migrate(self.server.url(name))
        return name

    def give_back(self, name: str) -> None:
        """Empty it of rows; a database that a test changed otherwise, or still uses, is dropped."""
        import psycopg

        try:
            with psycopg.connect(self.server.url(name), autocommit=True) as conn:
                conn.execute("SET lock_timeout = '2s'")
                conn.execute(f"TRUNCATE {', '.join(self._tables)} RESTART IDENTITY".encode())
        except psycopg.Error:
            self.drop(name)
        else:
            self._clean.append(name)

    def create(self) -> str:
        name = f"monitor_{next(self._numbers)}"
        self.server.execute(f"CREATE DATABASE {name}")
        return name

    def drop(self, name: str) -> None:
        self.server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def _databases(postgres_server: PostgresServer) -> Databases:
    return Databases(postgres_server)


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file to copy."""
    path = tmp_path_factory.mktemp("template") / "monitor.db"
    _migrate(f"sqlite:///{path}")
    return path


def _migrate(url: str) -> None:
    database = Database(url)
    database.migrate()
    database.close_now()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def dialect(request: pytest.FixtureRequest) -> str:
    """Which database the test is about."""
    name: str = request.param
    return name


@pytest.fixture
def database_url(request: pytest.FixtureRequest, dialect: str, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh, migrated database; for several processes or openers."""
    if dialect == "sqlite":
        path = tmp_path / "monitor.db"
        shutil.copy(request.getfixturevalue("_sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    databases: Databases = request.getfixturevalue("_databases")
    name = databases.take()
    yield databases.server.url(name)
    databases.give_back(name)


@pytest.fixture
def empty_url(request: pytest.FixtureRequest, dialect: str, tmp_path: Path) -> Iterator[str]:
    """The address of a database without any table; on SQLite there is no file yet."""
    if dialect == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    databases: Databases = request.getfixturevalue("_databases")
    name = databases.create()
    yield databases.server.url(name)
    databases.drop(name)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An open `Database` on a fresh, migrated database."""
    opened = Database(database_url, owner="test")
    yield opened
    opened.close_now()
