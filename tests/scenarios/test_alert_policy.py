"""One alert per event and a second only for news: the policy's promises, from the article to the
message, under a clock that the test turns."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from monitor.alerts.holding import Cause
from monitor.desk import Alerting
from monitor.model import Reason
from monitor.store import Database, silences
from tests.integration.alerting_desk import AlertingDesk

MINUTES = timedelta(minutes=1)


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> AlertingDesk:
    return AlertingDesk(database, tmp_path)


def reasons(desk: AlertingDesk) -> list[Reason]:
    return [a.reason for a in desk.alerts()]


# --- updates and the cool-down ------------------------------------------------------------------


def test_something_new_is_told_once_the_cool_down_is_over(desk: AlertingDesk) -> None:
    story = desk.story()
    desk.clock.turn(minutes=31)
    (told,) = desk.report(story=story, news="toll 12 → 29")
    assert told.reason is Reason.MATERIAL_UPDATE
    assert desk.alerts()[1].note == "toll 12 → 29"


def test_what_comes_within_the_cool_down_is_told_together_when_it_ends(desk: AlertingDesk) -> None:
    story = desk.story()
    desk.clock.turn(minutes=5)
    (first,) = desk.report(story=story, news="toll 12 → 19")
    desk.clock.turn(minutes=5)
    desk.report(story=story, news="toll 19 → 29", title="Otters: the toll rises")
    assert first.alert is None
    assert first.held == (Cause.COOLDOWN,)
    assert "told 5 min ago, 25 min to go" in first.why
    assert desk.later(minutes=19) == 0
    assert desk.later(minutes=2) == 1
    assert reasons(desk) == [Reason.FIRST, Reason.MATERIAL_UPDATE]
    update = desk.alerts()[1]
    assert update.note == "toll 12 → 19; toll 19 → 29"
    assert update.title == "Otters: the toll rises", "about the newest that was held"
    assert desk.later(hours=5) == 0, "told once"
    assert {h.outcome for h in desk.held(open_only=False)} == {f"told with alert {update.id}"}


def test_what_was_held_is_summed_up_by_an_alert_that_passes(desk: AlertingDesk) -> None:
    story = desk.story()
    desk.clock.turn(minutes=5)
    desk.report(story=story, news="toll 12 → 29")
    (told,) = desk.report(story=story, news="the ministry denies it", urgent=True)
    assert told.reason is Reason.MATERIAL_UPDATE
    assert "corrections and denials pass the cool-down" in told.why
    note = "the ministry denies it; before that, held back: toll 12 → 29"
    assert desk.alerts()[1].note == note
    assert desk.held() == []
    assert desk.later(hours=1) == 0


def test_a_rules_own_cool_down_counts_before_the_desks(database: Database, tmp_path: Path) -> None:
    rules = "rules:\n  - {id: otters, terms: [otter*], cooldown: 2m}\n"
    desk = AlertingDesk(database, tmp_path, rules)
    story = desk.story()
    desk.clock.turn(minutes=3)
    assert desk.report(story=story, news="two cubs")[0].reason is Reason.MATERIAL_UPDATE


def test_each_rule_cools_down_by_itself_and_a_channel_is_told_once(
    database: Database, tmp_path: Path
) -> None:
    rules = """
rules:
  - {id: otters, terms: [otter*], notify: [desk]}
  - {id: rivers, terms: [river*], notify: [desk, duty]}
"""
    desk = AlertingDesk(database, tmp_path, rules)
    story = desk.report("An otter was seen", "In a pond.")[0].story
    desk.clock.turn(minutes=5)
    (told,) = desk.report("An otter in the river", story=story, news="it is in the river")
    assert told.reason is Reason.MATERIAL_UPDATE
    alert = desk.alerts()[1]
    assert [h.rule for h in alert.hits] == ["otters", "rivers"], "its channel is told anyway"
    assert desk.held() == []
    sent = desk.deliver()
    assert [len(sent["desk"]), len(sent["duty"])] == [1, 1], "one message for what waited"


def test_the_end_of_one_rules_cool_down_tells_for_all_that_speak_to_the_same_channels(
    database: Database, tmp_path: Path
) -> None:
    rules = """
