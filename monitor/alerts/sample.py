"""Sample messages: a desk's template is tried on them before it is used. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from monitor.alerts.context import (
    AlertsPage,
    NoticePage,
    alerts_page,
    heading,
    notice_page,
    test_page,
)
from monitor.alerts.markup import Markup
from monitor.model import (
    AlertId,
    AlertView,
    Excerpt,
    OperatorNotice,
    Outlet,
    Reason,
    RuleHit,
    RuleId,
    Severity,
    StoryId,
)

_AT = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
_ZONE = ZoneInfo("UTC")

ALERT = AlertView(
    id=AlertId(1),
    story=StoryId(1),
    reason=Reason.FIRST,
    created_at=_AT,
    title="Troops & trucks <seen> near the border",
    url="https://news.example.org/a?b=1&c=2",
    source="Example Wire",
    published=_AT,
    lang="en",
    hits=(
        RuleHit(
            rule=RuleId("border-troops"),
            title="Troops at the border",
            severity=Severity.HIGH,
            why=("troops: “Troops” in the title", "border: “border” in the title"),
            excerpt=Excerpt("Troops & trucks <seen> near the border", ((0, 6), (32, 38))),
        ),
    ),
    outlets=(Outlet("Example Daily", None, "Trucks at the border", None),),
    note="a new figure: 300",
)
_BARE = replace(ALERT, id=AlertId(2), url=None, published=None, hits=(), outlets=(), note="")
_NOTICE = OperatorNotice("feed:x", "The feed x is failing", "HTTP 500\nfor 3 hours", _AT)


def pages(kind: str, markup: Markup) -> list[AlertsPage] | list[NoticePage]:
    """Messages of a kind with much and with little in them."""
    if kind == "notice":
        over = replace(_NOTICE, resolved=True)
        return [notice_page(_NOTICE, _ZONE), notice_page(over, _ZONE), test_page("")]
    one, several, many = (ALERT,), (ALERT, _BARE, ALERT), (ALERT,) * 60
    return [
        alerts_page(views, markup, _ZONE, head=heading(views), full=2, headed=headed)
        for views in (one, several, many, (_BARE,))
        for headed in (True, False)
    ]
