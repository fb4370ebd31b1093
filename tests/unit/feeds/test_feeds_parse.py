"""Feed documents of every kind and every fault, written for these tests."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import FeedUnreadable
from monitor.feeds import parse as parsing
from monitor.feeds import xmlfeed
from monitor.feeds.parse import parse
from monitor.feeds.raw import Doubt
from monitor.model import Entry, ParsedFeed

URL = "https://news.example/feeds/all.xml"


def read(text: str | bytes, content_type: str | None = None) -> ParsedFeed:
    return parse(text if isinstance(text, bytes) else text.encode(), content_type, URL)


def one(text: str | bytes, content_type: str | None = None) -> Entry:
    (entry,) = read(text, content_type).entries
    return entry


def rss(item: str, head: str = "", attributes: str = "") -> str:
    return (
        f'<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        f'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        f'xmlns:atom="http://www.w3.org/2005/Atom" '
        f'xmlns:media="http://search.yahoo.com/mrss/" {attributes}>'
        f"<channel><title>T</title>{head}<item>{item}</item></channel></rss>"
    )


def atom(entry: str, attributes: str = "") -> str:
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom" {attributes}><title>T</title>'
        f"<entry>{entry}</entry></feed>"
    )


def test_rss_in_full() -> None:
    feed = read(
        rss(
            """<guid isPermaLink="false">id-1</guid>
            <title>Troops &amp;amp; <![CDATA[<b>aid</b>]]></title>
            <link> /a/1?x=1&amp;y=2 </link><pubDate>Sun, 01 Mar 2026 10:00:00 +0100</pubDate>
            <description>&lt;p&gt;Short.&lt;/p&gt;</description>
            <content:encoded><![CDATA[<p>Long one.</p><script>x()</script><p>More.</p>]]>
            </content:encoded>
            <dc:creator>Amina Sani</dc:creator><source url="https://o.example/">Other Paper</source>
            <category>Sahel</category><category>Army</category><category>Sahel</category>""",
            head="<link>https://news.example/</link><language>fr-FR</language>",
        )
    )
    assert (feed.title, feed.home, feed.lang, feed.format) == (
        "T",
        "https://news.example/",
        "fr",
        "rss 2.0",
    )
    assert feed.entries == (
        Entry(
            guid="id-1",
            link="https://news.example/a/1?x=1&y=2",
            title="Troops & aid",
            content="Long one.\n\nMore.",
            summary="Short.",
            published=datetime(2026, 3, 1, 9, 0, tzinfo=UTC),
            author="Amina Sani",
            source="Other Paper",
            lang="fr",
            tags=("Sahel", "Army"),
        ),
    )
    assert feed.notes == ()


def test_atom_in_full() -> None:
    feed = read(
        atom(
            """<id>tag:1</id><title type="html">A &amp;lt;b&amp;gt; &lt;i&gt;b&lt;/i&gt;</title>
            <link rel="self" href="/self"/><link rel="alternate" type="text/html" href="p/1"/>
            <published>2026-03-01T10:00:00Z</published><updated>2026-03-01T11:30:00.5+01:00</updated>
            <author><name>A</name></author><author><name>B</name></author>
            <category term="t" label="Label"/><source><title>Wire</title></source>
            <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>One</p><p>T<b>w</b>o
            &amp; <script>no()</script></p></div></content><summary>Plain 1 &lt; 2</summary>""",
            attributes='xml:lang="en" xml:base="https://base.example/dir/"',
        )
    )
    entry = feed.entries[0]
    assert entry.link == "https://base.example/dir/p/1"
    assert entry.content.split("\n\n")[0] == "One"
    assert "Two &" in " ".join(entry.content.split())
    assert "no()" not in entry.content
    assert entry.summary == "Plain 1 < 2"
    assert (entry.author, entry.source, entry.tags) == ("A, B", "Wire", ("Label",))
    assert entry.updated == datetime(2026, 3, 1, 10, 30, 0, tzinfo=UTC)
    assert (entry.lang, feed.format) == ("en", "atom 1.0")


def test_rdf_and_atom_of_old() -> None:
    rdf = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
      xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
      <channel rdf:about="https://x.example/"><title>C</title><link>https://x.example/</link></channel>
      <item rdf:about="https://x.example/1"><title>Niger</title><link>https://x.example/1</link>
      <dc:date>2026-03-01</dc:date><dc:language>ha</dc:language><dc:publisher>P</dc:publisher></item>
      </rdf:RDF>"""
    entry = one(rdf)
    assert (entry.guid, entry.link) == ("https://x.example/1", "https://x.example/1")
    assert entry.published == datetime(2026, 3, 1, tzinfo=UTC)
    assert (entry.lang, entry.source) == ("ha", "P")
    old = """<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>T</title><entry>
      <title>Old</title><link rel="alternate" href="https://x.example/o"/><id>o</id>
      <issued>2026-03-01T00:00:00Z</issued><modified>2026-03-02T00:00:00Z</modified>
      <content type="text/html" mode="escaped">&lt;p&gt;Body&lt;/p&gt;</content></entry></feed>"""
    feed = read(old)
    assert feed.format == "atom 0.3"
    assert feed.entries[0].content == "Body"
    assert feed.entries[0].published == datetime(2026, 3, 1, tzinfo=UTC)


