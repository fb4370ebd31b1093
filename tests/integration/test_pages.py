"""Full text: the page adds to what the feed says, in a queue of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.model import ArticleId, Reason
from monitor.store import Database, alerts, articles
from tests.integration.outbox_desk import START
from tests.integration.polling_desk import PollingDesk
from tests.servers.feedserver import FeedServer, Item, Reply, Request

PAGE = (
    "<html><head><title>Night flight</title></head><body><nav>Home | World</nav><article>"
    "<h1>Night flight</h1>"
    "<p>An unmarked cargo aircraft landed after midnight at the military end of the airport, "
    "witnesses told this newspaper, and stayed for less than an hour before it left again.</p>"
    "<p>Russian soldiers in plain uniform unloaded crates in Niamey, the capital of Niger, while "
    "the runway lights were switched off, two airport workers said on condition of anonymity.</p>"
    "</article><footer>All rights reserved</footer></body></html>"
)


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as running:
        yield running


@pytest.fixture
def desk(database: Database, tmp_path: Path, server: FeedServer) -> PollingDesk:
    made = PollingDesk(database, tmp_path)
    live = server.live("/feed")
    when = made.clock().timestamp()
    live.add(Item("n", "Night flight", "What we know.", server.url("/page"), published=when))
    made.add("paper", server.url("/feed"), full_text=True)
    return made


def test_a_rule_that_holds_only_in_the_full_text_alerts(
    desk: PollingDesk, server: FeedServer
) -> None:
    server.set("/page", Reply(body=PAGE.encode(), headers={"content-type": "text/html"}))
    assert desk.poll()[0].intake.matches == 0
    assert desk.read_pages() == 1
    [view] = desk.database.read_now(lambda conn: alerts.list_recent(conn, limit=10))
    assert view.reason is Reason.FIRST
    assert "Russian soldiers" in view.hits[0].excerpt.text
    [(_, article, _)] = desk.database.read_now(
        lambda conn: articles.page(conn, since=START, after_id=ArticleId(0), limit=10)
    )
    assert "All rights" not in article.body
    assert article.body.startswith("What we know.")
    assert desk.read_pages() == 0


def test_a_page_that_is_not_there_is_given_up_and_one_that_fails_is_tried_again(
    desk: PollingDesk, server: FeedServer
) -> None:
    server.set("/page", Reply(status=503))
    desk.poll()
    desk.read_pages()
    assert desk.read_pages() == 0
    server.set("/page", Reply(status=404))
    desk.later(hours=1)
    assert desk.read_pages() == 1
    desk.later(days=30)
    assert desk.read_pages() == 0, "given up for good"


def test_a_page_behind_a_private_address_is_refused_when_the_feed_may_not_go_there(
    desk: PollingDesk, server: FeedServer
) -> None:
    desk.poll()
    desk.add("paper", server.url("/feed"), full_text=True, allow_private=False)
    assert desk.read_pages() == 1
    assert server.count("/page") == 0


def test_a_page_does_not_overwrite_what_the_feed_brought_while_it_was_fetched(
    desk: PollingDesk, server: FeedServer
) -> None:
    desk.poll()
    found = desk.database.read_now(
        lambda conn: articles.page(conn, since=START, after_id=ArticleId(0), limit=10)
    )
    [(id, article, _)] = found
    newer = replace(article, title="Night flight, corrected", body="What we know by now.")

    def answer(request: Request) -> Reply:
        if server.count("/page") == 1:
            desk.database.transact_now(
                lambda conn: articles.update(conn, id, newer, content_hash="v1:1", now=START)
            )
        return Reply(body=PAGE.encode(), headers={"content-type": "text/html"})

    server.set("/page", answer)
    assert desk.read_pages() == 1
    assert desk.database.read_now(lambda conn: articles.get(conn, id)) == newer
    assert desk.read_pages() == 1
    read = desk.database.read_now(lambda conn: articles.get(conn, id))
    assert read is not None
    assert read.title == newer.title
    assert read.body.startswith(newer.body)
    assert "Russian soldiers" in read.body
    assert desk.read_pages() == 0
