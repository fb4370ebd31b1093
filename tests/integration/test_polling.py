"""What a poll makes of a document: articles, stories and alerts, stored in one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from monitor.model import (
    Article,
    ArticleId,
    DeliveryState,
    EntityId,
    FeedName,
    FeedStatus,
    Match,
    Reason,
)
from monitor.polling import PollResult
from monitor.rules.ruleset import RuleSet
from monitor.store import Database, alerts, articles, feeds, fulltext, outbox
from tests.integration.outbox_desk import START
from tests.integration.polling_desk import PollingDesk
from tests.servers.feedserver import FeedServer, Item, LiveFeed, Reply

NEWS = Item(
    "a", "Russia sends troops to Niger", "They landed in Niamey.", link="http://one.example/a"
)


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as running:
        yield running


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> PollingDesk:
    return PollingDesk(database, tmp_path)


def add(desk: PollingDesk, server: FeedServer, name: str, **values: object) -> LiveFeed:
    live = server.live(f"/{name}")
    desk.add(name, server.url(f"/{name}"), **values)
    return live


def at(desk: PollingDesk, item: Item, days: float = 0.0) -> Item:
    """The item as published ``days`` before the desk's now."""
    when = desk.clock().timestamp() - days * 86_400
    return Item(item.guid, item.title, item.text, item.link, published=when)


def raised(desk: PollingDesk) -> list[Reason]:
    views = desk.database.read_now(lambda conn: alerts.list_recent(conn, limit=100))
    return [v.reason for v in reversed(views)]


def pending(desk: PollingDesk) -> list[str]:
    listed = desk.database.read_now(lambda conn: outbox.list_recent(conn, limit=100))
    return sorted(d.channel for d in listed if d.state is DeliveryState.PENDING)


def test_one_transaction_holds_article_match_story_alert_delivery_and_validators(
    desk: PollingDesk, server: FeedServer
) -> None:
    add(desk, server, "one").add(at(desk, NEWS))
    [outcome] = desk.poll()
    assert (outcome.result, outcome.intake.new_articles, outcome.intake.alerts) == ("news", 1, 1)
    assert raised(desk) == [Reason.FIRST]
    assert pending(desk) == ["first"]
    state = desk.database.read_now(lambda conn: feeds.get(conn, FeedName("one")))
    assert state is not None
    assert state.validators
    assert state.next_poll_at is not None
    assert state.next_poll_at > desk.clock()


def test_a_document_that_has_not_changed_is_not_stored_again(
    desk: PollingDesk, server: FeedServer
) -> None:
    live = add(desk, server, "one")
    live.add(at(desk, NEWS))
    desk.poll()
    desk.later()
    assert desk.poll()[0].result is PollResult.NOT_MODIFIED
    server.set("/one", Reply(body=live.document()))
    desk.later()
    assert desk.poll()[0].result is PollResult.UNCHANGED
    assert raised(desk) == [Reason.FIRST]


def test_a_failed_transaction_leaves_no_trace_and_the_next_poll_brings_it_all(
    desk: PollingDesk, server: FeedServer
) -> None:
    add(desk, server, "one").add(at(desk, NEWS))
    full = desk.desk
    desk.desk = type(full)(
        **{f: getattr(full, f) for f in full.__dataclass_fields__ if f != "channels"}, channels={}
    )
    [outcome] = desk.poll()  # the outbox finds no such channel: the transaction is undone
    assert outcome.result is PollResult.FAILED
    assert not raised(desk)
    known = desk.database.read_now(
        lambda conn: articles.page(conn, since=START, after_id=ArticleId(0), limit=10)
    )
    assert not known
    desk.desk = full
    desk.later(hours=3)
    assert desk.poll()[0].intake.alerts == 1


def test_the_first_poll_alerts_on_recent_items_only(desk: PollingDesk, server: FeedServer) -> None:
    live = add(desk, server, "one")
    live.add(at(desk, NEWS, days=3))
    live.add(at(desk, Item("b", "Otters in the harbour", "Many otters."), days=0.5))
    [outcome] = desk.poll()
    assert (outcome.intake.new_articles, outcome.intake.alerts) == (2, 1)
    desk.later()
    live.add(at(desk, Item("c", "Herons on the roof", "Old news of herons."), days=9))
    assert desk.poll()[0].intake.alerts == 1, "after the first poll no date suppresses an alert"


def test_an_old_item_that_comes_back_under_another_guid_is_no_news(
    desk: PollingDesk, server: FeedServer
) -> None:
    live = add(desk, server, "one")
    live.add(at(desk, NEWS, days=3))
    desk.poll()
    live.items = [at(desk, Item("renamed", NEWS.title, NEWS.text, NEWS.link), days=3)]
    desk.later()
    assert desk.poll()[0].intake.alerts == 0


