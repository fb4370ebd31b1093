"""What the operator is told of the outbox: once, without end only while it lasts."""

from __future__ import annotations

import asyncio

from monitor.errors import DeliveryDeferred, DeliveryRejected
from monitor.model import DeliveryId, DeliveryState
from monitor.store import Database, outbox, troubles
from monitor.upkeep import Upkeep
from tests.integration.outbox_desk import OutboxDesk, channel
from tests.integration.test_delivery import drain, keep_draining


def open_troubles(database: Database) -> list[str]:
    return [n.key for n in database.read_now(troubles.list_open)]


def watch(desk: OutboxDesk) -> None:
    upkeep = Upkeep(desk.database, lambda: desk.desk, desk.clock, desk.clock())
    asyncio.run(upkeep.watch())


def test_operator_channels_that_refuse_everything_do_not_write_to_each_other_for_ever(
    database: Database,
) -> None:
    from dataclasses import replace

    desk = OutboxDesk(database, [channel("a"), channel("b")])
    desk.desk = replace(desk.desk, operator_channels=tuple(desk.desk.channels))
    for name in "ab":
        desk.notifiers[name].script.extend([DeliveryRejected(name, "no such user")] * 1000)
    desk.alert("a")
    for _ in range(30):
        drain(desk)
        desk.clock.turn(minutes=1)
    tried = sum(len(n.tried) for n in desk.notifiers.values())
    assert tried <= 4, f"{tried} messages about one alert"


def test_many_dead_letters_of_a_channel_are_one_trouble(database: Database) -> None:
    desk = OutboxDesk(database, [channel("desk", per_minute=6000), channel("ops")])
    desk.notifiers["desk"].script.extend([DeliveryRejected("desk", "invalid payload")] * 20)
    for n in range(20):
        desk.alert("desk", title=f"Story {n}")
    keep_draining(desk, seconds=30)
    assert len(desk.notifiers["ops"].sent) == 1


def test_the_trouble_of_a_dead_letter_ends_when_somebody_has_dealt_with_it(
    database: Database,
) -> None:
    desk = OutboxDesk(database, [channel("desk"), channel("ops")])
    desk.notifiers["desk"].script.append(DeliveryRejected("desk", "no such user"))
    desk.alert("desk")
    drain(desk)
    watch(desk)
    assert len(open_troubles(database)) == 1
    [dead] = database.read_now(
        lambda conn: outbox.list_recent(conn, state=DeliveryState.DEAD, limit=9)
    )
    database.transact_now(lambda conn: outbox.discard(conn, DeliveryId(dead.id), "seen"))
    watch(desk)
    assert open_troubles(database) == []


def test_a_channel_that_recovers_while_the_daemon_is_down_is_well_again(
    database: Database,
) -> None:
    desk = OutboxDesk(database, [channel("desk"), channel("ops")])
    desk.notifiers["desk"].script.extend([DeliveryDeferred("desk", "down")] * 99)
    desk.alert("desk")
    drain(desk)
    keep_draining(desk, seconds=60)
    assert open_troubles(database) == ["channel:desk"]
    desk.notifiers["desk"].script.clear()
    desk.deliverer = desk.new_deliverer("the next process")
    keep_draining(desk, minutes=3)
    assert desk.deliveries()["desk"][0][0] == "sent"
    assert open_troubles(database) == []


def test_a_clock_that_is_set_back_does_not_silence_a_channel(database: Database) -> None:
    desk = OutboxDesk(database, [channel("desk", per_minute=6), channel("ops")])
    desk.clock.turn(days=30)
    for n in range(11):
        desk.alert("desk", title=f"Story {n}")
    drain(desk)
    desk.clock.turn(days=-30)
    desk.alert("desk", title="After the clock was set right")
    before = len(desk.notifiers["desk"].sent)
    keep_draining(desk, minutes=3)
    assert len(desk.notifiers["desk"].sent) > before


def test_what_was_deferred_while_the_clock_was_ahead_goes_out_when_it_is_right(
    database: Database,
) -> None:
    desk = OutboxDesk(database, [channel("desk"), channel("ops")])
    desk.alert("desk", title="Queued before")
    desk.clock.turn(days=365)
    desk.notifiers["desk"].script.append(DeliveryDeferred("desk", "greylisted"))
    drain(desk)
    desk.alert("desk", title="Queued meanwhile")
    desk.clock.turn(days=-365, minutes=10)
    drain(desk)
    assert desk.notifiers["desk"].sent == []
    watch(desk)
    keep_draining(desk, minutes=1)
    assert [s for s, _ in desk.deliveries()["desk"]] == ["sent", "sent"]


def test_a_long_retry_after_is_waited_for(database: Database) -> None:
    desk = OutboxDesk(database, [channel("desk"), channel("ops")])
    asked = DeliveryDeferred("desk", "slow down", retry_after=86_400)
    desk.notifiers["desk"].script.append(asked)
    desk.alert("desk")
    drain(desk)
    watch(desk)
    desk.clock.turn(hours=23)
    drain(desk)
    assert len(desk.notifiers["desk"].tried) == 1
