"""Matrix: one room, written to with an access token under a transaction id of our choosing.

Apprise's Matrix plugin makes the requests; what it would do around them (sleep when throttled,
create a missing room, count its own transactions, log out) is switched off. The same id sent again
is the same event, also across a restart of the homeserver (Synapse remembers for about a day).
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import SplitResult, quote, urlsplit

from apprise.plugins.matrix.base import NotifyMatrix

from monitor.alerts.markup import unmention
from monitor.channels import observe
from monitor.channels.outcome import http_error, json_object, said
from monitor.channels.receipt import Receipt
from monitor.channels.runner import Runner
from monitor.channels.secrecy import Scrubber
from monitor.errors import ChannelBroken, DeliveryDeferred, DeliveryError, DeliveryRejected
from monitor.model import Channel, MatrixTarget, Rendered, TextFormat

EVENT_CAP = 60_000
"""Bytes of content. The whole event may have 65,536:
https://spec.matrix.org/latest/client-server-api/#size-limits"""

# https://spec.matrix.org/latest/client-server-api/#standard-error-response
_BROKEN = {
    "M_UNKNOWN_TOKEN", "M_MISSING_TOKEN", "M_FORBIDDEN", "M_NOT_FOUND", "M_USER_DEACTIVATED",
    "M_USER_SUSPENDED", "M_USER_LOCKED", "M_GUEST_ACCESS_FORBIDDEN", "M_CONSENT_NOT_GIVEN",
    "M_UNRECOGNIZED", "M_UNAUTHORIZED", "M_UNSUPPORTED_ROOM_VERSION", "M_INVALID_PARAM",
    "M_INCOMPATIBLE_ROOM_VERSION", "M_MISSING_PARAM", "M_EXCLUSIVE",
}  # fmt: skip
_REJECTED = {"M_TOO_LARGE", "M_BAD_JSON", "M_NOT_JSON", "M_DUPLICATE_ANNOTATION"}
_DEFERRED = {"M_LIMIT_EXCEEDED", "M_RESOURCE_LIMIT_EXCEEDED"}


class _Plugin(NotifyMatrix):
    """Apprise's Matrix plugin as a plain client: it asks once and remembers nothing."""

    default_retries = 1
    request_rate_per_sec = 0
    homeserver = ""

    def throttle(self, *args: Any, **kwargs: Any) -> None:
        """Never sleeps: a throttled message is the outbox's to wait for."""

    @property
    def base_url(self) -> str:
        """The configured homeserver, its path included; no discovery."""
        return self.homeserver

    def __del__(self) -> None:
        """Keeps the token alive: it is the user's, not a session of ours."""

    def call(self, method: str, path: str, content: dict[str, Any]) -> observe.Exchange | None:
        """One request of the client-server API; None when it could not even be made."""
        with observe.watch() as exchanges:
            fetch: Any = self._fetch
            fetch(path, payload=content, method=method)
        return exchanges[-1] if exchanges else None