def test_an_edited_item_is_a_version_and_alerts_when_a_rule_holds_only_now(
    desk: PollingDesk, server: FeedServer
) -> None:
    live = add(desk, server, "one")
    live.add(at(desk, Item("a", "Arrivals in the night", NEWS.text, NEWS.link)))
    desk.poll()
    live.items = [at(desk, NEWS)]
    desk.later()
    [outcome] = desk.poll()
    assert (outcome.intake.new_articles, outcome.intake.changed_articles) == (0, 1)
    assert raised(desk) == [Reason.FIRST]
    live.items = [at(desk, Item("a", NEWS.title + ", officials say", NEWS.text, NEWS.link))]
    desk.later()
    assert desk.poll()[0].intake.changed_articles == 1
    assert raised(desk) == [Reason.FIRST], "an edit is no second alert"


def test_the_same_page_in_two_feeds_is_one_article(desk: PollingDesk, server: FeedServer) -> None:
    add(desk, server, "one").add(at(desk, NEWS))
    tracked = f"{NEWS.link}?utm_source=rss"
    add(desk, server, "two").add(at(desk, Item("other", NEWS.title, NEWS.text, tracked)))
    desk.poll("one")
    [outcome] = desk.poll("two")
    assert outcome.intake.new_articles == 0
    assert raised(desk) == [Reason.FIRST]


def test_two_polls_that_bring_one_story_at_once_make_one_alert(
    desk: PollingDesk, server: FeedServer
) -> None:
    for n in range(5):
        item = Item(f"g{n}", NEWS.title, f"{NEWS.text} By our staff.", f"http://o{n}.example/x")
        add(desk, server, f"outlet-{n}").add(at(desk, item))
    desk.poll()
    assert raised(desk) == [Reason.FIRST]
    [view] = desk.database.read_now(lambda conn: alerts.list_recent(conn, limit=10))
    assert len(view.outlets) == 4


def test_a_further_rule_tells_only_the_channel_that_has_not_heard(
    desk: PollingDesk, server: FeedServer
) -> None:
    live = add(desk, server, "one")
    live.add(at(desk, NEWS))
    desk.poll()
    more = Item("b", NEWS.title, f"{NEWS.text} Otters watched.", "http://one.example/b")
    live.add(at(desk, more))
    desk.later()
    desk.poll()
    assert raised(desk) == [Reason.FIRST, Reason.ANOTHER_RULE]
    assert pending(desk) == ["first", "second"]


def test_updates_all_alerts_on_every_article_of_a_story(
    desk: PollingDesk, server: FeedServer
) -> None:
    live = add(desk, server, "one")
    for n, text in enumerate(["They are back.", "They nest.", "They fish."]):
        live.add(at(desk, Item(f"h{n}", "Herons return to the bay", text)))
        desk.poll()
        desk.later()
    assert raised(desk) == [Reason.FIRST, Reason.REPEAT, Reason.REPEAT]


def test_a_feed_that_fails_is_recorded_and_recovers(desk: PollingDesk, server: FeedServer) -> None:
    live = add(desk, server, "one")
    server.set("/one", Reply(status=503, headers={"retry-after": "120"}))
    [outcome] = desk.poll()
    assert outcome.error is not None
    state = desk.database.read_now(lambda conn: feeds.get(conn, FeedName("one")))
    assert state is not None
    assert state.status is FeedStatus.FAILING
    assert (state.next_poll_at - desk.clock()).total_seconds() >= 120  # type: ignore[operator]
    live.add(at(desk, NEWS))
    server.set("/one", live)
    desk.later(hours=1)
    assert desk.poll()[0].intake.alerts == 1


