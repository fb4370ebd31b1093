"""Every message in every markup, held against a golden file.

``UPDATE_GOLDEN=1 pytest tests/unit/alerts/test_render.py`` writes the files anew; read the diff.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from monitor.alerts.render import Templates, render
from monitor.model import AlertId, AlertView, MessageKind, Rendered, RuleId, StoryId, TextFormat
from tests.unit.alerts.messages import (
    ALERT,
    ARABIC,
    CREDITED,
    HOSTILE,
    LONG,
    NIAMEY,
    NOTICE,
    QUIET,
    SURGE,
    UPDATE,
)

GOLDEN = Path(__file__).parents[2] / "golden" / "messages"
BUILTIN = Templates()

CASES: Mapping[str, tuple[MessageKind, dict[str, Any]]] = {
    "one": (MessageKind.ALERTS, {"views": (ALERT,)}),
    "update": (MessageKind.ALERTS, {"views": (UPDATE,)}),
    "credited": (MessageKind.ALERTS, {"views": (CREDITED,)}),
    "surge": (MessageKind.ALERTS, {"views": (SURGE,)}),
    "flood": (
        MessageKind.ALERTS,
        {
            "views": tuple(replace(ALERT, id=AlertId(n), story=StoryId(n)) for n in range(4)),
            "flooding": "Sahel (sahel)",
        },
    ),
    "several": (MessageKind.ALERTS, {"views": (QUIET, ALERT, UPDATE)}),
    "arabic": (MessageKind.ALERTS, {"views": (ARABIC,)}),
    "hostile": (MessageKind.ALERTS, {"views": (HOSTILE,)}),
    "notice": (MessageKind.OPERATOR, {"notice": NOTICE}),
    "resolved": (MessageKind.OPERATOR, {"notice": replace(NOTICE, resolved=True)}),
    "test": (MessageKind.TEST, {"text": "Sent by hand from the command line."}),
}


def rendered(format: TextFormat, kind: MessageKind, **what: Any) -> Rendered:
    return render(format, kind, timezone=NIAMEY, templates=BUILTIN, **what)


def alerts(format: TextFormat, *views: AlertView) -> Rendered:
    return rendered(format, MessageKind.ALERTS, views=views)


@pytest.mark.parametrize("format", TextFormat)
@pytest.mark.parametrize("case", CASES)
def test_message_is_as_the_golden_file_has_it(case: str, format: TextFormat) -> None:
    kind, what = CASES[case]
    message = rendered(format, kind, **what)
    head = f"Subject: {message.subject}\nThread: {message.thread}\n"
    told = f"{head}\n{message.text}\n" + (f"\n=== html\n{message.html}\n" if message.html else "")
    # Zero-width and direction marks are part of the message: here they can be seen.
    shown = told.translate({0x200B: "⟨zwsp⟩", 0x2068: "⟨fsi⟩", 0x2069: "⟨pdi⟩", 0x0C: "⟨ff⟩"})
    path = GOLDEN / f"{case}.{format}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("format", TextFormat)
def test_a_message_says_all_it_must(format: TextFormat) -> None:
    message = alerts(format, ALERT)
    told = f"{message.subject}\n{message.text}"
    for needed in (
        "HIGH",
        "Russia sends troops to Niger",
        "AFP",
        "2026-11-22 16:53 WAT",
        "Russian forces in Niger",
        "russia-niger-troops",
        "demonym of Russia",
        "Niamey",
        "Reuters, RFI, Xinhua, Anadolu and 2 more",
    ):
        assert needed in told
    assert "news.example.org/world/2026/niger" in message.text


def test_the_subject_names_severity_title_and_outlet() -> None:
    for format in TextFormat:
        assert alerts(format, ALERT).subject == "[HIGH] Russia sends troops to Niger (AFP)"
    update = alerts(TextFormat.MAIL, UPDATE).subject
    assert update == "[FLASH] Update: Russia sends troops to Niger (AFP)"
    several = alerts(TextFormat.MAIL, QUIET, ALERT, UPDATE).subject
    assert several == "[FLASH] Update: Russia sends troops to Niger (AFP) and 2 more"


def test_the_subject_is_one_short_line_whatever_the_title() -> None:
    for view in (HOSTILE, LONG, replace(ALERT, title="x" * 5000, source="y" * 500)):
        subject = alerts(TextFormat.MAIL, view, view).subject
        assert len(subject) <= 160
        assert subject.isprintable() or "\u2068" in subject
    assert "…" in alerts(TextFormat.MAIL, LONG).subject


def test_one_story_is_a_thread_and_a_digest_is_none() -> None:
    assert alerts(TextFormat.MAIL, ALERT, UPDATE).thread == "story-7"
    assert alerts(TextFormat.MAIL, ALERT, QUIET).thread == ""
    notice = rendered(TextFormat.MAIL, MessageKind.OPERATOR, notice=NOTICE)
    over = rendered(TextFormat.MAIL, MessageKind.OPERATOR, notice=replace(NOTICE, resolved=True))
    assert notice.thread == over.thread == "operator-feed:AllAfrica"


def test_several_alerts_begin_with_a_summary_and_the_loudest() -> None:
    text = alerts(TextFormat.MAIL, QUIET, ALERT, UPDATE).text
    assert text.startswith("3 alerts on 2 stories: 1 flash, 1 high, 1 low\n")
    places = [text.index(f"[{s}]") for s in ("FLASH", "HIGH", "LOW")]
    assert places == sorted(places)


def test_rendering_twice_gives_the_same() -> None:
    for format in TextFormat:
        assert alerts(format, ALERT, UPDATE, LONG) == alerts(format, ALERT, UPDATE, LONG)


@pytest.mark.parametrize(
    ("format", "cap"),
    [
        (TextFormat.TEXT, 8_000),
        (TextFormat.SLACK, 30_000),
        (TextFormat.MATRIX, 12_000),
        (TextFormat.MAIL, 100_000),
        (TextFormat.CONSOLE, 60_000),
    ],
)
def test_a_flood_is_capped_and_counted_honestly(format: TextFormat, cap: int) -> None:
    flood = [replace(LONG, id=AlertId(n), story=StoryId(n)) for n in range(700)]
    message = alerts(format, *flood)
    assert len(message.text) <= cap
    assert "700 alerts on 700 stories" in message.text
    assert "more alerts" in message.text
    left_out = int(message.text.rpartition(" more alerts")[0].rpartition("… ")[2])
    assert 0 < left_out < 700
    titles = len(re.findall(r"…>? \(AFP\)", message.text)) + message.text.count("AFP · ")
    assert left_out + titles == 700


def test_the_rules_reasons_and_outlets_left_out_are_counted() -> None:
    text = alerts(TextFormat.MAIL, LONG).text
    assert "… 35 more rules" in text
    assert "Outlet 0, Outlet 1, Outlet 2, Outlet 3 and 496 more" in text
    many = replace(QUIET, hits=(replace(QUIET.hits[0], why=tuple("abcdefghij")),))
    assert "… 4 more reasons" in alerts(TextFormat.MAIL, many).text


def test_times_are_the_desks() -> None:
    tokyo = render(
        TextFormat.MAIL,
        MessageKind.ALERTS,
        views=(ALERT,),
        timezone=ZoneInfo("Asia/Tokyo"),
        templates=BUILTIN,
    )
    assert "2026-11-23 00:53 JST" in tokyo.text
    lima = render(
        TextFormat.MAIL,
        MessageKind.OPERATOR,
        notice=NOTICE,
        timezone=ZoneInfo("America/Lima"),
        templates=BUILTIN,
    )
    assert "2026-11-22 11:05 UTC-05" in lima.text


def test_an_article_without_a_date_shows_whose_time_it_is() -> None:
    text = alerts(TextFormat.MAIL, UPDATE).text
    assert "AFP · undated, alert of 2026-11-22 17:05 WAT" in text


def test_an_alert_on_volume_is_headed_by_its_rule_and_begins_no_conversation() -> None:
    message = alerts(TextFormat.MAIL, SURGE)
    heading, latest, *_ = message.text.splitlines()
    assert heading == "[HIGH] Russian forces in Niger: 9 stories from 5 sources in 2 hours"
    assert latest.startswith("latest: AFP · ")
    assert (
        "Also reported" not in alerts(TextFormat.MAIL, replace(SURGE, outlets=ALERT.outlets)).text
    )
    assert message.thread == "", "a first alert of the story would hang under it"
    both = alerts(TextFormat.MAIL, ALERT, SURGE)
    assert both.thread == "story-7"


@pytest.mark.parametrize("format", TextFormat)
def test_an_update_is_called_one_where_it_is_told_by_title_alone(format: TextFormat) -> None:
    update = replace(UPDATE, hits=ALERT.hits)
    message = rendered(format, MessageKind.ALERTS, views=(ALERT, update), flooding="Sahel")
    text = message.html or message.text
    assert "Update: " in text.partition("Also in this message")[2]


def test_the_subject_counts_updates_of_one_story_as_such() -> None:
    update = replace(UPDATE, hits=ALERT.hits)
    assert alerts(TextFormat.MAIL, ALERT, update).subject.endswith("(AFP) and 1 update")
    second = replace(update, id=AlertId(20))
    assert alerts(TextFormat.MAIL, ALERT, update, second).subject.endswith(" and 2 updates")
    other = replace(update, story=StoryId(99))
    assert alerts(TextFormat.MAIL, ALERT, other).subject.endswith(" and 1 more")


def test_a_rule_without_a_title_is_named_once() -> None:
    bare = replace(ALERT, hits=(replace(ALERT.hits[0], title="niger", rule=RuleId("niger")),))
    assert "Rule: niger\n" in alerts(TextFormat.MAIL, bare).text
    assert "*niger*\n" in alerts(TextFormat.SLACK, bare).text


def test_what_a_kind_needs_has_to_be_there() -> None:
    with pytest.raises(ValueError, match="at least one"):
        rendered(TextFormat.MAIL, MessageKind.ALERTS)
    with pytest.raises(ValueError, match="its notice"):
        rendered(TextFormat.MAIL, MessageKind.OPERATOR)
