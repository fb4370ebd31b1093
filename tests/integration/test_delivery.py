"""What becomes of a delivery, by what the channel answers, under a clock that the test turns."""

from __future__ import annotations

import asyncio
from datetime import time, timedelta

import pytest
import sqlalchemy as sa

from monitor.errors import (
    ChannelBroken,
    DeliveryDeferred,
    DeliveryRejected,
    DeliveryUnknown,
)
from monitor.model import ChannelName, OperatorNotice, Severity, TextFormat
from monitor.store import Connection, Database, outbox, schema
from tests.integration.outbox_desk import OutboxDesk, channel


def drain(desk: OutboxDesk) -> None:
    asyncio.run(desk.deliverer.drain())


def keep_draining(desk: OutboxDesk, **by: float) -> None:
    """Turn the clock in steps of a second and drain at each."""
    end = desk.clock() + timedelta(**by)
    while desk.clock() < end:
        desk.clock.turn(seconds=1)
        drain(desk)


def test_an_accepted_message_is_sent_once(database: Database) -> None:
    desk = OutboxDesk(database, [channel("desk")])
    desk.alert("desk")
    drain(desk)
    drain(desk)
    assert len(desk.notifiers["desk"].sent) == 1
    assert desk.deliveries() == {"desk": [("sent", "")]}


def test_a_deferred_message_is_tried_again_within_seconds_under_the_same_key(
    database: Database,
) -> None:
    desk = OutboxDesk(database, [channel("desk")])
    desk.notifiers["desk"].script.append(DeliveryDeferred("desk", "greylisted"))
    desk.alert("desk")
    drain(desk)
    assert desk.deliveries() == {"desk": [("pending", "greylisted")]}
    keep_draining(desk, seconds=5)
    [first, second] = desk.notifiers["desk"].tried
    assert first == second, "the text and the key are frozen at the first claim"
    assert desk.deliveries() == {"desk": [("sent", "")]}


def test_retry_after_is_waited_for(database: Database) -> None:
    desk = OutboxDesk(database, [channel("desk")])
    desk.notifiers["desk"].script.append(DeliveryDeferred("desk", "slow down", retry_after=30))
    desk.alert("desk")
    drain(desk)
    keep_draining(desk, seconds=29)
    assert len(desk.notifiers["desk"].tried) == 1
    keep_draining(desk, seconds=10)
    assert desk.deliveries() == {"desk": [("sent", "")]}


def test_a_rejected_message_is_a_dead_letter_and_goes_to_the_fallback(database: Database) -> None:
    desk = OutboxDesk(database, [channel("desk", fallback=ChannelName("duty")), channel("duty")])
    desk.notifiers["desk"].script.append(DeliveryRejected("desk", "no such user"))
    desk.alert("desk")
    drain(desk)
    drain(desk)
    assert desk.deliveries()["desk"] == [("dead", "no such user")]
    assert len(desk.notifiers["duty"].sent) == 1


@pytest.mark.parametrize(
    ("waits", "until", "reason"),
    [
        ({"quiet_hours": (time(11), time(14))}, 14, "quiet hours until 14:00"),
        ({"digest": time(18)}, 18, "for the digest at 18:00"),
    ],
)
def test_a_fallback_keeps_its_own_quiet_hours_and_digest(
    database: Database, waits: dict[str, object], until: int, reason: str
) -> None:
    duty = channel("duty", **waits)
    desk = OutboxDesk(database, [channel("desk", fallback=duty.name), duty, channel("ops")])
    desk.notifiers["desk"].script.append(DeliveryRejected("desk", "no such user"))
    desk.alert("desk")
    drain(desk)
    drain(desk)
    assert desk.deliveries()["duty"] == [("held", reason)]
    desk.clock.turn(hours=until - desk.clock().hour)
    drain(desk)
    assert desk.deliveries()["duty"] == [("sent", "")]


