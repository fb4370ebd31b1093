"""Sample items as feed documents: RSS 2.0, RSS 1.0 (RDF), Atom and JSON Feed.

Pure: the same items at the same start give the same bytes, so that a validator can be made of
them. It writes documents as publishers do (content as HTML), and never reads one.
"""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from email.utils import format_datetime
from xml.sax.saxutils import escape, quoteattr

from monitor.demo.samples import Format, Outlet, Sample

CONTENT_TYPES = {
    Format.RSS: "application/rss+xml",
    Format.RDF: "application/rdf+xml",
    Format.ATOM: "application/atom+xml",
    Format.JSON: "application/feed+json",
}


def render(
    outlet: Outlet, samples: Sequence[Sample], *, started: datetime, pace: float = 1.0
) -> bytes:
    """The outlet's feed holding these items, newest first.

    ``started`` is when the show began, ``pace`` how many real seconds one of its seconds lasts.
    """
    dates = [started + timedelta(seconds=s.at * pace) - s.age for s in samples]
    writer = {Format.RSS: _rss, Format.RDF: _rdf, Format.ATOM: _atom, Format.JSON: _json}
    text = writer[outlet.format](outlet, list(zip(samples, dates, strict=True)))
    return text.encode(outlet.encoding, errors="xmlcharrefreplace")


def broken(document: bytes) -> bytes:
    """What a publisher's server sends when it fails: the document breaks off in its first tag."""
    return document[: document.index(b"\n") + 12]


_Dated = Sequence[tuple[Sample, datetime]]


def _html(sample: Sample) -> str:
    return "".join(f"<p>{html.escape(p, quote=False)}</p>" for p in sample.paragraphs)


def _declaration(outlet: Outlet) -> str:
    return f'<?xml version="1.0" encoding="{outlet.encoding}"?>\n'


def _rss(outlet: Outlet, items: _Dated) -> str:
    entries = "".join(
        f"""
  <item>
    <title>{escape(s.title)}</title>
    <link>{escape(s.link)}</link>
    <guid isPermaLink="false">{escape(s.guid)}</guid>
    <pubDate>{format_datetime(at, usegmt=True)}</pubDate>
    <description>{escape(_html(s))}</description>
  </item>"""
        for s, at in items
    )
    return f"""{_declaration(outlet)}<rss version="2.0">
<channel>
  <title>{escape(outlet.name)}</title>
  <link>{escape(outlet.home)}</link>
  <description>{escape(outlet.name)}</description>
  <language>{outlet.lang}</language>{entries}
</channel>
</rss>
"""


def _rdf(outlet: Outlet, items: _Dated) -> str:
    contents = "".join(f"\n      <rdf:li rdf:resource={quoteattr(s.link)}/>" for s, _ in items)
    entries = "".join(
        f"""
  <item rdf:about={quoteattr(s.link)}>
    <title>{escape(s.title)}</title>
    <link>{escape(s.link)}</link>
    <dc:date>{at.isoformat(timespec="seconds")}</dc:date>
    <description>{escape(s.paragraphs[0])}</description>
    <content:encoded>{escape(_html(s))}</content:encoded>
  </item>"""
        for s, at in items
    )
    return f"""{_declaration(outlet)}<rdf:RDF xmlns="http://purl.org/rss/1.0/"
  xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
  xmlns:dc="http://purl.org/dc/elements/1.1/"
  xmlns:content="http://purl.org/rss/1.0/modules/content/">
  <channel rdf:about={quoteattr(outlet.home)}>
    <title>{escape(outlet.name)}</title>
    <link>{escape(outlet.home)}</link>
    <description>{escape(outlet.name)}</description>
    <dc:language>{outlet.lang}</dc:language>
    <items><rdf:Seq>{contents}
    </rdf:Seq></items>
  </channel>{entries}
</rdf:RDF>
"""


def _atom(outlet: Outlet, items: _Dated) -> str:
    newest = max((at for _, at in items), default=None)
    updated = f"\n  <updated>{newest.isoformat(timespec='seconds')}</updated>" if newest else ""
    entries = "".join(
        f"""
  <entry>
    <title>{escape(s.title)}</title>
    <link rel="alternate" href={quoteattr(s.link)}/>
    <id>{escape(s.guid)}</id>
    <published>{at.isoformat(timespec="seconds")}</published>
    <updated>{at.isoformat(timespec="seconds")}</updated>
    <content type="html">{escape(_html(s))}</content>
  </entry>"""
        for s, at in items
    )
    return f"""{_declaration(outlet)}<feed xmlns="http://www.w3.org/2005/Atom"
  xml:lang="{outlet.lang}">
  <title>{escape(outlet.name)}</title>
  <link rel="alternate" href={quoteattr(outlet.home)}/>
  <id>{escape(outlet.home)}</id>{updated}{entries}
</feed>
"""


def _json(outlet: Outlet, items: _Dated) -> str:
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": outlet.name,
        "home_page_url": outlet.home,
        "language": outlet.lang,
        "items": [
            {
                "id": s.guid,
                "url": s.link,
                "title": s.title,
                "content_html": _html(s),
                "date_published": at.isoformat(timespec="seconds"),
            }
            for s, at in items
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=1)
