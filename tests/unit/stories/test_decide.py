"""Which reports are one story: copies and edits are, other events in the same words are not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from monitor.model import Article, ArticleId, StoryId
from monitor.stories.decide import Candidate, Kind, Membership, decide
from monitor.stories.features import Features, features
from monitor.stories.frequencies import Frequencies

NOW = datetime(2026, 3, 1, tzinfo=UTC)
WIRE = (
    "About sixty Russian instructors landed at Niamey airport late on Thursday, bringing an air "
    "defence system that the ruling council of Niger had asked for, state television reported. "
    "Pictures showed crates being unloaded from an Ilyushin cargo aircraft under floodlights. "
    "The council said that the men would train soldiers and would not take part in operations."
)


def article(title: str, body: str) -> Article:
    return Article(key=title, title=title, body=body)


def candidate(features: Features, story: int = 7) -> Candidate:
    return Candidate(ArticleId(1), StoryId(story), features, NOW, NOW)


def judge(first: Article, second: Article, *, days: float = 0.1) -> Membership:
    later = NOW + timedelta(days=days)
    return decide(features(second), [candidate(features(first))], Frequencies(), later)


def test_the_wire_under_another_headline_with_boilerplate_is_the_same_story() -> None:
    first = article("Russian trainers arrive in Niger", WIRE)
    second = article("Moscow sends air defence to Niamey", f"{WIRE} Subscribe to our newsletter.")
    assert judge(first, second).story == 7


def test_the_first_paragraph_alone_is_the_same_story() -> None:
    short = article("Niger: Russian trainers land", WIRE.split(". ")[0])
    assert judge(article("Russian trainers arrive in Niger", WIRE), short).story == 7


def test_the_same_headline_is_the_same_story_even_without_common_text() -> None:
    first = article("Russian trainers arrive in Niger", "Short.")
    second = article("Russian trainers arrive in Niger", "The ministry gave no further detail.")
    assert judge(first, second).story == 7


def test_a_headline_that_returns_after_days_is_a_series() -> None:
    briefing = article("Sahel briefing: Niger, Mali and Burkina Faso this morning in short", "")
    assert judge(briefing, briefing, days=1).story == 7
    assert judge(briefing, briefing, days=3).story is None


def test_a_wire_reprinted_after_a_week_is_the_same_story() -> None:
    assert judge(article("Trainers land", WIRE), article("Archive", WIRE), days=7).story == 7


def test_the_same_words_about_other_people_are_another_story() -> None:
    template = "The ministry of {0} said on Monday that {1} would send {2} to {3} for a visit."
    first = article("Visit announced", template.format("Ruritania", "Havel", "Novak", "Lima"))
    second = article("Visit planned", template.format("Borduria", "Tapioca", "Musstler", "Quito"))
    decided = judge(first, second)
    assert decided.story is None
    assert decided.kind is Kind.OPENS
    assert decided.reason


def test_other_news_of_the_same_country_is_another_story() -> None:
    other = article(
        "Niger signs a pipeline deal", "Officials in Niamey and Cotonou signed on Friday."
    )
    assert judge(article("Russian trainers arrive in Niger", WIRE), other).story is None


def test_a_headline_with_another_place_in_it_is_another_story() -> None:
    # too short for the template veto: nothing but names says that these are three events
    places = ("Agadez", "Arlit", "Diffa")
    told = [
        article(f"Russia sends troops to {p}", f"{p} in Niger has 3 soldiers of {p} now.")
        for p in places
    ]
    assert judge(told[0], told[1]).story is None
    assert judge(told[1], told[2]).story is None


def test_in_a_new_stream_names_alone_make_no_story() -> None:
    # which names all its reports share is not known yet
    landing = article("Russian trainers arrive in Niger", WIRE)
    ambush = article(
        "Ambush in western Niger kills six soldiers and a Russian instructor",
        "Gunmen on motorcycles attacked a convoy on its way back from the market of Banibangou and "
        "set two vehicles on fire, a local official in Niger said. The Russian had been teaching a "
        "company of recruits since spring. Niamey declared three days of mourning.",
    )
    assert judge(landing, ambush).story is None