@pytest.mark.parametrize("what", ["flash", "notice", "group_wait"])
def test_what_waits_for_nobody_goes_to_a_fallback_at_once(database: Database, what: str) -> None:
    quiet = (time(11), time(14))
    duty = channel("duty", quiet_hours=quiet)
    if what == "group_wait":
        duty = channel("duty", group_wait=timedelta(minutes=5))
    desk = OutboxDesk(database, [channel("desk", fallback=duty.name), duty, channel("ops")])
    desk.notifiers["desk"].script.append(DeliveryRejected("desk", "no such user"))
    if what == "notice":
        notice = OperatorNotice("k", "Disk full", "No room.", desk.clock())
        database.transact_now(
            lambda conn: outbox.enqueue_notice(
                conn, notice, channel=ChannelName("desk"), now=desk.clock()
            )
        )
    else:
        severity = Severity.FLASH if what == "flash" else Severity.NORMAL
        desk.alert("desk", severity=severity)
    drain(desk)
    drain(desk)
    assert desk.deliveries()["duty"] == [("sent", "")]


def test_a_dead_letter_without_a_fallback_is_told_to_the_operator(database: Database) -> None:
    desk = OutboxDesk(database, [channel("desk"), channel("ops")])
    desk.notifiers["desk"].script.append(DeliveryRejected("desk", "no such user"))
    desk.alert("desk")
    drain(desk)
    drain(desk)
    [(_, notice)] = desk.notifiers["ops"].sent
    assert "could not be delivered" in notice.subject
    assert "no such user" in notice.text


def test_a_broken_channel_is_told_once_and_delivers_when_it_is_mended(database: Database) -> None:
    desk = OutboxDesk(database, [channel("desk"), channel("ops")])
    desk.notifiers["desk"].script.extend([ChannelBroken("desk", "bad login")] * 3)
    for n in range(3):
        desk.alert("desk", title=f"Story {n}")
    drain(desk)
    keep_draining(desk, minutes=3)
    assert [s for s, _ in desk.deliveries()["desk"]] == ["sent"] * 3
    told = [r.subject for _, r in desk.notifiers["ops"].sent]
    assert len(told) == 2, told
    assert "desk is failing" in told[0]
    assert told[1] == "[MONITOR] Resolved: Channel desk is failing"


def test_one_bad_channel_does_not_hold_up_another(database: Database) -> None:
    desk = OutboxDesk(database, [channel("bad"), channel("good"), channel("ops")])
    desk.notifiers["bad"].script.extend([DeliveryDeferred("bad", "down")] * 50)
    for n in range(5):
        desk.alert("bad", "good", title=f"Story {n}")
    drain(desk)
    assert len(desk.notifiers["good"].sent) == 5
    assert len(desk.notifiers["bad"].tried) < 5, "the breaker leaves a failing channel alone"


def test_an_unknown_outcome_is_resent_under_the_same_id_by_mail(database: Database) -> None:
    desk = OutboxDesk(database, [channel("desk")])
    desk.notifiers["desk"].script.extend([DeliveryUnknown("desk", "timeout")] * 2)
    desk.alert("desk")
    drain(desk)
    keep_draining(desk, minutes=1)
    assert len({key for key, _ in desk.notifiers["desk"].tried}) == 1
    assert desk.deliveries() == {"desk": [("sent", "")]}


def test_an_unknown_outcome_on_slack_is_resent_once_and_marked(database: Database) -> None:
    desk = OutboxDesk(database, [channel("slack"), channel("ops")])
    desk.notifiers["slack"].format = TextFormat.SLACK
    desk.notifiers["slack"].script.extend([DeliveryUnknown("slack", "timeout")] * 9)
    desk.alert("slack")
    drain(desk)
    keep_draining(desk, minutes=2)
    first, second = desk.notifiers["slack"].tried
    assert "repeat" not in first[1].text
    assert "possibly a repeat" in second[1].text
    assert desk.deliveries()["slack"][0][0] == "dead"


def test_a_message_that_cannot_be_sent_for_a_day_is_a_dead_letter(database: Database) -> None:
    desk = OutboxDesk(database, [channel("desk"), channel("ops")])
    desk.notifiers["desk"].script.extend([DeliveryDeferred("desk", "down")] * 500)
    desk.alert("desk")
    drain(desk)
    for _ in range(26 * 4):
        desk.clock.turn(minutes=15)
        drain(desk)
    state, reason = desk.deliveries()["desk"][0]
    assert state == "dead"
    assert "24 hours" in reason


