"""Slack against a server with its documented answers: webhook and bot API."""

from __future__ import annotations

import time

import pytest

from monitor.errors import (
    ChannelBroken,
    DeliveryDeferred,
    DeliveryError,
    DeliveryRejected,
    DeliveryUnknown,
)
from monitor.model import Rendered, SlackTarget, TextFormat
from tests.integration.channels.helpers import SUBJECT, failure, message, receipt, send
from tests.servers.slack import RETRY_AFTER, SlackServer


def hook(slack: SlackServer, script: str) -> SlackTarget:
    return SlackTarget(webhook=slack.webhook(script))


def bot(channel: str) -> SlackTarget:
    return SlackTarget(token="xoxb-a-secret-token", channel=channel)


def test_a_webhook_takes_text_and_blocks_and_nothing_else(slack: SlackServer) -> None:
    assert send(hook(slack, "ok")) == ""
    (payload,) = slack.messages
    assert set(payload) == {"text", "blocks", "unfurl_links", "unfurl_media"}
    assert payload["text"] == f"*{SUBJECT}*\n\nTroops arrived in Niamey."
    assert [block["type"] for block in payload["blocks"]] == ["header", "section"]
    assert slack.requests[0].headers["Content-Type"] == "application/json; charset=utf-8"


def test_a_webhook_keeps_its_path_and_query(slack: SlackServer) -> None:
    url = f"{slack.url}/hooks/mattermost/abc?thread=1&name=a%20b"
    assert send(SlackTarget(webhook=url)) == ""
    assert slack.requests[0].path in (
        "/hooks/mattermost/abc?thread=1&name=a%20b",
        "/hooks/mattermost/abc?thread=1&name=a+b",
    )


@pytest.mark.parametrize("script", ["ok", "rocketchat", "empty"])
def test_servers_that_speak_like_slack_are_believed(slack: SlackServer, script: str) -> None:
    assert send(hook(slack, script)) == ""
    assert len(slack.messages) == 1


@pytest.mark.parametrize(
    ("script", "error", "word"),
    [
        ("invalid_payload", DeliveryRejected, "invalid_payload"),
        ("action_prohibited", ChannelBroken, "action_prohibited"),
        ("invalid_token", ChannelBroken, "invalid_token"),
        ("channel_not_found", ChannelBroken, "channel_not_found"),
        ("no_service", ChannelBroken, "no_service"),
        ("channel_is_archived", ChannelBroken, "channel_is_archived"),
        ("rollup_error", DeliveryDeferred, "rollup_error"),
        ("ratelimited", DeliveryDeferred, "ratelimited"),
        ("rocketchat_no", DeliveryDeferred, "invalid-channel"),
        ("status-400", DeliveryRejected, "400"),
        ("status-401", ChannelBroken, "401"),
        ("status-404", ChannelBroken, "404"),
        ("status-413", DeliveryRejected, "413"),
        ("status-500", DeliveryDeferred, "500"),
        ("status-502", DeliveryDeferred, "502"),
        ("status-503", DeliveryDeferred, "503"),
        ("status-504", DeliveryUnknown, "504"),
        ("redirect", ChannelBroken, "redirects"),
        ("drop", DeliveryUnknown, "broke"),
    ],
)
def test_a_webhook_answer_decides_the_error(
    slack: SlackServer, script: str, error: type[DeliveryError], word: str
) -> None:
    raised = failure(hook(slack, script))
    assert type(raised) is error
    assert word in raised.reason
    assert len(slack.requests) == 1, "nothing is tried twice, no redirect is followed"


def test_retry_after_comes_through_in_seconds_and_as_a_date(slack: SlackServer) -> None:
    limited = failure(hook(slack, "ratelimited"))
    busy = failure(hook(slack, "later"))
    assert isinstance(limited, DeliveryDeferred)
    assert limited.retry_after == RETRY_AFTER
    assert isinstance(busy, DeliveryDeferred)
    assert busy.retry_after is not None
    assert 80 <= busy.retry_after <= 91


