"""Room kept for bad times: a file beside the SQLite database, given up when the disk is full.

With the ballast gone the outbox can still record what was delivered, so that a full disk leads to
late news and not to repeated alerts.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

DEFAULT_SIZE = 2 * 1024 * 1024


class Ballast:
    """The file ``path``; all methods are cheap and block."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def kept(self) -> bool:
        return self.path.exists()

    def reserve(self, size: int) -> bool:
        """Make sure that the file occupies ``size`` bytes; False when there is no room for it."""
        try:
            if self.path.stat().st_size >= size:
                return True
        except FileNotFoundError:
            pass
        try:
            # Random bytes: a file system that compresses would give zeros no room at all.
            with self.path.open("wb") as file:
                file.write(os.urandom(size))
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            with contextlib.suppress(OSError):
                self.path.unlink()
            return False
        return True

    def release(self) -> bool:
        """Free the room; True when there was any to free."""
        with contextlib.suppress(FileNotFoundError):
            self.path.unlink()
            return True
        return False


def free_bytes(directory: Path) -> int:
    """What an ordinary user may still write on the file system of ``directory``."""
    about = os.statvfs(directory)
    return about.f_bavail * about.f_frsize