rules:
  - {id: otters, terms: [otter*], notify: [desk], cooldown: 10m}
  - {id: water, terms: [river*], notify: [desk]}
  - {id: rivers, terms: [river*], notify: [desk, duty]}
"""
    desk = AlertingDesk(database, tmp_path, rules)
    story = desk.story()
    desk.clock.turn(minutes=5)
    desk.report(story=story, news="two cubs")
    assert desk.later(minutes=6) == 1
    update = desk.alerts()[1]
    assert [h.rule for h in update.hits] == ["otters", "water"]
    assert [h.held.rule for h in desk.held()] == ["rivers"], "duty has not been told"
    assert desk.later(minutes=30) == 1
    assert desk.later(hours=1) == 0


def test_updates_none_hears_of_nothing_new(database: Database, tmp_path: Path) -> None:
    rules = "rules:\n  - {id: otters, terms: [otter*], updates: none}\n"
    desk = AlertingDesk(database, tmp_path, rules)
    story = desk.story()
    desk.clock.turn(hours=2)
    assert desk.report(story=story, news="two cubs")[0].reason is None
    assert desk.held() == []


def test_updates_all_hears_of_every_article_at_once(database: Database, tmp_path: Path) -> None:
    rules = "rules:\n  - {id: otters, terms: [otter*], updates: all}\n"
    desk = AlertingDesk(database, tmp_path, rules)
    story = desk.story()
    for _ in range(2):
        desk.clock.turn(minutes=1)
        assert desk.report(story=story)[0].reason is Reason.REPEAT


def test_a_clock_set_back_does_not_lengthen_a_cool_down(desk: AlertingDesk) -> None:
    desk.clock.turn(days=3)
    story = desk.story()
    desk.clock.turn(days=-3)
    desk.report(story=story, news="two cubs")
    (held,) = desk.held()
    assert held.held.until == desk.clock() + 30 * MINUTES


def test_a_hold_of_a_rule_that_is_gone_is_closed_with_the_reason(desk: AlertingDesk) -> None:
    story = desk.story()
    desk.report(story=story, news="two cubs")
    desk.load("rules:\n  - {id: herons, terms: [heron*]}\n")
    assert desk.later(hours=1) == 0
    (closed,) = desk.held(open_only=False)
    assert closed.outcome == "the rule is not there any more"
    (notice,) = desk.troubles()
    assert notice.title == "What rule otters held is not told: the rule is not there any more"
    assert notice.text.startswith(f"Story {story}, two cubs: ")
    assert "[MONITOR] What rule otters held is not told" in desk.deliver()["operator"][0]
    desk.watch()
    assert desk.troubles() == [], "told once, and done with"


# --- repeat ---------------------------------------------------------------------------------------


def test_a_rule_that_asks_for_it_is_told_again_while_the_story_goes_on(
    database: Database, tmp_path: Path
) -> None:
    rules = "rules:\n  - {id: otters, terms: [otter*], repeat: 6 hours}\n"
    desk = AlertingDesk(database, tmp_path, rules)
    story = desk.story()
    for _ in range(3):
        desk.clock.turn(hours=1)
        assert desk.report(story=story)[0].held == (Cause.REPEAT,)
    assert desk.later(hours=2, minutes=59) == 0
    assert desk.later(minutes=1) == 1
    assert reasons(desk) == [Reason.FIRST, Reason.REPEAT]
    assert desk.alerts()[1].note == "the story goes on: 3 more articles since the last alert"
    assert desk.later(days=1) == 0, "nothing came since"
    assert desk.report(story=story)[0].reason is Reason.REPEAT, "it goes on after all"


# --- volume ---------------------------------------------------------------------------------------

SURGE = """
rules:
  - id: surge
    title: Otters everywhere
    terms: [otter*]
    alert_when: {stories: 3, sources: 2, in: 2 hours, quiet_for: 6 hours}
