"""The outbox: joining, claiming, outcomes, waiting, and the operator's hand."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa

from monitor.model import (
    AlertId,
    ChannelName,
    DeliveryId,
    DeliveryState,
    MessageKind,
    OperatorNotice,
    Reason,
    Rendered,
    StoryId,
    TextFormat,
)
from monitor.store import outbox
from monitor.store.database import Connection, Database
from monitor.store.outbox import Claim
from tests.integration.store.helpers import (
    DAY,
    DESK,
    DUTY,
    HOUR,
    MINUTE,
    NOW,
    add_alert,
    add_article,
    add_story,
    article,
)


def put(
    conn: Connection,
    alert: tuple[AlertId, StoryId],
    *,
    channel: ChannelName = DESK,
    at: datetime | None = NOW,
    held: str = "",
    grouped: bool = False,
    now: datetime = NOW,
) -> DeliveryId:
    return outbox.enqueue(
        conn, alert[0], story=alert[1], channel=channel, release_at=at, held=held,
        grouped=grouped, now=now,
    )  # fmt: skip


def claim(
    conn: Connection,
    *,
    now: datetime = NOW,
    owner: str = "me",
    channels: tuple[ChannelName, ...] = (DESK, DUTY),
    limit: int = 10,
    close_groups: bool = False,
) -> list[Claim]:
    return outbox.claim_due(
        conn, channels=channels, now=now, lease=MINUTE, owner=owner, limit=limit,
        close_groups=close_groups,
    )  # fmt: skip


def state(conn: Connection, id: DeliveryId) -> tuple[DeliveryState, str]:
    found = outbox.get(conn, id)
    assert found is not None
    return found.state, found.reason


# --- joining -----------------------------------------------------------------------------------


def test_alerts_of_one_story_share_the_message_until_it_is_claimed(database: Database) -> None:
    def work(conn: Connection) -> None:
        where = add_story(conn)
        one, two, three = (add_alert(conn, story=where) for _ in range(3))
        first = put(conn, one)
        assert put(conn, two) == first
        assert put(conn, two) == first  # told twice, said once
        (got,) = claim(conn)
        assert [view.id for view in got.views] == [one[0], two[0]]
        later = put(conn, three)
        assert later != first
        (rest,) = claim(conn)
        assert [view.id for view in rest.views] == [three[0]]

    database.transact_now(work)


def test_a_message_that_failed_once_is_frozen_too(database: Database) -> None:
    def work(conn: Connection) -> None:
        where = add_story(conn)
        first = put(conn, add_alert(conn, story=where))
        claim(conn)
        assert outbox.defer(conn, first, reason="busy", next_attempt_at=NOW, owner="me")
        assert put(conn, add_alert(conn, story=where)) != first

    database.transact_now(work)


def test_other_stories_and_other_channels_get_their_own_message(database: Database) -> None:
    def work(conn: Connection) -> None:
        alert = add_alert(conn)
        ids = {put(conn, alert), put(conn, alert, channel=DUTY), put(conn, add_alert(conn))}
        assert len(ids) == 3
        assert len({c.message for c in claim(conn)}) == 3

    database.transact_now(work)


def test_a_grouping_channel_collects_stories_and_keeps_the_earlier_time(database: Database) -> None:
    def work(conn: Connection) -> None:
        one, two = add_alert(conn), add_alert(conn)
        first = put(conn, one, at=NOW + HOUR, grouped=True)
        assert put(conn, two, at=NOW + 2 * HOUR, grouped=True) == first
        assert claim(conn, now=NOW + HOUR - MINUTE) == []
        (got,) = claim(conn, now=NOW + HOUR)
        assert [view.id for view in got.views] == [one[0], two[0]]

    database.transact_now(work)


def test_what_may_go_at_once_takes_along_what_waits(database: Database) -> None:
    def work(conn: Connection) -> None:
        where = add_story(conn)
        quiet, flash = add_alert(conn, story=where), add_alert(conn, story=where)
        first = put(conn, quiet, at=NOW + HOUR, held="quiet hours until 06:00")
        assert state(conn, first) == (DeliveryState.HELD, "quiet hours until 06:00")
        assert put(conn, flash) == first
        assert state(conn, first) == (DeliveryState.PENDING, "")
        (got,) = claim(conn)
        assert len(got.views) == 2
        assert got.released_at == NOW

    database.transact_now(work)


def test_a_waiting_alert_does_not_hold_up_the_message_it_joins(database: Database) -> None:
    def work(conn: Connection) -> None:
        where = add_story(conn)
        first = put(conn, add_alert(conn, story=where))
        assert put(conn, add_alert(conn, story=where), at=NOW + HOUR, held="quiet") == first
        assert state(conn, first) == (DeliveryState.PENDING, "")
        assert len(claim(conn)) == 1

    database.transact_now(work)


def test_nothing_joins_a_discarded_message(database: Database) -> None:
    def work(conn: Connection) -> None:
        where = add_story(conn)
        first = put(conn, add_alert(conn, story=where))
        assert outbox.discard(conn, first, "by hand")
        assert put(conn, add_alert(conn, story=where)) != first

    database.transact_now(work)


# --- claiming ----------------------------------------------------------------------------------


def test_a_claim_holds_all_that_sending_needs(database: Database) -> None:
    notice = OperatorNotice("feed:a", "Feed a is dead", "No answer for 3 days.", NOW)

    def work(conn: Connection) -> None:
        alert = add_alert(conn)
        told = put(conn, alert)
        said = outbox.enqueue_notice(conn, notice, channel=DUTY, now=NOW)
        tried = outbox.enqueue_test(conn, channel=DUTY, now=NOW)
        got = {c.delivery: c for c in claim(conn)}
        assert list(got) == [told, said, tried]
        assert got[told].kind is MessageKind.ALERTS
        assert [v.id for v in got[told].views] == [alert[0]]
        assert (got[said].kind, got[said].notice, got[said].views) == (
            MessageKind.OPERATOR, notice, (),
        )  # fmt: skip
        assert (got[tried].kind, got[tried].notice) == (MessageKind.TEST, None)
        for c in got.values():
            assert (c.attempts, c.created_at, c.rendered, c.repeat) == (1, NOW, None, False)
        assert state(conn, told) == (DeliveryState.SENDING, "")

    database.transact_now(work)


def test_the_longest_due_is_claimed_first_then_the_oldest(database: Database) -> None:
    def work(conn: Connection) -> None:
        a = put(conn, add_alert(conn), at=NOW - MINUTE, now=NOW)
        b = put(conn, add_alert(conn), at=NOW - HOUR, now=NOW)
        c = put(conn, add_alert(conn), at=NOW - MINUTE, now=NOW - MINUTE)
        d = put(conn, add_alert(conn), at=NOW - MINUTE, now=NOW)
        assert [x.delivery for x in claim(conn, limit=3)] == [b, c, a]
        assert [x.delivery for x in claim(conn)] == [d]

    database.transact_now(work)


def test_only_the_channels_asked_for_are_claimed(database: Database) -> None:
    def work(conn: Connection) -> None:
        alert = add_alert(conn)
        put(conn, alert)
        duty = put(conn, alert, channel=DUTY)
        assert claim(conn, channels=()) == []
        assert [c.delivery for c in claim(conn, channels=(DUTY,))] == [duty]

    database.transact_now(work)


def test_a_lost_lease_is_claimed_again_as_a_repeat_with_the_frozen_text(database: Database) -> None:
    text = Rendered(TextFormat.MAIL, "Convoi", "plain", "<p>html</p>", "story-1")

    def work(conn: Connection) -> None:
        id = put(conn, add_alert(conn))
        claim(conn)
        outbox.freeze(conn, id, text)
        outbox.freeze(conn, id, Rendered(TextFormat.MAIL, "Other", "other"))
        assert claim(conn, owner="other", now=NOW + MINUTE / 2) == []
        (again,) = claim(conn, owner="other", now=NOW + MINUTE)
        assert (again.delivery, again.attempts, again.repeat) == (id, 2, True)
        assert again.rendered == text
        assert not outbox.sent(conn, id, now=NOW, owner="me")
        assert not outbox.defer(conn, id, reason="", next_attempt_at=NOW, owner="me")
        assert not outbox.dead(conn, id, reason="", now=NOW, owner="me", fallback=DUTY)
        assert outbox.sent(conn, id, now=NOW + MINUTE, owner="other")
        assert state(conn, id) == (DeliveryState.SENT, "")
        assert len(outbox.list_recent(conn, limit=9)) == 1  # no fallback was opened

    database.transact_now(work)


def test_a_repeat_stays_one_and_an_uncertain_outcome_makes_one(database: Database) -> None:
    def work(conn: Connection) -> None:
        id = put(conn, add_alert(conn))
        claim(conn)
        outbox.defer(conn, id, reason="refused", next_attempt_at=NOW, owner="me")
        (second,) = claim(conn)
        assert not second.repeat
        outbox.defer(
            conn, id, reason="broke off", next_attempt_at=NOW, owner="me", may_have_arrived=True
        )
        for _ in range(2):
            (again,) = claim(conn)
            assert again.repeat
            outbox.defer(conn, id, reason="refused", next_attempt_at=NOW, owner="me")

    database.transact_now(work)


def test_closing_groups_takes_what_collects_but_not_what_is_held(database: Database) -> None:
    def work(conn: Connection) -> None:
        collecting = put(conn, add_alert(conn), at=NOW + HOUR, grouped=True)
        put(conn, add_alert(conn), channel=DUTY, at=NOW + HOUR, held="quiet hours")
        retried = put(conn, add_alert(conn), channel=DUTY)
        claim(conn)
        outbox.defer(conn, retried, reason="busy", next_attempt_at=NOW + HOUR, owner="me")
        assert [c.delivery for c in claim(conn, close_groups=True)] == [collecting]

    database.transact_now(work)


# --- outcomes ----------------------------------------------------------------------------------


def test_sent_is_final(database: Database) -> None:
    def work(conn: Connection) -> None:
        id = put(conn, add_alert(conn))
        assert not outbox.sent(conn, id, now=NOW, owner="me")  # nobody claimed it
        claim(conn)
        assert outbox.sent(conn, id, now=NOW + MINUTE, owner="me")
        assert claim(conn, now=NOW + DAY) == []
        assert not outbox.retry(conn, id, NOW)
        assert not outbox.discard(conn, id, "x")
        listed = outbox.get(conn, id)
        assert listed is not None
        assert (listed.sent_at, listed.next_attempt_at) == (NOW + MINUTE, None)

    database.transact_now(work)


def test_a_deferred_delivery_waits_for_its_time_and_says_why(database: Database) -> None:
    def work(conn: Connection) -> None:
        id = put(conn, add_alert(conn))
        claim(conn)
        later = NOW + 5 * MINUTE
        assert outbox.defer(conn, id, reason="503 from host", next_attempt_at=later, owner="me")
        assert state(conn, id) == (DeliveryState.PENDING, "503 from host")
        assert outbox.next_due(conn) == later
        assert claim(conn) == []
        (again,) = claim(conn, now=later)
        assert again.attempts == 2

    database.transact_now(work)


def test_a_dead_letter_goes_to_the_fallback_once(database: Database) -> None:
    def work(conn: Connection) -> None:
        alert = add_alert(conn)
        id = put(conn, alert)
        (first,) = claim(conn)
        assert outbox.dead(conn, id, reason="no such room", now=NOW, owner="me", fallback=DUTY)
        assert state(conn, id) == (DeliveryState.DEAD, "no such room")
        (other,) = claim(conn)
        assert (other.channel, other.message, other.attempts) == (DUTY, first.message, 1)
        assert [v.id for v in other.views] == [alert[0]]
        # The fallback's own fallback is the first channel: the message stays where it was.
        assert outbox.dead(conn, other.delivery, reason="also", now=NOW, owner="me", fallback=DESK)
        assert claim(conn, now=NOW + DAY) == []

    database.transact_now(work)


def test_a_dead_letter_without_fallback_ends_there(database: Database) -> None:
    def work(conn: Connection) -> None:
        id = put(conn, add_alert(conn))
        claim(conn)
        assert outbox.dead(conn, id, reason="no", now=NOW, owner="me", fallback=None)
        assert len(outbox.list_recent(conn, limit=9)) == 1

    database.transact_now(work)


# --- waiting and the operator's hand -----------------------------------------------------------


def test_what_is_held_with_a_time_becomes_due_by_itself(database: Database) -> None:
    def work(conn: Connection) -> None:
        put(conn, add_alert(conn), at=NOW + HOUR, held="quiet hours")
        assert outbox.next_due(conn) == NOW + HOUR
        assert claim(conn) == []
        (got,) = claim(conn, now=NOW + HOUR)
        assert got.released_at == NOW + HOUR

    database.transact_now(work)


def test_what_a_removed_channel_held_waits_for_its_return(database: Database) -> None:
    def work(conn: Connection) -> None:
        pending, quiet = put(conn, add_alert(conn)), put(conn, add_alert(conn), at=NOW, held="q")
        sending = put(conn, add_alert(conn), at=NOW - HOUR)
        claim(conn, limit=1)
        other = put(conn, add_alert(conn), channel=DUTY)
        assert outbox.hold(conn, DESK, "channel desk is not configured") == 2
        assert outbox.hold(conn, DESK, "again") == 0
        assert outbox.sent(conn, sending, now=NOW, owner="me")
        assert [c.delivery for c in claim(conn, now=NOW + DAY)] == [other]
        assert outbox.next_due(conn, channels=[DESK]) is None

        assert outbox.unhold(conn, DUTY, NOW + DAY) == 0
        assert outbox.unhold(conn, DESK, NOW + DAY) == 2
        got = claim(conn, now=NOW + DAY)
        assert [c.delivery for c in got if c.channel == DESK] == [pending, quiet]
        assert got[0].released_at == NOW + DAY

    database.transact_now(work)


def test_a_channel_that_comes_back_before_the_end_of_quiet_hours_keeps_them(
    database: Database,
) -> None:
    def work(conn: Connection) -> None:
        quiet = put(conn, add_alert(conn), at=NOW + HOUR, held="quiet hours until 13:00")
        over = put(conn, add_alert(conn), at=NOW + MINUTE, held="quiet hours until 12:01")
        assert outbox.hold(conn, DESK, "gone") == 2
        assert outbox.unhold(conn, DESK, NOW + 2 * MINUTE) == 2
        assert state(conn, over) == (DeliveryState.PENDING, "")
        assert state(conn, quiet)[0] is DeliveryState.HELD
        (first,) = claim(conn, now=NOW + HOUR - MINUTE)
        assert (first.delivery, first.released_at) == (over, NOW + 2 * MINUTE)
        outbox.sent(conn, over, now=NOW + HOUR, owner="me")
        (late,) = claim(conn, now=NOW + HOUR)
        assert (late.delivery, late.released_at) == (quiet, NOW + HOUR)

    database.transact_now(work)


def test_times_of_a_clock_that_was_ahead_are_mended_once(database: Database) -> None:
    def work(conn: Connection) -> None:
        ahead = NOW + 365 * DAY
        queued = put(conn, add_alert(conn), at=ahead, now=ahead)
        tried = put(conn, add_alert(conn))
        (got,) = claim(conn, channels=(DESK,), limit=1)
        assert got.delivery == tried
        outbox.defer(conn, tried, reason="busy", next_attempt_at=ahead, owner="me")
        night = ChannelName("night")
        collecting = put(conn, add_alert(conn), channel=night, at=NOW + 2 * DAY, grouped=True)
        digest = put(conn, add_alert(conn), channel=DUTY, at=NOW + 2 * DAY, held="digest")
        assert outbox.mend_times(conn, NOW) == 2
        assert outbox.mend_times(conn, NOW) == 0
        due = {c.delivery: c for c in claim(conn)}
        assert set(due) == {queued, tried}
        assert (due[queued].released_at, due[queued].created_at) == (NOW, NOW)
        assert due[tried].released_at == NOW
        assert state(conn, collecting)[0] is DeliveryState.PENDING
        assert state(conn, digest)[0] is DeliveryState.HELD

    database.transact_now(work)


def test_what_is_not_rendered_is_listed_by_its_first_title_with_few_questions(
    database: Database,
) -> None:
    def work(conn: Connection) -> None:
        for n in range(5):
            where = add_story(conn)
            first = add_article(conn, article(title=f"First {n}"))
            put(conn, add_alert(conn, story=(where[0], first)))
            put(conn, add_alert(conn, story=where, reason=Reason.ANOTHER_RULE))
        asked: list[str] = []
        sa.event.listen(conn, "before_cursor_execute", lambda *args: asked.append(args[2]))
        listed = outbox.list_recent(conn, limit=9)
        assert [d.subject for d in listed] == [f"First {n}" for n in (4, 3, 2, 1, 0)]
        assert len(asked) == 3

    database.transact_now(work)


def test_a_flash_that_joins_what_a_removed_channel_holds_frees_it_with_the_channel(
    database: Database,
) -> None:
    def work(conn: Connection) -> None:
        where = add_story(conn)
        id = put(conn, add_alert(conn, story=where), at=NOW + HOUR, held="quiet")
        outbox.hold(conn, DESK, "gone")
        assert put(conn, add_alert(conn, story=where)) == id
        assert state(conn, id) == (DeliveryState.HELD, "gone")
        assert claim(conn, now=NOW + DAY, close_groups=True) == []
        outbox.unhold(conn, DESK, NOW + MINUTE)
        assert len(claim(conn, now=NOW + MINUTE)) == 1

    database.transact_now(work)


def test_held_without_time_joins_and_waits(database: Database) -> None:
    def work(conn: Connection) -> None:
        where = add_story(conn)
        id = put(conn, add_alert(conn, story=where), at=None, held="no such channel")
        assert put(conn, add_alert(conn, story=where)) == id
        assert claim(conn, now=NOW + DAY, close_groups=True) == []
        assert outbox.unhold(conn, DESK, NOW) == 1
        assert len(claim(conn)[0].views) == 2

    database.transact_now(work)


@pytest.mark.parametrize("ending", ["dead", "discarded", "held", "deferred"])
def test_a_retry_by_hand_starts_afresh(database: Database, ending: str) -> None:
    def work(conn: Connection) -> None:
        id = put(conn, add_alert(conn))
        claim(conn)
        assert not outbox.retry(conn, id, NOW)  # it is being sent
        if ending == "dead":
            outbox.dead(conn, id, reason="x", now=NOW, owner="me", fallback=None)
        else:
            outbox.defer(conn, id, reason="x", next_attempt_at=NOW + DAY, owner="me")
        if ending == "discarded":
            assert outbox.discard(conn, id, "by hand")
            assert not outbox.discard(conn, id, "by hand")
        if ending == "held":
            outbox.hold(conn, DESK, "gone")
        assert outbox.retry(conn, id, NOW + HOUR)
        (got,) = claim(conn, now=NOW + HOUR)
        assert (got.attempts, got.released_at, got.created_at) == (1, NOW + HOUR, NOW)

    database.transact_now(work)


def test_unknown_ids_are_refused(database: Database) -> None:
    def work(conn: Connection) -> None:
        none = DeliveryId("none")
        assert outbox.get(conn, none) is None
        assert not outbox.retry(conn, none, NOW)
        assert not outbox.discard(conn, none, "x")

    database.transact_now(work)


def test_one_process_at_a_time_drains_a_channel(database: Database) -> None:
    def work(conn: Connection) -> None:
        def take(owner: str, now: datetime, channel: ChannelName = DESK) -> bool:
            return outbox.take_channel(conn, channel, owner=owner, now=now, lease=MINUTE)

        assert take("me", NOW)
        assert take("me", NOW + MINUTE / 2)  # prolonged to 1.5 minutes
        assert not take("other", NOW + MINUTE)
        assert take("other", NOW, DUTY)
        assert take("other", NOW + 1.5 * MINUTE)
        assert not take("me", NOW + 1.5 * MINUTE)

    database.transact_now(work)


def test_lists_counts_and_times_tell_where_things_stand(database: Database) -> None:
    def work(conn: Connection) -> None:
        alert = add_alert(conn)
        assert (outbox.counts(conn), outbox.next_due(conn)) == ({}, None)
        assert outbox.oldest_pending(conn) is None
        sent = put(conn, alert)
        claim(conn)
        outbox.freeze(conn, sent, Rendered(TextFormat.TEXT, "Subject", "t"))
        outbox.sent(conn, sent, now=NOW, owner="me")
        notice = OperatorNotice("k", "Disk full", "No room.", NOW)
        said = outbox.enqueue_notice(conn, notice, channel=DUTY, now=NOW + MINUTE)
        put(conn, alert, channel=DUTY, at=NOW + DAY, held="quiet", now=NOW + 2 * MINUTE)

        listed = outbox.list_recent(conn, limit=9)
        assert [(d.channel, d.subject, d.alerts) for d in listed] == [
            (DUTY, "Convoi", (alert[0],)), (DUTY, "Disk full", ()), (DESK, "Subject", (alert[0],)),
        ]  # fmt: skip
        pending = outbox.list_recent(conn, state=DeliveryState.PENDING, limit=9)
        assert [d.id for d in pending] == [said]
        assert [d.id for d in outbox.list_recent(conn, channel=DESK, limit=9)] == [sent]
        assert outbox.counts(conn) == {
            DESK: {DeliveryState.SENT: 1},
            DUTY: {DeliveryState.PENDING: 1, DeliveryState.HELD: 1},
        }
        assert outbox.oldest_pending(conn) == NOW + MINUTE
        assert outbox.next_due(conn) == NOW + MINUTE
        claim(conn, now=NOW + MINUTE)
        assert outbox.next_due(conn) == NOW + 2 * MINUTE  # the lease of what is being sent

    database.transact_now(work)
