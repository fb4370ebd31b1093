"""Everything the monitor remembers, and the only place that knows SQL.

`monitor.store.database` opens and runs transactions; beside it one module per aggregate holds
functions which take a `Connection` first and return domain types. No row leaves this package.
"""

from __future__ import annotations

from monitor.store.database import Connection, Database

__all__ = ["Connection", "Database"]
