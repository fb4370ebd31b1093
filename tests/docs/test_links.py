"""Links lead somewhere, paths that the pages name are there, and every page can be reached."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.docs.pages import PAGES, ROOT, anchors, inline, links, name

_PATH = re.compile(r"^(monitor|tests|tools|docs|rules|requirements|\.ci)/[\w./*-]+$")


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for link in links(page):
        if link.startswith("https://"):
            continue
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_paths_that_are_named_are_there(page: Path) -> None:
    named = [p for p in inline(page) if _PATH.match(p)]
    assert [p for p in named if not list(ROOT.glob(p.rstrip("/")))] == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    linked = {(ROOT / link.partition("#")[0]).resolve() for link in links(ROOT / "README.md")}
    assert [name(p) for p in PAGES if p not in linked and p.name != "README.md"] == []


def test_the_picture_is_one_and_asks_nothing_of_the_web() -> None:
    picture = (ROOT / "docs" / "demo.svg").read_text(encoding="utf-8")
    assert ElementTree.fromstring(picture).tag.endswith("svg")
    assert not re.search(r"url\((?!#)|@import|href=", picture)
