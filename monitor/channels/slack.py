"""Slack and what speaks its language: an incoming webhook at any URL, or a bot token.

Apprise's Slack plugin only builds hooks.slack.com addresses and its own layout, so the message
goes through Apprise's JSON plugin, whose payload, address and headers are free. Here: the payload
(fallback text and blocks within Slack's limits) and what Slack's documented answers mean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from apprise.plugins.custom_json import NotifyJSON

from monitor.alerts.markup import SLACK
from monitor.channels import observe
from monitor.channels.outcome import http_error, json_object, said
from monitor.channels.receipt import Receipt
from monitor.channels.runner import Runner
from monitor.channels.secrecy import Scrubber, url_secrets
from monitor.errors import (
    ChannelBroken,
    DeliveryDeferred,
    DeliveryError,
    DeliveryRejected,
    DeliveryUnknown,
)
from monitor.model import Channel, Rendered, SlackTarget, TextFormat

API = "https://slack.com/api/"

# https://docs.slack.dev/reference/block-kit/blocks and .../messaging (text: 40,000 characters)
HEADER_CAP = 150
SECTION_CAP = 3_000
CONTEXT_CAP = 2_000
BLOCKS_CAP = 50
TEXT_CAP = 39_000

_OWN_KEYS: Final = ("version", "title", "message", "attachments", "type")
"""What Apprise's JSON plugin would add of its own; an empty value takes each out."""

# https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors
# https://docs.slack.dev/reference/methods/chat.postMessage#errors
_REJECTED = {
    "invalid_payload", "no_text", "msg_too_long", "invalid_blocks", "invalid_blocks_format",
    "too_many_attachments", "invalid_arguments", "invalid_json", "json_not_object",
    "invalid_charset", "invalid_form_data", "invalid_post_type", "missing_post_type",
    "block_mismatch", "markdown_text_conflict", "attachment_payload_limit_exceeded",
    "restricted_action_non_threadable_channel", "invalid_attachments",
}  # fmt: skip
_BROKEN = {
    "action_prohibited", "posting_to_general_channel_denied", "channel_not_found",
    "channel_is_archived", "is_archived", "no_service", "no_service_id", "no_team",
    "team_disabled", "user_not_found", "no_active_hooks", "invalid_token", "invalid_auth",
    "not_authed", "account_inactive", "token_revoked", "token_expired", "no_permission",
    "missing_scope", "not_allowed_token_type", "not_in_channel", "restricted_action",
    "restricted_action_read_only_channel", "restricted_action_thread_only_channel",
    "team_access_not_granted", "access_denied", "ekm_access_denied", "org_login_required",
    "enterprise_is_restricted", "two_factor_setup_required", "method_deprecated",
    "deprecated_endpoint", "as_user_not_supported", "messages_tab_disabled",
}  # fmt: skip
_NO_THREAD = {
    "thread_not_found", "invalid_thread_ts", "message_not_found", "cannot_reply_to_message",
    "restricted_action_non_threadable_channel", "restricted_action_thread_locked",
}  # fmt: skip
"""Answers that only concern the thread: the message itself may be welcome without it."""
_DEFERRED = {
    "rollup_error", "ratelimited", "rate_limited", "message_limit_exceeded", "internal_error",
    "fatal_error", "request_timeout", "service_unavailable", "team_added_to_org",
    "accesslimited", "external_channel_migrating",
}  # fmt: skip


class SlackNotifier:
    """One Slack channel. Slack knows no repeats: each is visible, and marked by the caller."""

    format = TextFormat.SLACK

    def __init__(
        self, channel: Channel, target: SlackTarget, *, runner: Runner[str], api: str = API
    ) -> None:
        self._name = channel.name
        self._target = target
        self._api = api
        self._runner = runner
        self._scrub = Scrubber([target.token, *url_secrets(target.webhook)])

    def __repr__(self) -> str:
        return f"SlackNotifier({self._name!r})"

    async def send(self, rendered: Rendered, *, key: str, under: str = "") -> Receipt:
        """Posts one message; ``key`` is not used, Slack has no place for it.

        A bot's message is known by its ``ts``, and hangs under another's; a webhook tells none.
        """
        return Receipt(ref=await self._runner.run(lambda: self._post(rendered, under)))

    async def close(self) -> None:
        """Nothing is kept open."""

    def _post(self, rendered: Rendered, under: str) -> str:
        bot = self._target.webhook is None
        exchange = self._exchange(rendered, under if bot else "")
        error = verdict(self._name, exchange, scrub=self._scrub, bot=bot)
        if under and bot and said(exchange.body) in _NO_THREAD:
            # What it follows is gone, or the bot posts elsewhere now: then it stands by itself.
            exchange = self._exchange(rendered, "")
            error = verdict(self._name, exchange, scrub=self._scrub, bot=bot)
        if error is not None:
            raise error
        ts = json_object(exchange.body).get("ts") if bot else ""
        return ts if isinstance(ts, str) else ""

    def _exchange(self, rendered: Rendered, under: str) -> observe.Exchange:
        """One request, and what came of it."""
        body = payload(rendered)
        headers = {"Content-Type": "application/json; charset=utf-8"}
        url = self._target.webhook or ""
        if not url:
            url = self._api + "chat.postMessage"
            headers["Authorization"] = f"Bearer {self._target.token}"
            body["channel"] = self._target.channel
        if under:
            # Without the broadcast only those who follow the thread would see what is new.
            body |= {"thread_ts": under, "reply_broadcast": True}
        plugin = json_plugin(self._name, url, headers, body)
        with observe.watch() as exchanges:
            plugin.send(body="", title="")
        if not exchanges:
            raise ChannelBroken(self._name, "its address cannot be used")
        return exchanges[-1]


