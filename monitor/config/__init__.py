"""The configuration: its shape, where its values come from, and every fault in it at once.

``load`` is the way in. Nothing else of the program reads the environment or the file; the edges
get plain values out of ``Settings`` from the daemon.
"""

from __future__ import annotations

from monitor.config.load import load
from monitor.config.settings import Settings

__all__ = ["Settings", "load"]
