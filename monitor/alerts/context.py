"""What the templates are given: alert views and notices as plain, cleaned, capped values.

Pure. Everything here is text fit to be shown, still to be escaped; the templates only lay it out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias
from zoneinfo import ZoneInfo

from monitor.alerts.markup import Markup, clean, clean_lines, isolate, listed, shorten, web_url
from monitor.model import AlertView, OperatorNotice, Reason, RuleHit, Severity

TITLE_CAP = 300
SUBJECT_TITLE_CAP = 110
"""Leaves room for severity, outlet and count within Slack's 150 characters of a header."""
NAME_CAP = 60
NOTE_CAP = 500
WHY_CAP = 200
NOTICE_CAP = 6_000

RULES_SHOWN = 5
WHY_SHOWN = 6
OUTLETS_SHOWN = 4
BRIEF_SHOWN = 30
BRIEF_TITLE_CAP = 120

_LABELS = {
    Reason.FIRST: "",
    Reason.MATERIAL_UPDATE: "Update",
    Reason.ANOTHER_RULE: "Another rule",
    Reason.VOLUME: "Spreading",
    Reason.REPEAT: "Again",
}


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule of an alert. ``excerpt`` is escaped already, its matched words marked."""

    title: str
    id: str
    severity: str
    why: tuple[str, ...]
    more_why: int
    excerpt: str
    """Empty when a rule before it quotes the same."""


@dataclass(frozen=True, slots=True)
class AlertLine:
    """One alert as a template shows it."""

    severity: str
    label: str
    """``Update`` and the like; empty for a first alert."""
    title: str
    source: str
    time: str
    url: str | None
    rules: tuple[RuleLine, ...]
    more_rules: int
    also: str
    """``A, B and 3 more``, or nothing."""
    note: str
    title_in_subject: bool


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands above a message of ``count`` alerts; the same in every markup."""

    subject: str
    summary: str
    count: int


@dataclass(frozen=True, slots=True)
class AlertsPage:
    """The whole message: some alerts in full, more by title, the rest as a number."""

    subject: str
    summary: str
    """Of several alerts; empty for one."""
    alerts: tuple[AlertLine, ...]
    brief: tuple[AlertLine, ...]
    more: int
    headed: bool
    """The channel shows the subject right above the text."""
    footnote: str = ""


@dataclass(frozen=True, slots=True)
class NoticePage:
    """An operator notice, or a test message."""

    subject: str
    title: str
    text: str
    time: str
    resolved: bool
    footnote: str = ""


Page: TypeAlias = AlertsPage | NoticePage


def when(at: datetime, timezone: ZoneInfo) -> str:
    """``2026-11-22 17:05 WAT``; zones without a name show their offset."""
    local = at.astimezone(timezone)
    name = local.tzname() or ""
    return f"{local:%Y-%m-%d %H:%M} {'UTC' + name if name[:1] in ('+', '-') else name}"


def alert_line(view: AlertView, markup: Markup, timezone: ZoneInfo) -> AlertLine:
    """One view, ready for a template in ``markup``."""
    hits = view.hits[:RULES_SHOWN]
    time = when(view.published or view.created_at, timezone)
    title = clean(view.title, TITLE_CAP) or "(no title)"
    return AlertLine(
        severity=view.severity.value.upper(),
        label=_LABELS[view.reason],
        title=isolate(title),
        source=isolate(clean(view.source, NAME_CAP)) or "unknown source",
        time=time if view.published else f"{time} (first seen)",
        url=web_url(view.url),
        rules=_rule_lines(hits, markup),
        more_rules=len(view.hits) - len(hits),
        also=also_reported(view),
        note=isolate(clean(view.note, NOTE_CAP)),
        title_in_subject=len(title) <= SUBJECT_TITLE_CAP,
    )


def _rule_lines(hits: Sequence[RuleHit], markup: Markup) -> tuple[RuleLine, ...]:
    """One line per rule; a sentence that several rules matched alike is quoted once."""
    lines: list[RuleLine] = []
    for hit in hits:
        line = _rule_line(hit, markup)
        again = any(line.excerpt == other.excerpt for other in lines)
        lines.append(replace(line, excerpt="") if again else line)
    return tuple(lines)


