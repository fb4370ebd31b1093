"""What speaks for and against one event: days, headline names, and how they count."""

from __future__ import annotations

from monitor.model import Article
from monitor.stories.evidence import Evidence, Probe
from monitor.stories.features import Features, features
from monitor.stories.frequencies import Frequencies
from monitor.stories.packing import Report, pack

DAY = "Two people were shot on {0} outside a bar in the old harbour, the police of Velmar said."


def made(title: str, body: str) -> Features:
    return features(Article(key=title, title=title, body=body))


def weigh(one: Features, other: Features) -> Evidence:
    """In a stream of a thousand articles, none of which had any of these words."""
    return Probe(one, Frequencies(articles=1000)).weigh(Report(pack(other), other.title), 0.1)


def test_two_shootings_of_one_weekday_are_closer_than_of_two() -> None:
    sunday = made("Shooting in Velmar", DAY.format("Sunday"))
    again = made("Two shot in Velmar", DAY.format("Sunday"))
    monday = made("Two shot in Velmar", DAY.format("Monday"))
    assert weigh(again, sunday).logit > weigh(monday, sunday).logit + 0.5


def test_weekdays_agree_across_languages() -> None:
    english = made("Shooting", "It was on Sunday.")
    french = made("Fusillade", "C'était dimanche.")
    german = made("Schüsse", "Es war am Montag.")
    assert english.figures & french.figures
    assert not english.figures & german.figures


def test_a_month_counts_in_a_date_only() -> None:
    assert made("", "on 14 March").figures & made("", "le 3 mars").figures
    assert made("", "el 14 de marzo").figures & made("", "on March 2nd").figures
    assert not made("", "they march, he may").figures


def test_rivals_are_headlines_that_each_name_what_the_other_text_has_not() -> None:
    body = "A house blew up in {0} on Monday night. Firemen in {0} found seven bodies under it."
    one = made("Blast in Wernstedt kills seven", body.format("Wernstedt"))
    two = made("Hollerau: seven killed by blast", body.format("Hollerau"))
    both = made("Seven killed by blast", body.format("Wernstedt") + " Hollerau mourns.")
    assert weigh(one, two).rival > 1
    assert weigh(one, both).rival == 0