class MatrixNotifier:
    """One room."""

    format = TextFormat.MATRIX

    def __init__(self, channel: Channel, target: MatrixTarget, *, runner: Runner[str]) -> None:
        self._name = channel.name
        self._target = target
        self._runner = runner
        self._scrub = Scrubber([target.token])
        self._room = target.room if target.room.startswith("!") else ""
        """The room's id; of an alias only once it has been joined."""

    def __repr__(self) -> str:
        return f"MatrixNotifier({self._name!r})"

    async def send(self, rendered: Rendered, *, key: str, under: str = "") -> Receipt:
        """Sends one event; the same ``key`` again is the same event. Its id is the receipt."""
        return Receipt(ref=await self._runner.run(lambda: self._put(rendered, key, under)))

    async def close(self) -> None:
        """Nothing is kept open."""

    def _put(self, rendered: Rendered, key: str, under: str) -> str:
        plugin = self._plugin()
        joined = False
        if not self._room:
            self._join(plugin, self._target.room)
            joined = True
        event = content(rendered, under)
        path = f"/rooms/{_path(self._room)}/send/m.room.message/{_path(key)}"
        exchange = plugin.call("PUT", path, event)
        error = self._judge(exchange)
        if isinstance(error, ChannelBroken) and "M_FORBIDDEN" in error.reason and not joined:
            # Perhaps only invited so far. Joining before every send would cost rate limit.
            self._join(plugin, self._room)
            exchange = plugin.call("PUT", path, event)
            error = self._judge(exchange)
        if under and exchange is not None and exchange.status == 400 and error is not None:
            # What it follows is not in this room (any more): then it stands by itself.
            exchange = plugin.call("PUT", path, content(rendered))
            error = self._judge(exchange)
        if error is not None or exchange is None:
            raise error or ChannelBroken(self._name, "its address cannot be used")
        event_id = json_object(exchange.body).get("event_id")
        return event_id if isinstance(event_id, str) else ""

    def _join(self, plugin: _Plugin, room: str) -> None:
        exchange = plugin.call("POST", f"/join/{_path(room)}", {})
        error = self._judge(exchange)
        if error is not None or exchange is None:
            raise error or ChannelBroken(self._name, "its address cannot be used")
        room_id = json_object(exchange.body).get("room_id")
        if not isinstance(room_id, str):
            raise ChannelBroken(self._name, f"{exchange.host} does not answer as Matrix does")
        self._room = room_id

    def _plugin(self) -> _Plugin:
        parts = usable(self._name, self._target)
        host = parts.hostname or ""
        make: Any = _Plugin
        plugin: _Plugin = make(
            host=f"[{host}]" if ":" in host else host,
            port=parts.port,
            secure=parts.scheme == "https",
            mode="off",
            version="3",
            msgtype="text",
            include_image=False,
            discovery=False,
            hsreq=False,
            e2ee=False,
            asset=observe.asset(),
            rto=observe.READ_TIMEOUT,
            cto=observe.CONNECT_TIMEOUT,
        )
        plugin.homeserver = self._target.homeserver.rstrip("/")
        plugin.access_token = self._target.token
        return plugin

    def _judge(self, exchange: observe.Exchange | None) -> DeliveryError | None:
        if exchange is None:
            return ChannelBroken(self._name, "its address cannot be used")
        return verdict(self._name, exchange, scrub=self._scrub)


def usable(channel: str, target: MatrixTarget) -> SplitResult:
    """The parts of the homeserver's address. Raises ChannelBroken when it or the room is none."""
    if target.room[:1] not in ("!", "#") or len(target.room) < 2:
        raise ChannelBroken(channel, "its room is neither an id (!…) nor an alias (#…)")
    try:
        parts = urlsplit(target.homeserver)
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
            return parts
    except ValueError:
        pass
    raise ChannelBroken(channel, "its homeserver is no http or https URL")


def _path(piece: str) -> str:
    return quote(piece, safe="")


def content(rendered: Rendered, under: str = "") -> dict[str, Any]:
    """The event: plain text, HTML beside it, and nobody mentioned whatever the text says.

    It hangs in the thread that begins with the event ``under``; clients without threads show it as
    a reply to that (https://spec.matrix.org/latest/client-server-api/#threading).
    """
    plain = rendered.text or unmention(rendered.subject)
    event: dict[str, Any] = {"msgtype": "m.text", "body": plain, "m.mentions": {}}
    if under:
        event["m.relates_to"] = {
            "rel_type": "m.thread",
            "event_id": under,
            "is_falling_back": True,
            "m.in_reply_to": {"event_id": under},
        }
    if rendered.html:
        rich = event | {"format": "org.matrix.custom.html", "formatted_body": rendered.html}
        if _size(rich) <= EVENT_CAP:
            return rich
    if _size(event) > EVENT_CAP:
        raw = plain.encode()[: EVENT_CAP // 2]
        kept = raw.decode(errors="ignore")
        event["body"] = f"{kept}\n… {len(plain) - len(kept)} more characters"
    return event


def _size(event: dict[str, Any]) -> int:
    return len(json.dumps(event, ensure_ascii=False).encode())


def verdict(channel: str, exchange: observe.Exchange, *, scrub: Scrubber) -> DeliveryError | None:
    """What a homeserver's answer means; None when it took the event."""
    if exchange.ok or exchange.status is None:
        return http_error(channel, exchange, scrub=scrub)
    answer = json_object(exchange.body)
    code = answer.get("errcode")
    if not isinstance(code, str):
        return http_error(channel, exchange, scrub=scrub)
    reason = scrub(f"{exchange.host} answered {exchange.status}: {said(exchange.body)}")
    if code in _DEFERRED or exchange.status >= 500:
        wait = answer.get("retry_after_ms")
        after = wait / 1000 if isinstance(wait, int | float) else exchange.retry_after
        return DeliveryDeferred(channel, reason, retry_after=after)
    if code in _BROKEN:
        return ChannelBroken(channel, reason)
    if code in _REJECTED:
        return DeliveryRejected(channel, reason)
    return http_error(channel, exchange, scrub=scrub)