def test_json_feed() -> None:
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "J",
        "home_page_url": "https://j.example/",
        "language": "en-GB",
        "items": [
            {"id": 7, "url": "/x", "content_html": "<p>Hi &amp; bye</p>", "tags": ["a", 3],
             "date_published": "2026-03-01T10:00:00Z", "authors": [{"name": "N"}, "odd"]},
            "nonsense",
        ],
    }  # fmt: skip
    feed = read(json.dumps(document))
    (entry,) = feed.entries
    assert (entry.guid, entry.link, entry.content) == ("7", "https://news.example/x", "Hi & bye")
    assert (entry.title, entry.author, entry.tags, entry.lang) == ("Hi & bye", "N", ("a",), "en")
    assert feed.format == "json 1.1"


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (b"", "empty"),
        (b" \n ", "empty"),
        (b"{}", "no JSON Feed"),
        (b'{"items": 3}', "no JSON Feed"),
        (b'{"items": [', "damaged JSON"),
        (b"[" * 100_000, "not a feed"),
        (b'{"items":' * 100_000, "damaged JSON"),
        (b"hello", "not a feed"),
        (b"<opml version='1'><body/></opml>", "can be imported"),
        (b"<note>hi</note>", "no kind of feed"),
        (b"<!doctype html><html><body>Hi</body></html>", "names no feed"),
    ],
)
def test_what_is_no_feed_is_said_in_words(document: bytes, words: str) -> None:
    with pytest.raises(FeedUnreadable, match=words) as caught:
        read(document)
    assert caught.value.url == URL


def test_a_web_page_is_told_with_the_feeds_it_names() -> None:
    page = """<!DOCTYPE html><html><head><base href="https://b.example/x/">
      <link rel="alternate" type="application/rss+xml" title="All" href="all.rss">
      <link rel="alternate" type="application/atom+xml" href="https://c.example/atom">
      <link rel="alternate" hreflang="fr" href="/fr"><link rel="stylesheet" href="s.css">
      </head><body>News</body></html>"""
    with pytest.raises(FeedUnreadable) as caught:
        read(page)
    assert "https://b.example/x/all.rss, https://c.example/atom" in str(caught.value)
    assert "/fr" not in str(caught.value)
    broken = page.replace("News", "<![CDzTA[ x")
    with pytest.raises(FeedUnreadable, match=r"all\.rss"):
        read(broken)


def test_a_feed_without_items_is_a_feed() -> None:
    assert read("<rss version='2.0'><channel><title>T</title></channel></rss>").entries == ()


