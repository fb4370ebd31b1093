"""Which reports are one story: copies and edits are, other events in the same words are not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from monitor.model import Article, ArticleId, StoryId
from monitor.stories.decide import (
    JOIN,
    NOISE_WEIGHT,
    USUAL_NOISE,
    WEIGHED,
    Candidate,
    Kind,
    Membership,
    decide,
)
from monitor.stories.features import Features, features
from monitor.stories.frequencies import Frequencies
from monitor.stories.packing import Report, pack

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
    report = Report(pack(features), features.title)
    return Candidate(ArticleId(1), StoryId(story), report, NOW, NOW)


def among(mine: Article, told: Mapping[int, Sequence[Article]]) -> Membership:
    """The decision among the reports of several stories, in a stream of a thousand articles."""
    known = [
        candidate(features(report), story) for story, reports in told.items() for report in reports
    ]
    return decide(features(mine), known, Frequencies(articles=1000), NOW)


def judge(first: Article, second: Article, *, days: float = 0.1, seen: float = 0.0) -> Membership:
    """``seen``: articles of the stream so far, none of which had any of these words."""
    later = NOW + timedelta(days=days)
    known = Frequencies(articles=seen)
    return decide(features(second), [candidate(features(first))], known, later)


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
    assert judge(landing, ambush, seen=60).story is None


HOUSE = (
    "Ein Wohnhaus in {0} ist in der Nacht explodiert, sieben Menschen sind tot. Die Feuerwehr "
    "sucht in den Trümmern weiter nach Bewohnern. Die Polizei geht von einer defekten Leitung aus. "
    "Der Bürgermeister von {0} sagte, der Schock in der Nachbarschaft sei groß. Ein Gutachter ist "
    "bestellt, der Energieversorger hat die Leitungen der Straße gesperrt."
)


def test_a_template_is_seen_where_all_nouns_have_capitals() -> None:
    first = article("Explosion in Wernstedt: 7 Tote in Wohnhaus", HOUSE.format("Wernstedt"))
    second = article("Bad Rhoden: 7 Tote nach Explosion", HOUSE.format("Bad Rhoden"))
    copy = article("Wernstedt: 7 Tote nach Explosion", HOUSE.format("Wernstedt"))
    assert judge(first, second, seen=1000).story is None
    assert judge(first, copy, seen=1000).story == 7


def test_a_cut_copy_that_lost_its_names_is_no_template() -> None:
    # half of the names are gone with the paragraphs, but the wording is the same throughout
    text = (
        "Ilona Vasko, Petr Malin and Jana Reznik won three seats of the council of Lipa. Turnout "
        "was higher than ever since the vote was introduced. The new council will meet in ten days "
        "to choose a mayor, and the outgoing one said that she would not stand."
    )
    short = (
        "In Lipa turnout was higher than ever since the vote was introduced. The new council will "
        "meet in ten days to choose a mayor, and the outgoing one said that she would not stand, "
        "our reporter Kos says from Brod."
    )
    assert judge(article("Council elected", text), article("A council at last", short)).story == 7


OAKS = [
    article(
        "Mayor Okoro fined for felling oaks",
        "Vincent Okoro, the mayor of Port Ellis, has to pay 400 crowns for the oaks that he had "
        "cut down behind his house without a permit, the forest office of Ellisland said.",
    ),
    article(
        "Port Ellis mayor pays for his view of the sea",
        "Vincent Okoro did not wait for a permit when the oaks behind the house of the mayor of "
        "Port Ellis went. The forest office of Ellisland now wants money and forty saplings.",
    ),
    article(
        "Okoro sorry about oaks",
        "The mayor of Port Ellis, Vincent Okoro, told neighbours that he should have asked the "
        "forest office of Ellisland for a permit, and will plant saplings where the oaks stood.",
    ),
]
HERONS = [
    article(
        "Councillor Jamal Weston shot herons in Ellisland",
        "Jamal Weston of the council of Port Ellis was seen on Sunday shooting grey herons at his "
        "carp ponds in Sandby marsh, a warden said. The rifle of Weston was taken from him.",
    ),
    article(
        "Warden takes rifle from Jamal Weston",
        "A warden who saw councillor Jamal Weston shooting grey herons at the carp ponds in Sandby "
        "marsh on Sunday has taken the rifle from him. Weston sits in the council of Port Ellis, "
        "and has no permit, said the forest office of Ellisland.",
    ),
]


def test_a_report_close_to_few_of_a_story_and_far_from_the_others_is_in_doubt() -> None:
    decided = among(HERONS[1], {7: [*OAKS, HERONS[0]]})
    assert decided.story == 7
    assert decided.doubt == "close to 2 of the story's reports, far from 2"
    assert not among(HERONS[1], {7: HERONS[:1]}).doubt
    assert not among(OAKS[2], {7: OAKS[:2]}).doubt


def test_reports_in_another_language_cast_no_doubt() -> None:
    german = [
        article(
            "Reiher an Karpfenteichen geschossen",
            "Ein Ratsherr hat im Moor bei Sandby auf Vögel gezielt, bis ein Aufseher kam. "
            "Die Waffe ist nun eingezogen, wie eine Zeitung der Gegend am Montag berichtet.",
        ),
        article(
            "Ärger um tote Vögel",
            "Der Politiker wollte im Moor von Sandby seine Fische schützen. Jetzt fehlen ihm das "
            "Gewehr und die Freunde, schreibt eine Zeitung und zeigt ein Bild von den Teichen.",
        ),
    ]
    decided = among(HERONS[1], {7: [HERONS[0], *german]})
    assert decided.story == 7
    assert not decided.doubt


def test_what_joins_a_single_report_only_just_is_in_doubt() -> None:
    mine = features(OAKS[2])
    known = candidate(features(OAKS[0]))
    sure = decide(mine, [known], Frequencies(articles=1000), NOW)
    noise = USUAL_NOISE + (sure.score - JOIN - 0.2) / NOISE_WEIGHT  # asks for 0.2 less
    narrow = decide(mine, [known], Frequencies(articles=1000, noise=noise), NOW)
    among_two = decide(mine, [known, known], Frequencies(articles=1000, noise=noise), NOW)
    assert (sure.story, sure.doubt) == (7, "")
    assert (narrow.story, narrow.doubt) == (7, "only just close enough")
    assert (among_two.story, among_two.doubt) == (7, "")


def test_a_form_with_other_names_bars_its_story_unless_more_reports_are_close() -> None:
    form = (
        "Whoever fells a tree without a permit has to pay for each year of its life, and to plant "
        "two in its place before the winter of the year that follows, says the law on old trees."
    )
    mine = article("Okoro has to pay for oaks", f"{OAKS[2].body} {form}")
    elms = "Pavla Dostal, who runs the mill at Brenwick, had three elms of the parish sawn up."
    other = article("Miller has to pay for elms", f"{elms} {form}")
    for told in ([other], [other, OAKS[0]]):
        barred = among(mine, {7: told})
        assert (barred.story, barred.reason) == (None, "the wording of another story")
    outvoted = among(mine, {7: [other, *OAKS[:2]]})
    assert (outvoted.story, outvoted.doubt) == (7, "the wording of a report with other names")


def test_of_two_stories_as_close_the_bigger_one_takes_a_report() -> None:
    assert among(OAKS[2], {7: OAKS[:1], 8: [OAKS[0], OAKS[0]]}).story == 8


def strangers(count: int) -> list[Candidate]:
    words = ["barley", "oats", "rye", "spelt", "wheat", "maize", "hemp"]
    return [
        candidate(features(article(f"Mill {n} opens", f"A mill for {word} opens.")), n)
        for n, word in enumerate(words[:count])
    ]


def test_the_rest_is_not_weighed_when_the_nearest_are_strangers() -> None:
    for noise, weighed in ((-0.5, 3), (2.0, 2)):
        known = Frequencies(articles=1000, noise=noise)
        assert decide(features(OAKS[2]), strangers(7), known, NOW).story is None
        assert len(known.weights.worked_out) == weighed
    known = Frequencies(articles=1000)
    one = candidate(features(OAKS[0]), 7)
    assert decide(features(OAKS[2]), [*strangers(7), one], known, NOW).story == 7
    assert len(known.weights.worked_out) == WEIGHED


def test_strangers_louder_than_the_usual_noise_end_the_search_too() -> None:
    mine = features(article("A mill for emmer", "A mill for emmer opens on the river."))
    known = Frequencies(articles=1000, noise=1.5)
    found = decide(mine, strangers(7), known, NOW)
    assert (found.story, found.score > 1.5) == (None, True)
    assert len(known.weights.worked_out) == 3


def test_strangers_that_share_wording_do_not_end_the_search() -> None:
    call = "Subscribe to our newsletter, never miss the news of the day and read what others say."
    first = [
        candidate(features(article(f"Mill {n} opens", f"A mill for {word} opens. {call}")), n)
        for n, word in enumerate(["barley", "oats"])
    ]
    mine = features(article("Moscow sends air defence to Niamey", f"{WIRE} {call}"))
    copy = candidate(features(article("Russian trainers arrive", WIRE)), 7)
    known = Frequencies(articles=1000, noise=2.0)
    assert decide(mine, [*first, copy], known, NOW).story == 7


def test_of_few_candidates_too_the_nearest_are_weighed_first() -> None:
    mine = features(article("Moscow sends air defence to Niamey", WIRE))
    same = candidate(features(article("Moscow sends air defence to Niamey", WIRE)), 8)
    clear = candidate(features(article("Russian trainers arrive", f"{WIRE} Subscribe to us.")), 7)
    known = Frequencies(articles=1000, noise=2.0)
    for others in (strangers(2), [clear]):
        assert decide(mine, [*others, same], known, NOW).story == 8


EDITED = (
    WIRE.replace("Pictures showed", "It said that")
    .replace("under floodlights", "at night")
    .replace("an air defence system", "what")
    .replace("soldiers", "recruits")
)


def test_of_several_copies_the_closest_is_chosen() -> None:
    more = EDITED.replace("About sixty", "Some").replace("late on", "on")
    told = {7: [article("Trainers", more)], 8: [article("Trainers in Niger", EDITED)]}
    assert among(article("Moscow sends air defence to Niamey", WIRE), told).story == 8


def test_a_clear_copy_ends_the_search_and_one_that_is_not_does_not() -> None:
    mine = features(article("Moscow sends air defence to Niamey", WIRE))
    clear = candidate(features(article("Russian trainers arrive", f"{WIRE} Subscribe to us.")), 7)
    known = Frequencies(articles=1000)
    assert decide(mine, [*strangers(5), clear], known, NOW).kind is Kind.COPY
    assert len(known.weights.worked_out) == 1
    edited = candidate(features(article("Trainers in Niger", EDITED)), 8)
    known = Frequencies(articles=1000)
    assert decide(mine, [*strangers(5), edited], known, NOW).kind is Kind.COPY
    assert len(known.weights.worked_out) == WEIGHED
    assert decide(mine, [*strangers(5), edited, clear], known, NOW).story == 7
