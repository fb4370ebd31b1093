"""The outbox, drained: claim, render once, send, record what came of it (invariant I2).

Every channel is drained on its own, so that a slow or broken one holds up nobody else. Outcomes
are classes of `DeliveryError`; what each of them means is decided by `_next_step` for the delivery
and by ``breaker`` for the channel, recorded by the store, and told to the operator when a person
is needed.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from monitor import metrics, notices
from monitor.alerts import flood
from monitor.alerts.context import loudest_first
from monitor.alerts.render import MOST_SHOWN, render
from monitor.alerts.timing import release_fallback
from monitor.breaker import BURST, Health, is_resting, turn
from monitor.channels.build import Notifier, notifier
from monitor.channels.limits import per_minute
from monitor.channels.receipt import Receipt
from monitor.desk import CurrentDesk, Desk
from monitor.errors import (
    ChannelBroken,
    DeliveryDeferred,
    DeliveryError,
    DeliveryRejected,
    DeliveryUnknown,
    StoreError,
)
from monitor.model import (
    AlertView,
    Channel,
    ChannelName,
    Clock,
    MessageKind,
    Rendered,
    RuleId,
    TextFormat,
)
from monitor.store import Connection, Database, outbox, versions

log = structlog.get_logger()

LEASE = timedelta(seconds=60)
RETRY_BASE = timedelta(seconds=2)
RETRY_CAP = timedelta(minutes=15)
MAX_AGE = timedelta(hours=24)
"""A message that could not be sent for so long is a dead letter."""
IDEMPOTENT = frozenset({TextFormat.MAIL, TextFormat.MATRIX})
"""There a resend under the same id does no harm: the receiver folds it into the first."""

NotifierFactory = Callable[[Channel], Notifier]


@dataclass(frozen=True, slots=True)
class Step:
    """What to record of a failed attempt: another try at ``retry_at``, or a dead letter."""

    retry_at: datetime | None
    reason: str
    may_have_arrived: bool = False


@dataclass(slots=True)
class Deliverer:
    """Drains the outbox. ``drain`` may be called at any time; a channel drains once at a time."""

    database: Database
    desk: CurrentDesk
    clock: Clock
    owner: str
    make_notifier: NotifierFactory = notifier
    rng: random.Random = field(default_factory=random.Random)
    health: dict[ChannelName, Health] = field(default_factory=dict)
    _notifiers: dict[ChannelName, tuple[Channel, Notifier]] = field(default_factory=dict)
    _busy: set[ChannelName] = field(default_factory=set)
    _unrecorded: dict[ChannelName, Callable[[Connection], object]] = field(default_factory=dict)
    _looking: bool = False
    _stopping: bool = False

    async def drain(self, *, close_groups: bool = False) -> int:
        """Send what is due on every channel; the number of deliveries sent."""
        if self._looking:  # one look at a time: they would pile up before a slow database
            return 0
        self._looking = True
        try:
            due = await self.database.read(lambda conn: outbox.due_channels(conn, now=self.clock()))
        finally:
            self._looking = False
        wanted = self._unrecorded.keys() | (self.desk().channels if close_groups else due)
        names = sorted(wanted - self._busy)
        self._busy.update(names)  # before the first await, or two drains would take one channel
        counts = await asyncio.gather(*(self._drain_channel(n, close_groups) for n in names))
        return sum(counts)

    @property
    def is_sending(self) -> bool:
        """Whether a drain is under way on any channel."""
        return bool(self._busy)

    def stop(self) -> None:
        """Finish what is in flight, claim nothing more."""
        self._stopping = True

    async def close(self) -> None:
        """Release the notifiers."""
        for _, open_notifier in self._notifiers.values():
            await open_notifier.close()
        self._notifiers.clear()

    async def _drain_channel(self, name: ChannelName, close_groups: bool) -> int:
        sent = 0
        try:
            while not self._stopping and await self._deliver_one(name, close_groups):
                sent += 1
        except StoreError as error:
            log.warning("delivery.store_failed", channel=name, error=str(error))
        finally:
            self._busy.discard(name)
        return sent

    async def _deliver_one(self, name: ChannelName, close_groups: bool) -> bool:
        """Claim and send one delivery; False when there is nothing (more) to do for now."""
        await self._record_leftover(name)
        desk, health, now = self.desk(), self.health.setdefault(name, Health()), self.clock()
        channel = desk.channels.get(name)
        if channel is None or is_resting(health, channel, now):
            return False
        sender = await self._notifier(channel)
        claimed = await self.database.transact(
            lambda conn: self._claim(conn, channel, sender, desk, close_groups)
        )
        if claimed is None:
            return False
        claim, written, under = claimed
        interval = timedelta(minutes=1) / per_minute(channel)
        # Never further ahead than a burst, or a clock that is set back would silence the channel.
        earlier = min(health.paced_until or now, now + interval * BURST)
        health.paced_until = max(earlier, now) + interval
        if isinstance(written, Rendered):
            answer = await self._send(sender, written, claim, under)
        else:
            answer = written
        failure = answer if isinstance(answer, DeliveryError) else None
        ref = answer.ref if isinstance(answer, Receipt) else ""
        await self._record(channel, sender, claim, failure, ref)
        return failure is None

    def _claim(
        self, conn: Connection, channel: Channel, sender: Notifier, desk: Desk, close_groups: bool
    ) -> tuple[outbox.Claim, Rendered | DeliveryRejected, str] | None:
        """Inside one transaction: take the channel, claim, and freeze the text on first claim.

        A rejection instead of the text when it could not be written. Last comes what the channel
        calls the first message of the same story, "" for none.
        """
        now = self.clock()
        if not outbox.take_channel(conn, channel.name, owner=self.owner, now=now, lease=LEASE):
            return None
        claims = outbox.claim_due(
            conn, channels=[channel.name], now=now, lease=LEASE, owner=self.owner, limit=1,
            close_groups=close_groups,
        )  # fmt: skip
        if not claims:
            return None
        claim = claims[0]
        rendered = claim.rendered
        if rendered is None:
            ordered = loudest_first(claim.views)  # what is merely counted needs no best version
            best = versions.shown(conn, ordered[:MOST_SHOWN], desk.alerting.languages)
            best += ordered[MOST_SHOWN:]
            written = _written(claim, best, channel.name, sender.format, desk)
            if isinstance(written, DeliveryRejected):
                return claim, written, ""
            outbox.freeze(conn, claim.delivery, written)
            rendered = written
        return claim, rendered, outbox.thread_root(conn, channel.name, rendered.thread)

    async def _send(
        self, sender: Notifier, rendered: Rendered, claim: outbox.Claim, under: str
    ) -> DeliveryError | Receipt:
        """The attempt itself, outside any transaction; the failure, or the receipt."""
        if claim.repeat and sender.format not in IDEMPOTENT:
            rendered = _marked_as_repeat(rendered)
        try:
            receipt = await sender.send(rendered, key=claim.delivery, under=under)
            if receipt.note:
                log.warning("delivery.in_part", channel=claim.channel, note=receipt.note)
        except DeliveryError as error:
            return error
        except Exception as error:
            log.exception("delivery.unexpected", channel=claim.channel, delivery=claim.delivery)
            metrics.UNEXPECTED.labels(part="delivery").inc()
            return DeliveryUnknown(claim.channel, f"unexpected {type(error).__name__}")
        return receipt

    async def _record(
        self,
        channel: Channel,
        sender: Notifier,
        claim: outbox.Claim,
        failure: DeliveryError | None,
        ref: str,
    ) -> None:
        now = self.clock()
        health = self.health[channel.name]
        step = self._next_step(channel, sender, claim, failure, now)
        fields = {"channel": channel.name, "delivery": claim.delivery, "attempt": claim.attempts}
        if failure is None:
            log.info("delivery.sent", **fields, alerts=len(claim.views))
        elif step is not None and step.retry_at is not None:
            log.warning("delivery.deferred", **fields, error=failure.reason, until=step.retry_at)
        else:
            log.error("delivery.dead", **fields, error=failure.reason, fallback=channel.fallback)
        outcome = "sent" if failure is None else type(failure).__name__
        metrics.DELIVERIES.labels(channel=channel.name, outcome=outcome).inc()
        turned = turn(health, failure, now, self.rng)

        def write(conn: Connection) -> None:
            self._write_outcome(conn, channel, claim, step, ref, now)
            self._tell_operator(conn, channel, failure, step, turned, claim, now)

        self._unrecorded[channel.name] = write
        await self._record_leftover(channel.name)

    async def _record_leftover(self, name: ChannelName) -> None:
        """Write an outcome that could not be written yet: before anything else is claimed."""
        write = self._unrecorded.get(name)
        if write is not None:
            await self.database.transact(write)
            del self._unrecorded[name]

    def _next_step(
        self,
        channel: Channel,
        sender: Notifier,
        claim: outbox.Claim,
        failure: DeliveryError | None,
        now: datetime,
    ) -> Step | None:
        """None: sent. The error's class decides, age bounds it, count does not."""
        if failure is None:
            return None
        if isinstance(failure, DeliveryRejected):
            return Step(None, failure.reason)
        if isinstance(failure, ChannelBroken) and channel.fallback:
            return Step(None, failure.reason)
        if now - claim.released_at >= MAX_AGE and claim.attempts > 1:
            return Step(None, f"given up after 24 hours: {failure.reason}")
        unsafe = sender.format not in IDEMPOTENT
        if isinstance(failure, DeliveryUnknown) and unsafe and claim.repeat:
            return Step(None, f"may have arrived, twice without an answer: {failure.reason}")
        wait = self._backoff(claim.attempts)
        if isinstance(failure, DeliveryDeferred) and failure.retry_after is not None:
            asked = timedelta(seconds=failure.retry_after)
            wait = max(wait, asked + asked * 0.1 * self.rng.random())
        return Step(now + wait, failure.reason, isinstance(failure, DeliveryUnknown))

    def _backoff(self, attempts: int) -> timedelta:
        """Capped exponential, full jitter with a floor of a second."""
        ceiling = min(RETRY_BASE * 2 ** min(attempts - 1, 20), RETRY_CAP)
        wait: timedelta = ceiling * self.rng.random()
        return max(timedelta(seconds=1), wait)

    def _write_outcome(
        self,
        conn: Connection,
        channel: Channel,
        claim: outbox.Claim,
        step: Step | None,
        ref: str,
        now: datetime,
    ) -> None:
        if step is None:
            outbox.sent(conn, claim.delivery, now=now, owner=self.owner, ref=ref)
        elif step.retry_at is not None:
            outbox.defer(
                conn, claim.delivery, reason=step.reason, next_attempt_at=step.retry_at,
                owner=self.owner, may_have_arrived=step.may_have_arrived,
            )  # fmt: skip
        else:
            fallback = channel.fallback if channel.fallback != claim.channel else None
            desk = self.desk()
            when = release_fallback(
                desk.channels.get(fallback) if fallback else None, claim.views, now=now,
                timezone=desk.timezone,
            )  # fmt: skip
            outbox.dead(
                conn, claim.delivery, reason=step.reason, now=now, owner=self.owner,
                fallback=fallback, release_at=when.at, held=when.held,
            )  # fmt: skip

    def _tell_operator(
        self,
        conn: Connection,
        channel: Channel,
        failure: DeliveryError | None,
        step: Step | None,
        turned: bool,
        claim: outbox.Claim,
        now: datetime,
    ) -> None:
        """A channel that turned bad or good, and a dead letter that went nowhere else."""
        others = [c for c in self.desk().operator_channels if c != channel.name]
        key, name = f"{notices.CHANNEL}{channel.name}", channel.name
        if turned and failure is None:
            text = f"Channel {name} takes messages again; what waited is being sent."
            notices.end(conn, key, text, channels=others, now=now)
        elif turned and failure is not None:
            text = f"{failure.reason}. Messages wait in the outbox and are tried again."
            notices.begin(conn, key, f"Channel {name} is failing", text, channels=others, now=now)
        if step is None or step.retry_at is not None or channel.fallback:
            return
        # One trouble a channel, or one that refuses everything would flood the operator; and no
        # message about a message to the operator, or two such channels would write for ever.
        notified = others if claim.kind is not MessageKind.OPERATOR else []
        text = f"{step.reason}. See `monitor deliveries list --state dead`; retry or discard there."
        notices.begin(
            conn, f"{notices.DEAD_LETTERS}{name}", f"A message to {name} could not be delivered",
            text, channels=notified, now=now,
        )  # fmt: skip

    async def _notifier(self, channel: Channel) -> Notifier:
        """The notifier of a channel, made anew when its definition has changed."""
        known = self._notifiers.get(channel.name)
        if known is not None and known[0] == channel:
            return known[1]
        if known is not None:
            await known[1].close()
            self.health[channel.name] = Health()
        made = self.make_notifier(channel)
        self._notifiers[channel.name] = (channel, made)
        return made

    def statuses(self) -> Mapping[ChannelName, Health]:
        """How the channels fare, for ``monitor status``."""
        return dict(self.health)