@pytest.mark.parametrize(
    "text",
    [
        rss("<title>Bread & butter</title><link>https://x.example/?a=1&b=2</link>"),
        rss("<title>Bread &amp; butter</title><link>https://x.example/?a=1&amp;b=2</link>&nbsp;"),
        rss("<title>Bread &amp;\x0b butter</title><link>https://x.example/?a=1&amp;b=2</link>"),
        "\n\n<?xml version='1.0'?>"
        + rss("<title>Bread &amp; butter</title><link>https://x.example/?a=1&amp;b=2</link>"),
        rss("<title>Bread &amp; butter</title><link>https://x.example/?a=1&amp;b=2</link>")[:-16],
        rss("<title>Bread &amp; butter</title><link>https://x.example/?a=1&amp;b=2</link><i>"),
        "<!DOCTYPE rss [<!ENTITY pub 'x'>]>"
        + rss("<title>Bread &amp; butter</title><link>https://x.example/?a=1&amp;b=2</link>"),
    ],
)
def test_a_damaged_document_loses_no_item(text: str) -> None:
    entry = one(text)
    assert entry.title == "Bread & butter"
    assert entry.link == "https://x.example/?a=1&b=2"


def test_mending_leaves_sections_of_plain_text_alone() -> None:
    text = rss("<title><![CDATA[A &amp; B]]></title><description>x & y &hellip;</description>")
    feed = read(text)
    assert feed.entries[0].title == "A & B"
    assert feed.entries[0].summary == "x & y …"
    assert "mended" in feed.notes[0]


def test_references_to_characters_that_do_not_exist_are_dropped() -> None:
    for reference in ("&#55555;", "&#xFFFFFFF;", "&#0;", "&#99999999999;"):
        for rest in ("", "<i>"):  # the latter is left to feedparser
            assert one(rss(f"<title>A{reference} b</title>{rest}")).title == "A b", reference


def test_items_inside_items_are_found() -> None:
    text = rss("<guid>1</guid><title>A</title><item><guid>2</guid><title>B</title></item>")
    assert {e.guid for e in read(text).entries} == {"1", "2"}


def test_entity_bombs_do_not_go_off() -> None:
    bomb = '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaaaaaaaaaaaaaaaa">'
    for here, before in zip("bcdefghij", "abcdefghi", strict=True):
        bomb += f'<!ENTITY {here} "{f"&{before};" * 20}">'
    feed = read(bomb + "]>" + rss("<title>A&j;</title><guid>1</guid>"))
    assert len(feed.entries[0].title) <= parsing.LONGEST_TITLE
    with pytest.raises(Doubt):  # the quick reader expands nothing, it steps aside
        xmlfeed.read(bomb + "]>" + rss("<title>A&j;</title>"), most=10)