def _rule_line(hit: RuleHit, markup: Markup) -> RuleLine:
    why = tuple(clean(line, WHY_CAP) for line in hit.why[:WHY_SHOWN])
    return RuleLine(
        title=clean(hit.title, 2 * NAME_CAP) or hit.rule,
        id=clean(hit.rule, 2 * NAME_CAP),
        severity=hit.severity.value.upper(),
        why=why,
        more_why=len(hit.why) - len(why),
        excerpt=markup.excerpt(hit.excerpt),
    )


def also_reported(view: AlertView) -> str:
    """The other outlets, each once, the alert's own left out."""
    own = clean(view.source, NAME_CAP)
    names = dict.fromkeys(clean(o.name, NAME_CAP) for o in view.outlets)
    return listed([isolate(n) for n in names if n and n != own], OUTLETS_SHOWN)


def loudest_first(views: Sequence[AlertView]) -> list[AlertView]:
    """By severity, else in the given order."""
    return sorted(views, key=lambda view: -view.severity.rank)


def heading(ordered: Sequence[AlertView]) -> Heading:
    """Subject and summary of alerts, the loudest first."""
    several = len(ordered) > 1
    return Heading(alerts_subject(ordered), summary(ordered) if several else "", len(ordered))


def alerts_page(
    ordered: Sequence[AlertView],
    markup: Markup,
    timezone: ZoneInfo,
    *,
    head: Heading,
    full: int,
    brief: int = BRIEF_SHOWN,
    headed: bool,
) -> AlertsPage:
    """A message: ``full`` alerts with everything, ``brief`` more by title, the others counted."""
    lines = [alert_line(v, markup, timezone) for v in ordered[:full]]
    titles = [
        replace(alert_line(v, markup, timezone), title=_brief_title(v))
        for v in ordered[full : full + brief]
    ]
    return AlertsPage(
        subject=head.subject,
        summary=head.summary,
        alerts=tuple(lines),
        brief=tuple(titles),
        more=head.count - len(lines) - len(titles),
        headed=headed and head.count == 1,
    )


def _brief_title(view: AlertView) -> str:
    return isolate(clean(view.title, BRIEF_TITLE_CAP)) or "(no title)"


def alerts_subject(ordered: Sequence[AlertView]) -> str:
    """``[HIGH] Russia sends troops to Niger (AFP)``, ``… and 3 more`` for several."""
    first = ordered[0]
    title = isolate(shorten(clean(first.title) or "(no title)", SUBJECT_TITLE_CAP))
    label = f"{_LABELS[first.reason]}: " if _LABELS[first.reason] else ""
    source = isolate(clean(first.source, 24))
    told = f"[{first.severity.value.upper()}] {label}{title}" + (f" ({source})" if source else "")
    return f"{told} and {len(ordered) - 1} more" if len(ordered) > 1 else told


def summary(views: Sequence[AlertView]) -> str:
    """``5 alerts on 3 stories: 1 flash, 4 normal``."""
    stories = len({v.story for v in views})
    counts = Counter(v.severity for v in views)
    loud = [f"{counts[s]} {s.value}" for s in reversed(Severity) if counts[s]]
    told = f"{len(views)} alerts on {stories} {'story' if stories == 1 else 'stories'}"
    return f"{told}: {', '.join(loud)}"


def notice_page(notice: OperatorNotice, timezone: ZoneInfo) -> NoticePage:
    """The monitor's own trouble, or its end."""
    title = clean(notice.title, TITLE_CAP)
    over = "Resolved: " if notice.resolved else ""
    return NoticePage(
        subject=f"[MONITOR] {over}{shorten(title, SUBJECT_TITLE_CAP)}",
        title=f"{over}{title}",
        text=clean_lines(notice.text, NOTICE_CAP),
        time=when(notice.at, timezone),
        resolved=notice.resolved,
    )


def test_page(text: str) -> NoticePage:
    """The message of ``monitor channels test``."""
    return NoticePage(
        subject="[TEST] Media monitor: test message",
        title="Test message",
        text=clean_lines(text, NOTICE_CAP) or "This channel works.",
        time="",
        resolved=False,
    )
