"""Notices changed rule and configuration files, by events and, where they fail, by looking.

File events do not cross bind mounts of every kind, and a ConfigMap swaps a symbolic link: so an
event only makes us look sooner, and what decides is the signature of the files as they are now.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeAlias

import structlog
import watchfiles

log = structlog.get_logger()

LOOK_SECONDS = 5.0
SETTLE_SECONDS = 0.3
"""An editor writes in several steps; two equal looks this far apart say that it is done."""
SUFFIXES = frozenset({".yaml", ".yml", ".jsonl", ".toml", ".opml", ".xml", ".j2"})

Signature: TypeAlias = tuple[tuple[str, int, int, int], ...]


def signature(paths: Iterable[Path]) -> Signature:
    """What the files below ``paths`` look like: path, size, time of change and inode of each."""
    found: list[tuple[str, int, int, int]] = []
    for path in paths:
        for file in _files(path):
            try:
                stat = file.stat()
            except OSError:
                continue  # gone between listing and looking: the next look sees it gone
            found.append((str(file), stat.st_size, stat.st_mtime_ns, stat.st_ino))
    return tuple(sorted(found))


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = []
    for folder, _, names in os.walk(path, followlinks=True):
        found += [Path(folder, n) for n in names if Path(n).suffix in SUFFIXES]
    return found


def _is_ours(_: watchfiles.Change, path: str) -> bool:
    """Not the database, which often lies beside the configuration and changes all the time."""
    return Path(path).suffix in SUFFIXES


class FileWatch:
    """Calls ``on_change`` when files below ``paths()`` differ from the last look.

    Make it before the files are read: what changes while they are is then seen.
    """

    def __init__(
        self, paths: Callable[[], Sequence[Path]], on_change: Callable[[], Awaitable[object]]
    ) -> None:
        self._paths = paths
        self._on_change = on_change
        self._seen = signature(paths())
        self._look_now = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Watch until ``stop`` is set."""
        stopping = asyncio.create_task(stop.wait())
        events = [
            asyncio.create_task(self._listen(stop, recursive=recursive))
            for recursive in (True, False)
        ]
        try:
            while not stop.is_set():
                looking = asyncio.create_task(self._look_now.wait())
                await asyncio.wait(
                    {looking, stopping}, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                looking.cancel()
                self._look_now.clear()
                try:
                    await self.look()
                except Exception:
                    # Without this watch nobody's change would ever take effect again.
                    log.exception("watch.failed", look_every=LOOK_SECONDS)
        finally:
            for task in (stopping, *events):
                task.cancel()
            await asyncio.gather(stopping, *events, return_exceptions=True)

    async def look(self) -> bool:
        """Compare once; True when ``on_change`` was called."""
        now = await asyncio.to_thread(signature, self._paths())
        if now == self._seen:
            return False
        while True:
            await asyncio.sleep(SETTLE_SECONDS)
            again = await asyncio.to_thread(signature, self._paths())
            if again == now:
                break
            now = again
        await self._on_change()
        self._seen = now  # only now: what failed is tried again at the next look
        return True

    async def _listen(self, stop: asyncio.Event, *, recursive: bool) -> None:
        """File events, as far as this file system has them; looking goes on without.

        Directories are watched with all below them; of a single file only the folder it lies in,
        which may be a home directory.
        """
        while not stop.is_set():
            paths = [p for p in self._paths() if p.is_dir() is recursive]
            folders = {p if recursive else p.parent for p in paths}
            watched = [f for f in folders if f.exists()]
            if not watched:
                return
            try:
                async for _ in watchfiles.awatch(
                    *watched, watch_filter=_is_ours, stop_event=stop, debounce=200, step=50,
                    recursive=recursive,
                ):  # fmt: skip
                    self._look_now.set()
            except (OSError, RuntimeError) as error:
                log.info("watch.events_unavailable", error=str(error), look_every=LOOK_SECONDS)
                return
