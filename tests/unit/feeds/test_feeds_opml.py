"""Lists of feeds, as people really have them."""

from __future__ import annotations

import time
import xml.etree.ElementTree as ET
from datetime import UTC, datetime

import pytest

from monitor.errors import ProblemLevel
from monitor.feeds import opml
from monitor.model import Feed, FeedName

NOW = datetime(2026, 3, 1, tzinfo=UTC)

GOOD = b"""<?xml version="1.0"?>
<opml version="2.0"><head><title>Desk &amp; Co</title></head><body>
  <outline text="Sahel">
    <outline text="Niger">
      <outline type="rss" text="One" title="One!" xmlUrl="https://one.example/rss?a=1&amp;b=2"/>
    </outline>
    <outline text="Two" xmlUrl="http://two.example/rss" category="/mil/,wire"></outline>
  </outline>
  <!-- <outline text="Off" xmlUrl="https://off.example/"/> -->
  <outline text="Three" xmlUrl="https://three.example/" language="fr"/>
</body></opml>"""


def test_folders_and_categories_become_tags() -> None:
    got = opml.read(GOOD, file="f.opml")
    assert got.problems == ()
    assert got.title == "Desk & Co"
    assert [(f.name, f.url, f.tags, f.lang) for f in got.feeds] == [
        ("One!", "https://one.example/rss?a=1&b=2", ("Sahel", "Niger"), None),
        ("Two", "http://two.example/rss", ("Sahel", "mil", "wire"), None),
        ("Three", "https://three.example/", (), "fr"),
    ]


def test_what_is_no_proper_xml_is_read_all_the_same() -> None:
    text = b"""<opml><head><title>A & B</title></head><body>
    <outline text="Q & A" title="Q & A" xmlUrl="https://q.example/?a=1&b=2" />
    <outline text="Says "hello" > all" description="<a href="https://x.example/">X</a>, <b>"
       xmlUrl="https://quoted.example/rss" type="rss" />
    <OUTLINE TEXT='Big' XMLURL='https://big.example/rss'>
    """
    got = opml.read(text, file="f")
    assert [(f.name, f.url) for f in got.feeds] == [
        ("Q & A", "https://q.example/?a=1&b=2"),
        ('Says "hello" > all', "https://quoted.example/rss"),
        ("Big", "https://big.example/rss"),
    ]


def test_repeats_are_told_with_their_place_and_keep_all_tags() -> None:
    text = b"""<opml><body>
<outline text="A"><outline text="One" xmlUrl="https://one.example/"/></outline>
<outline text="B"><outline text="Uno" xmlUrl="https://one.example/"/></outline>
</body></opml>"""
    got = opml.read(text, file="f.opml")
    assert [(f.name, f.tags) for f in got.feeds] == [("One", ("A", "B"))]
    (problem,) = got.problems
    assert problem.level is ProblemLevel.WARNING
    assert str(problem).startswith("f.opml:3:19: https://one.example/ stands here again")
    assert "line 2" in problem.message


def test_names_are_made_unique_also_against_those_there_already() -> None:
    text = b"""<opml><outline text="News" xmlUrl="https://a.example/1"/>
<outline text="News" xmlUrl="https://a.example/2"/><outline xmlUrl="https://c.example/x"/></opml>"""
    got = opml.read(text, file="f", taken=[FeedName("News")])
    assert [f.name for f in got.feeds] == [
        "News (a.example)",
        "News (a.example 2)",
        "https://c.example/x",
    ]


@pytest.mark.parametrize(
    "url", ["ftp://x.example/", "file:///etc/passwd", "javascript:alert(1)", "http://", "http://[x"]
)
def test_addresses_that_cannot_be_polled_are_problems(url: str) -> None:
    got = opml.read(f'<opml><outline text="a" xmlUrl="{url}"/></opml>'.encode(), file="f")
    assert got.feeds == ()
    assert "no address that can be polled" in got.problems[0].message


def test_feed_addresses_of_old_readers_are_understood() -> None:
    text = b'<opml><outline xmlUrl="feed://a.example/"/><outline xmlUrl="feed:https://b.example/"/>'
    assert [f.url for f in opml.read(text, file="f").feeds] == [
        "http://a.example/",
        "https://b.example/",
    ]


@pytest.mark.parametrize("data", [b"", b"<html><body>Hi</body></html>", b"\xff\xfe\x00", b"{}"])
def test_what_is_no_list_is_a_problem_and_no_exception(data: bytes) -> None:
    got = opml.read(data, file="f")
    assert got.feeds == ()
    assert got.problems


def test_entities_are_never_expanded() -> None:
    text = b"""<!DOCTYPE opml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">
<!ENTITY x SYSTEM "file:///etc/passwd">]>
<opml><outline text="&b;&x;" xmlUrl="https://a.example/"/></opml>"""
    (feed,) = opml.read(text, file="f").feeds
    assert feed.name == "&b;&x;"


@pytest.mark.parametrize(
    "data",
    [
        b'<outline a="' * 100_000,
        b"<!--" * 500_000,
        b"<outline " + b"a" * 2_000_000,
        b'<outline a="' + b'" ' * 750_000,
        b"<title>" * 250_000,
        b"<outline>" * 100_000,
        b"x" * (opml.LARGEST + 1),
    ],
)
def test_hostile_lists_cost_little(data: bytes) -> None:
    start = time.process_time()
    assert opml.read(data, file="f").problems
    assert time.process_time() - start < 4


def test_what_is_written_is_xml_and_reads_back() -> None:
    feeds = (
        Feed(FeedName('A "B" <C> & D'), "https://a.example/?x=1&y=2", tags=("T", "u", "v")),
        Feed(FeedName("Plain"), "https://b.example/", lang="ha"),
        Feed(FeedName("Same folder"), "https://c.example/", tags=("T",)),
    )
    text = opml.write(feeds, title="Ours\x0b", now=NOW)
    ET.fromstring(text)
    got = opml.read(text.encode(), file="f")
    assert got.problems == ()
    assert sorted(got.feeds, key=lambda f: f.url) == list(feeds)


def test_passwords_are_not_passed_on() -> None:
    text = opml.write([Feed(FeedName("S"), "https://me:secret@a.example/rss")], title="T", now=NOW)
    assert "secret" not in text
    assert "https://a.example/rss" in text
