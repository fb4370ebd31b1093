"""A real Synapse on loopback, from an environment of its own (``.venv-synapse``).

The environment is made when it is absent: Synapse pins too much to share ours. Where it cannot be
made, the tests that need it are skipped with the reason, or fail when ``CI`` is set.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

ENVIRONMENT = Path(__file__).parents[2] / ".venv-synapse"
_READY_SECONDS = 60
_SECRET = "only for tests"
_UNLIMITED = {"per_second": 1000, "burst_count": 1000}


class Unavailable(Exception):
    """Synapse cannot be had here; the text says why."""


def environment(root: Path = ENVIRONMENT) -> Path:
    """The Python that has Synapse, installed on first use. Raises Unavailable."""
    python = root / "bin" / "python"
    name = f"synapse-{hashlib.sha256(str(root).encode()).hexdigest()[:16]}.lock"
    with (Path(tempfile.gettempdir()) / name).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several test workers may want it at once
        if _has_synapse(python):
            return python
        for command in (
            [sys.executable, "-m", "venv", str(root)],
            [str(python), "-m", "pip", "install", "--quiet", "matrix-synapse"],
        ):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                last = (done.stderr.strip().splitlines() or ["no output"])[-1]
                raise Unavailable(f"{' '.join(command[1:])} failed: {last}")
        if not _has_synapse(python):
            raise Unavailable("matrix-synapse was installed but does not start")
    return python


def _has_synapse(python: Path) -> bool:
    return bool(list(python.parent.parent.glob("lib/python*/site-packages/synapse/__init__.py")))


@dataclass(frozen=True)
class User:
    """A registered user."""

    id: str
    token: str


class Synapse:
    """One homeserver named ``localhost`` with SQLite in ``directory``; a context manager."""

    def __init__(self, directory: Path, *, port: int = 0) -> None:
        self.directory = directory
        self.port = port or _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._admin: User | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Synapse:
        python = environment()
        self.directory.mkdir(parents=True, exist_ok=True)
        config = self.directory / "homeserver.yaml"
        if not config.exists():
            self._configure(python, config)
        with (self.directory / "out.log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(python), "-m", "synapse.app.homeserver", "--config-path", str(config),
                 "--config-path", str(self.directory / "ours.yaml")],
                stdout=log, stderr=log, cwd=self.directory,
            )  # fmt: skip
        deadline = time.monotonic() + _READY_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                self.call("GET", "/_matrix/client/versions")
                return self
            except (URLError, OSError):
                time.sleep(0.05)  # polling a process, not waiting for luck
        log_end = (self.directory / "out.log").read_text(errors="replace")[-800:]
        self.stop()
        raise Unavailable(f"Synapse did not start: {log_end}")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(15)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def __enter__(self) -> Synapse:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _configure(self, python: Path, config: Path) -> None:
        subprocess.run(
            [str(python), "-m", "synapse.app.homeserver", "--server-name", "localhost",
             "--config-path", str(config), "--data-directory", str(self.directory),
             "--generate-config", "--report-stats=no"],
            check=True, capture_output=True, cwd=self.directory,
        )  # fmt: skip
        text = re.sub(r"(?m)^log_config.*$", "", config.read_text())
        config.write_text(text)
        listener = {
            "port": self.port,
            "bind_addresses": ["127.0.0.1"],
            "type": "http",
            "tls": False,
            "resources": [{"names": ["client"], "compress": False}],
        }
        ours = {
            "listeners": [listener],
            "registration_shared_secret": _SECRET,
            "trusted_key_servers": [],
            "presence": {"enabled": False},
            "url_preview_enabled": False,
            "rc_message": _UNLIMITED,
            "rc_joins": {"local": _UNLIMITED, "remote": _UNLIMITED},
            "rc_joins_per_room": _UNLIMITED,
            "rc_registration": _UNLIMITED,
        }
        (self.directory / "ours.yaml").write_text(json.dumps(ours))  # JSON is YAML

    def call(
        self, method: str, path: str, body: dict[str, Any] | None = None, token: str = ""
    ) -> dict[str, Any]:
        """One request of the client-server or admin API. Raises HTTPError."""
        request = Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {token}"} if token else {},
        )
        with urlopen(request, timeout=20) as answer:
            found = json.loads(answer.read() or b"{}")
        return found if isinstance(found, dict) else {}

    def user(self, name: str, *, admin: bool = False) -> User:
        """Registers ``@name:localhost``."""
        path = "/_synapse/admin/v1/register"
        nonce = self.call("GET", path)["nonce"]
        rank = "admin" if admin else "notadmin"
        secret = "\0".join((nonce, name, "password", rank)).encode()
        body = {
            "nonce": nonce,
            "username": name,
            "password": "password",
            "admin": admin,
            "mac": hmac.new(_SECRET.encode(), secret, hashlib.sha1).hexdigest(),
        }
        made = self.call("POST", path, body)
        return User(made["user_id"], made["access_token"])

    def room(
        self, owner: User, *, alias: str = "", version: str = "", invite: tuple[User, ...] = ()
    ) -> str:
        """Makes a private room; its id."""
        body: dict[str, Any] = {"preset": "private_chat", "invite": [u.id for u in invite]}
        if alias:
            body["room_alias_name"] = alias
        if version:
            body["room_version"] = version
        made = self.call("POST", "/_matrix/client/v3/createRoom", body, owner.token)
        return str(made["room_id"])

    def messages(self, reader: User, room: str) -> list[dict[str, Any]]:
        """The messages in a room, oldest first."""
        path = f"/_matrix/client/v3/rooms/{quote(room, safe='')}/messages?dir=f&limit=500"
        chunk = self.call("GET", path, token=reader.token)["chunk"]
        return [event for event in chunk if event["type"] == "m.room.message"]

    def limit(self, user: User, *, per_second: int, burst: int) -> None:
        """Throttles one user's messages."""
        if self._admin is None:
            self._admin = self.user(f"admin{self.port}", admin=True)
        path = f"/_synapse/admin/v1/users/{quote(user.id)}/override_ratelimit"
        body = {"messages_per_second": per_second, "burst_count": burst}
        self.call("POST", path, body, self._admin.token)

    def log_out(self, user: User) -> None:
        """Makes the user's token worthless."""
        self.call("POST", "/_matrix/client/v3/logout", {}, user.token)


def skip_or_fail(reason: str) -> None:
    """Skips the test with ``reason``; fails where a machine promised to have everything."""
    import pytest

    if os.environ.get("CI") == "true":
        pytest.fail(f"Synapse is needed here: {reason}")
    pytest.skip(f"no Synapse: {reason}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


__all__ = ["HTTPError", "Synapse", "Unavailable", "User", "environment", "skip_or_fail"]