def json_plugin(
    channel: str, url: str, headers: dict[str, str], body: dict[str, Any]
) -> NotifyJSON:
    """Apprise's JSON plugin, fresh, set to post exactly ``body`` to ``url``.

    Raises ChannelBroken when ``url`` is no http(s) address.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ChannelBroken(channel, "its address cannot be used") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ChannelBroken(channel, "its address is no http or https URL")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    plugin = NotifyJSON(
        host=host,
        port=port,
        secure=parts.scheme == "https",
        fullpath=parts.path or "/",
        headers=headers,
        params=dict(parse_qsl(parts.query, keep_blank_values=True)),
        payload=dict.fromkeys(_OWN_KEYS, "") | body,
        asset=observe.asset(),
        rto=observe.READ_TIMEOUT,
        cto=observe.CONNECT_TIMEOUT,
    )
    # The constructor would decode these: they are meant as they stand.
    plugin.user, plugin.password = parts.username, parts.password
    return plugin


def payload(rendered: Rendered) -> dict[str, Any]:
    """The message as Slack takes it.

    ``text`` holds everything: Slack shows it in notifications, servers without blocks show it
    whole. A paragraph in italics (``_…_``) is small print and becomes a context block.
    """
    subject = SLACK.escape(rendered.subject)
    title = {"type": "plain_text", "text": _cut(subject, HEADER_CAP), "emoji": False}
    blocks: list[dict[str, Any]] = [{"type": "header", "text": title}]
    blocks += list(_blocks(rendered.text))[: BLOCKS_CAP - 1]
    text = f"*{subject}*\n\n{rendered.text}" if rendered.text else subject
    return {
        "text": _cut(text, TEXT_CAP),
        "blocks": blocks,
        # Links in feeds must not make Slack fetch and show pages of their own.
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _blocks(text: str) -> Iterator[dict[str, Any]]:
    gathered = ""
    for paragraph in filter(str.strip, text.split("\n\n")):
        small = len(paragraph) > 2 and paragraph[0] == paragraph[-1] == "_"
        if small or len(gathered) + len(paragraph) + 2 > SECTION_CAP:
            yield from _section(gathered)
            gathered = ""
        if small:
            element = {"type": "mrkdwn", "text": _cut(paragraph[1:-1], CONTEXT_CAP)}
            yield {"type": "context", "elements": [element]}
        else:
            gathered = f"{gathered}\n\n{paragraph}" if gathered else paragraph
    yield from _section(gathered)


def _section(text: str) -> Iterator[dict[str, Any]]:
    while text:
        piece = _cut(text, SECTION_CAP, mark="")
        yield {"type": "section", "text": {"type": "mrkdwn", "text": piece}}
        text = text[len(piece) :].lstrip()


def _cut(text: str, cap: int, *, mark: str = "…") -> str:
    """At most ``cap`` characters, not ending inside an entity or a link."""
    if len(text) <= cap:
        return text
    room = cap - len(mark)
    end = room
    for opening, closing in (("&", ";"), ("<", ">")):
        start = text.rfind(opening, 0, end)
        if start > 0 and closing not in text[start:end] and closing in text[start:]:
            end = start
    lines = text.rfind("\n", room // 2, end) if not mark else -1
    return text[: lines if lines > 0 else end] + mark


def verdict(
    channel: str,
    exchange: observe.Exchange,
    *,
    scrub: Callable[[str], str],
    bot: bool,
) -> DeliveryError | None:
    """What Slack's answer means; None when the message was taken."""
    answer = json_object(exchange.body)
    if exchange.ok:
        if answer.get("ok") is True or (not bot and _webhook_took_it(answer)):
            return None
        if not answer:
            reason = f"{exchange.host} answered {exchange.status}, but not as Slack does"
            return DeliveryUnknown(channel, reason)
    word = said(exchange.body) or "not ok"
    known = word in _BROKEN | _REJECTED | _DEFERRED
    reason = f"{exchange.host} answered {exchange.status}: {word if known else scrub(word)}"
    if word in _BROKEN:
        return ChannelBroken(channel, reason)
    if word in _REJECTED:
        return DeliveryRejected(channel, reason)
    if word in _DEFERRED or exchange.ok:
        return DeliveryDeferred(channel, reason, retry_after=exchange.retry_after)
    return http_error(channel, exchange, scrub=scrub)


def _webhook_took_it(answer: dict[str, Any]) -> bool:
    """Slack and Mattermost say a bare ``ok``, Rocket.Chat ``{"success": true}``, others nothing."""
    return answer.get("ok", True) is not False and answer.get("success", True) is not False
