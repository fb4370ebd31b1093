"""From an article in its story to alerts and pending deliveries, inside the caller's transaction.

Asks the policy what to tell, writes down what it decides (alerts, holds, deliveries) and settles
what was held once its time has come. Everything here runs under the stories' lock.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor import metrics, notices
from monitor.alerts import flood, holding, policy, silences, volume
from monitor.alerts.holding import Cause, Held, Hold
from monitor.alerts.policy import Fired
from monitor.alerts.silences import Silence, Subject
from monitor.alerts.timing import release
from monitor.desk import Desk
from monitor.model import (
    AlertId,
    Article,
    ArticleId,
    ChannelName,
    Match,
    Reason,
    RuleHit,
    RuleId,
    Severity,
    StoryId,
)
from monitor.store import Connection, alerts, articles, history, holds, outbox, rule_hours, troubles
from monitor.store import silences as stored_silences
from monitor.text.durations import spoken


@dataclass(frozen=True, slots=True)
class Arrival:
    """A matched article in its story. ``joined`` says why it is that one, ``news`` what is
    materially new in it ("" for nothing); ``urgent`` news is a correction or a denial."""

    id: ArticleId
    article: Article
    matches: tuple[Match, ...]
    entities: frozenset[str]
    story: StoryId
    is_new_story: bool
    joined: str
    news: str = ""
    urgent: bool = False
    quiet: str = ""


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of one matched article, for the log: the story, and the alert if there is one.

    ``held`` are the causes of what is held, ``summed_up`` the channels that get it in a summary.
    """

    title: str
    rules: tuple[str, ...]
    story: StoryId
    is_new_story: bool
    alert: AlertId | None
    reason: Reason | None
    why: str
    held: tuple[Cause, ...] = ()
    summed_up: tuple[ChannelName, ...] = ()


def count(decided: Sequence[Decided]) -> None:
    """Count what was decided, once it is committed."""
    for d in decided:
        if d.reason is not None:
            metrics.ALERTS.labels(reason=d.reason).inc()
        for cause in d.held:
            metrics.HELD.labels(cause=cause).inc()
        if d.summed_up:
            metrics.SUMMED_UP.inc()


def tell(conn: Connection, arrival: Arrival, desk: Desk, *, now: datetime) -> list[Decided]:
    """Ask the policy about ``arrival`` and write down what it decides; the first is of the story
    itself, alerts on volume follow."""
    subject = Subject(arrival.story, arrival.article, arrival.entities)
    quieting = _silences(conn, desk, now)
    fired = desk.fired(arrival.matches, lambda rule: silences.silenced_by(quieting, rule, subject))
    past = history.of(conn, arrival.story)
    decision = policy.decide(
        fired, past, now=now, news=arrival.news, urgent=arrival.urgent,
        cooldown=desk.alerting.cooldown, quiet=arrival.quiet,
    )  # fmt: skip
    alert: AlertId | None = None
    summed_up: tuple[ChannelName, ...] = ()
    if decision.reason is not None:
        told = [m for m in arrival.matches if m.rule in decision.rules]
        alert, summed_up = _raise(
            conn, arrival.story, arrival.id, decision.reason, told, fired, decision.channels,
            desk, note=decision.note, now=now,
        )  # fmt: skip
    _hold(conn, arrival, decision.holds, now)
    first = Decided(
        arrival.article.title, tuple(m.rule for m in arrival.matches), arrival.story,
        arrival.is_new_story, alert, decision.reason, f"{arrival.joined}; {decision.why}",
        tuple(h.cause for h in decision.holds), summed_up,
    )  # fmt: skip
    if arrival.quiet:
        return [first]
    counting = [f for f in fired if f.volume is not None and not f.silenced]
    return [first, *(_volume(conn, arrival, f, desk, now) for f in counting)]


def _silences(conn: Connection, desk: Desk, now: datetime) -> tuple[Silence, ...]:
    """Those in force, of the file and of the command line."""
    return silences.in_force((*desk.silences, *stored_silences.list_all(conn, now=now)), now)


def _hold(conn: Connection, arrival: Arrival, kept: Sequence[Hold], now: datetime) -> None:
    source = arrival.article.source or arrival.article.feed
    holds.add(conn, arrival.story, arrival.id, kept, source=source, now=now)


