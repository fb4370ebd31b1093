"""A stand-in for Slack on loopback, with its documented answers and its documented limits.

``POST /services/T1/B1/<script>`` is an incoming webhook and ``POST /api/chat.postMessage`` the bot
API, scripted by channel name. A message beyond Slack's limits is refused as Slack refuses it. The
last part of a path may also be a plain status (``status-503``), and at any other path the server is
just a scripted web service.
"""

from __future__ import annotations

import json
import re
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

# https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors
# https://docs.slack.dev/apis/web-api/rate-limits
HOOK_REPLIES: dict[str, tuple[int, str]] = {
    "ok": (200, "ok"),
    "invalid_payload": (400, "invalid_payload"),
    "action_prohibited": (403, "action_prohibited"),
    "invalid_token": (403, "invalid_token"),
    "channel_not_found": (404, "channel_not_found"),
    "no_service": (404, "no_service"),
    "channel_is_archived": (410, "channel_is_archived"),
    "rollup_error": (500, "rollup_error"),
    "ratelimited": (429, '{"ok":false,"error":"ratelimited"}'),
    "rocketchat": (200, '{"success":true}'),
    "rocketchat_no": (200, '{"success":false,"error":"invalid-channel"}'),
    "empty": (200, ""),
    "html": (200, "<html>a login page</html>"),
}
BOT_ERRORS = (
    "not_in_channel",
    "channel_not_found",
    "is_archived",
    "invalid_auth",
    "token_revoked",
    "msg_too_long",
    "internal_error",
    "some_new_error",
)
RETRY_AFTER = 7


@dataclass(frozen=True)
class Request:
    """One request as it came in."""

    method: str
    path: str
    headers: dict[str, str]
    payload: Any = field(default=None)