"""


def test_a_rule_on_volume_never_tells_a_story_and_tells_when_there_are_many(
    database: Database, tmp_path: Path
) -> None:
    desk = AlertingDesk(database, tmp_path, SURGE)
    story = desk.story("An otter in the park")
    desk.report("The same otter again", story=story)
    desk.story("An otter in the zoo")
    assert desk.alerts() == []
    assert {h.held.cause for h in desk.held()} == {Cause.VOLUME}
    desk.clock.turn(minutes=90)
    desk.story("An otter at the station")
    (alert,) = desk.alerts()
    assert alert.reason is Reason.VOLUME
    told = "3 stories from 4 sources in 2 hours"
    assert alert.note == told
    assert desk.deliver() == {"desk": [f"[NORMAL] Otters everywhere: {told}"]}
    (text,) = desk.texts("desk")
    for title in ("An otter at the station", "An otter in the zoo", "The same otter again"):
        assert title in text
    assert desk.held() == []


def test_after_an_alert_on_volume_the_rule_is_quiet_and_then_counts_afresh(
    database: Database, tmp_path: Path
) -> None:
    desk = AlertingDesk(database, tmp_path, SURGE)
    for _ in range(3):
        desk.story()
    for _ in range(5):
        desk.clock.turn(hours=1)
        for _ in range(3):
            assert "quiet for 6 hours after an alert" in desk.report()[1].why
    desk.clock.turn(hours=1, minutes=1)
    assert desk.report()[1].reason is Reason.VOLUME, "what came in the last two hours counts"
    assert len(desk.alerts()) == 2


def test_what_counted_in_vain_is_closed_and_does_not_stay_held(
    database: Database, tmp_path: Path
) -> None:
    desk = AlertingDesk(database, tmp_path, SURGE)
    desk.story()
    assert "it takes 3 stories from 2 sources" in desk.held()[0].held.why
    desk.later(hours=3)
    (closed,) = desk.held(open_only=False)
    assert closed.outcome == "the volume was not reached in time"


def test_one_source_alone_makes_no_surge_and_old_items_do_not_count(
    database: Database, tmp_path: Path
) -> None:
    desk = AlertingDesk(database, tmp_path, SURGE)
    for _ in range(4):
        desk.story(source="Spam Daily")
    desk.story(source="Other", quiet="an older item on the feed's first poll")
    assert desk.alerts() == []
    desk.story(source="Other")
    assert len(desk.alerts()) == 1


def test_a_surge_does_not_keep_the_story_from_being_told_by_another_rule(
    database: Database, tmp_path: Path
) -> None:
    rules = SURGE + "  - {id: zoo, terms: [zoo]}\n"
    desk = AlertingDesk(database, tmp_path, rules)
    desk.story("An otter in the park")
    desk.story("An otter at the station")
    story = desk.story("An otter in the brook")
    assert reasons(desk) == [Reason.VOLUME]
    assert desk.alerts()[0].story == story
    desk.report("The otter goes to the zoo", story=story)
    assert reasons(desk) == [Reason.VOLUME, Reason.FIRST]


def test_the_normal_for_the_hour_is_learnt_and_what_is_usual_makes_no_surge(
    database: Database, tmp_path: Path
) -> None:
    rules = """
rules:
  - id: surge
    terms: [otter*]
    alert_when: {stories: 4, in: 1 hour, above_normal: 2}