def _volume(conn: Connection, arrival: Arrival, f: Fired, desk: Desk, now: datetime) -> Decided:
    """Count the article towards its rule's volume, and alert when that is reached."""
    when = f.volume
    assert when is not None
    if not holds.was_counted(conn, f.rule, arrival.story):
        rule_hours.add(conn, f.rule, now=now, timezone=desk.timezone)
    kept = Hold(f.rule, Cause.VOLUME, "", now + when.within)
    _hold(conn, arrival, [kept], now)
    usual = volume.normal(
        rule_hours.load(conn, f.rule), within=when.within, now=now, timezone=desk.timezone
    )
    since = now - when.within
    verdict = volume.judge(
        when, holds.counted(conn, f.rule, since=since), usual,
        last=history.last_volume(conn, f.rule, now=now), now=now, timezone=desk.timezone,
    )  # fmt: skip
    holds.explain_volume(conn, arrival.id, f.rule, verdict.why)
    alert: AlertId | None = None
    summed_up: tuple[ChannelName, ...] = ()
    if verdict.alert:
        mine = [m for m in arrival.matches if m.rule == f.rule]
        alert, summed_up = _raise(
            conn, arrival.story, arrival.id, Reason.VOLUME, mine, [f], f.channels, desk,
            note=verdict.why, now=now,
        )  # fmt: skip
        holds.told_volume(conn, f.rule, alert, since=since, now=now)
    return Decided(
        arrival.article.title, (f.rule,), arrival.story, False, alert,
        Reason.VOLUME if alert is not None else None, verdict.why, (Cause.VOLUME,), summed_up,
    )  # fmt: skip


# --- alerts and deliveries -----------------------------------------------------------------------


def _raise(
    conn: Connection,
    story: StoryId,
    article: ArticleId,
    reason: Reason,
    matches: Sequence[Match],
    fired: Sequence[Fired],
    channels: Sequence[ChannelName],
    desk: Desk,
    *,
    note: str,
    now: datetime,
) -> tuple[AlertId, tuple[ChannelName, ...]]:
    """Record an alert, settle what was held for its rules, and queue its deliveries.

    Answers also which channels get it in a summary, because all its rules for them flood.
    """
    rules = [m.rule for m in matches]
    flooding = _floods(conn, rules, desk, now)
    alert = alerts.add(
        conn, story=story, article=article, reason=reason,
        hits=[_hit(m, desk) for m in matches], note=note, now=now,
    )  # fmt: skip
    if reason is not Reason.VOLUME:
        holds.told(conn, story, rules, alert, now=now)
    by_rule = {f.rule: f.channels for f in fired if f.rule in rules}
    severity = max(
        (desk.ruleset.rules[r].severity for r in rules), key=lambda s: s.rank,
        default=Severity.NORMAL,
    )  # fmt: skip
    summed_up = []
    for name in channels:
        asking = [r for r, names in by_rule.items() if name in names]
        bundle = ""
        if asking and flooding.issuperset(asking):
            bundle = f"{flood.KEY}{asking[0]}"
            summed_up.append(name)
        _queue(conn, alert, story, name, severity, bundle, desk, now)
    return alert, tuple(summed_up)


def _queue(
    conn: Connection,
    alert: AlertId,
    story: StoryId,
    name: ChannelName,
    severity: Severity,
    bundle: str,
    desk: Desk,
    now: datetime,
) -> None:
    """One delivery, when the channel may be told; ``bundle`` waits for the next summary."""
    when = release(desk.channels[name], severity, now=now, timezone=desk.timezone)
    at, waiting = when.at, ""
    if bundle:
        at = max(at, now + desk.alerting.flood_summary)
        waiting = f"summed up: the rule {bundle.removeprefix(flood.KEY)} floods"
    outbox.enqueue(
        conn, alert, story=story, channel=name, release_at=at, held=when.held,
        grouped=when.grouped, now=now, bundle=bundle, waiting=waiting,
    )  # fmt: skip


def _hit(match: Match, desk: Desk) -> RuleHit:
    rule = desk.ruleset.rules[match.rule]
    return RuleHit(rule.id, rule.name, rule.severity, match.why, match.excerpt)


def _floods(
    conn: Connection, rules: Collection[RuleId], desk: Desk, now: datetime
) -> frozenset[RuleId]:
    """Which of ``rules`` flood, with this alert; the operator is told when one begins to."""
    limit = desk.alerting.flood
    raised = history.raised(conn, rules, since=now - flood.WINDOW, now=now) if limit else {}
    if not raised:
        return frozenset()
    known = {n.key for n in troubles.list_open(conn)}
    flooding = set()
    for rule in rules:
        key = f"{flood.KEY}{rule}"
        if flood.is_flood(raised.get(rule, 0), limit, key in known):
            flooding.add(rule)
            title, text = flood.begun(rule, limit, spoken(desk.alerting.flood_summary))
            notices.begin(conn, key, title, text, channels=desk.operator_channels, now=now)
    return frozenset(flooding)


# --- when time has passed ------------------------------------------------------------------------


