"""What the channel tests share: sending one message and seeing what came of it."""

from __future__ import annotations

import asyncio
from typing import Any

from monitor.channels.build import notifier
from monitor.channels.receipt import Receipt
from monitor.errors import DeliveryError
from monitor.model import Channel, ChannelName, Rendered, Target, TextFormat

SUBJECT = "[HIGH] Russia sends troops to Niger (AFP)"


def message(format: TextFormat = TextFormat.TEXT, **fields: str) -> Rendered:
    """A rendered message in ``format``."""
    given = {"subject": SUBJECT, "text": "Troops arrived in Niamey.", "thread": "story-7"}
    return Rendered(format=format, **(given | fields))


def channel(target: Target) -> Channel:
    return Channel(ChannelName("desk"), target)


def send(
    target: Target, rendered: Rendered | None = None, *, key: str = "d-1", **options: Any
) -> str:
    """Sends one message through a fresh notifier; its note, or its error."""
    return receipt(target, rendered, key=key, **options).note


def receipt(
    target: Target,
    rendered: Rendered | None = None,
    *,
    key: str = "d-1",
    under: str = "",
    **options: Any,
) -> Receipt:
    """The same with all that the channel hands back."""
    made = notifier(channel(target), **options)
    return asyncio.run(made.send(rendered or message(made.format), key=key, under=under))


def failure(
    target: Target, rendered: Rendered | None = None, *, key: str = "d-1", **options: Any
) -> DeliveryError:
    """The error a send ends in."""
    try:
        note = send(target, rendered, key=key, **options)
    except DeliveryError as error:
        return error
    raise AssertionError(f"it was delivered: {note!r}")
