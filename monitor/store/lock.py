"""The lock that keeps a second daemon off a SQLite database. Knows nothing of SQL.

`flock` belongs to the open file, which a forked child shares: a worker that outlives the daemon
would keep the lock. So the child closes its copy at once (exec closes it by itself).
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
import weakref
from pathlib import Path

from monitor.errors import AlreadyRunning

_RETRY = 0.1
"""Seconds between two attempts."""


class FileLock:
    """An exclusive lock on ``path``, which is created and stays (removing it would be a race)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd: int | None = None

    @property
    def held(self) -> bool:
        return self._fd is not None

    def acquire(self, wait: float) -> None:
        """Take the lock within ``wait`` seconds or raise `AlreadyRunning`. Blocks."""
        if self.held:
            return
        deadline = time.monotonic() + wait
        fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            while not _try(fd):
                if time.monotonic() >= deadline:
                    holder = os.pread(fd, 32, 0).decode(errors="replace").strip()
                    who = f" (process {holder})" if holder else ""
                    raise AlreadyRunning(f"another monitor{who} works on {self.path.stem}")
                time.sleep(_RETRY)
            os.ftruncate(fd, 0)
            os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
        except BaseException:
            os.close(fd)
            raise
        self._fd = fd
        _held.add(self)

    def release(self) -> None:
        """Give it back; harmless when it is not held."""
        self._close()

    def _close(self) -> None:
        fd, self._fd = self._fd, None
        if fd is not None:
            os.close(fd)


def _try(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


_held: weakref.WeakSet[FileLock] = weakref.WeakSet()


def _forget_in_child() -> None:
    for lock in list(_held):
        with contextlib.suppress(OSError):
            lock._close()


os.register_at_fork(after_in_child=_forget_in_child)