def due(conn: Connection, *, now: datetime) -> list[StoryId]:
    """The stories of which something was held until now, each to be settled by itself. What
    counted towards a volume in vain is closed."""
    holds.expire_volume(conn, now=now)
    return holds.due_stories(conn, now=now)


def settle(conn: Connection, story: StoryId, desk: Desk, *, now: datetime) -> Decided | None:
    """Tell what was held of a story until now. The caller holds the stories' lock."""
    held = [h for h in holds.of_story(conn, story) if h.cause is not Cause.VOLUME]
    gone = [h for h in held if h.rule not in desk.ruleset.rules]
    _give_up(conn, story, gone, desk, now)
    held = [h for h in held if h not in gone]
    held = _silence_due(conn, held, desk, now)
    told = bool(history.of(conn, story).alerts)
    hearing = {h.rule: desk.told_by(h.rule) for h in held}
    released = holding.release(held, now, channels=hearing, told=told)
    if released is None:
        return None
    matches = _matches_of(conn, held, released.rules)
    lost = [h.id for h in held if h.rule in released.rules and h.rule not in matches]
    holds.settle(conn, lost, "its match is not on record any more", now=now)
    article = articles.get(conn, released.article)
    if not matches or article is None:
        return None
    fired = desk.fired(list(matches.values()))
    channels = tuple(dict.fromkeys(c for f in fired for c in f.channels))
    alert, summed_up = _raise(
        conn, story, released.article, released.reason, list(matches.values()), fired, channels,
        desk, note=released.note, now=now,
    )  # fmt: skip
    return Decided(
        article.title, tuple(matches), story, False, alert, released.reason, released.why, (),
        summed_up,
    )  # fmt: skip


def _give_up(
    conn: Connection, story: StoryId, gone: Sequence[Held], desk: Desk, now: datetime
) -> None:
    """Close what is held for rules that are gone. News among it nobody will be told of: whoever
    renamed a rule may not know, so that the operator is told, once for each rule."""
    holds.settle(conn, [h.id for h in gone], "the rule is not there any more", now=now)
    for rule in dict.fromkeys(h.rule for h in gone if h.cause is Cause.COOLDOWN):
        news = "; ".join(dict.fromkeys(h.note for h in gone if h.rule == rule and h.note))
        title = f"What rule {rule} held is not told: the rule is not there any more"
        text = f"Story {story}{f', {news}' if news else ''}: `monitor alerts show --story {story}`."
        text += " There may be more stories. A renamed rule is a new rule."
        key, channels = f"{notices.GONE}{rule}", desk.operator_channels
        notices.begin(conn, key, title, text, channels=channels, now=now)


def _silence_due(conn: Connection, held: Sequence[Held], desk: Desk, now: datetime) -> list[Held]:
    """Those that no silence has come to cover meanwhile; the others wait for the next article."""
    quieting = _silences(conn, desk, now)
    left = []
    for h in held:
        article = articles.get(conn, h.article) if quieting else None
        why = ""
        if article is not None:
            entities = frozenset(str(e) for e in desk.ruleset.entities(article))
            why = silences.silenced_by(quieting, h.rule, Subject(h.story, article, entities))
        if why and h.cause is not Cause.SILENCE:
            holds.silence(conn, [h.id], why)
        elif not why:
            left.append(h)
    return left


def _matches_of(
    conn: Connection, held: Sequence[Held], rules: Collection[RuleId]
) -> Mapping[RuleId, Match]:
    """The newest match of each of ``rules`` among the articles held for it."""
    found: dict[RuleId, Match] = {}
    for h in sorted(held, key=lambda h: (h.at, h.id), reverse=True):
        if h.rule in rules and h.rule not in found:
            mine = [m for _, m in articles.list_matches(conn, h.article) if m.rule == h.rule]
            found |= {m.rule: m for m in mine[-1:]}
    return {rule: found[rule] for rule in rules if rule in found}


def end_floods(conn: Connection, desk: Desk, *, now: datetime) -> int:
    """Tell the operator which rules have calmed down; how many still flood."""
    keys = [n.key for n in troubles.list_open(conn) if n.key.startswith(flood.KEY)]
    rules = [RuleId(key.removeprefix(flood.KEY)) for key in keys]
    raised = history.raised(conn, rules, since=now - flood.WINDOW, now=now) if rules else {}
    left = 0
    for rule in rules:
        if flood.is_flood(raised.get(rule, 0), desk.alerting.flood, True):
            left += 1
            continue
        text = (
            f"It raised {raised.get(rule, 0)} alerts in the last hour: they are sent singly again."
        )
        key = f"{flood.KEY}{rule}"
        notices.end(conn, key, text, channels=desk.operator_channels, now=now)
    return left
