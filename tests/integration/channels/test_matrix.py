"""Matrix against a real Synapse: one event per key, and what each refusal means."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path

import pytest

from monitor.channels.build import notifier
from monitor.errors import ChannelBroken, DeliveryDeferred, DeliveryRejected, DeliveryUnknown
from monitor.model import MatrixTarget, TextFormat
from tests.integration.channels.helpers import channel, failure, message, receipt, send
from tests.servers.slack import SlackServer
from tests.servers.synapse import Synapse, User

pytestmark = pytest.mark.matrix
_names = itertools.count(1)


@pytest.fixture
def bot(synapse: Synapse) -> User:
    return synapse.user(f"bot{next(_names)}")


def target(synapse: Synapse, user: User, room: str) -> MatrixTarget:
    return MatrixTarget(synapse.url, room, user.token)


def test_an_event_has_text_html_and_mentions_nobody(synapse: Synapse, bot: User) -> None:
    room = synapse.room(bot)
    html = '<p><strong>Troops</strong> <a href="https://example.org/?a=1&amp;b=2">x</a></p>'
    assert send(target(synapse, bot, room), message(TextFormat.MATRIX, html=html)) == ""
    (event,) = synapse.messages(bot, room)
    assert event["content"] == {
        "msgtype": "m.text",
        "body": "Troops arrived in Niamey.",
        "format": "org.matrix.custom.html",
        "formatted_body": html,
        "m.mentions": {},
    }


def test_the_same_key_again_is_the_same_event(synapse: Synapse, bot: User) -> None:
    room = synapse.room(bot)
    for key in ("d-1", "d-1", "d/2?x#y", "d/2?x#y"):
        send(target(synapse, bot, room), key=key)
    assert len(synapse.messages(bot, room)) == 2


def test_one_notifier_sends_many_different_messages(synapse: Synapse, bot: User) -> None:
    room = synapse.room(bot)
    made = notifier(channel(target(synapse, bot, room)))

    async def burst() -> None:
        await asyncio.gather(
            *(made.send(message(TextFormat.MATRIX, text=f"no {n}"), key=f"d{n}") for n in range(4))
        )

    asyncio.run(burst())
    bodies = {event["content"]["body"] for event in synapse.messages(bot, room)}
    assert bodies == {"no 0", "no 1", "no 2", "no 3"}


def test_a_room_alias_and_a_version_12_room_work(synapse: Synapse, bot: User) -> None:
    alias = f"desk-{next(_names)}"
    named = synapse.room(bot, alias=alias)
    assert send(target(synapse, bot, f"#{alias}:localhost")) == ""
    assert len(synapse.messages(bot, named)) == 1
    new = synapse.room(bot, version="12")
    assert ":" not in new
    assert send(target(synapse, bot, new)) == ""
    assert len(synapse.messages(bot, new)) == 1


def test_an_invitation_is_accepted(synapse: Synapse, bot: User) -> None:
    owner = synapse.user(f"owner{next(_names)}")
    room = synapse.room(owner, invite=(bot,))
    assert send(target(synapse, bot, room)) == ""
    assert len(synapse.messages(owner, room)) == 1


def test_a_room_that_is_not_ours_breaks_the_channel(synapse: Synapse, bot: User) -> None:
    owner = synapse.user(f"owner{next(_names)}")
    raised = failure(target(synapse, bot, synapse.room(owner)))
    assert isinstance(raised, ChannelBroken)
    assert "M_FORBIDDEN" in raised.reason


def test_an_unknown_alias_creates_no_room(synapse: Synapse, bot: User) -> None:
    for _ in range(2):
        raised = failure(target(synapse, bot, "#nowhere:localhost"))
        assert isinstance(raised, ChannelBroken)
        assert "M_NOT_FOUND" in raised.reason


def test_a_revoked_token_breaks_the_channel(synapse: Synapse, bot: User) -> None:
    room = synapse.room(bot)
    synapse.log_out(bot)
    raised = failure(target(synapse, bot, room))
    assert isinstance(raised, ChannelBroken)
    assert "M_UNKNOWN_TOKEN" in raised.reason
    assert bot.token not in raised.reason


def test_sending_does_not_log_the_user_out(synapse: Synapse, bot: User) -> None:
    room = synapse.room(bot)
    for key in ("a", "b"):
        assert send(target(synapse, bot, room), key=key) == ""


def test_a_throttled_message_is_deferred_for_as_long_as_the_server_says(
    synapse: Synapse, bot: User
) -> None:
    room = synapse.room(bot)
    synapse.limit(bot, per_second=1, burst=1)
    made = notifier(channel(target(synapse, bot, room)))

    async def until_throttled() -> DeliveryDeferred:
        for n in range(10):
            try:
                await made.send(message(TextFormat.MATRIX), key=f"t{n}")
            except DeliveryDeferred as error:
                return error
        raise AssertionError("never throttled")

    raised = asyncio.run(until_throttled())
    assert "M_LIMIT_EXCEEDED" in raised.reason
    assert raised.retry_after is not None
    assert 0 < raised.retry_after <= 5


def test_an_event_beyond_the_size_limit_is_cut_and_says_so(synapse: Synapse, bot: User) -> None:
    room = synapse.room(bot)
    long = message(TextFormat.MATRIX, text="слово " * 20_000, html="<p>" + "слово " * 20_000)
    assert send(target(synapse, bot, room), long) == ""
    body = synapse.messages(bot, room)[0]["content"]["body"]
    assert body.endswith("more characters")
    rich = message(TextFormat.MATRIX, text="short", html="<p>" + "слово " * 20_000)
    assert send(target(synapse, bot, room), rich, key="d-2") == ""
    assert "formatted_body" not in synapse.messages(bot, room)[1]["content"]


def test_the_same_key_is_one_event_across_a_restart(tmp_path: Path, synapse: Synapse) -> None:
    with Synapse(tmp_path / "own") as own:
        user = own.user("bot")
        room = own.room(user)
        send(target(own, user, room), key="d-1")
        own.stop()
        down = failure(target(own, user, room), key="d-1")
        assert isinstance(down, DeliveryDeferred)
        own.start()
        send(target(own, user, room), key="d-1")
        assert len(own.messages(user, room)) == 1


@pytest.mark.parametrize(
    ("prefix", "error"),
    [
        ("status-502", DeliveryDeferred),
        ("status-429", DeliveryDeferred),
        ("status-400", DeliveryRejected),
        ("status-404", ChannelBroken),
        ("redirect", ChannelBroken),
        ("drop", DeliveryUnknown),
    ],
)
def test_what_is_no_homeserver_is_judged_by_http(
    slack: SlackServer, prefix: str, error: type[Exception]
) -> None:
    # The transaction id is the last part of the path, and the scripted server goes by that.
    raised = failure(MatrixTarget(slack.url, "!r:x", "a-secret-token"), key=prefix)
    assert type(raised) is error
    assert len(slack.requests) == 1


@pytest.mark.parametrize(
    ("homeserver", "room"),
    [("ftp://x", "!r:x"), ("http://", "!r:x"), ("http://127.0.0.1:1", "r:x"), ("x", "#")],
)
def test_impossible_settings_break_the_channel(homeserver: str, room: str) -> None:
    raised = failure(MatrixTarget(homeserver, room, "a-secret-token"))
    assert isinstance(raised, ChannelBroken)


def test_a_homeserver_below_a_path_is_asked_there(slack: SlackServer) -> None:
    send(MatrixTarget(f"{slack.url}/matrix/", "!r:x", "a-secret-token"), key="d-1")
    (request,) = slack.requests
    assert request.method == "PUT"
    assert request.path == "/matrix/_matrix/client/v3/rooms/%21r%3Ax/send/m.room.message/d-1"
    assert request.headers["Authorization"] == "Bearer a-secret-token"


def test_what_follows_is_a_thread_under_the_first_event(synapse: Synapse, bot: User) -> None:
    room = synapse.room(bot)
    first = receipt(target(synapse, bot, room), key="d-1")
    assert first.ref.startswith("$")
    receipt(target(synapse, bot, room), key="d-2", under=first.ref)
    followed = synapse.messages(bot, room)[-1]
    assert followed["content"]["m.relates_to"] == {
        "rel_type": "m.thread",
        "event_id": first.ref,
        "is_falling_back": True,
        "m.in_reply_to": {"event_id": first.ref},
    }
    again = receipt(target(synapse, bot, room), key="d-1")
    assert again.ref == first.ref, "a repeat is the same event"


def test_a_first_event_in_another_room_is_no_obstacle(synapse: Synapse, bot: User) -> None:
    room, other = synapse.room(bot), synapse.room(bot)
    first = receipt(target(synapse, bot, room), key="d-1")
    for _ in range(2):
        assert receipt(target(synapse, bot, other), key="d-2", under=first.ref).ref
    (event,) = synapse.messages(bot, other)
    assert "m.relates_to" not in event["content"]
