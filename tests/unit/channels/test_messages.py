"""The shapes of messages before they leave: MIME, Slack payloads, Matrix events, secrets."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email import message_from_bytes, policy
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.channels.build import fault, notifier
from monitor.channels.limits import PER_MINUTE, per_minute
from monitor.channels.mail import BadAddressError, address, compose, message_id
from monitor.channels.matrix import EVENT_CAP, content
from monitor.channels.other import fitted, mailbox, secrets_of
from monitor.channels.secrecy import HIDDEN, Scrubber, url_secrets
from monitor.channels.slack import payload
from monitor.model import (
    AppriseTarget,
    Channel,
    ChannelName,
    ConsoleTarget,
    EmailTarget,
    MatrixTarget,
    Rendered,
    SlackTarget,
    Target,
    TextFormat,
)
from tests.servers.slack import fault_of

NOW = datetime(2026, 11, 22, tzinfo=UTC)
texts = st.text(
    st.one_of(st.sampled_from("<>&\r\n@_*|;: "), st.characters(exclude_categories=["Cs"])),
    max_size=80,
)


def rendered(format: TextFormat = TextFormat.TEXT, **fields: str) -> Rendered:
    return Rendered(format=format, **({"subject": "s", "text": "t"} | fields))


@given(texts, texts, texts, texts)
def test_no_text_can_add_a_header_or_break_a_mail(
    subject: str, text: str, key: str, thread: str
) -> None:
    made = compose(
        rendered(subject=subject, text=text, html=f"<p>{len(text)}</p>", thread=thread),
        key=key,
        channel=thread,
        sender=address("Desk <m@example.org>"),
        to=[address("a@example.org")],
        now=NOW,
    )
    read = message_from_bytes(made.as_bytes(), policy=policy.default)
    expected = {"From", "To", "Subject", "Date", "Message-ID", "List-Id", "Auto-Submitted"}
    expected |= {"X-Auto-Response-Suppress", "MIME-Version", "Content-Type"}
    expected |= {"In-Reply-To", "References"} if thread else set()
    assert set(read.keys()) == expected
    assert [part.get_content_type() for part in read.walk()][1:] == ["text/plain", "text/html"]


@given(texts)
def test_a_key_makes_one_message_id(key: str) -> None:
    made = message_id(key, "example.org")
    assert made == message_id(key, "example.org")
    assert made.startswith("<")
    assert made.endswith(".monitor@example.org>")
    assert made.isascii()
    assert not set(made[1:-1]) & set(" <>\r\n")


def test_addresses_keep_their_names() -> None:
    assert address("Zoë <z@example.org>").display_name == "Zoë"
    assert address("z@bücher.example").domain == "xn--bcher-kva.example"
    for bad in ("", "z", "a@b, c@d", "a@b@c", "@x", "x@", "ü@example.org", "a b@example.org"):
        with pytest.raises(BadAddressError):
            address(bad)


@given(texts, st.text(max_size=4000), st.integers(1, 40))
def test_a_slack_payload_is_always_within_slacks_limits(subject: str, text: str, n: int) -> None:
    from monitor.alerts.markup import SLACK

    paragraphs = "\n\n".join([SLACK.escape(text), f"_{n}_", "<https://example.org/|x> &amp; y"] * n)
    made = payload(rendered(TextFormat.SLACK, subject=subject or "s", text=paragraphs))
    assert fault_of(made) == ""


def test_slack_sections_lose_no_paragraph() -> None:
    paragraphs = [f"paragraph {n} " + "x" * 700 for n in range(12)]
    made = payload(rendered(TextFormat.SLACK, text="\n\n".join([*paragraphs, "_fine print_"])))
    told = "\n\n".join(b["text"]["text"] for b in made["blocks"] if b["type"] == "section")
    assert told == "\n\n".join(paragraphs)
    assert made["blocks"][-1]["elements"][0]["text"] == "fine print"


def test_a_cut_never_ends_inside_an_entity_or_a_link() -> None:
    for pad in range(2960, 3010):
        text = "x" * pad + "&amp;<https://example.org/long|label> tail"
        for block in payload(rendered(TextFormat.SLACK, text=text))["blocks"]:
            piece = block["text"]["text"]
            assert piece.count("<") == piece.count(">")
            assert not piece.endswith(("&", "&a", "&am", "&amp"))


@given(st.text(max_size=300), st.integers(0, 400))
def test_a_matrix_event_is_always_small_enough(text: str, times: int) -> None:
    event = content(rendered(TextFormat.MATRIX, text=text * times, html=f"<p>{text}" * times))
    assert len(json.dumps(event, ensure_ascii=False).encode()) <= EVENT_CAP + 200
    assert event["m.mentions"] == {}
    assert event["body"]


def test_what_does_not_fit_a_service_is_counted() -> None:
    service = SimpleNamespace(title_maxlen=10, body_maxlen=100)
    title, body = fitted(rendered(subject="a long subject", text="x" * 500), service)
    assert (len(title), title[-1]) == (10, "…")
    assert len(body) <= 100
    kept = body.count("x")
    assert body.endswith(f"… {500 - kept} more characters")
    sms = SimpleNamespace(title_maxlen=0, body_maxlen=140)
    title, body = fitted(rendered(subject="subject", text="x" * 500), sms)
    assert len(title) + 2 + len(body) <= 140
    assert fitted(rendered(subject="s", text=""), service) == ("s", "s")


def test_secrets_are_hidden_however_they_are_spelt() -> None:
    scrub = Scrubber(["p@ss word", None, "", "abc"])
    assert scrub("no p@ss word, no p%40ss%20word") == f"no {HIDDEN}, no {HIDDEN}"
    assert scrub("abc is a word") == "abc is a word"
    assert scrub("one\nline\x1b[31m") == "one line [31m"
    assert "p@ss" not in repr(scrub)


def test_every_part_of_a_url_that_may_be_secret_is_known() -> None:
    found = set(url_secrets("https://user:passw@h.example/services/T123/B456/abc?token=xyz&a=b"))
    assert {"user", "passw", "T123", "B456", "abc", "xyz"} <= found
    assert "h.example" not in found
    assert url_secrets(None) == []
    assert url_secrets("http://[bad") == ["http://[bad"]
    assert {"TokenA", "TokenB"} <= set(secrets_of("slack://TokenA/TokenB/TokenC"))
    assert "botname" in secrets_of("slack://botname@TokenA/TokenB")


def test_a_mail_url_becomes_a_mailbox() -> None:
    box = mailbox("mailtos://me:p%40ss@example.org?smtp=mail.example.org&to=a@x.org,b@x.org")
    assert box is not None
    assert (box.host, box.security, box.username, box.password) == (
        "mail.example.org",
        "starttls",
        "me",
        "p@ss",
    )
    assert set(box.to) == {"a@x.org", "b@x.org"}
    assert mailbox("json://127.0.0.1/") is None
    assert "p@ss" not in repr(box)


TARGETS: list[tuple[Target, TextFormat]] = [
    (ConsoleTarget(), TextFormat.CONSOLE),
    (EmailTarget("h", 25, "none", "m@example.org", ("a@example.org",)), TextFormat.MAIL),
    (SlackTarget(webhook="https://hooks.example.org/T/B/secret-hook"), TextFormat.SLACK),
    (MatrixTarget("https://m.example.org", "!r:x", "secret-token"), TextFormat.MATRIX),
    (AppriseTarget("json://h/secret-path"), TextFormat.TEXT),
    (AppriseTarget("mailto://me:secret-word@example.org"), TextFormat.MAIL),
]


@pytest.mark.parametrize(("target", "format"), TARGETS)
def test_every_kind_has_a_notifier_a_limit_and_no_secret_to_tell(
    target: Target, format: TextFormat
) -> None:
    channel = Channel(ChannelName("desk"), target)
    made = notifier(channel)
    assert made.format is format
    assert fault(channel) == ""
    assert per_minute(channel) == PER_MINUTE[type(target)]
    assert "secret" not in repr(made) + str(vars(made)["_runner"])


def test_the_channels_own_limit_wins() -> None:
    assert per_minute(Channel(ChannelName("c"), ConsoleTarget(), per_minute=3)) == 3


@pytest.mark.parametrize(
    "target",
    [
        EmailTarget("h", 25, "none", "nobody", ("a@example.org",)),
        EmailTarget("h", 25, "none", "m@example.org", ()),
        SlackTarget(),
        SlackTarget(token="xoxb-1"),
        SlackTarget(webhook="hooks.slack.com/services/x"),
        MatrixTarget("m.example.org", "!r:x", "t"),
        MatrixTarget("https://m.example.org", "room", "t"),
        AppriseTarget("nope://x"),
    ],
)
def test_a_fault_in_the_settings_is_found_without_the_network(target: Target) -> None:
    assert fault(Channel(ChannelName("desk"), target))
