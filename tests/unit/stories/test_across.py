"""Reports in different scripts are one story by entities and figures, if enough of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.model import Article, ArticleId, StoryId
from monitor.stories.across import across, script
from monitor.stories.decide import STORY_LIFE, Candidate, Kind, Membership
from monitor.stories.features import Features, features
from monitor.stories.frequencies import Frequencies
from monitor.stories.packing import Report, pack

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ENGLISH = Article(
    key="en",
    title="Gunmen kill 37 soldiers at a post in western Niger",
    body="Attackers on 120 motorcycles overran an army post near Ayorou on Sunday and killed 37 "
    "soldiers, the defence ministry of Niger said. A further 48 were wounded.",
)
RUSSIAN = Article(
    key="ru",
    title="В Нигере при нападении на военный пост погибли 37 солдат",
    body="Боевики на 120 мотоциклах захватили армейский пост у Айору, сообщило министерство. "
    "Ранены ещё 48 военнослужащих.",
)
OTHER_PLACE = Article(
    key="ru2",
    title="В Нигере напали на деревню, погибли 19 жителей",
    body="Боевики на мотоциклах напали на деревню Дарголь, сообщил мэр. Сожжены 64 дома.",
)
NAMED = ("niger", "troops", "attack")


def seasoned(articles: int = 400) -> Frequencies:
    """Frequencies of a stream in which neither the entities nor the figures are common."""
    known = Frequencies()
    for n in range(articles):
        known.add([n])
    return known


def judge(
    mine: Features,
    theirs: Features,
    *,
    after: timedelta = timedelta(hours=2),
    since: timedelta = timedelta(),
    known: Frequencies | None = None,
) -> Membership | None:
    stored = Report(pack(theirs), theirs.title)
    candidate = Candidate(ArticleId(1), StoryId(7), stored, NOW, NOW - since)
    return across(mine, [candidate], known or seasoned(), NOW + after)


def test_a_report_in_another_script_with_its_entities_and_figures_is_of_the_story() -> None:
    found = judge(features(RUSSIAN, NAMED), features(ENGLISH, NAMED))
    assert found is not None
    assert (found.story, found.kind) == (7, Kind.ACROSS)


def test_the_reason_names_what_both_say() -> None:
    found = judge(features(RUSSIAN, ["niger"]), features(ENGLISH, ["niger"]))
    assert found is not None
    what, _, figures = found.reason.removesuffix(")").partition("; ")
    assert what == "the same event in another language (niger"
    assert set(figures.split(", ")) == {"37", "48", "120"}


def test_another_event_of_the_same_country_is_another_story() -> None:
    assert judge(features(OTHER_PLACE, NAMED), features(ENGLISH, NAMED)) is None


def test_figures_without_a_common_entity_are_chance() -> None:
    assert judge(features(RUSSIAN, ["mali"]), features(ENGLISH, ["niger"])) is None
    assert judge(features(RUSSIAN), features(ENGLISH)) is None


def test_one_figure_is_not_enough_however_rare() -> None:
    short = Article(key="s", title="В Нигере погибли 37 солдат", body="")
    assert judge(features(short, NAMED), features(ENGLISH, NAMED), known=seasoned(10**5)) is None


def test_years_are_no_figures() -> None:
    one = Article(key="1", title="Niger votes as in 1999, 2011 and 2021", body="")
    two = Article(key="2", title="Нигер голосует, как в 1999, 2011 и 2021", body="")
    assert judge(features(two, NAMED), features(one, NAMED)) is None


def test_figures_that_every_report_has_do_not_tell_an_event() -> None:
    known = Frequencies()
    for _ in range(400):
        known.add(features(ENGLISH, NAMED).figures)
    assert judge(features(RUSSIAN, NAMED), features(ENGLISH, NAMED), known=known) is None


def test_while_nothing_is_known_of_the_stream_no_figure_is_rare() -> None:
    assert judge(features(RUSSIAN, NAMED), features(ENGLISH, NAMED), known=Frequencies()) is None


def test_within_one_script_names_decide() -> None:
    french = Article(
        key="fr",
        title="Niger : 37 soldats tués dans l'attaque d'un poste",
        body="Des hommes sur 120 motos ont tué 37 soldats, et 48 sont blessés.",
    )
    assert judge(features(french, NAMED), features(ENGLISH, NAMED)) is None
    assert judge(features(french, NAMED), features(RUSSIAN, NAMED)) is not None


@pytest.mark.parametrize("hours", [37, 24 * 20])
def test_a_report_of_another_day_is_not_of_the_story(hours: int) -> None:
    mine, theirs = features(RUSSIAN, NAMED), features(ENGLISH, NAMED)
    assert judge(mine, theirs, after=timedelta(hours=35)) is not None
    assert judge(mine, theirs, after=timedelta(hours=hours)) is None


def test_a_story_at_the_end_of_its_life_takes_nothing_in() -> None:
    mine, theirs = features(RUSSIAN, NAMED), features(ENGLISH, NAMED)
    assert judge(mine, theirs, since=STORY_LIFE) is None


def test_the_story_that_shares_most_is_chosen() -> None:
    part = Article(key="p", title="Niger: 37 soldiers killed on 120 motorcycles", body="")
    known = seasoned()
    stored = [features(part, NAMED), features(ENGLISH, NAMED), features(part, NAMED)]
    candidates = [
        Candidate(ArticleId(n), StoryId(n), Report(pack(f), f.title), NOW, NOW)
        for n, f in enumerate(stored, 1)
    ]
    found = across(features(RUSSIAN, NAMED), candidates, known, NOW)
    assert found is not None
    assert found.story == 2


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("gunmen kill 37", "LATIN"),
        ("tillabéri", "LATIN"),
        ("танкер Wega Spirit задержан", "CYRILLIC"),
        ("مقتل 37 جنديا", "ARABIC"),
        ("東京でサミット", "CJK"),
        ("서울", "HANGUL"),
        ("37", ""),
        ("—", ""),
    ],
)
def test_the_script_is_that_of_most_letters(text: str, name: str) -> None:
    assert script(text) == name
