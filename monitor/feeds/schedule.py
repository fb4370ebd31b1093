"""When a feed is asked next, and what is remembered of its answer. Pure.

Takes the state before, what happened, the time and a random number; returns the state after and
why. The one place where intervals adapt, failures back off and moves are believed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from monitor.errors import (
    BlockedAddress,
    FeedError,
    FeedGone,
    FeedUnreadable,
    FetchFailed,
    FetchFault,
)
from monitor.model import FeedState, FeedStatus, Validators

FULL_FETCH_EVERY = timedelta(hours=12)
"""Some servers answer 304 for ever; after this long they are asked without conditions."""
MOVED_AFTER = 5
"""A permanent redirect is believed after so many polls in a row that show the same."""
GONE_RETRY = timedelta(days=7)
"""A feed that is gone is asked again this rarely: 410 is sometimes a mistake of a day."""

_NEWS = 0.7
_NO_NEWS = 1.15
_ASLEEP = 1.5
_ASLEEP_AFTER = timedelta(days=7)
"""With these factors the interval settles where about 28 % of polls bring news."""
_JITTER = 0.1
_FIXED_JITTER = 0.02
_FULL_FETCH_SPREAD = 0.1
_SOFT_LIMIT = timedelta(hours=4)
"""Back-off for troubles that pass by themselves; only hard ones go to the policy's limit."""

_WEIGHTS = {
    FetchFault.DNS: 0.25,
    FetchFault.CONNECT: 0.5,
    FetchFault.TIMEOUT: 0.5,
    FetchFault.HTTP_SERVER: 0.5,
    FetchFault.THROTTLED: 0.5,
}
"""How hard a failure counts (Media Cloud's classes); all others are hard, 1."""


@dataclass(frozen=True, slots=True)
class Intervals:
    """How often to ask. ``fixed`` is a feed's own interval; only trouble lengthens it."""

    default: timedelta = timedelta(minutes=10)
    minimum: timedelta = timedelta(minutes=2)
    maximum: timedelta = timedelta(hours=1)
    fixed: timedelta | None = None
    longest_backoff: timedelta = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a poll brought: the facts of a 200 or a 304 that the schedule depends on.

    ``conditional`` tells whether validators were sent, ``new`` counts entries never seen before,
    ``newest`` is the date of the youngest entry. ``min_interval`` and ``retry_after`` are seconds.
    """

    validators: Validators = field(default_factory=Validators)
    new: int = 0
    unchanged: bool = False
    conditional: bool = False
    body_hash: str | None = None
    newest: datetime | None = None
    moved_to: str | None = None
    min_interval: float | None = None
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The state to store, and why the next poll is when it is."""

    state: FeedState
    reason: str


def after_success(
    state: FeedState, answer: Answer, *, now: datetime, policy: Intervals, jitter: float
) -> Plan:
    """After a document that parsed (``unchanged``: the same bytes as last time).

    ``jitter`` is a random number in [0, 1).
    """
    interval, why = _adapted(state, answer, now, policy)
    state = replace(
        _recovered(state, answer, now),
        validators=answer.validators,
        full_fetch_at=state.full_fetch_at if answer.conditional else now,
        body_hash=answer.body_hash or state.body_hash,
        first_parsed_at=state.first_parsed_at or now,
        last_new_at=now if answer.new else state.last_new_at,
        articles=state.articles + answer.new,
    )
    return _next(state, answer, interval, why, now=now, policy=policy, jitter=jitter)


def after_not_modified(
    state: FeedState, answer: Answer, *, now: datetime, policy: Intervals, jitter: float
) -> Plan:
    """After a 304: validators it brings replace the old ones, those it leaves out stay."""
    interval, why = _adapted(state, replace(answer, new=0, unchanged=True), now, policy)
    merged = Validators(
        etag=answer.validators.etag or state.validators.etag,
        last_modified=answer.validators.last_modified or state.validators.last_modified,
    )
    state = replace(_recovered(state, answer, now), validators=merged)
    return _next(state, answer, interval, why, now=now, policy=policy, jitter=jitter)


def after_failure(
    state: FeedState, error: FeedError, *, now: datetime, policy: Intervals, jitter: float
) -> Plan:
    """After a poll that brought nothing usable; ``jitter`` is a random number in [0, 1)."""
    weight = weight_of(error)
    failures = state.failures + weight
    state = replace(
        state,
        failures=failures,
        last_poll_at=now,
        last_error=str(error),
        last_error_at=now,
        polls=state.polls + 1,
        moved_to=None,
        moved_count=0,
    )
    if isinstance(error, FeedUnreadable):  # ask without conditions, and read even the same bytes
        state = replace(state, validators=Validators(), body_hash=None)
    if isinstance(error, FeedGone):
        wait, status, why = GONE_RETRY, FeedStatus.GONE, "gone for good, hardly asked any more"
    elif isinstance(error, BlockedAddress):
        wait, status = policy.longest_backoff, FeedStatus.BLOCKED
        why = "its address is inside the network"
    else:
        status = FeedStatus.FAILING
        wait, why = _backoff(state, error, policy, weight)
    wait *= 1 + _JITTER * jitter  # later only: a server that said when must not be asked before
    return Plan(replace(state, status=status, next_poll_at=now + wait), why)


