"""From alerts to the frozen text of a message, in the markup of its channel.

Pure and deterministic: the same views give the same text. What a message says is decided by the
templates; here are the formats, the caps, and what is left out when a message gets too long.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from types import MappingProxyType
from zoneinfo import ZoneInfo

from monitor.alerts.context import (
    BRIEF_SHOWN,
    Page,
    alerts_page,
    folded,
    heading,
    loudest_first,
    notice_page,
    test_page,
)
from monitor.alerts.markup import CHAT, CONSOLE, HTML, MATRIX, PLAIN, SLACK, Markup
from monitor.alerts.templating import Templates
from monitor.model import AlertView, MessageKind, OperatorNotice, Reason, Rendered, TextFormat

__all__ = ["Templates", "render"]

# Of each format: the text's variant and markup, the HTML's, alerts in full, characters of text.
_FORMATS = MappingProxyType(
    {
        TextFormat.CONSOLE: (("console", CONSOLE), None, 50, 60_000),
        TextFormat.TEXT: (("txt", CHAT), None, 10, 8_000),
        TextFormat.MAIL: (("txt", PLAIN), ("mail.html", HTML), 50, 100_000),
        TextFormat.SLACK: (("slack", SLACK), None, 10, 30_000),
        TextFormat.MATRIX: (("txt", CHAT), ("matrix.html", MATRIX), 10, 12_000),
    }
)

MOST_SHOWN = max(full for *_, full, _ in _FORMATS.values()) + BRIEF_SHOWN
"""No message shows more alerts than this, in full or by title; the others it counts."""

_GAP = re.compile(r"\n{3,}")


def render(
    format: TextFormat,
    kind: MessageKind,
    *,
    views: Sequence[AlertView] = (),
    notice: OperatorNotice | None = None,
    text: str = "",
    flooding: str = "",
    timezone: ZoneInfo,
    templates: Templates,
) -> Rendered:
    """The message: of ``views`` (alerts, in the order they came), a ``notice``, or a test ``text``.

    ``flooding`` is the rule whose alerts ``views`` sum up: one in full, the others by title.

    Times are shown in ``timezone``. A message that would be too long shows fewer alerts in full,
    the others by title or as a number. Raises ValueError when what ``kind`` needs is missing.
    """
    if kind is MessageKind.ALERTS:
        if not views:
            raise ValueError("a message of alerts needs at least one")
        return _alerts(format, views, flooding, timezone, templates)
    if kind is MessageKind.OPERATOR:
        if notice is None:
            raise ValueError("an operator message needs its notice")
        page = notice_page(notice, timezone)
        return _written(format, "notice", lambda _: page, f"operator-{notice.key}", templates)
    page = test_page(text)
    return _written(format, "notice", lambda _: page, "", templates)


def _alerts(
    format: TextFormat,
    views: Sequence[AlertView],
    flooding: str,
    timezone: ZoneInfo,
    templates: Templates,
) -> Rendered:
    _, _, full, cap = _FORMATS[format]
    stories = {v.story for v in views}
    # One on volume begins no conversation: what is first told of its story would hide beneath it.
    about = any(v.reason is not Reason.VOLUME for v in views) and not flooding
    thread = f"story-{stories.pop()}" if len(stories) == 1 and about else ""
    headed = format in (TextFormat.TEXT, TextFormat.SLACK)
    ordered = loudest_first(folded(views))
    head = heading(ordered, flooding)
    for shown, brief in _sizes(1 if flooding else full):
        layout = partial(
            alerts_page,
            ordered[: shown + brief],
            timezone=timezone,
            head=head,
            full=shown,
            brief=brief,
            headed=headed,
        )

        rendered = _written(format, "alerts", layout, thread, templates)
        if len(rendered.text) <= cap:
            break
    return rendered


def _sizes(full: int) -> Iterator[tuple[int, int]]:
    """How many alerts to show in full and by title: fewer and fewer, one at least."""
    while full > 1:
        yield full, BRIEF_SHOWN
        full //= 2
    for brief in (BRIEF_SHOWN, BRIEF_SHOWN // 4, 0):
        yield 1, brief


def _written(
    format: TextFormat,
    kind: str,
    page: Callable[[Markup], Page],
    thread: str,
    templates: Templates,
) -> Rendered:
    (variant, markup), rich, _, _ = _FORMATS[format]
    first = page(markup)
    html = ""
    if rich is not None:
        html = _tidy(templates.run(f"{kind}.{rich[0]}.j2", rich[1], page(rich[1])))
    return Rendered(
        format=format,
        subject=first.subject,
        text=_tidy(templates.run(f"{kind}.{variant}.j2", markup, first)),
        html=html,
        thread=thread,
    )


def _tidy(text: str) -> str:
    """No blanks at line ends, no more than one empty line, none at the start or the end."""
    lines = "\n".join(line.rstrip(" \t") for line in text.split("\n"))
    return _GAP.sub("\n\n", lines).strip("\n \t")
