"""The sample news: consistent, in many languages, and what the demonstration promises."""

from __future__ import annotations

from collections import Counter
from importlib import resources
from typing import Any
from urllib.parse import urlsplit

import pytest
from ruamel.yaml import YAML

from monitor.demo import samples
from monitor.demo.samples import Expect, Format

PROGRAMME = samples.load()
RAW = YAML(typ="safe", pure=True).load(
    resources.files("monitor.demo").joinpath("samples.yaml").read_text(encoding="utf-8")
)
WIRE = "landing-en"


def test_the_news_is_told_in_six_languages() -> None:
    languages = {o.id: o.lang for o in PROGRAMME.outlets}
    news = {languages[s.outlet] for s in PROGRAMME.expecting(Expect.NEWS)}
    assert news == {"en", "fr", "de", "ru", "ar", "es"}


def test_all_formats_take_part() -> None:
    assert {o.format for o in PROGRAMME.outlets} == set(Format)


def test_one_wire_story_goes_through_five_outlets_and_an_aggregator() -> None:
    copies = [i for i in RAW["items"] if i.get("copy_of") == WIRE and not i.get("replaces")]
    outlets = {i["outlet"] for i in copies} | {"meridian"}
    assert len(outlets) == 6
    assert len({i.get("link") for i in copies if "link" in i}) == 1


def test_decoys_come_in_every_kind_that_the_demonstration_names() -> None:
    titles = " ".join(s.title for s in PROGRAMME.expecting(Expect.DECOY))
    for decoy in ("Niger State", "River Niger", "Niger seed", "friendly", "Nigerian", "nigérians",
                  "Нигерии"):  # fmt: skip
        assert decoy in titles


@pytest.mark.parametrize("item", [i for i in RAW["items"] if "copy_of" in i], ids=lambda i: i["id"])
def test_every_edit_of_a_copy_changes_something(item: dict[str, Any]) -> None:
    original = next(s for s in PROGRAMME.samples if s.id == item["copy_of"])
    kept = original.paragraphs[: len(original.paragraphs) - item.get("cut", 0)]
    for old in item.get("edits", {}):
        assert any(old in p for p in kept), old


def test_links_lie_under_names_reserved_for_examples() -> None:
    for outlet in PROGRAMME.outlets:
        assert (urlsplit(outlet.home).hostname or "").endswith(".example")
    for sample in PROGRAMME.samples:
        assert (urlsplit(sample.link).hostname or "").endswith(".example")


def test_a_later_version_takes_the_place_of_the_first() -> None:
    before = PROGRAMME.published("meridian", 17)
    after = PROGRAMME.published("meridian", 19)
    assert [s.guid for s in after] == [s.guid for s in before]
    assert after[0].title == f"UPDATE 1-{before[0].title}"


def test_nothing_is_published_before_its_time_and_the_newest_comes_first() -> None:
    assert PROGRAMME.published("digest", 4.4) == ()
    times = [s.at for s in PROGRAMME.published("meridian", PROGRAMME.length)]
    assert times == sorted(times, reverse=True)


def test_guids_are_unique_but_for_versions() -> None:
    counts = Counter(s.guid for s in PROGRAMME.samples)
    assert [g for g, n in counts.items() if n > 1] == [f"meridian-{WIRE}"]