"""
    desk = AlertingDesk(database, tmp_path, rules)
    desk.clock.turn(minutes=59, seconds=59)
    for _ in range(3):
        for _ in range(3):
            desk.story()
        desk.clock.turn(weeks=1)
    for _ in range(5):
        why = desk.report()[1].why
    assert desk.alerts() == []
    told = "5 stories from 5 sources in 1 hour; normal for Sunday 12:00 is 3.0"
    assert why == f"{told}; it takes 2 times that"
    assert desk.report()[1].reason is Reason.VOLUME


# --- floods ---------------------------------------------------------------------------------------


def test_a_rule_that_floods_is_summed_up_and_the_operator_told_once(
    database: Database, tmp_path: Path
) -> None:
    desk = AlertingDesk(database, tmp_path, alerting=Alerting(flood=5))
    for n in range(12):
        desk.story(f"Otter number {n}")
        desk.clock.turn(minutes=1)
    sent = desk.deliver()
    assert len(sent["desk"]) == 5, "the first five singly"
    assert sent["operator"] == ["[MONITOR] Rule otters floods: its alerts are summed up"]
    assert len(desk.alerts()) == 12, "nothing is dropped"
    desk.clock.turn(minutes=10)
    assert desk.deliver()["desk"][5:] == ["[NORMAL] 7 alerts summed up: Otters (otters)"]
    text = desk.texts("desk")[-1]
    assert "The rule Otters (otters) floods" in text
    assert all(f"Otter number {n}" in text for n in range(5, 12))
    desk.story("One more otter")
    desk.watch()
    assert len(desk.deliver()["operator"]) == 1
    desk.clock.turn(minutes=61)
    assert len(desk.deliver()["desk"]) == 7, "the last summary"
    desk.watch()
    assert desk.troubles() == []
    assert len(desk.deliver()["operator"]) == 2, "that it is over"
    desk.story("A quiet otter")
    assert desk.deliver()["desk"][-1].startswith("[NORMAL] A quiet otter")


def test_a_flood_of_one_rule_leaves_the_others_alone(database: Database, tmp_path: Path) -> None:
    rules = """
rules:
  - {id: otters, terms: [otter*], notify: [desk]}
  - {id: zoo, terms: [zoo], notify: [desk, duty]}
