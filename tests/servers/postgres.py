"""A throw-away PostgreSQL on loopback, from the binaries that are installed.

It keeps nothing: no fsync, data in a temporary directory, gone with the process that started it.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

START_SECONDS = 60
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


class CannotStart(Exception):
    """There is no PostgreSQL here, in words for a person."""


class PostgresServer:
    """One server on a port of its own; ``url(name)`` is the address of a database on it."""

    def __init__(self) -> None:
        self._bin = _binaries()
        self._account = _account()
        self._home = Path(tempfile.mkdtemp(prefix="monitor-postgres-", dir=_fast_directory()))
        if self._account is not None:
            os.chown(self._home, self._account.pw_uid, self._account.pw_gid)
        self._data = self._home / "data"
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0

    def url(self, name: str) -> str:
        return f"postgresql://monitor@127.0.0.1:{self.port}/{name}"

    def start(self) -> None:
        """Initialise when there is nothing yet, start, and wait until it answers.

        Only on the main thread: the server dies with the thread that started it.
        """
        if not self._data.exists():
            self._initialise()
        self.port = self.port or _free_port()
        with (self._home / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    self._bin / "postgres", "-D", self._data, "-p", str(self.port),
                    "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
                    "-c", "fsync=off", "-c", "synchronous_commit=off",
                    "-c", "full_page_writes=off", "-c", "shared_buffers=32MB",
                    "-c", "max_connections=60", "-c", "autovacuum=off",
                ],
                stdout=subprocess.DEVNULL,
                stderr=log,
                preexec_fn=_die_with_parent,
                **self._as_account(),
            )  # fmt: skip
        self._wait()

    def stop(self) -> None:
        """Fast shutdown: clients are cut off."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(30)
            self._process = None

    def restart(self) -> None:
        """The same databases on the same port, after everybody lost the connection."""
        self.stop()
        self.start()

    def remove(self) -> None:
        """Stop and leave nothing behind."""
        try:
            self.stop()
        finally:
            shutil.rmtree(self._home, ignore_errors=True)

    def execute(self, statement: str) -> None:
        """One administrative statement, outside a transaction."""
        import psycopg

        with psycopg.connect(self.url("postgres"), autocommit=True, connect_timeout=10) as conn:
            conn.execute(statement.encode())

    def _initialise(self) -> None:
        done = subprocess.run(
            [
                self._bin / "initdb", "-D", self._data, "-U", "monitor", "--auth=trust",
                "--no-sync", "--locale=C", "--encoding=UTF8", "--no-instructions",
            ],
            capture_output=True,
            timeout=START_SECONDS,
            **self._as_account(),
        )  # fmt: skip
        if done.returncode != 0:
            raise CannotStart(f"initdb failed: {done.stderr.decode(errors='replace').strip()}")

    def _wait(self) -> None:
        import psycopg

        assert self._process is not None
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=5).close()
            except psycopg.OperationalError as error:
                log = (self._home / "log").read_text(errors="replace")[-500:]
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise CannotStart(f"the server does not come up: {error} {log}") from error
                time.sleep(0.05)
            else:
                return

    def _as_account(self) -> dict[str, Any]:
        if self._account is None:
            return {"cwd": self._home}
        return {
            "cwd": self._home,
            "user": self._account.pw_uid,
            "group": self._account.pw_gid,
            "extra_groups": [],
        }


def start_postgres() -> PostgresServer:
    """A running server. Raises `CannotStart`."""
    if find_spec("psycopg") is None:
        raise CannotStart("the driver psycopg is not installed")
    server = PostgresServer()
    try:
        server.start()
    except BaseException as error:
        server.remove()
        if isinstance(error, OSError | subprocess.SubprocessError):
            raise CannotStart(str(error)) from error
        raise
    return server


def _binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=_version)
    if found:
        return found[-1].parent
    on_path = shutil.which("postgres")
    if on_path and (Path(on_path).parent / "initdb").exists():
        return Path(on_path).parent
    raise CannotStart("no PostgreSQL server is installed (initdb and postgres)")


def _version(path: Path) -> float:
    return float(path.parent.parent.name)


def _account() -> pwd.struct_passwd | None:
    """Whom to run as: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise CannotStart("PostgreSQL does not run as root, and there is no other account to run it as")


def _fast_directory() -> str | None:
    """Memory where there is enough: a fresh database takes a sixth of the time there."""
    memory = Path("/dev/shm")
    if os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 1024**3:
        return str(memory)
    return None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _die_with_parent() -> None:
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)