def _written(
    claim: outbox.Claim,
    views: Sequence[AlertView],
    channel: ChannelName,
    format: TextFormat,
    desk: Desk,
) -> Rendered | DeliveryRejected:
    """The text of a message. A fault of ours in writing it costs this message alone: it becomes a
    dead letter, of which the operator is told, and is written anew when it is retried."""
    try:
        return render(
            format, claim.kind, views=[_for_channel(v, channel, desk) for v in views],
            notice=claim.notice, flooding=_flooding(claim, desk), timezone=desk.timezone,
            templates=desk.templates,
        )  # fmt: skip
    except Exception as error:
        log.exception("delivery.unexpected", channel=channel, delivery=claim.delivery)
        metrics.UNEXPECTED.labels(part="delivery").inc()
        what = f"{type(error).__name__}: {error}".rstrip(": ")
        return DeliveryRejected(channel, f"its text could not be written ({what}); see the log")


def _for_channel(view: AlertView, channel: ChannelName, desk: Desk) -> AlertView:
    """Only the rules that notify this channel, when any of them does (a fallback sees them all)."""
    mine = []
    for hit in view.hits:
        rule = desk.ruleset.rules.get(hit.rule)
        names = (rule.notify if rule else ()) or desk.default_channels
        if channel in names:
            mine.append(hit)
    return replace(view, hits=tuple(mine)) if mine else view


def _flooding(claim: outbox.Claim, desk: Desk) -> str:
    """The rule that a message sums up, by its title and id; "" for an ordinary one."""
    if not claim.bundle.startswith(flood.KEY):
        return ""
    id = RuleId(claim.bundle.removeprefix(flood.KEY))
    rule = desk.ruleset.rules.get(id)
    return f"{rule.title} ({id})" if rule and rule.title else id


def _marked_as_repeat(rendered: Rendered) -> Rendered:
    """Say that the reader may have seen it: the first attempt ended without an answer."""
    note = "(possibly a repeat)"
    return replace(rendered, subject=f"{rendered.subject} {note}", text=f"{note}\n{rendered.text}")
