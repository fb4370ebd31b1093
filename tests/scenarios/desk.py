"""A desk to try things on: a configuration in a folder, real servers around it, the real daemon."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

RULE = """
rules:
  - id: russia-niger-troops
    title: Russian troops in Niger
    severity: high
    entities: [russia, niger, troops]
    within: 30 words
    tests:
      match: [Russia sends troops to Niger]
"""


class TestDesk:
    """A folder with ``config.toml`` and ``rules/``, and the command line run in it."""

    __test__ = False

    def __init__(self, folder: Path, *, database: str = "sqlite:///data/monitor.db") -> None:
        self.folder = folder
        self.rules = folder / "rules"
        self.rules.mkdir(exist_ok=True)
        (self.rules / "desk.yaml").write_text(RULE, "utf-8")
        self._head = f'database = "{database}"\n'
        self._parts: list[str] = ['[service]\nlisten = ""\n']
        self.write()

    def write(self) -> None:
        """Write the configuration as it stands."""
        (self.folder / "config.toml").write_text(self._head + "\n".join(self._parts), "utf-8")

    def add(self, toml: str) -> None:
        """Add a piece to the configuration."""
        self._parts.append(toml)
        self.write()

    def feed(self, name: str, url: str, interval: str = "1s", **options: str) -> None:
        more = "".join(f"{key} = {value}\n" for key, value in options.items())
        self.add(
            f'[[feeds]]\nname = "{name}"\nurl = "{url}"\nallow_private = true\n'
            f'interval = "{interval}"\n{more}'
        )

    def mail(self, name: str, port: int, to: str = "duty@example.org", **options: str) -> None:
        more = "".join(f"{key} = {value}\n" for key, value in options.items())
        self.add(
            f'[channels.{name}]\ntype = "email"\nhost = "127.0.0.1"\nport = {port}\n'
            f'security = "none"\nfrom = "Monitor <monitor@example.org>"\nto = ["{to}"]\n{more}'
        )

    def default(self, *names: str, operator: tuple[str, ...] = (), more: str = "") -> None:
        listed = ", ".join(f'"{n}"' for n in names)
        told = ", ".join(f'"{n}"' for n in operator or names)
        self.add(f"[alerts]\ndefault_channels = [{listed}]\noperator_channels = [{told}]\n{more}")

    def run(self, *args: str, timeout: float = 90) -> subprocess.CompletedProcess[str]:
        """One command to its end."""
        return subprocess.run(
            [sys.executable, "-m", "monitor", *args],
            cwd=self.folder, env=self._environ(), capture_output=True, text=True, timeout=timeout,
            check=False,
        )  # fmt: skip

    def json(self, *args: str) -> Any:
        """What a command prints with ``--json``."""
        done = self.run(*args, "--json")
        assert done.stdout, done.stderr
        return json.loads(done.stdout)

    def start(self) -> Running:
        """The daemon, running."""
        return Running(self.folder, self._environ())

    @staticmethod
    def _environ() -> dict[str, str]:
        root = str(Path(__file__).parents[2])
        kept = {k: v for k, v in os.environ.items() if not k.startswith("MONITOR_")}
        return kept | {"PYTHONPATH": root, "MONITOR_LOG__FORMAT": "json"}


class Running:
    """A daemon process. Leaving the ``with`` stops it, politely first."""

    def __init__(self, folder: Path, environ: dict[str, str]) -> None:
        self.log = folder / "daemon.log"
        self._stream = self.log.open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "monitor", "run"],
            cwd=folder, env=environ, stdout=self._stream, stderr=self._stream,
        )  # fmt: skip

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(40)
            except subprocess.TimeoutExpired:
                self.kill()
        self._stream.close()

    def kill(self) -> None:
        """SIGKILL, as power failures and OOM killers do."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def hangup(self) -> None:
        self.process.send_signal(signal.SIGHUP)

    def events(self, name: str) -> list[dict[str, Any]]:
        """The log's lines of one event."""
        lines = self.log.read_text("utf-8").splitlines()
        return [json.loads(n) for n in lines if n.startswith("{") and f'"event": "{name}"' in n]

    def wait_for(self, name: str, count: int = 1, timeout: float = 60) -> dict[str, Any]:
        """Wait until the log has ``count`` lines of an event; the last of them."""
        until(lambda: len(self.events(name)) >= count, timeout, lambda: self.log.read_text("utf-8"))
        return self.events(name)[count - 1]


def until(
    holds: Callable[[], bool], timeout: float = 60, explain: Callable[[], str] = lambda: ""
) -> None:
    """Wait until something holds; fails with an explanation after ``timeout`` seconds."""
    end = time.monotonic() + timeout
    while not holds():
        if time.monotonic() > end:
            raise AssertionError(f"did not happen within {timeout} s\n{explain()[-6000:]}")
        time.sleep(0.05)
