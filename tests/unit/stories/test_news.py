"""What a later report says that its story has not said: turns, tolls, denials, new beginnings."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor.model import Article
from monitor.stories.claims import Status, Toll, claims, tolls
from monitor.stories.features import Features, features, tokens
from monitor.stories.news import News, NewsKind, doubted, what_is_new

BODY = (
    "Gunmen on motorcycles attacked the market of Tamou on Sunday and killed 12 people, the "
    "prefect said. Traders fled into the bush and shops burned until the evening. The army sent "
    "a column from Say, and a helicopter circled over the road. No group has said that it did it, "
    "the prefect told the radio, and asked the people of the town to stay at home."
)


def made(title: str, body: str = BODY) -> Features:
    return features(Article(key=title, title=title, body=body))


def new(title: str, body: str, *, after: str = "Attack on market in Tamou") -> News | None:
    return what_is_new(made(title, body), [made(after)])


def test_the_same_report_brings_nothing_new() -> None:
    assert new("Market in Tamou attacked", BODY) is None


def test_furniture_around_a_copy_is_no_news() -> None:
    around = (
        f"Our own correspondents and the agencies report from the region.\n{BODY}\n"
        "Subscribe to the newsletter of the Courier to read more about this every day."
    )
    assert new("Tamou: market attacked", around) is None


def test_a_higher_toll_is_told_with_the_old_one() -> None:
    found = new("Death toll in Tamou attack rises to 29", BODY.replace("12 people", "29 people"))
    assert found is not None
    assert found.kind is NewsKind.TOLL
    assert "dead 12 → 29" in found.text


def test_a_lower_toll_is_no_news() -> None:
    assert new("Tamou attack: 9 dead", BODY.replace("12 people", "9 people")) is None


def test_one_or_two_more_injured_are_another_count_and_no_news() -> None:
    hurt = [made("Bus overturns near Say, 10 injured", "Ten people were injured.")]
    assert what_is_new(made("Bus overturns, 12 injured", "12 people were injured."), hurt) is None
    assert what_is_new(made("Bus overturns, 14 injured", "14 people were injured."), hurt)


def test_an_age_after_a_name_counts_no_victims() -> None:
    assert new("Ida Renholt, 28, killed in Tamou", BODY) is None


def test_a_denial_in_the_headline_is_urgent() -> None:
    found = new(
        "Army denies attack on Tamou market", "The army denied on Monday that it was there."
    )
    assert found is not None
    assert found.kind is NewsKind.DENIAL
    assert found.kind.is_urgent
    assert found.text == "new: “denies” in the headline"


def test_a_truce_is_news_at_once_but_an_arrest_only_when_several_have_not_said_it() -> None:
    truce = new("Ceasefire agreed after Tamou attack", "Elders agreed a ceasefire in Say.")
    assert truce is not None
    assert truce.kind is NewsKind.STATUS
    arrest = made("Suspect arrested over Tamou attack", "Police held a man in Say on Monday.")
    one = made("Attack on market in Tamou")
    assert what_is_new(arrest, [one]) is None
    found = what_is_new(arrest, [one, one, one])
    assert found is not None
    assert "“arrested” in the headline" in found.text


def test_a_turn_in_the_headline_within_the_hour_is_another_account() -> None:
    reports = [made("Attack on market in Tamou"), made("Tamou: 12 die"), made("Market burns")]
    arrest = made("Two arrested after attack on Tamou market", "Two men are held in Say.")
    assert what_is_new(arrest, reports, age=timedelta(minutes=50)) is None
    assert what_is_new(arrest, reports, age=timedelta(minutes=70)) is not None


def test_what_may_be_another_event_is_told_with_the_reason() -> None:
    found = doubted("only just close enough")
    assert found.kind is NewsKind.DOUBT
    assert not found.kind.is_urgent
    assert found.text == "new: perhaps another event, only just close enough"


def test_another_beginning_over_the_old_text_is_news() -> None:
    lead = (
        "The president flew to Tamou on Monday and promised a new garrison for the district. "
        "He walked through the burnt stalls and spoke with widows for more than an hour. "
        "Schools are to open again next week under the guard of two companies of the army. "
    )
    found = new("President visits Tamou", f"{lead}\n{BODY}")
    assert found is not None
    assert NewsKind.LEAD is found.kind
    assert "The president flew to Tamou" in found.text


def test_stored_features_have_nothing_to_tell() -> None:
    from monitor.stories.packing import pack, unpack

    kept = unpack(pack(made("Truce in Tamou")), "truce in tamou")
    assert what_is_new(kept, [made("Attack on market in Tamou")]) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("At least 29 people were killed and 14 wounded", {Toll.DEAD: 29, Toll.INJURED: 14}),
        ("Death toll in flood rises to 1,204", {Toll.DEAD: 1204}),
        ("Attaque au marché : 29 morts, 14 blessés", {Toll.DEAD: 29, Toll.INJURED: 14}),
        ("Mueren 29 personas en la mina", {Toll.DEAD: 29}),
        ("29 Tote bei Unglück", {Toll.DEAD: 29}),
        ("Погибли 29 человек", {Toll.DEAD: 29}),
        ("A 12-year-old boy is dead", {}),
        ("Twelve people are missing", {Toll.MISSING: 12}),
        ("Prices rise 14 percent", {}),
        ("Five people shot, one dead", {}),
        ("Two dead after 4 shot at fair", {Toll.DEAD: 2}),
    ],
)
def test_victims_are_counted_and_ages_are_not(text: str, expected: dict[Toll, int]) -> None:
    assert tolls(tokens(text), [], []) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Minister resigns over receipts", Status.RESIGNED),
        ("Le ministre dément toute pression", Status.DENIED),
        ("Detenido el alcalde de Tres Lomas", Status.ARRESTED),
        ("Bürgermeister verhaftet", Status.ARRESTED),
        ("Министр подал в отставку", Status.RESIGNED),
        ("Стороны договорились о перемирии", Status.CEASEFIRE),
        ("وزير ينفي الخبر", Status.DENIED),
        ("Bakan istifa etti", Status.RESIGNED),
    ],
)
def test_turns_are_known_in_many_languages(text: str, expected: Status) -> None:
    assert expected in {claim.status for claim in claims(tokens(text), [], [])}


def test_what_is_denied_a_status_is_not_one() -> None:
    assert claims(tokens("The mayor was not arrested"), [], []) == ()
