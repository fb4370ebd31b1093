"""The built-in entities are complete, sound, and do not get in each other's way."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter, defaultdict
from functools import cache

import pytest

from monitor.gazetteer import files
from monitor.model import Article, EntityId, RuleId
from monitor.rules.ast import EntityRef, Or
from monitor.rules.builtin import builtin_entities
from monitor.rules.catalogue import Catalogue
from monitor.rules.entity import Entity, Names
from monitor.rules.inflect import Form, Part, forms
from monitor.rules.rule import Rule
from monitor.rules.ruleset import RuleSet
from monitor.text.fold import fold

COUNTRIES = [
    "niger", "nigeria", "russia", "mali", "burkina-faso", "chad", "benin", "libya", "algeria",
    "sudan", "ukraine", "france", "united-states", "china", "turkey", "georgia", "jordan",
    "guinea", "dr-congo", "congo", "north-korea", "south-korea", "lebanon", "israel", "iran",
    "syria",
]  # fmt: skip
ORGANISATIONS = ["who", "un", "nato", "eu", "african-union", "ecowas", "aes"]
FORCES = ["wagner", "africa-corps", "jnim", "isgs", "boko-haram", "kremlin"]
TOPICS = [
    "troops", "military-trainers", "air-defence", "coup", "attack", "air-strike", "evacuation",
    "sanctions", "election", "protest", "outbreak",
]  # fmt: skip
WATCHED = ("en", "fr", "de", "ru", "ar", "es", "pt", "it", "tr", "ha", "zh")


def folded(names: Names, part: Part) -> dict[str, str]:
    """Every folded form of ``names`` with the alias it comes from."""
    return {
        fold(form.text): alias
        for lang, aliases in names.items()
        for alias in aliases
        for form in forms(alias, lang, part)
    }


def strong(entity: Entity) -> dict[str, str]:
    return folded(entity.names, "name") | folded(entity.adjectives, "adjective")


def test_the_files_are_the_shipped_yaml() -> None:
    names = [name for name, _ in files()]
    assert names == sorted(names)
    assert "countries-africa.yaml" in names
    assert all(text.startswith("# yaml-language-server: $schema=") for _, text in files())


@pytest.mark.parametrize("name", [*COUNTRIES, *ORGANISATIONS, *FORCES, *TOPICS, "paris"])
def test_every_promised_entity_is_there(name: str) -> None:
    assert EntityId(name) in builtin_entities()


@pytest.mark.parametrize(
    ("short", "id_"),
    [
        ("us", "united-states"),
        ("usa", "united-states"),
        ("drc", "dr-congo"),
        ("dprk", "north-korea"),
        ("turkiye", "turkey"),
        ("united-nations", "un"),
        ("european-union", "eu"),
        ("air-defense", "air-defence"),
    ],
)
def test_common_short_forms_resolve(short: str, id_: str) -> None:
    assert Catalogue(builtin_entities()).resolve(short) == id_


@pytest.mark.parametrize("name", [*COUNTRIES, *TOPICS])
def test_names_are_given_in_the_watch_languages(name: str) -> None:
    entity = builtin_entities()[EntityId(name)]
    included = [builtin_entities()[i] for i in entity.includes]
    languages = {lang for e in (entity, *included) for lang in (*e.names, *e.weak)}
    # "*" stands for the languages in Latin letters that share a spelling; the others are told
    latin = set() if "*" in languages else {"en", "fr", "de", "es", "pt", "it", "tr", "ha"}
    assert languages >= {"ru", "ar", "zh"} | latin


@pytest.mark.parametrize("name", COUNTRIES)
def test_countries_have_adjectives(name: str) -> None:
    entity = builtin_entities()[EntityId(name)]
    listed = [entity, *(builtin_entities()[i] for i in entity.includes)]
    languages = {lang for e in listed for lang in (*e.adjectives, *e.weak)}
    assert languages >= {"fr", "de", "es", "ru"}


@pytest.mark.parametrize("entity", builtin_entities().values(), ids=lambda e: str(e.id))
def test_a_weak_name_is_not_strong_in_another_language(entity: Entity) -> None:
    # accents do not count and every language is tried, so that pt "Geórgia" would let the
    # American state in by the back door
    weak = folded(entity.weak, "name").keys()
    listed = {fold(a) for aliases in entity.weak.values() for a in aliases}
    assert not listed & strong(entity).keys()
    assert not weak or entity.confirm


def test_no_name_belongs_to_two_countries() -> None:
    owners: dict[str, set[str]] = defaultdict(set)
    for id_ in COUNTRIES:
        for form in strong(builtin_entities()[EntityId(id_)]):
            owners[form].add(id_)
    shared = {form: ids for form, ids in owners.items() if len(ids) > 1}
    assert not shared


def test_masks_do_not_hide_a_name_itself() -> None:
    # on purpose: with a capital these are names of persons, firms and states, small adjectives;
    # "Turkeys" are birds, Turku is Finnish, "askeri" is an adjective, 기니만 the Gulf of Guinea,
    # chads are bits of paper
    capital_only = {
        "russo",
        "russos",
        "frances",
        "chino",
        "chinos",
        "giordano",
        "jordana",
        "jordanas",
        "indiana",
        "indianas",
        "nippon",
        "nippons",
        "greco",
        "tonge",
        "albanese",
        "albaneses",
        "grenade",
        "grenades",
    }
    on_purpose = {*capital_only, "turkeys", "turku", "askeri", "기니만", "chads"}
    for entity in builtin_entities().values():
        masks = {fold(f.text).strip() for a in entity.not_ for f in forms(a, "*", "not")}
        named = strong(entity) | folded(entity.weak, "name")
        hidden = masks & {form.strip() for form in named}
        assert hidden <= on_purpose, entity.id


def test_every_country_of_the_world_is_there() -> None:
    types = Counter(entity.type for entity in builtin_entities().values())
    assert types["country"] >= 196
    assert types["territory"] >= 19


@pytest.mark.parametrize(
    ("id_", "decoy"),
    [
        ("samoa", "American Samoa"),
        ("dominica", "Jamhuri ya Dominika"),
        ("guyana", "Guiana Francesa"),
        ("india", "印度尼西亚"),
    ],
)
def test_the_longer_name_of_another_country_is_masked(id_: str, decoy: str) -> None:
    # what keeps the generated file's `not:` from being forgotten when names change
    assert decoy in builtin_entities()[EntityId(id_)].not_


def test_no_language_code_is_misspelt() -> None:
    known = {*WATCHED, "*", "uk", "fa", "ja", "ko", "hi", "sw", "nl", "pl", "sv", "he", "th"}
    known |= {"az", "bg", "bn", "ca", "cs", "da", "el", "fi", "hr", "hu", "id", "nb", "ro", "sk"}
    known |= {"sl", "sr", "ur", "vi"}
    for entity in builtin_entities().values():
        for names in (entity.names, entity.adjectives, entity.weak):
            assert names.keys() <= known, entity.id


# --- every country, by everything it is called ----------------------------------------------------

CAPITALS = {
    line.partition(":")[0].strip(): line.partition(":")[2].strip()
    for line in """
    algeria: Algiers
    angola: Luanda
    bahrain: Manama
    benin: Cotonou
    botswana: Gaborone
    burkina-faso: Ouagadougou
    burundi: Bujumbura
    cameroon: Yaoundé
    cape-verde: Mindelo
    central-african-republic: Bangui
    chad: N'Djamena
    comoros: Anjouan
    congo: Brazzaville
    djibouti: Djibouti
    dr-congo: Kinshasa
    egypt: Cairo
    equatorial-guinea: Malabo
    eritrea: Asmara
    eswatini: Mbabane
    ethiopia: Addis Ababa
    gabon: Libreville
    gambia: Banjul
    ghana: Accra
    guinea: Conakry
    guinea-bissau: Bissau
    iran: Tehran
    iraq: Baghdad
    israel: Jerusalem
    ivory-coast: Abidjan
    jordan: Amman
    kenya: Nairobi
    kuwait: Kuwait City
    lebanon: Beirut
    lesotho: Maseru
    liberia: Monrovia
    libya: Tripoli
    madagascar: Antananarivo
    malawi: Lilongwe
    mali: Bamako
    mauritania: Nouakchott
    mauritius: Port Louis
    mayotte: Mamoudzou
    morocco: Rabat
    mozambique: Maputo
    namibia: Windhoek
    niger: Niamey
    nigeria: Abuja
    oman: Salalah
    palestine: Ramallah
    qatar: Doha
    reunion: Saint-Denis de La Réunion
    rwanda: Kigali
    sao-tome-and-principe: Sao Tome
    saudi-arabia: Riyadh
    senegal: Dakar
    seychelles: Praslin
    sierra-leone: Freetown
    somalia: Mogadishu
    somaliland: Hargeisa
    south-africa: Pretoria
    south-sudan: Malakal
    sudan: Khartoum
    syria: Damascus
    tanzania: Dodoma
    togo: Lomé
    tunisia: Tunis
    uganda: Kampala
    united-arab-emirates: Abu Dhabi
    western-sahara: Laayoune
    yemen: Sanaa
    zambia: Lusaka
    zimbabwe: Harare
    """.strip().splitlines()
}
"""Of Africa and the Middle East; a city where the capital has the name of something else."""
OF_THE_WORLD = {
    id_: e for id_, e in builtin_entities().items() if e.type in ("country", "territory")
}
NAMED = [(id_, names) for id_, e in OF_THE_WORLD.items() for names in (e.names, e.adjectives)]


@cache
def everything() -> RuleSet:
    """One rule that asks for every built-in entity."""
    known = builtin_entities()
    rule = Rule(RuleId("everything"), Or(tuple(map(EntityRef, known))))
    return RuleSet.compile([rule], known.values())


def countries_in(text: str) -> frozenset[str]:
    named = everything().entities(Article("a", "", text))
    return frozenset(map(str, named & OF_THE_WORLD.keys()))


def in_cyrillic_alone() -> set[str]:
    """The forms of everything that may be Russian in the built-in entities; those of the other
    scripts never ask for the dictionaries and take ten times as long.
    """
    made: set[str] = set()

    def russian(alias: str, lang: str, part: Part) -> tuple[Form, ...]:
        told = forms(alias, lang, part) if any("а" <= c <= "я" for c in alias.lower()) else ()
        made.update(form.text for form in told)
        return told

    known = builtin_entities()
    rule = Rule(RuleId("everything"), Or(tuple(map(EntityRef, known))))
    RuleSet.compile([rule], known.values(), forms=russian)
    return made


def test_no_built_in_entity_needs_the_russian_dictionaries() -> None:
    code = (
        "import sys\n"
        "from tests.unit.test_gazetteer import in_cyrillic_alone\n"
        "assert len(in_cyrillic_alone()) > 10_000\n"
        "assert 'pymorphy3' not in sys.modules, 'run: python tools/generate.py'\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("id_", sorted(CAPITALS))
def test_a_country_is_found_by_its_capital(id_: str) -> None:
    assert countries_in(f"Talks open in {CAPITALS[id_]} on Friday.") == {id_}
    assert countries_in(f"TALKS OPEN IN {CAPITALS[id_].upper()} ON FRIDAY") == {id_}


@pytest.mark.parametrize("id_", sorted(CAPITALS))
def test_a_country_of_africa_and_the_middle_east_has_adjectives_in_seven_languages(
    id_: str,
) -> None:
    entity = OF_THE_WORLD[EntityId(id_)]
    languages = {*entity.adjectives, *entity.weak, *entity.names}
    assert languages >= {"en", "fr", "es", "pt", "de", "ru", "ar"}
    # "Congolese" says neither of two; Niger's in Arabic is spelt like the Persian for Nigeria
    doubtful = {"congo", "dr-congo", "niger"}
    least = {"fr", "es", "pt", "de"} if id_ in doubtful else {"en", "fr", "es", "pt", "de", "ru"}
    assert id_ in doubtful - {"niger"} or entity.adjectives.keys() >= least


def test_every_name_and_adjective_of_a_country_is_found() -> None:
    missed = [
        f"{id_}: {name} ({lang})"
        for id_, named in NAMED
        for lang, names in named.items()
        for name in names
        if id_ not in countries_in(name) and name != "EE. UU."
    ]
    assert missed == []


def test_no_name_of_a_country_is_also_another() -> None:
    both = {"East Jerusalem", "القدس الشرقية"}  # Jerusalem is in it, and means Israel
    other = [
        f"{name} ({lang}) of {id_} is {sorted(found - {id_})} too"
        for id_, named in NAMED
        for lang, names in named.items()
        for name in names
        for found in [countries_in(name)]
        if found - {id_} and name not in both
    ]
    assert other == []


DECOYS = [
    "RCA Records signs a new singer",
    "EADS and BAE Systems to merge",
    "Irakli Kobakhidze visits Brussels",
    "Riyad Mahrez scores twice",
    "FINE-TUNES, TAKE APART",
    "Kamaru Usman wins on points",
    "Cayuco: appartement au RDC, trois pièces",
    "Gana quien más trabaja",
    "Deutsches Rotes Kreuz (DRK) sammelt Kleider",
    "Czad ulatniał się w bloku",
    "Le réseau IDF des bus de nuit",
    "VAE : la validation des acquis en trois mois",
    "Gazy łzawiące na stadionie",
    "Завод ГАЗа остановлен",
    "Газа в хранилищах стало меньше",
    "Того же мнения и врачи",
    "Мали намір одружитися",
    "عاد إلى مسقط رأسه بعد سنوات",
    "شاركوا بحماس كبير",
    "تحتفل جدة بعيد ميلادها المئة",
    "سوسة النخيل تهدد المحاصيل",
    "حمص بالطحينة على الطريقة القديمة",
    "چهارشنبه سوری در راه است",
    "上海法院公布判决",
    "阿曼达获得冠军",
    "加纳乔转会切尔西",
    "巴萨那场比赛",
    "オリビアの新曲",
    "シリアルの値上げ",
    "カイロプラクティックの効果",
    "Mali tablolar açıklandı",
    "East Palestine, Ohio, remembers the derailment",
    "Dakar Rally: stage six",
    "Palestine, Texas, mayor resigns",
    "Bahrain Victorious win the stage",
    "Mount Sinai hospital nurses strike",
    "Casablanca is on again at the Rialto",
    "Port of Alexandria, Virginia",
    "Emirates Stadium tour",
    "Muscat grapes and a dry white",
]
"""Words that look like a country of Africa or the Middle East and are none."""


@pytest.mark.parametrize("text", DECOYS)
def test_a_word_that_looks_like_a_country_is_none(text: str) -> None:
    assert countries_in(text) & CAPITALS.keys() == set()
