"""From what happened on the wire to the error class that decides what happens next.

Pure: takes exchanges, returns a ``DeliveryError`` to raise (or None: it was taken). The particular
answers of Slack and Matrix are known to their own modules, plain HTTP is judged here.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from monitor.channels.observe import Exchange, HttpFault
from monitor.errors import (
    ChannelBroken,
    DeliveryDeferred,
    DeliveryError,
    DeliveryRejected,
    DeliveryUnknown,
)

_BROKEN = {401, 402, 403, 404, 405, 407, 410, 451}
"""The address or the credentials are wrong: no message can pass until someone mends the channel."""
_DEFERRED = {408, 421, 423, 425, 429}
_UNKNOWN = {504}
"""A gateway gave up waiting: what stands behind it may have taken the message."""
_SAID_CAP = 120


def no_answer(channel: str, exchange: Exchange) -> DeliveryError:
    """The error for an exchange that ended in a fault."""
    match exchange.fault:
        case HttpFault.UNREACHED:
            return DeliveryDeferred(channel, f"{exchange.host} could not be reached")
        case HttpFault.CERTIFICATE:
            return ChannelBroken(channel, f"the certificate of {exchange.host} is not trusted")
        case HttpFault.BAD_ADDRESS:
            return ChannelBroken(channel, "its address cannot be used")
        case _:
            reason = f"the connection to {exchange.host} broke before an answer"
            return DeliveryUnknown(channel, reason)


def http_error(
    channel: str, exchange: Exchange, *, scrub: Callable[[str], str]
) -> DeliveryError | None:
    """The error for one exchange by its HTTP status alone; None for 2xx."""
    status = exchange.status
    if status is None:
        return no_answer(channel, exchange)
    if exchange.ok:
        return None
    if 300 <= status < 400:
        reason = f"{exchange.host} redirects to {exchange.moved_to or 'elsewhere'}"
        return ChannelBroken(channel, f"{reason}: give the final address")
    reason = scrub(f"{exchange.host} answered {status} {_phrase(status)}{_quoted(exchange.body)}")
    if status in _BROKEN:
        return ChannelBroken(channel, reason)
    if status in _UNKNOWN:
        return DeliveryUnknown(channel, reason)
    if status in _DEFERRED or status >= 500 or status < 200:
        return DeliveryDeferred(channel, reason, retry_after=exchange.retry_after)
    return DeliveryRejected(channel, reason)


def json_object(body: bytes) -> dict[str, Any]:
    """The JSON object in ``body``, or an empty one."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def said(body: bytes) -> str:
    """The short machine-readable part of a server's answer, or nothing. Not scrubbed."""
    answer = json_object(body)
    words = [answer[k] for k in ("errcode", "error", "message", "description") if k in answer]
    words = [w for w in words if isinstance(w, str)]
    if words:
        return " ".join(words)[:_SAID_CAP]
    text = body.decode("utf-8", "replace").strip()
    if answer or len(text) > _SAID_CAP or "<" in text or "\n" in text or text[:1] in "{[":
        return ""
    return text


def _quoted(body: bytes) -> str:
    words = said(body)
    return f": {words}" if words else ""


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
