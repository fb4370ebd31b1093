"""Mail: what a message looks like as MIME. Pure; ``smtp`` sends it.

Our own plain text and HTML side by side, headers that no title from a feed can break out of, and
a Message-ID made from the delivery's id, so that a repeat is recognisable as one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from email.errors import HeaderDefect, HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, getaddresses

from monitor.model import Rendered

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


class BadAddressError(ValueError):
    """A configured mail address that cannot stand in a message."""


def address(text: str) -> Address:
    """One configured address, with or without a name. Raises BadAddressError."""
    pairs = getaddresses([text])
    if len(pairs) != 1 or "@" not in pairs[0][1]:
        raise BadAddressError(text)
    name, spec = pairs[0]
    local, _, domain = spec.rpartition("@")
    try:
        ascii_domain = domain.encode("idna").decode() if not domain.isascii() else domain
        local.encode("ascii")
        return Address(display_name=one_line(name), addr_spec=f"{local}@{ascii_domain}")
    except (UnicodeError, ValueError, IndexError, HeaderParseError, HeaderDefect):
        raise BadAddressError(text) from None


def one_line(text: str) -> str:
    """``text`` without line ends and control characters: fit for a header."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def compose(
    rendered: Rendered,
    *,
    key: str,
    channel: str,
    sender: Address,
    to: Sequence[Address],
    cc: Sequence[Address] = (),
    now: datetime,
) -> EmailMessage:
    """The whole message. ``key`` names it, ``rendered.thread`` hangs it under its story.

    Threading is by a root that no message has, as Alertmanager does it: every message of a story
    refers to it, so that mail programs show them together whichever arrives first.
    """
    domain = sender.domain
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = to
    if cc:
        message["Cc"] = cc
    message["Subject"] = one_line(rendered.subject)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = message_id(key, domain)
    if rendered.thread:
        root = message_id(rendered.thread, domain)
        message["In-Reply-To"] = root
        message["References"] = root
    list_name = _UNSAFE.sub("-", channel).strip("-.") or "alerts"
    message["List-Id"] = f"<{list_name}.monitor.{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(rendered.text + "\n", cte="quoted-printable")
    if rendered.html:
        message.add_alternative(rendered.html, subtype="html", cte="quoted-printable")
    return message


def message_id(key: str, domain: str) -> str:
    """``<key@domain>``, the same for the same key."""
    return f"<{_UNSAFE.sub('-', key).strip('-.') or 'message'}.monitor@{domain}>"
