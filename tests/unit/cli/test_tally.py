"""What a replay comes to: rates, names that fired, what is suspicious."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest

from monitor.cli.replay import Hit, Matched, Part, Seen
from monitor.cli.tally import Listed, Outcome, Tally, listed, outcomes, rate, warnings
from monitor.model import Article, EntityId, RuleId
from monitor.rules.entity import Entity
from monitor.rules.query import parse
from monitor.rules.rule import Rule

FIRST = datetime(2026, 3, 1, 12, tzinfo=UTC)
RIVER = Entity(
    EntityId("river"),
    names={"*": ("Niger",), "ar": ("نهر النيجر",)},
    adjectives={"fr": ("nigérien",)},
    includes=(EntityId("lake"),),
)
LAKE = Entity(EntityId("lake"), names={"*": ("Chad",)}, surnames=("Lac",))
ENTITIES = {RIVER.id: RIVER, LAKE.id: LAKE}


def rule(query: str = "@river AND flood", id: str = "floods") -> Rule:
    tree = parse(query, lambda name: EntityId(name), lambda name: None)
    return Rule(RuleId(id), tree, file="a.yaml", line=2)


def seen(number: int, source: str = "Le Fleuve") -> Seen:
    at = FIRST + timedelta(days=number)
    return Seen(Article(key=str(number), title=f"Flood {number}", body="", source=source), at)


def matched(number: int, *aliases: str, rule: str = "floods", source: str = "Le Fleuve") -> Matched:
    fired = frozenset((EntityId("river"), alias) for alias in aliases)
    one = seen(number, source)
    assert one.at is not None
    return Matched(one, one.at.date(), ((Hit(RuleId(rule), fired),),))


def replayed(found: Sequence[Matched], *, days: int = 4, a_day: int = 50) -> Tally:
    tally = Tally()
    counts: Counter[date | None] = Counter(
        {(FIRST + timedelta(days=n)).date(): a_day for n in range(days)}
    )
    tally.add(Part(articles=days * a_day, days=counts, matched=list(found)))
    return tally


def apart(articles: Sequence[Seen]) -> list[int]:
    return list(range(len(articles)))


def together(articles: Sequence[Seen]) -> list[int]:
    return [0] * len(articles)


def only(tally: Tally, group: object = apart) -> Outcome:
    (outcome,), _ = outcomes(tally, [rule()], ENTITIES, group)  # type: ignore[arg-type]
    return outcome


def test_hits_are_counted_by_day_source_and_name() -> None:
    found = [
        matched(0, "Niger"), matched(0, "Niger", "nigérien", source="RFI"), matched(2, "Chad"),
    ]  # fmt: skip
    outcome = only(replayed(found))
    assert outcome.days == (2, 0, 1, 0)
    assert outcome.sources == (("Le Fleuve", 2), ("RFI", 1))
    assert outcome.fired[0] == Listed(EntityId("river"), "Niger", "*", 2)
    assert {n.alias for n in outcome.never} == {"نهر النيجر", "Lac", "flood"}
    assert (outcome.articles, outcome.share, outcome.a_day) == (3, 3 / 200, 0.75)


def test_the_estimate_is_of_stories_and_samples_are_one_of_each() -> None:
    outcome = only(replayed([matched(n, "Niger") for n in range(4)]), together)
    assert (outcome.stories, outcome.a_day) == (1, 0.25)
    assert [s.article.title for s in outcome.samples] == ["Flood 3"]


def test_two_rules_on_one_story_are_one_alert() -> None:
    tally = replayed([matched(0, "Niger"), matched(0, "Niger", rule="other")])
    told, a_day = outcomes(tally, [rule(), rule(id="other")], ENTITIES, together)
    assert [o.stories for o in told] == [1, 1]
    assert a_day == 0.25


def test_days_with_hardly_an_article_are_no_measure() -> None:
    tally = replayed([matched(0, "Niger"), matched(-20, "Niger")])
    tally.days[(FIRST - timedelta(days=20)).date()] = 1
    outcome = only(tally)
    assert tally.ground().days[0] == FIRST.date()
    assert outcome.articles == 2
    assert outcome.a_day == 0.25


def test_without_dates_there_is_no_estimate() -> None:
    tally = Tally()
    tally.add(Part(articles=3, days=Counter({None: 3}), matched=[]))
    outcome = only(tally)
    assert outcome.a_day is None
    assert outcome.days == ()
    assert tally.ground().undated == 3


def test_names_are_those_that_can_make_a_rule_fire() -> None:
    names = {n.alias for n in listed(rule('title:@lake AND NOT "dry" AND source:BBC'), ENTITIES)}
    assert names == {"Chad", "Lac"}


@pytest.mark.parametrize(
    ("a_day", "words"),
    [
        (None, "no dates to tell how many alerts a day"),
        (0.0, "no alert"),
        (0.02, "about one alert every 50 days"),
        (0.26, "about one alert every 4 days"),
        (0.5, "about one alert every 2 days"),
        (0.6, "about one alert every 2 days"),
        (0.7, "about one alert a day"),
        (3.2, "about 3 alerts a day"),
    ],
)
def test_a_rate_in_words(a_day: float | None, words: str) -> None:
    assert rate(a_day) == words


def test_too_little_and_too_much_are_told() -> None:
    assert list(warnings(0, 0.0, 0.0, 500)) == ["would have matched nothing in 500 articles"]
    assert list(warnings(80, 0.4, 1.0, 200)) == ["matched 40% of everything: too broad"]
    assert list(warnings(20, 0.4, 1.0, 50)) == list(warnings(0, 0.0, 0.0, 50)) == []
    assert list(warnings(900, 0.05, 90.0, 18_000)) == [
        "about 90 alerts a day are more than anybody reads"
    ]
    assert list(warnings(3, 0.001, 0.1, 3_000)) == []


def test_names_that_fired_equally_often_stand_as_they_are_written() -> None:
    outcome = only(replayed([matched(0, "Chad", "نهر النيجر", "nigérien", "Niger")]))
    assert [n.alias for n in outcome.fired] == ["Niger", "نهر النيجر", "nigérien", "Chad"]