@pytest.mark.parametrize(
    ("room", "error"),
    [
        ("not_in_channel", ChannelBroken),
        ("channel_not_found", ChannelBroken),
        ("is_archived", ChannelBroken),
        ("invalid_auth", ChannelBroken),
        ("token_revoked", ChannelBroken),
        ("msg_too_long", DeliveryRejected),
        ("internal_error", DeliveryDeferred),
        ("some_new_error", DeliveryDeferred),
        ("ratelimited", DeliveryDeferred),
    ],
)
def test_the_bot_api_says_no_with_status_200(
    slack: SlackServer, room: str, error: type[DeliveryError]
) -> None:
    raised = failure(bot(room), slack_api=slack.api)
    assert type(raised) is error
    assert room in raised.reason


def test_a_bot_posts_to_its_channel_with_its_token(slack: SlackServer) -> None:
    assert send(bot("#news"), slack_api=slack.api) == ""
    assert slack.messages[0]["channel"] == "#news"
    assert slack.requests[0].headers["Authorization"] == "Bearer xoxb-a-secret-token"


def test_a_page_instead_of_an_api_answer_is_not_taken_for_success(slack: SlackServer) -> None:
    raised = failure(bot("news"), slack_api=f"{slack.url}/services/T1/B1/html?x=")
    assert isinstance(raised, DeliveryUnknown)


def test_nobody_listening_is_deferred() -> None:
    with SlackServer() as gone:
        target = hook(gone, "ok")
    raised = failure(target)
    assert isinstance(raised, DeliveryDeferred)
    assert "could not be reached" in raised.reason


@pytest.mark.parametrize("script", ["hang", "drip"])
def test_a_server_that_never_finishes_leaves_it_unknown_at_the_deadline(
    slack: SlackServer, script: str
) -> None:
    started = time.monotonic()
    raised = failure(hook(slack, script), deadline=0.4)
    assert isinstance(raised, DeliveryUnknown)
    assert time.monotonic() - started < 3


def test_hostile_text_reaches_slack_harmless(slack: SlackServer) -> None:
    evil = "<!channel> <@U1> & @here @everyone <https://x.example|click>"
    rendered = Rendered(TextFormat.SLACK, subject=evil, text="ok")
    assert send(hook(slack, "ok"), rendered) == ""
    sent = str(slack.messages[0])
    assert "<!" not in sent
    assert "<@" not in sent
    assert "@here" not in sent
    assert "@everyone" not in sent


def test_a_message_beyond_all_limits_still_fits(slack: SlackServer) -> None:
    paragraph = "word &amp; <https://example.org/a|link> " * 200
    text = "\n\n".join([paragraph, "_small print_", "x" * 10_000] * 30)
    rendered = message(TextFormat.SLACK, subject="s" * 400, text=text)
    assert send(hook(slack, "ok"), rendered) == ""
    assert len(slack.messages[0]["blocks"]) == 50


@pytest.mark.parametrize("url", ["", "ftp://example.org/x", "http://", "http://[bad/x", "hello"])
def test_an_impossible_webhook_breaks_the_channel_without_a_request(url: str) -> None:
    raised = failure(SlackTarget(webhook=url or "x"))
    assert isinstance(raised, ChannelBroken)


def test_a_bot_hangs_what_follows_under_the_first_message_and_shows_it_in_the_channel(
    slack: SlackServer,
) -> None:
    first = receipt(bot("#news"), slack_api=slack.api)
    assert first.ref
    receipt(bot("#news"), slack_api=slack.api, under=first.ref)
    one, two = slack.messages
    assert "thread_ts" not in one
    assert (two["thread_ts"], two["reply_broadcast"]) == (first.ref, True)


def test_a_bot_whose_first_message_is_gone_posts_by_itself(slack: SlackServer) -> None:
    assert receipt(bot("#news"), slack_api=slack.api, under="gone").ref
    asked, posted = (r.payload for r in slack.requests)
    assert asked["thread_ts"] == "gone"
    assert "thread_ts" not in posted
    assert len(slack.messages) == 1


def test_a_webhook_cannot_thread_and_does_not_try(slack: SlackServer) -> None:
    assert receipt(hook(slack, "ok"), under="1700000000.000100").ref == ""
    assert "thread_ts" not in slack.messages[0]
