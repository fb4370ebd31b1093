"""The sample feeds as documents: other people's parsers must read them as they were written."""

from __future__ import annotations

import json
import warnings
from datetime import UTC, datetime, timedelta

import pytest

from monitor.demo import samples
from monitor.demo.documents import broken, render
from monitor.demo.samples import Format, Outlet

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import feedparser

PROGRAMME = samples.load()
STARTED = datetime(2026, 3, 5, 18, 0, tzinfo=UTC)
XML = [o for o in PROGRAMME.outlets if o.format is not Format.JSON]
JSON = [o for o in PROGRAMME.outlets if o.format is Format.JSON]


def document(outlet: Outlet) -> bytes:
    return render(outlet, PROGRAMME.published(outlet.id, PROGRAMME.length), started=STARTED)


@pytest.mark.parametrize("outlet", XML, ids=lambda o: o.id)
def test_a_parser_of_others_reads_every_item(outlet: Outlet) -> None:
    parsed = feedparser.parse(document(outlet))
    expected = PROGRAMME.published(outlet.id, PROGRAMME.length)
    assert not parsed.bozo
    assert parsed.feed.title == outlet.name
    assert [e.title for e in parsed.entries] == [s.title for s in expected]
    assert [e.link for e in parsed.entries] == [s.link for s in expected]
    for entry, sample in zip(parsed.entries, expected, strict=True):
        content = entry.content[0].value if "content" in entry else entry.summary
        assert all(p.replace("&", "&amp;") in content for p in sample.paragraphs)


@pytest.mark.parametrize("outlet", JSON, ids=lambda o: o.id)
def test_a_json_feed_holds_every_item(outlet: Outlet) -> None:
    items = json.loads(document(outlet))["items"]
    assert [i["id"] for i in items] == [
        s.guid for s in PROGRAMME.published(outlet.id, PROGRAMME.length)
    ]


def test_an_item_is_dated_by_its_second_and_its_age() -> None:
    outlet = next(o for o in PROGRAMME.outlets if o.id == "courrier")
    old = next(s for s in PROGRAMME.samples if s.id == "diplomes-fr")
    parsed = feedparser.parse(render(outlet, [old], started=STARTED, pace=2.0))
    assert parsed.entries[0].published == (STARTED - timedelta(days=6)).isoformat()
    late = next(s for s in PROGRAMME.samples if s.id == "landing-courrier")
    parsed = feedparser.parse(render(outlet, [late], started=STARTED, pace=2.0))
    assert parsed.entries[0].published == (STARTED + timedelta(seconds=2 * late.at)).isoformat()


def test_one_feed_is_written_in_an_old_encoding() -> None:
    outlet = next(o for o in PROGRAMME.outlets if o.encoding != "utf-8")
    assert outlet.name.encode("windows-1251") in document(outlet)


@pytest.mark.parametrize("outlet", XML, ids=lambda o: o.id)
def test_a_document_that_breaks_off_holds_no_item(outlet: Outlet) -> None:
    parsed = feedparser.parse(broken(document(outlet)))
    assert parsed.bozo
    assert not parsed.entries
