"""What a match says for itself: spans, sentence, reasons."""

from __future__ import annotations

from monitor.model import EntityId, Match, Span, TextField
from monitor.rules.ast import And, AtLeast, Near, Node, Not, Or, Scope, Within
from monitor.rules.entity import Case, Entity
from monitor.rules.excerpts import MAX_EXCERPT
from tests.unit.rules.matching import article, entity, match, term, words_between

NIGER = Entity(
    EntityId("niger"),
    names={"*": ("Niger", "Niamey")},
    adjectives={"fr": ("nigérien",)},
    not_=("Niger State",),
)
TROOPS = Entity(
    EntityId("troops"), case=Case.ANY, names={"en": ("troops", "military trainers", "trainers")}
)
ENTITIES = (NIGER, TROOPS)


def matched(tree: Node, body: str, title: str = "") -> Match:
    found = match(tree, article(body, title), ENTITIES)
    assert found is not None
    return found


def marked(found: Match) -> list[str]:
    return [found.excerpt.text[a:b] for a, b in found.excerpt.marks]


def test_spans_know_alias_form_and_entity() -> None:
    found = matched(entity("niger"), "L'armée nigérienne")
    assert found.spans == (
        Span(
            TextField.BODY, 8, 18, "nigérienne", "nigérien", EntityId("niger"),
            "feminine", "French adjective",
        ),
    )  # fmt: skip
    assert found.why == (
        '@niger: "nigérienne", feminine of "nigérien", French adjective of @niger, in the text',
    )
    assert found.excerpt.text == "L'armée nigérienne"
    assert marked(found) == ["nigérienne"]


def test_reasons_of_a_window_come_clause_by_clause() -> None:
    tree = Within(30, And((entity("niger"), entity("troops"))))
    body = f"Far. Military trainers and troops reached Niger. {words_between(60)}. Niger State."
    assert matched(tree, body, "Niamey").why == (
        '@niger: "Niger" in the text; "Niamey" in the title',
        '@troops: "troops", "Military trainers" in the text',
        "within 30 words: 3 apart",
        '"Niger State" not counted',
    )


def test_spans_inside_the_best_window_come_first() -> None:
    tree = Within(30, And((entity("niger"), entity("troops"))))
    body = f"Niger is calm. {words_between(60)}. The troops of Niamey left."
    found = matched(tree, body)
    assert [s.text for s in found.spans] == ["troops", "Niamey", "Niger"]
    assert found.excerpt.text == "The troops of Niamey left."
    assert marked(found) == ["troops", "Niamey"]


def test_the_excerpt_holds_title_and_sentence_when_the_match_reaches_across() -> None:
    tree = Within(30, And((entity("niger"), entity("troops"))))
    found = matched(tree, "All is calm. The troops\n have  left.", "Niger: a coup")
    assert found.excerpt.text == "Niger: a coup — The troops have left."
    assert marked(found) == ["Niger", "troops"]


def test_a_long_sentence_is_cut_at_words_around_the_match() -> None:
    body = f"{words_between(200)} troops of Niger {words_between(200)}."
    found = matched(And((entity("niger"), entity("troops"))), body)
    text = found.excerpt.text
    assert len(text) <= MAX_EXCERPT
    assert text.startswith("…so ")
    assert text.endswith(" so…")
    assert marked(found) == ["troops", "Niger"]


def test_words_far_apart_in_one_sentence_still_give_right_marks() -> None:
    body = f"{words_between(20)} troops {words_between(300)} Niger {words_between(30)}."
    found = matched(And((entity("niger"), entity("troops"))), body)
    assert len(found.excerpt.text) <= MAX_EXCERPT
    assert marked(found)
    assert set(marked(found)) <= {"troops", "Niger"}


def test_reasons_of_a_query() -> None:
    near = matched(Near(term("base"), Or((term("agadez"), entity("niger"))), 10), "Base in Agadez")
    assert near.why == ('"Base", "Agadez" in the text', "at most 10 words between: 1")
    often = matched(AtLeast(2, term("coup")), "Coup, coup")
    assert often.why == ('"Coup", "coup" in the text', "at least 2 times: 2")
    same = matched(Near(term("coup"), term("army"), Scope.SENTENCE), "A coup by the army.")
    assert same.why[-1] == "in the same sentence"


def test_what_was_masked_is_told_with_its_count() -> None:
    body = "Niger State. In Niger State, and in Niger."
    assert matched(entity("niger"), body).why == (
        '@niger: "Niger" in the text',
        '"Niger State" ×2 not counted',
    )


def test_a_rule_that_rests_on_no_word_quotes_the_beginning() -> None:
    found = matched(Not(term("chess")), "First sentence. Second.", "A title")
    assert found.spans == ()
    assert found.excerpt.text == "A title"
    assert matched(Not(term("chess")), "").excerpt.text == ""


def test_a_flood_of_occurrences_is_bounded() -> None:
    found = matched(Near(entity("niger"), entity("troops"), 50), "Niger troops " * 3000)
    assert len(found.spans) <= 200
    assert len(found.excerpt.text) <= MAX_EXCERPT + 10


SPELT_ALIKE = Entity(
    EntityId("trainers"),
    case=Case.ANY,
    names={"nl": ("instructeurs",), "fr": ("instructeur",)},
)


def test_of_names_spelt_alike_the_one_of_the_texts_language_is_told() -> None:
    french = article("Les instructeurs", lang="fr")
    found = match(entity("trainers"), french, (SPELT_ALIKE,))
    assert found is not None
    assert found.why == (
        '@trainers: "instructeurs", plural of "instructeur", French name of @trainers, in the text',
    )


def test_where_the_language_is_unknown_none_is_told_of_names_spelt_alike() -> None:
    found = match(entity("trainers"), article("Les instructeurs"), (SPELT_ALIKE,))
    assert found is not None
    assert [(s.kind, s.alias) for s in found.spans] == [("name", "instructeurs")]


def test_what_an_entity_includes_is_told_as_its_own() -> None:
    kestrel = Entity(
        EntityId("kestrel"), names={"*": ("Kestrel Group",)}, weak={"*": ("Kestrel",)},
        confirm=("fighters",),
    )  # fmt: skip
    actors = Entity(EntityId("actors"), includes=(EntityId("kestrel"),))
    found = match(entity("actors"), article("Kestrel fighters"), (kestrel, actors))
    assert found is not None
    assert found.why == ('@actors: "Kestrel", weak name of @kestrel, in the text',)


def test_a_name_that_reaches_out_of_the_window_is_quoted_with_it() -> None:
    group = Entity(EntityId("group"), names={"*": ("Kestrel", "Kestrel fighters")})
    tree = Within(3, And((entity("niger"), entity("group"))))
    found = match(tree, article("Far. Niger. Kestrel fighters. Kestrel."), (NIGER, group))
    assert found is not None
    assert marked(found)[:2] == ["Niger", "Kestrel fighters"]
