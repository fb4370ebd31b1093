"""What is compared: the same however it is stored, and nothing but what a report says."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Article
from monitor.stories.features import features, headline, names, tokens
from monitor.stories.frequencies import Frequencies
from monitor.stories.packing import Report, pack, unpack


@given(
    title=st.text(max_size=80),
    body=st.text(max_size=600),
    entities=st.sets(st.sampled_from(["niger", "russia", "troops"])),
)
def test_packing_loses_nothing_that_is_compared(title: str, body: str, entities: set[str]) -> None:
    made = features(Article(key="k", title=title, body=body), entities)
    assert unpack(pack(made), made.title) == replace(made, telling=None)


def test_a_headline_is_without_the_desks_tag_and_the_outlets_name() -> None:
    assert headline("UPDATE 2-Convoy leaves Gaya for Niamey") == "Convoy leaves Gaya for Niamey"
    assert (
        headline("Convoy leaves Gaya for Niamey - The Courier") == "Convoy leaves Gaya for Niamey"
    )
    assert headline("Breaking: Convoy | News") == "Convoy | News"


def test_names_are_what_never_stands_in_small_letters() -> None:
    found = names("The army said that John Smith left. An army man met Smith's aide in Agadez.")
    assert {"john", "smith", "john smith", "agadez"} == set(found)
    assert names("ALL IN CAPITALS") == {}
    assert set(names("Сегодня Пётр Волков прибыл в город. Он уехал.")) >= {"петр волков"}


def test_entities_are_no_names_and_change_nothing_else() -> None:
    report = Article(key="k", title="Convoy leaves Gaya", body="Niger sent 12 trucks to Gaya.")
    made = features(report, ["niger"])
    assert len(made.entities) == 1
    assert replace(made, entities=frozenset(), telling=None) == replace(
        features(report), telling=None
    )


def test_scripts_without_spaces_give_overlapping_pieces() -> None:
    assert tokens("東京都庁") == ["東京", "京都", "都庁"]
    assert all(len(piece) == 4 for piece in tokens("กรุงเทพมหานคร"))


def test_rare_terms_weigh_more_and_the_memory_fades() -> None:
    known = Frequencies()
    for _ in range(200):
        known.add([1])
    known.add([2])
    assert 1.0 <= known.weight(1) < known.weight(2) < known.weight(3)


def test_a_snapshot_holds_the_same_weights() -> None:
    known = Frequencies()
    for n in range(50):
        known.add([1, n])
    again = Frequencies(*known.snapshot(), known.noise)
    assert again.weight(1) == known.weight(1)
    assert again.weight(49) == known.weight(49)


def test_a_glance_at_packed_features_sees_what_they_hold() -> None:
    body = "On Monday 12 crates and 3 boats left Sandby for the Oak Mill, Ida Renholt said. " * 9
    made = features(Article(key="k", title="Crates leave Sandby", body=body), ["oak", "sandby"])
    report = Report(pack(made), made.title)
    assert set(report.words) == made.terms.keys() | made.names.keys()
    assert set(report.shingles) == made.shingles
    assert report.counted == set(report.words) | made.figures | made.entities