def weight_of(error: FeedError) -> float:
    """How much one failure counts: ¼ for name look-ups, ½ for what passes by itself, else 1."""
    return _WEIGHTS.get(error.fault, 1.0) if isinstance(error, FetchFailed) else 1.0


def wants_full_fetch(state: FeedState, now: datetime) -> bool:
    """Whether to ask without validators: every 12 hours or so, each feed at its own time."""
    if state.full_fetch_at is None or not state.validators:
        return True
    spread = 1 + _FULL_FETCH_SPREAD * (2 * _fraction(state.name) - 1)
    return now - state.full_fetch_at >= FULL_FETCH_EVERY * spread


def newest_date(dates: Iterable[datetime | None], now: datetime) -> datetime | None:
    """The youngest of the dates that are not in the future."""
    return max((d for d in dates if d is not None and d <= now), default=None)


# --- the inside --------------------------------------------------------------------------------


def _recovered(state: FeedState, answer: Answer, now: datetime) -> FeedState:
    """What every good answer sets, whatever it held."""
    stable = answer.moved_to is not None and answer.moved_to == state.moved_to
    count = 0 if answer.moved_to is None else state.moved_count + 1 if stable else 1
    state = replace(
        state,
        status=FeedStatus.OK,
        failures=0.0,
        last_error=None,
        last_poll_at=now,
        last_success_at=now,
        polls=state.polls + 1,
        moved_to=answer.moved_to,
        moved_count=count,
    )
    if answer.moved_to is not None and count >= MOVED_AFTER:
        return replace(state, url=answer.moved_to, moved_to=None, moved_count=0)
    return state


def _adapted(
    state: FeedState, answer: Answer, now: datetime, policy: Intervals
) -> tuple[timedelta, str]:
    """The interval in force from now on, without jitter, and why."""
    if policy.fixed is not None:
        return policy.fixed, "its own interval"
    current = state.interval or policy.default
    if state.first_parsed_at is None:
        wanted, why = policy.default, "first document"
    elif answer.new:
        wanted, why = current * _NEWS, f"{answer.new} new"
    elif answer.newest is not None and now - answer.newest > _ASLEEP_AFTER:
        wanted, why = current * _ASLEEP, f"nothing since {answer.newest:%Y-%m-%d}"
    else:
        wanted, why = current * _NO_NEWS, "nothing new"
    return min(max(wanted, policy.minimum), policy.maximum), why


def _next(
    state: FeedState,
    answer: Answer,
    interval: timedelta,
    why: str,
    *,
    now: datetime,
    policy: Intervals,
    jitter: float,
) -> Plan:
    """Puts the next poll into a state after a good answer."""
    wait = interval
    start = now
    if policy.fixed is not None:
        wait *= 1 + _FIXED_JITTER * (2 * jitter - 1)
        # Counted from when this poll was due, or every fetch would lengthen a short interval.
        due = state.next_poll_at
        if due is not None and due <= now < due + interval:
            start = due
    else:
        fresh = timedelta(seconds=answer.min_interval or 0)
        if wait < fresh:
            wait, why = min(fresh, policy.maximum), f"{why}; fresh for {_shown(fresh)}"
        wait *= 1 + _JITTER * (2 * jitter - 1)
    if answer.retry_after and now + timedelta(seconds=answer.retry_after) > start + wait:
        start, wait = now, timedelta(seconds=answer.retry_after) * (1 + _JITTER * jitter)
        why = f"{why}; the server asks for {_shown(timedelta(seconds=answer.retry_after))}"
    remembered = None if policy.fixed is not None else interval
    state = replace(state, interval=remembered, next_poll_at=start + wait)
    return Plan(state, f"{why}: every {_shown(interval)}")


def _backoff(
    state: FeedState, error: FeedError, policy: Intervals, weight: float
) -> tuple[timedelta, str]:
    """Interval × 2^failures up to a limit, or as long as the server asks if that is longer."""
    base = policy.fixed or state.interval or policy.default
    limit = policy.longest_backoff if weight >= 1 else min(_SOFT_LIMIT, policy.longest_backoff)
    wait = max(min(base * 2 ** min(state.failures, 30.0), limit), base)
    why = f"failed ({state.failures:g} in a row): again in {_shown(wait)}"
    asked = error.retry_after if isinstance(error, FetchFailed) else None
    if asked is not None and timedelta(seconds=asked) > wait:
        wait = timedelta(seconds=asked)
        why = f"the server asks to wait for {_shown(wait)}"
    return wait, why


def _fraction(name: str) -> float:
    """A number in [0, 1) that a name always gets, in every process."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") / 2**64


def _shown(duration: timedelta) -> str:
    seconds = duration.total_seconds()
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size or seconds == size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s"