"""
    desk = AlertingDesk(database, tmp_path, rules, alerting=Alerting(flood=3))
    for n in range(6):
        desk.story(f"Otter number {n}")
    desk.story("An otter in the zoo")
    sent = desk.deliver()
    assert len(sent["desk"]) == 4
    assert sent["desk"][-1].startswith("[NORMAL] An otter in the zoo")
    assert len(sent["duty"]) == 1


def test_no_limit_is_no_flood(database: Database, tmp_path: Path) -> None:
    desk = AlertingDesk(database, tmp_path, alerting=Alerting(flood=0))
    for _ in range(22):
        desk.story()
    assert desk.troubles() == []


# --- silences -------------------------------------------------------------------------------------


def test_a_silenced_rule_tells_nothing_and_what_came_is_on_record(desk: AlertingDesk) -> None:
    desk.silence(rule="otters", until=desk.clock() + 60 * MINUTES, author="amina", comment="fair")
    story = desk.story()
    assert desk.alerts() == []
    (held,) = desk.held()
    assert held.held.cause is Cause.SILENCE
    assert held.held.why == (
        "silenced until 2026-03-01 13:00 UTC by amina (rule otters; silence 1): fair"
    )
    assert desk.later(minutes=90) == 0, "nothing floods when it ends"
    (told,) = desk.report(story=story)
    assert told.reason is Reason.FIRST, "the story has never been told"
    (alert,) = desk.alerts()
    assert alert.note == "first told now: one earlier report was silenced"
    (settled,) = desk.held(open_only=False)
    assert settled.outcome == f"silenced; the story was told with alert {alert.id}"


def test_a_story_told_before_its_silence_is_told_again_only_for_news(desk: AlertingDesk) -> None:
    story = desk.story()
    desk.silence(story=story, until=desk.clock() + 60 * MINUTES)
    desk.clock.turn(minutes=40)
    assert desk.report(story=story, news="two cubs")[0].held == (Cause.SILENCE,)
    desk.later(minutes=40)
    assert desk.report(story=story)[0].reason is None
    assert desk.report(story=story, news="three cubs")[0].reason is Reason.MATERIAL_UPDATE
    assert desk.alerts()[1].note == "three cubs", "what was silenced stays so"


def test_every_condition_of_a_silence_has_to_hold(desk: AlertingDesk) -> None:
    desk.silence(rule="otters", source="Spam Daily")
    desk.silence(rule="herons")
    desk.silence(source="spam.example")
    assert desk.report(source="Spam Daily")[0].reason is None
    assert desk.report(source="The Paper")[0].reason is Reason.FIRST


def test_a_silence_by_entity_covers_what_names_it(database: Database, tmp_path: Path) -> None:
    rules = "rules:\n  - {id: otters, terms: [otter*]}\n  - {id: niger, entities: [niger]}\n"
    desk = AlertingDesk(database, tmp_path, rules)
    desk.silence(entity="niger")
    assert desk.report("An otter in Niamey", "It came down the river.")[0].reason is None
    assert desk.report("An otter in Oslo", "It came down the river.")[0].reason is Reason.FIRST


def test_a_silence_that_comes_during_a_cool_down_holds_its_end(desk: AlertingDesk) -> None:
    story = desk.story()
    desk.report(story=story, news="two cubs")
    desk.silence(rule="otters", until=desk.clock() + 90 * MINUTES)
    assert desk.later(minutes=31) == 0
    (held,) = desk.held()
    assert held.held.cause is Cause.SILENCE


def test_a_silence_that_is_expired_is_over(desk: AlertingDesk) -> None:
    made = desk.silence(rule="otters")
    assert desk.report()[0].reason is None
    desk.database.transact_now(lambda conn: silences.expire(conn, int(made.id), now=desk.clock()))
    assert desk.report()[0].reason is Reason.FIRST


# --- messages -------------------------------------------------------------------------------------


def test_what_follows_hangs_under_the_first_message_of_its_story(desk: AlertingDesk) -> None:
    story = desk.story()
    desk.deliver()
    desk.clock.turn(hours=1)
    desk.report(story=story, news="two cubs")
    desk.story("Another otter")
    desk.deliver()
    desk.clock.turn(hours=1)
    desk.report(story=story, news="three cubs")
    desk.deliver()
    notifier = desk.notifiers["desk"]
    first = f"ref-{notifier.sent[0][0]}"
    assert notifier.under == ["", first, "", first]


def test_the_best_version_is_shown_with_the_outlets_so_far(
    database: Database, tmp_path: Path
) -> None:
    desk = AlertingDesk(
        database, tmp_path, alerting=Alerting(languages=("en", "fr")),
        options={"desk": {"group_wait": timedelta(minutes=10)}},
    )  # fmt: skip
    long = "The otter swam in the river for an hour. " * 8
    story = desk.story("Une otter vue", body="Dans la rivière.", lang="fr", source="RFI")
    desk.report("Otter seen", "LAGOS (AFP) - It swam.", lang="en", source="France 24", story=story)
    desk.report("Otter swims", long, lang="en", source="The Paper", story=story)
    desk.report("Une otter nage", long * 3, lang="fr", source="Le Soir", story=story)
    desk.clock.turn(minutes=11)
    assert desk.deliver() == {"desk": ["[NORMAL] Otter swims (The Paper)"]}
    (text,) = desk.texts("desk")
    assert "“*Otter* swims”" in text
    assert "Also reported by AFP via France 24; RFI and Le Soir (4 outlets in all)." in text


def test_a_channel_is_told_once_of_a_story_however_many_rules_hold(
    database: Database, tmp_path: Path
) -> None:
    rules = """
rules:
  - {id: otters, terms: [otter*], notify: [desk]}
  - {id: rivers, terms: [river*], notify: [desk, duty]}
  - id: surge
    terms: [otter*]
    notify: [desk]
    alert_when: {stories: 1, in: 1 hour}
"""
    desk = AlertingDesk(database, tmp_path, rules)
    desk.story()
    assert reasons(desk) == [Reason.FIRST, Reason.VOLUME]
    sent = desk.deliver()
    assert [len(sent["desk"]), len(sent["duty"])] == [1, 1]