def test_a_lease_that_ran_out_is_claimed_again(database: Database) -> None:
    desk = OutboxDesk(database, [channel("desk")])
    desk.alert("desk")
    claimed = database.transact_now(
        lambda conn: outbox.claim_due(
            conn, channels=[ChannelName("desk")], now=desk.clock(),
            lease=timedelta(seconds=60), owner="dead", limit=1,
        )
    )  # fmt: skip
    assert len(claimed) == 1
    drain(desk)
    assert not desk.notifiers["desk"].tried
    desk.clock.turn(seconds=61)
    drain(desk)
    assert [key for key, _ in desk.notifiers["desk"].sent] == [claimed[0].delivery]


def test_an_unexpected_fault_of_a_notifier_is_survived(database: Database) -> None:
    desk = OutboxDesk(database, [channel("desk")])
    desk.notifiers["desk"].script.append(ZeroDivisionError())
    desk.alert("desk")
    drain(desk)
    keep_draining(desk, minutes=1)
    assert desk.deliveries() == {"desk": [("sent", "")]}


def test_a_message_that_cannot_be_written_fails_by_itself_and_is_told(database: Database) -> None:
    desk = OutboxDesk(database, [channel("desk"), channel("ops")])
    desk.alert("desk", title="Of nothing")
    desk.alert("desk", title="Of something")

    def empty_the_first(conn: Connection) -> None:
        of = schema.message_alerts
        first = sa.select(sa.func.min(of.c.alert)).scalar_subquery()
        conn.execute(sa.delete(of).where(of.c.alert == first))

    database.transact_now(empty_the_first)
    drain(desk)
    drain(desk)
    [(_, arrived)] = desk.notifiers["desk"].sent
    assert arrived.subject == "[NORMAL] Of something (AFP)"
    [(state, reason), _] = desk.deliveries()["desk"]
    assert state == "dead"
    assert "its text could not be written" in reason
    assert desk.deliverer.statuses()[ChannelName("desk")].failures == 0, "no fault of the channel"
    [(_, notice)] = desk.notifiers["ops"].sent
    assert "a message of alerts needs at least one" in notice.text


def test_the_rate_limit_of_a_channel_allows_a_burst_and_then_holds_apart(
    database: Database,
) -> None:
    desk = OutboxDesk(database, [channel("desk", per_minute=6)])
    for n in range(14):
        desk.alert("desk", title=f"Story {n}")
    drain(desk)
    assert len(desk.notifiers["desk"].sent) == 10
    keep_draining(desk, seconds=21)
    assert len(desk.notifiers["desk"].sent) == 12


def test_alerts_of_one_story_that_come_before_the_claim_are_one_message(
    database: Database,
) -> None:
    desk = OutboxDesk(database, [channel("desk")])
    story = desk.alert("desk", title="First")
    desk.alert("desk", title="Second", story=story)
    drain(desk)
    assert len(desk.notifiers["desk"].sent) == 1
    desk.alert("desk", title="Third", story=story)
    drain(desk)
    assert len(desk.notifiers["desk"].sent) == 2, "what comes after the claim opens a new message"


def test_two_drains_at_once_send_nothing_twice(database: Database) -> None:
    desk = OutboxDesk(database, [channel("desk")])
    for n in range(10):
        desk.alert("desk", title=f"Story {n}")
    other = desk.new_deliverer("other")

    async def both() -> None:
        await asyncio.gather(desk.deliverer.drain(), other.drain(), desk.deliverer.drain())

    asyncio.run(both())
    keys = [key for key, _ in desk.notifiers["desk"].sent]
    assert len(keys) == len(set(keys)) == 10


def test_what_waits_for_a_removed_channel_stays(database: Database) -> None:
    desk = OutboxDesk(database, [channel("desk"), channel("ops")])
    desk.alert("desk")
    desk.without("desk")
    drain(desk)
    assert desk.deliveries() == {"desk": [("pending", "")]}
