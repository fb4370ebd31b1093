"""The watch over the files outlives a reload that fails."""

from __future__ import annotations

import asyncio
from pathlib import Path

from monitor.errors import StoreError
from monitor.watch import FileWatch


def test_a_reload_that_fails_is_tried_again_and_later_changes_are_seen(tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text("rules: []", "utf-8")
    calls: list[str] = []

    async def go() -> None:
        stop = asyncio.Event()

        async def reload() -> None:
            calls.append(file.read_text("utf-8"))
            if len(calls) == 1:
                raise StoreError("the server is being restarted")
            stop.set()

        watch = FileWatch(lambda: [tmp_path], reload)
        running = asyncio.create_task(watch.run(stop))
        file.write_text("rules: [1]", "utf-8")
        await asyncio.wait_for(running, 30)

    asyncio.run(go())
    assert calls == ["rules: [1]"] * 2
