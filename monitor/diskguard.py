"""Room on the database's disk: when to stop polling, and a reserve for what must still be written.

Polls fill a disk, deliveries do not: so polling stops while there is little room, and a ballast
file is given up when there is none, so that outcomes of deliveries can still be recorded.
"""

from __future__ import annotations

from dataclasses import dataclass

from monitor.store import Database


@dataclass(slots=True)
class DiskGuard:
    """``min_free`` is in bytes; on a small disk a twentieth of it is enough."""

    database: Database
    min_free: int
    is_full: bool = False
    free: int = 0
    _refused: bool = False

    def look(self) -> bool:
        """Measure; True when ``is_full`` changed. Blocks shortly."""
        free, size = self.database.free_bytes(), self.database.disk_size()
        if free is None or size is None:  # a database server looks after its own
            return False
        self.free = free
        enough = min(self.min_free, size // 20)
        if self._refused:
            enough *= 2  # what was refused once must not be refused again a moment later
        was, self.is_full = self.is_full, self.free < enough
        if not self.is_full:
            self._refused = False
            self.database.reserve()
        return was != self.is_full

    def declare_full(self) -> bool:
        """The database refused to write: True when that was news."""
        self.database.release_reserve()
        news, self.is_full, self._refused = not self.is_full, True, True
        return news
