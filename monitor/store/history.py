"""What a story has been told of: the policy's memory.

An alert belongs to the story that its article belongs to *now*: when an operator merges or splits
stories, what was told goes where its article goes, and nothing is told twice.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.alerts.policy import PastAlert, StoryHistory
from monitor.model import AlertId, ChannelName, DeliveryState, Reason, RuleId, Severity, StoryId
from monitor.store import holds, stories
from monitor.store.clocks import CLOCKS_DIFFER
from monitor.store.schema import (
    alert_rules,
    alerts,
    deliveries,
    message_alerts,
    story_articles,
)

_NEVER_ARRIVED = [DeliveryState.DEAD.value, DeliveryState.DISCARDED.value]


def of(conn: Connection, story: StoryId) -> StoryHistory:
    """What has been said about a story, and the loudest that each channel was told (or is about
    to be told; dead and discarded deliveries told nobody). Raises LookupError for no such story.

    Alerts on volume are left out: they name a story among others and tell nothing of it.
    """
    about = stories.get(conn, story)
    if about is None:
        raise LookupError(f"no story {story}")
    past = conn.execute(
        sa.select(alerts.c.id, alerts.c.reason, alerts.c.severity, alerts.c.created_at)
        .where(*_told_of(story))
        .order_by(alerts.c.id)
    ).all()
    rules: dict[AlertId, list[RuleId]] = {}
    for r in conn.execute(
        sa.select(alert_rules.c.alert, alert_rules.c.rule)
        .join(alerts, alerts.c.id == alert_rules.c.alert)
        .where(*_told_of(story))
    ):
        rules.setdefault(r.alert, []).append(r.rule)
    return StoryHistory(
        first_at=about.created_at,
        last_at=about.last_at,
        alerts=tuple(
            PastAlert(
                r.id,
                Reason(r.reason),
                tuple(sorted(rules.get(r.id, ()))),
                Severity(r.severity),
                r.created_at,
            )
            for r in past
        ),
        told=_told(conn, story),
        held=holds.of_story(conn, story),
    )


def _told_of(story: StoryId) -> tuple[sa.ColumnElement[bool], ...]:
    members = sa.select(story_articles.c.article).where(story_articles.c.story == story)
    return alerts.c.article.in_(members), alerts.c.reason != Reason.VOLUME.value


def _told(conn: Connection, story: StoryId) -> dict[ChannelName, Severity]:
    told: dict[ChannelName, Severity] = {}
    rows = conn.execute(
        sa.select(deliveries.c.channel, alerts.c.severity)
        .join(message_alerts, message_alerts.c.message == deliveries.c.message)
        .join(alerts, alerts.c.id == message_alerts.c.alert)
        .where(*_told_of(story), deliveries.c.state.not_in(_NEVER_ARRIVED))
        .distinct()
    )
    for r in rows:
        severity = Severity(r.severity)
        loudest = told.get(r.channel)
        if loudest is None or severity.rank > loudest.rank:
            told[r.channel] = severity
    return told


def last_volume(conn: Connection, rule: RuleId, *, now: datetime) -> datetime | None:
    """When a rule last alerted on volume. What lies ahead of ``now`` a wrong clock wrote: it would
    keep the rule quiet until then."""
    when: datetime | None = conn.scalar(
        sa.select(sa.func.max(alerts.c.created_at))
        .join(alert_rules, alert_rules.c.alert == alerts.c.id)
        .where(
            alert_rules.c.rule == rule,
            alerts.c.reason == Reason.VOLUME.value,
            alerts.c.created_at <= now + CLOCKS_DIFFER,
        )
    )
    return when


def raised(
    conn: Connection, rules: Collection[RuleId], *, since: datetime, now: datetime
) -> dict[RuleId, int]:
    """How many alerts each rule has raised from ``since`` to ``now``; those without any are left
    out. An alert of a clock that was ahead is none of the last hour, whatever its time says."""
    rows = conn.execute(
        sa.select(alert_rules.c.rule, sa.func.count().label("n"))
        .join(alerts, alerts.c.id == alert_rules.c.alert)
        .where(
            alerts.c.created_at > since,
            alerts.c.created_at <= now + CLOCKS_DIFFER,
            alert_rules.c.rule.in_(sorted(rules)),
        )
        .group_by(alert_rules.c.rule)
    )
    return {RuleId(r.rule): r.n for r in rows}