def test_the_articles_are_stored_before_the_stories_are_locked_once(
    desk: PollingDesk, server: FeedServer
) -> None:
    """Whoever holds the lock must not wait for an article of somebody who waits for the lock."""
    live = add(desk, server, "one")
    for name, title in [("z", "Otters here"), ("m", "Nothing"), ("b", "Otters there"), ("a", "No")]:
        live.add(at(desk, Item(name, title, f"The text of {name}.", f"http://one.example/{name}")))
    said: list[str] = []

    def listen(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
        words = statement.split()
        if "pg_advisory_xact_lock" in statement:
            said.append("lock")
        elif words[0] in ("INSERT", "UPDATE"):
            said.append(words[2] if words[0] == "INSERT" else words[1])

    engine = desk.database.transact_now(lambda conn: conn.engine)
    desk.poll()
    live.items = [
        at(desk, Item(i.guid, i.title, f"{i.text} More otters.", i.link)) for i in live.items
    ]
    live.add(at(desk, Item("c", "Herons", "A heron's otters.", "http://one.example/c")))
    desk.later()
    sa.event.listen(engine, "before_cursor_execute", listen)
    try:
        [outcome] = desk.poll()
    finally:
        sa.event.remove(engine, "before_cursor_execute", listen)
    assert (outcome.intake.new_articles, outcome.intake.changed_articles) == (1, 4)
    # On SQLite the story step's own statements pass by the listener; there is no lock either.
    decisive = [s for s in said if s in ("lock", "matches", "story_articles")]
    assert decisive.count("lock") == (desk.database.dialect == "postgresql")
    assert decisive[0] == ("lock" if desk.database.dialect == "postgresql" else "matches")
    assert "articles" not in said[said.index(decisive[0]) :]


def test_an_item_that_stands_twice_in_a_document_is_one_article_told_of_once(
    desk: PollingDesk, server: FeedServer
) -> None:
    live = add(desk, server, "one", full_text=True)
    longer = f"{NEWS.text} Otters watched."
    live.add(at(desk, Item("a", NEWS.title, longer, NEWS.link)), at(desk, NEWS))
    [outcome] = desk.poll()
    assert (outcome.intake.new_articles, outcome.intake.changed_articles) == (1, 1)
    assert outcome.intake.matches == 2, "one for each rule"
    assert raised(desk) == [Reason.FIRST, Reason.ANOTHER_RULE]
    jobs = desk.database.transact_now(
        lambda conn: fulltext.claim_due(
            conn, now=desk.clock(), limit=9, lease=timedelta(minutes=1), owner="test"
        )
    )
    assert [job.url for job in jobs] == [NEWS.link]


class _Stumbling(RuleSet):
    """A rule set with a fault that one article meets."""

    def __init__(self, sound: RuleSet, title: str) -> None:
        self.rules = sound.rules
        self._sound = sound
        self._title = title

    def match(self, article: Article, *, today: date) -> list[Match]:
        if article.title == self._title:
            raise ValueError("a fault of the program")
        return self._sound.match(article, today=today)

    def entities(self, article: Article) -> frozenset[EntityId]:
        return self._sound.entities(article)


def test_an_item_that_cannot_be_matched_does_not_hold_up_its_feed_and_is_not_lost(
    desk: PollingDesk, server: FeedServer
) -> None:
    live = add(desk, server, "one")
    live.add(at(desk, NEWS))
    sound = desk.desk
    desk.desk = replace(sound, ruleset=_Stumbling(sound.ruleset, "Otters on the roof"))
    live.add(at(desk, Item("b", "Otters on the roof", "Many.", "http://one.example/b")))
    live.add(at(desk, Item("c", "Otters of old", "Few.", "http://one.example/c"), days=9))
    desk.desk = replace(desk.desk, ruleset=_Stumbling(desk.desk.ruleset, "Otters of old"))
    for _ in range(2):
        [outcome] = desk.poll()
        assert outcome.result is PollResult.NEWS
        assert raised(desk) == [Reason.FIRST]
        desk.later()
    assert outcome.intake.new_articles == 0
    desk.desk = sound
    [outcome] = desk.poll()
    assert (outcome.intake.new_articles, outcome.intake.alerts) == (1, 1), "the old one is in"
    desk.later()
    assert desk.poll()[0].result is PollResult.NOT_MODIFIED


HARBOUR = (
    "Otters close the harbour",
    "Ships have to wait outside since several animals rest on the slipway, the port office says.",
)
SCHOOL = (
    "A school is visited by otters",
    "Children watched through classroom windows when a family of five crossed the yard at noon.",
)
ONE_PAGE = "http://one.example/alerts.html"


@pytest.mark.parametrize("guid", ["second", "first"])
def test_other_news_under_a_known_link_is_told(
    desk: PollingDesk, server: FeedServer, guid: str
) -> None:
    """A page of alerts that every item links to, under a guid of its own or the same."""
    live = add(desk, server, "one")
    live.items = [at(desk, Item("first", *HARBOUR, ONE_PAGE))]
    desk.poll()
    desk.later()
    live.items = [at(desk, Item(guid, *SCHOOL, ONE_PAGE))]
    [outcome] = desk.poll()
    assert (outcome.intake.new_articles, outcome.intake.new_stories) == (1, 1)
    assert raised(desk) == [Reason.FIRST, Reason.FIRST]
    desk.later()
    live.items = [at(desk, Item(guid, f"{SCHOOL[0]} again", SCHOOL[1], ONE_PAGE))]
    [outcome] = desk.poll()
    assert (outcome.intake.new_articles, outcome.intake.changed_articles) == (0, 1)
    assert raised(desk) == [Reason.FIRST, Reason.FIRST], "an edit of the second is no news"
    desk.later()
    live.items = [at(desk, Item("first", *HARBOUR, ONE_PAGE))]
    desk.poll()
    assert raised(desk) == [Reason.FIRST, Reason.FIRST], "the first comes back"


@pytest.mark.parametrize("guid", ["second", "first"])
@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("All ships must wait", HARBOUR[1]),
        (HARBOUR[0], f"{'The otters were fed at noon, and ate. ' * 30}{HARBOUR[1]}"),
        (f"{HARBOUR[0]}, officials say", f"{HARBOUR[1]} More follows."),
    ],
    ids=["headline", "live blog", "longer"],
)
def test_an_edit_under_a_known_link_is_a_version(
    desk: PollingDesk, server: FeedServer, guid: str, title: str, text: str
) -> None:
    live = add(desk, server, "one")
    live.items = [at(desk, Item("first", *HARBOUR, ONE_PAGE))]
    desk.poll()
    desk.later()
    live.items = [at(desk, Item(guid, title, text, ONE_PAGE))]
    [outcome] = desk.poll()
    assert (outcome.intake.new_articles, outcome.intake.changed_articles) == (0, 1)
    assert raised(desk) == [Reason.FIRST]