class SlackServer:
    """Use as a context manager. ``requests`` are all that came in, ``messages`` those taken."""

    def __init__(self, *, port: int = 0) -> None:
        self.requests: list[Request] = []
        self.messages: list[dict[str, Any]] = []
        self.release = threading.Event()
        """Set to let the requests go that hang."""
        self.failures_before_ok = 2
        """How often ``flaky`` fails first."""
        server = self

        class Handler(_Handler):
            slack = server

        self._http = _Server(("127.0.0.1", port), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    @property
    def api(self) -> str:
        """The base address of the bot API."""
        return f"{self.url}/api/"

    def webhook(self, script: str = "ok") -> str:
        return f"{self.url}/services/T1/B1/{script}"

    def start(self) -> SlackServer:
        self._thread.start()
        return self

    def stop(self) -> None:
        self.release.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def __enter__(self) -> SlackServer:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients of these tests go away in the middle; that is what is tested."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    slack: SlackServer

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def _serve(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            payload = json.loads(raw)
        except ValueError:
            payload = None
        path = self.path.partition("?")[0]
        self.slack.requests.append(
            Request(self.command, self.path, dict(self.headers.items()), payload)
        )
        script = path.rsplit("/", 1)[-1]
        if self._behaves_badly(script):
            return
        if path == "/api/chat.postMessage":
            self._bot(payload)
        elif path.startswith("/services/"):
            self._hook(script, payload)
        elif script in HOOK_REPLIES:
            self._reply(*HOOK_REPLIES[script])
        else:
            self.slack.messages.append(payload)
            self._reply(200, "ok")

    def _behaves_badly(self, script: str) -> bool:
        """The scripts that have nothing to do with Slack; True when the request is dealt with."""
        if script == "drop":
            self.close_connection = True
            self.connection.close()
        elif script == "hang":
            self.slack.release.wait(60)
            self.close_connection = True
        elif script == "drip":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            while not self.slack.release.wait(0.05):
                self.wfile.write(b".")
        elif script == "redirect":
            self._reply(302, "", {"Location": f"{self.slack.url}/private"})
        elif script == "later":
            at = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 90))
            self._reply(503, "<html>busy</html>", {"Retry-After": at})
        elif script == "echo":  # a server that repeats what it was told, tokens and all
            told = f"no {self.path} {self.headers.get('Authorization', '')}"
            self._reply(403, json.dumps({"error": told, "errcode": "M_USER_LOCKED"}))
        elif status := re.fullmatch(r"status-(\d{3})", script):
            self._reply(int(status[1]), "<html>upstream</html>")
        else:
            return False
        return True

    def _hook(self, script: str, payload: Any) -> None:
        fault = fault_of(payload)
        if script == "flaky" and self.slack.failures_before_ok > 0:
            self.slack.failures_before_ok -= 1
            self._reply(503, "upstream")
        elif fault:
            self._reply(400, fault)
        else:
            status, body = HOOK_REPLIES.get(script, HOOK_REPLIES["ok"])
            if status == 200 and "false" not in body:
                self.slack.messages.append(payload)
            self._reply(status, body, {"Retry-After": str(RETRY_AFTER)} if status == 429 else {})

    def _bot(self, payload: Any) -> None:
        channel = str((payload or {}).get("channel", "")).lstrip("#")
        if self.headers.get("Authorization", "") in ("", "Bearer ", "Bearer None"):
            self._json({"ok": False, "error": "not_authed"})
        elif channel in BOT_ERRORS:
            self._json({"ok": False, "error": channel})
        elif channel == "ratelimited":
            wait = {"Retry-After": str(RETRY_AFTER)}
            self._reply(429, '{"ok":false,"error":"ratelimited"}', wait)
        elif fault := fault_of(payload):
            self._json({"ok": False, "error": fault})
        elif (payload or {}).get("thread_ts") == "gone":
            self._json({"ok": False, "error": "thread_not_found"})
        else:
            self.slack.messages.append(payload)
            self._json({"ok": True, "channel": "C1", "ts": "1700000000.000100", "message": payload})

    def _json(self, answer: dict[str, Any]) -> None:
        self._reply(200, json.dumps(answer), {"Content-Type": "application/json"})

    def _reply(self, status: int, body: str, headers: dict[str, str] | None = None) -> None:
        content = body.encode()
        self.send_response(status)
        given = {"Content-Type": "text/plain", "Content-Length": str(len(content))}
        for name, value in (given | (headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


_CONTROL = re.compile(r"<(?!https?://[^<>|\s]+(\|[^<>]*)?>)|&(?!amp;|lt;|gt;)")
"""A control sequence that is no link, or an ampersand that stands for itself."""


def fault_of(payload: Any) -> str:
    """What Slack would say of a message; empty when it would take it.

    Limits: https://docs.slack.dev/reference/block-kit/blocks. Stricter than Slack in one point:
    control sequences other than links (``<!channel>``, ``<@U1>``) are refused.
    """
    if not isinstance(payload, dict):
        return "invalid_payload"
    text, blocks = payload.get("text"), payload.get("blocks", [])
    if not isinstance(text, str) or not text.strip():
        return "no_text"
    if len(text) > 40_000:
        return "msg_too_long"
    texts = [text]
    if not isinstance(blocks, list) or len(blocks) > 50:
        return "invalid_blocks"
    for block in blocks:
        objects, cap = _text_objects(block)
        if not objects or len(objects) > 10:
            return "invalid_blocks"
        for item in objects:
            if item.get("type") not in ("mrkdwn", "plain_text"):
                return "invalid_blocks"
            if not 0 < len(item.get("text", "")) <= cap:
                return "invalid_blocks"
            texts.append(item["text"])
    return "invalid_payload" if any(_CONTROL.search(t) for t in texts) else ""


def _text_objects(block: Any) -> tuple[list[dict[str, Any]], int]:
    match block:
        case {"type": "header", "text": {"type": "plain_text"} as item}:
            return [item], 150
        case {"type": "section", "text": dict() as item}:
            return [item], 3_000
        case {"type": "context", "elements": list() as items}:
            return items, 2_000
        case {"type": "divider"}:
            return [{"type": "plain_text", "text": "-"}], 1
        case _:
            return [], 0
