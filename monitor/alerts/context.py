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

from monitor.alerts.credit import by_agency, credited
from monitor.alerts.markup import Markup, clean, clean_lines, isolate, listed, shorten, web_url
from monitor.model import AlertView, OperatorNotice, Outlet, Reason, RuleHit, Severity

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
GROUPS_SHOWN = 3
SURGE_SHOWN = 5
BRIEF_SHOWN = 30
BRIEF_TITLE_CAP = 120

_LABELS = {
    Reason.FIRST: "",
    Reason.MATERIAL_UPDATE: "Update",
    Reason.ANOTHER_RULE: "Another rule",
    Reason.VOLUME: "",
    Reason.REPEAT: "Again",
}
_NEWS = (Reason.MATERIAL_UPDATE, Reason.ANOTHER_RULE)
"""Alerts whose note says what is new; of the others it says something of the story."""


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
class SurgeLine:
    """One story of an alert on volume."""

    title: str
    source: str
    url: str | None


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
    """``AFP via A, B and 3 more; C``, or nothing."""
    outlets: int
    """How many outlets carry the story, this one included."""
    note: str
    note_label: str
    """``New`` or ``Note``."""
    surge: tuple[SurgeLine, ...]
    """Of an alert on volume: some of the stories that counted."""
    more_surge: int
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
    counts = _counts(view)
    title, note = _counted(view) if counts else (clean(view.title, TITLE_CAP), view.note)
    title = title or "(no title)"
    source = _source(view, NAME_CAP) or "unknown source"
    surge = view.surge[:SURGE_SHOWN]
    return AlertLine(
        severity=view.severity.value.upper(),
        label=_LABELS[view.reason],
        title=isolate(title),
        source=f"latest: {source}" if counts else source,
        time=time if view.published else f"undated, alert of {time}",
        url=None if counts else web_url(view.url),
        rules=_rule_lines(hits, markup),
        more_rules=len(view.hits) - len(hits),
        also="" if counts else also_reported(view),
        outlets=1 + len(_others(view)),
        note=isolate(clean(note, NOTE_CAP)),
        note_label="New" if view.reason in _NEWS else "Note",
        surge=tuple(
            SurgeLine(
                isolate(clean(o.title, BRIEF_TITLE_CAP)) or "(no title)",
                isolate(clean(o.name, NAME_CAP)),
                web_url(o.url),
            )
            for o in surge
        ),
        more_surge=len(view.surge) - len(surge),
        title_in_subject=counts or len(title) <= SUBJECT_TITLE_CAP,
    )


def _counts(view: AlertView) -> bool:
    """Whether it tells of many stories, and not of its article."""
    return view.reason is Reason.VOLUME and bool(view.surge)


def _counted(view: AlertView) -> tuple[str, str]:
    """Of an alert on volume: what was counted for which rule, and against what."""
    counted, _, against = view.note.partition(";")
    rule = view.hits[0].title or view.hits[0].rule if view.hits else ""
    told = [clean(rule, 2 * NAME_CAP), clean(counted, NOTE_CAP)]
    return ": ".join(part for part in told if part), against.strip()


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
    """The other outlets, each once, under the agencies that they credit."""
    groups = by_agency(_others(view))
    room = OUTLETS_SHOWN if len(groups) == 1 else OUTLETS_SHOWN // 2
    told = [
        credited(listed([isolate(n) for n in names], room), agency)
        for agency, names in groups[:GROUPS_SHOWN]
    ]
    left = sum(len(names) for _, names in groups[GROUPS_SHOWN:])
    return "; ".join([*told, f"{left} more"] if left else told)


def _others(view: AlertView) -> list[Outlet]:
    """The other outlets as they may be shown, each once."""
    own = clean(view.source, NAME_CAP)
    found: dict[str, Outlet] = {}
    for outlet in view.outlets:
        name = clean(outlet.name, NAME_CAP)
        if name and name != own:
            found.setdefault(name, replace(outlet, name=name))
    return list(found.values())


def _source(view: AlertView, cap: int) -> str:
    """``AFP via France 24``."""
    name = isolate(clean(view.source, cap))
    return credited(name, view.agency) if name else view.agency


def folded(views: Sequence[AlertView]) -> list[AlertView]:
    """``views`` with those joined that show one article of one story: its text is shown once, with
    the rules of all and what any of them brings. The first of them stands for the rest."""
    found: dict[object, AlertView] = {}
    for view in views:
        key: object = (view.story, view.article)
        if view.article is None or _counts(view):
            key = view.id
        found[key] = _joined(found[key], view) if key in found else view
    return list(found.values())


def _joined(first: AlertView, other: AlertView) -> AlertView:
    hits = {hit.rule: hit for hit in (*other.hits, *first.hits)}
    order = dict.fromkeys(hit.rule for hit in (*first.hits, *other.hits))
    notes = dict.fromkeys(note for note in (first.note, other.note) if note)
    return replace(first, hits=tuple(hits[rule] for rule in order), note="; ".join(notes))


def loudest_first(views: Sequence[AlertView]) -> list[AlertView]:
    """By severity, else in the given order."""
    return sorted(views, key=lambda view: -view.severity.rank)


def heading(ordered: Sequence[AlertView], flooding: str = "") -> Heading:
    """Subject and summary of alerts, the loudest first.

    ``flooding`` is the rule whose alerts are summed up here, "" for an ordinary message.
    """
    several = len(ordered) > 1
    if flooding:
        rule = clean(flooding, 2 * NAME_CAP)
        loudest = ordered[0].severity.value.upper()
        alerts = "1 alert" if len(ordered) == 1 else f"{len(ordered)} alerts"
        told = f"The rule {rule} floods: its alerts are summed up until it calms down. "
        told += f"{summary(ordered)}."
        return Heading(f"[{loudest}] {alerts} summed up: {rule}", told, len(ordered))
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
    if _counts(view):
        return isolate(clean(_counted(view)[0], BRIEF_TITLE_CAP))
    return isolate(clean(view.title, BRIEF_TITLE_CAP)) or "(no title)"


def alerts_subject(ordered: Sequence[AlertView]) -> str:
    """``[HIGH] Russia sends troops to Niger (AFP)``, ``… and 3 more`` for several."""
    first = ordered[0]
    more = _more(ordered)
    if _counts(first):
        return f"[{first.severity.value.upper()}] {_counted(first)[0]}{more}"
    title = isolate(shorten(clean(first.title) or "(no title)", SUBJECT_TITLE_CAP))
    label = f"{_LABELS[first.reason]}: " if _LABELS[first.reason] else ""
    source = _source(first, 24)
    told = f"[{first.severity.value.upper()}] {label}{title}" + (f" ({source})" if source else "")
    return told + more


def _more(ordered: Sequence[AlertView]) -> str:
    """What a subject says of the others: updates of the same story, or more."""
    count = len(ordered) - 1
    if not count:
        return ""
    one_story = len({view.story for view in ordered}) == 1
    if one_story and all(view.reason is Reason.MATERIAL_UPDATE for view in ordered[1:]):
        return " and 1 update" if count == 1 else f" and {count} updates"
    return f" and {count} more"


def summary(views: Sequence[AlertView]) -> str:
    """``5 alerts on 3 stories: 1 flash, 4 normal``."""
    stories = len({v.story for v in views})
    counts = Counter(v.severity for v in views)
    loud = [f"{counts[s]} {s.value}" for s in reversed(Severity) if counts[s]]
    told = f"{len(views)} alert{'' if len(views) == 1 else 's'} on {stories} "
    told += "story" if stories == 1 else "stories"
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