def test_another_feeds_words_for_the_same_page_are_no_other_article(
    desk: PollingDesk, server: FeedServer
) -> None:
    add(desk, server, "one").items = [at(desk, Item("first", *HARBOUR, ONE_PAGE))]
    live = add(desk, server, "two")
    live.items = [at(desk, Item("other", "Port shut by otters", "No word yet.", ONE_PAGE))]
    desk.poll("one")
    desk.poll("two")
    desk.later()
    live.items = [at(desk, Item("other", "Harbour office answers", "Otters again.", ONE_PAGE))]
    [outcome] = desk.poll("two")
    assert outcome.intake.new_articles == 0
    assert raised(desk) == [Reason.FIRST]


def test_what_had_to_be_forgiven_in_a_document_is_told(
    desk: PollingDesk, server: FeedServer
) -> None:
    add(desk, server, "one").add(at(desk, NEWS))
    assert desk.poll()[0].notes == ()
    body = server.live("/two")
    body.add(at(desk, NEWS))
    server.set("/two", Reply(body=body.document().replace(b"</channel>", b" & </channel>")))
    desk.add("two", server.url("/two"))
    [outcome] = desk.poll("two")
    assert any("not well-formed" in note for note in outcome.notes), outcome.notes


def test_a_document_that_is_cut_off_is_read_in_full_next_time(
    desk: PollingDesk, server: FeedServer
) -> None:
    live = server.live("/one")
    live.add(at(desk, Item("old", "Otters long ago", "Many otters."), days=9), at(desk, NEWS))
    whole = live.document()
    cut = Reply(body=whole[: whole.index(b"</item>") + 20], headers={"etag": '"same"'})
    server.set("/one", cut, cut, Reply(body=whole, validate=True))
    desk.add("one", server.url("/one"))
    assert desk.poll()[0].intake.alerts == 1, "the item before the cut"
    desk.later()
    assert desk.poll()[0].result is PollResult.UNCHANGED
    assert "if-none-match" not in server.last("/one").headers
    desk.later()
    assert desk.poll()[0].intake.new_articles == 1
    assert len(raised(desk)) == 2, "of a feed that is cut off again and again nothing is too old"


def test_the_first_document_of_a_feed_is_the_first_that_is_whole(
    desk: PollingDesk, server: FeedServer
) -> None:
    live = server.live("/one")
    live.add(at(desk, Item("old", "Otters long ago", "Many otters."), days=9), at(desk, NEWS))
    whole = live.document()
    begun = whole[: whole.index(b"<item>")]
    server.set(
        "/one", Reply(body=begun), Reply(body=whole[: whole.index(b"</item>") + 20]),
        Reply(body=whole),
    )  # fmt: skip
    desk.add("one", server.url("/one"))
    [outcome] = desk.poll()
    assert "cut off before the end of its first item" in str(outcome.error)
    for _ in range(2):
        desk.later(hours=3)
        desk.poll()
    assert raised(desk) == [Reason.FIRST], "the old item is no news"
