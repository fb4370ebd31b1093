"""An entity counts where it is meant, and only there."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from monitor.model import EntityId, RuleId
from monitor.rules.ast import And, AtLeast, Near, Within
from monitor.rules.entity import Case, Entity
from monitor.rules.rule import Rule
from monitor.rules.ruleset import RuleSet
from tests.unit.rules.matching import TODAY, article, entity, holds, match, term, words_between

NIGER = Entity(
    EntityId("niger"),
    names={"*": ("Niger", "Niamey"), "ru": ("Нигер",), "zh": ("尼日尔",), "ar": ("النيجر",)},
    adjectives={"fr": ("nigérien",), "en": ("Nigerien",)},
    not_=("Niger State", "River Niger", "fleuve Niger", "Aspergillus niger"),
    not_after=("given-name",),
)
WAGNER = Entity(
    EntityId("wagner"),
    names={"*": ("Wagner Group",)},
    weak={"*": ("Wagner",)},
    confirm=("mercenaries", "fighters", "Group"),
    not_=("Richard Wagner",),
)
TCHIANI = Entity(
    EntityId("tchiani"),
    type="person",
    surnames=("Tchiani", "Tiani"),
    given=("Abdourahamane",),
    titles=("General", "Gen.", "junta leader"),
)
WHO = Entity(EntityId("who"), case=Case.EXACT, names={"*": ("WHO",)}, confirm=("mpox", "health"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Coup in Niger", True),
        ("COUP IN NIGER", True),
        ("the niger seed", False),
        ("Nigers Armee", True),
        ("l'armée nigérienne", True),
        ("Nigerian troops", False),
        ("в столице Нигера", True),
        ("в Нигерии", False),
        ("抵达尼日尔首都", True),
        ("抵达尼日利亚", False),
        ("إلى والنيجر", True),
        ("A refinery in Niger State", False),
        ("A REFINERY IN NIGER STATE", False),
        ("Niger state television said", True),
        ("Niger State, and Niger itself", True),
        ("on the River Niger", False),
        ("sur le fleuve Niger", False),
        ("David Niger said", False),
        ("David, Niger's envoy", True),
        ("Air Niger flights", True),
        ("Nigérien", True),
        ("NIGERIEN", True),
    ],
)
def test_names_and_what_is_not_one(text: str, expected: bool) -> None:
    assert holds(entity("niger"), text, NIGER) is expected


def test_a_longer_name_covers_a_mask() -> None:
    broadcaster = replace(NIGER, names={"*": ("Niger", "Niger State Television")})
    found = match(entity("niger"), article("Niger State Television said"), (broadcaster,))
    assert found is not None
    assert found.why == ('@niger: "Niger State Television" in the text',)  # nothing "not counted"
    assert not holds(entity("niger"), "Niger State said", broadcaster)


def test_a_mask_is_for_its_own_entity_only() -> None:
    delta = Entity(EntityId("delta"), names={"*": ("Niger State",)})
    text = "A refinery in Niger State"
    assert holds(entity("delta"), text, NIGER, delta)
    assert not holds(And((entity("delta"), entity("niger"))), text, NIGER, delta)


def test_included_entities_are_judged_on_their_own() -> None:
    russia = Entity(EntityId("russia"), names={"*": ("Russia",)}, includes=(EntityId("wagner"),))
    both = (russia, WAGNER)
    assert holds(entity("russia"), "Wagner Group in Mali", *both)
    assert not holds(entity("russia"), "Wagner in Bayreuth", *both)
    assert not holds(entity("wagner"), "Russia", *both)
    sahel = Entity(EntityId("sahel"), includes=(EntityId("niger"), EntityId("russia")))
    assert holds(entity("sahel"), "Wagner fighters", *both, sahel, NIGER)
    ring = replace(WAGNER, includes=(EntityId("russia"),))
    assert holds(entity("wagner"), "Russia", russia, ring)


def test_a_place_that_two_members_name_counts_once() -> None:
    guards = Entity(EntityId("guards"), names={"*": ("Quds Force",)}, includes=(EntityId("quds"),))
    quds = Entity(EntityId("quds"), names={"ar": ("quds force",), "*": ("Quds Force",)})
    assert holds(entity("guards"), "The Quds Force", guards, quds)
    assert not holds(AtLeast(2, entity("guards")), "The Quds Force", guards, quds)
    assert holds(AtLeast(2, entity("guards")), "Quds Force, Quds Force", guards, quds)


def test_a_weak_name_needs_a_confirming_word_within_ten() -> None:
    assert holds(entity("wagner"), f"Wagner {words_between(10)} mercenaries", WAGNER)
    assert holds(entity("wagner"), "fighters of Wagner", WAGNER)
    assert not holds(entity("wagner"), f"Wagner {words_between(11)} mercenaries", WAGNER)
    assert not holds(entity("wagner"), "Richard Wagner and fighters", WAGNER)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tchiani said", False),
        ("Abdourahamane Tchiani said", True),
        ("Gen. Tiani said", True),
        ("General Abdourahamane Tchiani said", True),
        ("Niger's junta leader, Tchiani, said", True),
        (f"General {words_between(6)} Tchiani", False),
    ],
)
def test_a_surname_needs_a_given_name_or_title(text: str, expected: bool) -> None:
    assert holds(entity("tchiani"), text, TCHIANI) is expected


def test_once_introduced_a_surname_stands_alone() -> None:
    text = f"General Tchiani spoke. {words_between(60)}. Tchiani left Niamey."
    tree = Near(entity("tchiani"), entity("niger"), 2)
    assert holds(tree, text, TCHIANI, NIGER)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("WHO declares emergency", True),
        ("Who declares emergencies?", False),
        ("those who declare", False),
        ("MAN WHO STOLE CAR HELD", False),
        ("WHO DECLARES MPOX EMERGENCY", True),
    ],
)
def test_exact_names_and_texts_in_capitals(text: str, expected: bool) -> None:
    assert holds(entity("who"), text, WHO) is expected


def test_any_case() -> None:
    army = Entity(EntityId("army"), case=Case.ANY, names={"en": ("Troops",)})
    assert holds(entity("army"), "troops", army)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Jordan signs a deal", True),
        ("Jordan Peterson cancels his tour", False),
        ("Jordan, Peterson says, is calm", True),
        ("yesterday the star Michael Jordan scored for his team", False),
        ("Yesterday Jordan said that it was ready to talk", True),
        ("Lake Jordan is dry this year and people worry", False),
        ("Fort Jordan", False),
        ("JORDAN SIGNS DEAL", True),
        ("Jordan Signs New Deal With Old Allies", True),
    ],
)
def test_neighbours_that_rule_a_name_out(text: str, expected: bool) -> None:
    jordan = Entity(
        EntityId("jordan"),
        names={"*": ("Jordan",)},
        not_after=("given-name", "Lake", "Fort"),
        not_before=("capitalised",),
    )
    assert holds(entity("jordan"), text, jordan) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Jordan Mailata signs a new contract with the army team", False),
        ("Confidence in Jordan Mailata grows", False),
        ("Jordan King Abdullah flies home", True),  # the neighbour is a confirming word itself
        ("Floods in Jordan Tuesday left many homeless", True),
        ("Floods in Jordan left many homeless", True),
        ("JORDAN SMITH JOINS ARMY", False),  # capitals say nothing, the surname does
        ("JORDAN ARMY JOINS HUNT", True),
        ("Jordan Army Joins Hunt For Smugglers", True),
        ("Amman University is open again", True),  # only the weak name is in doubt
        ("The Jordanian University is open again", True),
    ],
)
def test_a_surname_after_a_weak_name_makes_it_a_person(text: str, expected: bool) -> None:
    jordan = Entity(
        EntityId("jordan"),
        names={"*": ("Amman", "in Jordan")},
        adjectives={"en": ("Jordanian",)},
        weak={"*": ("Jordan",)},
        confirm=("army", "king"),
        not_before=("capitalised", "surname"),
    )
    assert holds(entity("jordan"), text, jordan) is expected


def test_a_cue_after_a_comma_can_rule_out_a_name() -> None:
    lebanon = Entity(EntityId("lebanon"), names={"*": ("Lebanon",)}, not_before=("Pa.",))
    assert not holds(entity("lebanon"), "a blaze in Lebanon, Pa.", lebanon)
    assert holds(entity("lebanon"), "a blaze in Lebanon. Pakistan helped", lebanon)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Turkey votes", True),
        ("Turkey is off the menu this Thanksgiving", False),
        ("After Thanksgiving the envoy saw Turkey and its army", True),
        ("Thanksgiving is in November. " + words_between(10) + " Turkey votes", True),
        ("Ankara at Thanksgiving", True),
    ],
)
def test_a_word_of_doubt_asks_for_a_confirming_one(text: str, expected: bool) -> None:
    bird = Entity(
        EntityId("bird"),
        names={"*": ("Turkey",)},
        doubt=("Thanksgiving",),
        confirm=("army",),
    )
    turkey = Entity(EntityId("turkey"), names={"*": ("Ankara",)}, includes=(EntityId("bird"),))
    assert holds(entity("turkey"), text, turkey, bird) is expected


def test_two_included_entities_may_share_a_name() -> None:
    one = Entity(EntityId("one"), names={"*": ("Amerika",)})
    other = Entity(EntityId("other"), names={"*": ("Amerika",)}, includes=(EntityId("one"),))
    assert holds(entity("other"), "Amerika votes", one, other)


def test_what_follows_a_colon_does_not_rule_out_a_name() -> None:
    mali = Entity(EntityId("mali"), names={"*": ("Mali",)}, not_before=("rolnicy",))
    assert not holds(entity("mali"), "Mali rolnicy chcą dopłat", mali)
    assert holds(entity("mali"), "Mali: rolnicy uciekają przed suszą", mali)


def test_entities_of_an_article() -> None:
    rule = Rule(RuleId("r"), Within(30, And((entity("niger"), entity("wagner"), term("x")))))
    ruleset = RuleSet.compile([rule], (NIGER, WAGNER, WHO))
    assert ruleset.entities(article("Wagner fighters in Niger State")) == {"wagner"}
    assert ruleset.entities(article("WHO in Niamey", title="So")) == {"niger"}
    assert ruleset.find(article("WHO in Niamey"), today=TODAY) == []


def test_an_entity_that_includes_others_is_among_those_of_an_article() -> None:
    forces = Entity(EntityId("forces"), includes=(EntityId("wagner"),))
    everyone = Entity(EntityId("everyone"), includes=(EntityId("forces"),))
    rule = Rule(RuleId("r"), entity("everyone"))
    ruleset = RuleSet.compile([rule], (WAGNER, forces, everyone))
    named = ruleset.entities(article("Wagner fighters"))
    assert named == {"wagner", "forces", "everyone"}


def test_adjectives_count_in_any_case_whatever_that_of_the_names() -> None:
    exact = replace(NIGER, case=Case.EXACT)
    assert holds(entity("niger"), "the nigerien army", exact)
    assert not holds(entity("niger"), "the niger seed", exact)


def test_every_language_is_tried_on_every_text() -> None:
    found = match(entity("niger"), article("la garde nigérienne", lang="de"), (NIGER,))
    assert found is not None
    assert found.spans[0].entity == "niger"
    assert found.spans[0].alias == "nigérien"


def test_many_rules_about_one_entity_of_many_names() -> None:
    names = tuple(f"Name{i}" for i in range(60))
    large = Entity(EntityId("large"), names={"*": names})
    rules = [Rule(RuleId(f"r{i}"), And((entity("large"), term(f"w{i}")))) for i in range(40)]
    alone = Rule(RuleId("alone"), entity("large"))
    both = Rule(RuleId("both"), And((entity("large"), entity("niger"))))
    ruleset = RuleSet.compile([*rules, alone, both], (large, NIGER))
    assert ruleset.find(article("Name7 w3"), today=TODAY) == ["r3", "alone"]
    assert ruleset.find(article("Name7 Niamey"), today=TODAY) == ["alone", "both"]
    assert ruleset.find(article("w3 Niamey"), today=TODAY) == []


def test_a_title_counts_up_to_five_words_before_a_surname() -> None:
    assert holds(entity("tchiani"), f"General {words_between(5)} Tchiani", TCHIANI)
    assert not holds(entity("tchiani"), f"General {words_between(6)} Tchiani", TCHIANI)


def test_a_weak_name_does_not_confirm_itself() -> None:
    falcons = Entity(
        EntityId("falcons"), weak={"*": ("Falcon Fighters",)}, confirm=("fighters", "militia")
    )
    assert not holds(entity("falcons"), "Falcon Fighters win the cup", falcons)
    assert holds(entity("falcons"), "Falcon Fighters, a militia", falcons)
    assert holds(entity("falcons"), "Falcon Fighters and other fighters", falcons)


def test_a_mask_that_covers_only_part_of_a_name_masks_nothing() -> None:
    bank = Entity(EntityId("bank"), names={"*": ("State Street",)}, not_=("Niger State",))
    assert holds(entity("bank"), "In Niger, State Street opens", bank)
    assert holds(entity("bank"), "Niger State Street opens", bank)
    both = replace(NIGER, names={"*": ("Niger", "Niger State")})
    assert not holds(entity("niger"), "A refinery in Niger State", both)


def test_only_exact_names_that_are_words_need_a_confirming_one_in_capitals() -> None:
    may = Entity(EntityId("may"), names={"*": ("May",)})
    assert holds(entity("may"), "MAY LOSES VOTE", may)
    nato = Entity(EntityId("nato"), case=Case.EXACT, names={"*": ("NATO",)})
    assert holds(entity("nato"), "NATO TROOPS LEAVE KABUL", nato)


@pytest.mark.parametrize("sign", [",", ";", ":"])
def test_a_given_name_before_a_sign_rules_nothing_out(sign: str) -> None:
    assert holds(entity("niger"), f"So said David{sign} Niger is calm", NIGER)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("niger", "Niger State so. "),
        ("niger", "River Niger "),
        ("niger", "David Niger "),
        ("wagner", "Wagner "),
        ("tchiani", "Tchiani "),
        ("who", "WHO SO "),
    ],
)
def test_a_text_full_of_look_alikes_is_matched_in_no_time(name: str, text: str) -> None:
    """A minute each, when every name was held against every mask and cue of the text."""
    cues = f". So {words_between(20)} fighters generals {words_between(20)} " * 2000
    before = time.process_time()
    assert not holds(entity(name), text * 20_000 + cues, NIGER, WAGNER, TCHIANI, WHO)
    assert time.process_time() - before < 10
