"""The policy's promises, one sentence each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from monitor.alerts import policy
from monitor.alerts.policy import Decision, Fired, PastAlert, StoryHistory
from monitor.model import AlertId, ChannelName, Reason, RuleId, Severity, Updates

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DESK, DUTY = ChannelName("desk"), ChannelName("duty")


def fired(
    rule: str = "niger",
    severity: Severity = Severity.NORMAL,
    channels: tuple[ChannelName, ...] = (DESK,),
    updates: Updates = Updates.MATERIAL,
) -> Fired:
    return Fired(RuleId(rule), severity, channels, updates)


def told(
    *rules: str, channel: ChannelName = DESK, severity: Severity = Severity.NORMAL
) -> StoryHistory:
    past = PastAlert(AlertId(1), Reason.FIRST, tuple(map(RuleId, rules)), severity, NOW)
    return StoryHistory(NOW, NOW, (past,), {channel: severity})


UNTOLD = StoryHistory(NOW, NOW)


def decide(
    rules: Sequence[Fired], history: StoryHistory, *, now: datetime = NOW, **more: Any
) -> Decision:
    return policy.decide(rules, history, now=now, **more)


def test_the_first_report_of_a_story_is_told_to_every_channel_of_every_rule() -> None:
    decision = decide([fired("a"), fired("b", channels=(DUTY, DESK))], UNTOLD)
    assert decision.reason is Reason.FIRST
    assert decision.rules == ("a", "b")
    assert decision.channels == (DESK, DUTY)


def test_a_second_report_by_the_same_rule_is_counted_quietly() -> None:
    decision = decide([fired("niger")], told("niger"))
    assert decision.reason is None
    assert "has been told" in decision.why


def test_an_old_item_on_the_first_poll_is_told_to_nobody() -> None:
    decision = decide([fired()], UNTOLD, quiet="an older item")
    assert decision.reason is None
    assert decision.why == "an older item"


def test_a_story_taken_in_quietly_is_told_with_its_next_report() -> None:
    assert decide([fired()], UNTOLD).reason is Reason.FIRST


def test_a_further_rule_tells_only_the_channels_that_have_not_heard() -> None:
    further = fired("mali", channels=(DESK, DUTY))
    decision = decide([fired("niger"), further], told("niger"))
    assert decision.reason is Reason.ANOTHER_RULE
    assert decision.rules == ("mali",)
    assert decision.channels == (DUTY,)


def test_a_further_rule_of_higher_severity_tells_a_channel_again() -> None:
    decision = decide([fired("mali", Severity.FLASH)], told("niger"))
    assert decision.reason is Reason.ANOTHER_RULE
    assert decision.channels == (DESK,)


def test_a_further_rule_for_channels_that_know_the_story_is_recorded_only() -> None:
    decision = decide([fired("mali")], told("niger"))
    assert decision.reason is None
    assert "know the story" in decision.why


def test_a_rule_that_wants_every_article_gets_it() -> None:
    every = fired(updates=Updates.ALL)
    assert decide([every], told("niger")).reason is Reason.REPEAT


def test_a_rule_that_wants_every_article_gets_one_on_which_a_further_rule_holds_too() -> None:
    every = fired(updates=Updates.ALL)
    decision = decide([every, fired("mali", channels=(DUTY,))], told("niger"))
    assert decision.reason is Reason.ANOTHER_RULE
    assert set(decision.rules) == {"niger", "mali"}
    assert set(decision.channels) == {DESK, DUTY}