@given(st.data())
def test_whatever_happens_to_a_document_it_is_read_or_refused(data: st.DataObject) -> None:
    body = bytearray(
        rss("<guid>1</guid><title>Niger &amp; Mali</title><link>/a</link>")
        if data.draw(st.booleans())
        else atom("<id>1</id><title>é</title><link href='a'/><content type='html'>x</content>"),
        "utf-8",
    )
    odd = st.sampled_from(
        [
            b"<item>",
            b"]]>",
            b"<![CDATA[",
            b"&#0;",
            b"&nbsp;",
            b"<!--",
            b"\xff\xfe",
            b"</rss>",
            b"\0",
        ]
    )
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body)))
        body[at : at + data.draw(st.integers(0, 9))] = data.draw(odd | st.binary(max_size=3))
    with contextlib.suppress(FeedUnreadable):
        for entry in read(bytes(body)).entries:
            assert entry.link is None or entry.link.startswith("http")
            assert "\0" not in entry.title + entry.body + (entry.guid or "")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"<?xml version='1.0' encoding='utf-8'?>{}", None),
        ("{}".encode("utf-8-sig"), "text/xml; charset=iso-8859-1"),
        ("{}".encode("utf-16"), None),
        (b"<?xml version='1.0' encoding='iso-8859-1'?>{}", "text/xml"),
        (b"{}", "text/xml; charset=windows-1252"),
        (b"{}", "text/xml"),
        (b"{}", "text/xml; charset=nonsense"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_encodings_wrong_missing_or_right(
    body: bytes, content_type: str | None, encoding: str
) -> None:
    """Whatever is declared: UTF-8 is recognised, and the rest read as western where it may be."""
    text = rss("<title>Agadez : l’armée « évacue » à Noël</title>")
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        document = text.encode("utf-16")
    elif body.startswith(b"\xef"):
        document = text.encode("utf-8-sig")
    else:
        codec = "cp1252" if encoding == "latin-1" else encoding
        document = body.replace(b"{}", text.encode(codec))
    assert one(document, content_type).title == "Agadez : l’armée « évacue » à Noël"


@pytest.mark.parametrize(
    ("encoding", "title"),
    [
        ("windows-1251", "Нигер: войска"),
        ("gb2312", "尼日尔军队"),
        ("euc-kr", "니제르 군대"),
        ("shift_jis", "ニジェール軍"),
        ("big5", "尼日軍隊"),
        ("iso-2022-jp", "ニジェール軍"),
        ("koi8-r", "Нигер"),
    ],
)
def test_declared_encodings_are_believed(encoding: str, title: str) -> None:
    text = f"<?xml version='1.0' encoding='{encoding}'?>{rss(f'<title>{title}</title>')}"
    assert one(text.encode(encoding)).title == title
    bare = rss(f"<title>{title}</title>").encode(encoding)
    assert one(bare, f"text/xml; charset={encoding}").title == title


def test_one_bad_byte_does_not_spoil_the_rest() -> None:
    body = rss("<title>Agadès évacuée ÷ Noël</title>").encode().replace("÷".encode(), b"\x96")
    feed = read(body)
    assert feed.entries[0].title == "Agadès évacuée – Noël"
    assert any("not UTF-8" in n for n in feed.notes)


def test_implausible_dates_are_none_with_a_note() -> None:
    for text in ("0001-01-01T00:00:00Z", "Mon, 01 Jan 0001 00:00:00 GMT", "1970-01-01", "tomorrow"):
        feed = read(rss(f"<title>A</title><pubDate>{text}</pubDate>"))
        assert feed.entries[0].published is None, text
        assert feed.notes == ("1 unreadable or impossible dates",)


def test_links_that_lead_nowhere_are_none_and_counted() -> None:
    for link in ("javascript:alert(1)", "mailto:a@b.example", "http://", "http://[x", "data:,x"):
        feed = read(rss(f"<guid isPermaLink='false'>1</guid><link>{link}</link>"))
        assert feed.entries[0].link is None, link
        assert feed.notes == ("1 links that lead nowhere",)


def test_a_guid_that_is_a_permalink_stands_in_for_a_link() -> None:
    assert one(rss("<guid>https://x.example/1</guid>")).link == "https://x.example/1"
    assert one(rss("<guid isPermaLink='false'>https://x.example/1</guid>")).link is None


def test_titles_hold_no_markup_and_missing_ones_come_from_the_body() -> None:
    hostile = "<title>&lt;script&gt;alert(1)&lt;/script&gt;Safe\u202e &lt;img src=x&gt;</title>"
    assert one(rss(hostile)).title == "Safe"
    body = "word " * 100
    title = one(rss(f"<description>{body}</description>")).title
    assert title.startswith("word word")
    assert title.endswith("word…")
    assert len(title) <= 101


def test_plain_atom_texts_keep_their_angle_brackets_but_markup_in_them_goes() -> None:
    assert one(atom("<title>1 &lt; 2 &amp; 3 &gt; 2</title>")).title == "1 < 2 & 3 > 2"
    assert one(atom("<title>&lt;b&gt;Bold&lt;/b&gt; &amp;amp; more</title>")).title == "Bold & more"


def test_videos_are_described_by_their_media_description() -> None:
    item = "<title>V</title><media:group><media:description>Seen</media:description></media:group>"
    assert one(rss(item)).summary == "Seen"


def test_sizes_are_capped_and_said() -> None:
    items = "".join(f"<item><guid>{i}</guid></item>" for i in range(parsing.MOST_ENTRIES + 5))
    feed = read(f"<rss><channel>{items}</channel></rss>")
    assert len(feed.entries) == parsing.MOST_ENTRIES
    assert feed.notes == ("only the first 2000 items were read",)
    long = read(rss(f"<title>{'t' * 5_000}</title><description>{'x' * 300_000}</description>"))
    assert len(long.entries[0].summary) == parsing.LONGEST_TEXT
    assert len(long.entries[0].title) == parsing.LONGEST_TITLE
    assert any("cut at" in n for n in long.notes)


ITEMS = "".join(
    f"<item rdf:about='https://x.example/{n}'><guid>https://x.example/{n}</guid>"
    f"<title>Item {n}</title><link>https://x.example/{n}</link>"
    f"<description>What item {n} says &amp; means.</description></item>"
    for n in range(3)
)
WHOLE = {
    "rss": f'<?xml version="1.0"?><!-- <rss> --><rss version="2.0" xmlns:rdf="http://www.w3.org/1999/'
    f'02/22-rdf-syntax-ns#"><channel><title>T</title>{ITEMS}</channel></rss>',
    "rdf": '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
    f'xmlns="http://purl.org/rss/1.0/"><channel><title>T</title></channel>{ITEMS}</rdf:RDF>',
    "atom": '<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title>'
    + "".join(
        f"<entry><id>urn:{n}</id><title>Entry {n}</title><link href='https://x.example/{n}'/>"
        f"<summary>What entry {n} says.</summary></entry>"
        for n in range(3)
    )
    + "</feed>",
}


@pytest.mark.parametrize("kind", WHOLE)
def test_a_document_that_is_cut_off_gives_whole_items_or_none(kind: str) -> None:
    whole = WHOLE[kind]
    full = read(whole)
    assert (len(full.entries), full.cut_off) == (3, False)
    for end in range(1, len(whole.rstrip(">")), 5):
        try:
            cut = read(whole[:end])
        except FeedUnreadable:
            assert whole[:end].count("</item>") + whole[:end].count("</entry>") == 0
            continue
        assert cut.entries == full.entries[: len(cut.entries)]
        assert cut.entries
        assert cut.cut_off or len(cut.entries) == 3
        assert cut.notes


def test_a_feed_that_is_merely_empty_or_untidy_is_not_cut_off() -> None:
    assert read("<rss version='2.0'><channel><title>T</title></channel></rss>").entries == ()
    untidy = read(rss("<guid>1</guid><title>A & B</b></title>"))
    assert (len(untidy.entries), untidy.cut_off) == (1, False)
    assert read("<RSS version='2.0'><channel><item><guid>1</guid></item></channel></rss>").entries


def test_deep_nesting_is_survived() -> None:
    deep = "<b>" * 20_000 + "x" + "</b>" * 20_000
    assert "x" in one(rss(f"<title>T</title><description>{deep}</description>")).summary


def test_the_language_is_the_items_then_the_feeds_then_detected() -> None:
    french = (
        "<title>Le gouvernement du Niger a annoncé lundi le départ des troupes étrangères</title>"
        "<description>Les soldats quitteront le pays avant la fin de l'année, selon un communiqué"
        " du ministère de la Défense.</description>"
    )
    assert one(rss(french)).lang == "fr"
    assert one(rss(french, head="<language>en-us</language>")).lang == "en"
    assert (
        one(rss(french + "<dc:language>HA</dc:language>", head="<language>en</language>")).lang
        == "ha"
    )
    assert one(rss("<title>1234</title>")).lang is None


@pytest.mark.parametrize(
    ("tag", "code"),
    [("en-US", "en"), ("FRA", "fr"), ("pt_BR", "pt"), ("und", None), ("english", None), ("", None)],
)
def test_language_tags(tag: str, code: str | None) -> None:
    assert parsing.language(tag) == code


def test_authors_are_people_not_addresses() -> None:
    for text in ("a@x.example (Amina Sani)", "Amina Sani &lt;a@x.example&gt;", "Amina Sani"):
        assert one(rss(f"<author>{text}</author>")).author == "Amina Sani"
