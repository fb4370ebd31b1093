"""Which entry is which, and which of them are one article."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.feeds import identity
from monitor.feeds.identity import KeyedEntry
from monitor.model import Entry, FeedName, ParsedFeed

NAME = FeedName("Desk")
FEED = "https://news.example/rss"
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def keys(*entries: Entry, home: str | None = "https://news.example/africa") -> list[KeyedEntry]:
    return list(identity.assign_keys(NAME, FEED, ParsedFeed("T", entries, "rss 2.0", home=home)))


def entry(guid: str | None, link: str | None, title: str = "Title", **more: object) -> Entry:
    return Entry(guid, link, title, **more)  # type: ignore[arg-type]


def test_a_guid_is_the_entrys_key_and_the_page_the_articles() -> None:
    (one,) = keys(entry("17", "https://www.news.example/a?utm_source=rss"))
    (other,) = identity.assign_keys(
        FeedName("Other"),
        "https://other.example/rss",
        ParsedFeed("T", (entry("99", "http://m.news.example/a"),), "rss"),
    )
    assert one.key == "g:17"
    assert one.article_key == other.article_key
    assert one.key != other.key


def test_a_guid_shared_by_two_items_is_joined_with_the_link() -> None:
    one, two = keys(entry("1", "https://news.example/a"), entry("1", "https://news.example/b"))
    assert one.key != two.key
    assert one.article_key != two.article_key
    assert one.key.startswith("gu:1 ")


def test_without_a_guid_the_link_is_the_key_and_without_a_link_the_words() -> None:
    one, two = keys(entry(None, "https://news.example/a"), entry(None, None, "Only a title"))
    assert one.key == f"u:{one.article_key}"
    assert two.key == two.article_key == f"h:{two.content_hash}"


def test_a_link_home_is_no_articles_own() -> None:
    for link in ("https://news.example/", "https://news.example/africa", FEED, "https://x.example"):
        one, two = keys(entry("1", link, "First"), entry("2", link, "Second"))
        assert one.article_key == "Desk g:1", link
        assert two.article_key == "Desk g:2", link
    (query,) = keys(entry("1", "https://news.example/?p=4411"))
    assert query.article_key.endswith("?p=4411")


def test_a_page_under_several_guids_is_several_articles() -> None:
    """A live page whose posts are items of their own, told apart by a fragment or not at all."""
    page = "https://news.example/live"
    one, two, three = keys(
        entry("p1", f"{page}#1", "A"), entry("p2", f"{page}#2", "B"), entry(None, page, "C")
    )
    assert len({one.article_key, two.article_key, three.article_key}) == 3
    assert one.article_key == "Desk g:p1"


def test_a_live_blog_at_one_address_is_a_new_version_of_its_article() -> None:
    (before,) = keys(entry("1", "https://news.example/live", "Live", content="One dead"))
    (after,) = keys(entry("1", "https://news.example/live", "Live", content="Five dead"))
    assert (before.key, before.article_key) == (after.key, after.article_key)
    assert before.content_hash != after.content_hash


def test_an_item_listed_twice_counts_once_and_two_versions_are_one_article() -> None:
    same = entry("1", "https://news.example/a", "Same")
    edited = replace(same, title="Same, corrected")
    assert len(keys(same, same)) == 1
    one, two = keys(same, edited)
    assert one.article_key == two.article_key
    assert one.key != two.key


def test_items_that_share_guid_and_home_link_are_told_apart_by_their_words() -> None:
    got = keys(*(entry("x", "https://news.example/", f"News {i}") for i in range(5)))
    assert len({k.key for k in got}) == len({k.article_key for k in got}) == 5


@given(
    st.lists(
        st.tuples(
            st.sampled_from([None, "1", "2"]),
            st.sampled_from(
                [None, "https://e.example/a", "https://e.example/b", "https://e.example"]
            ),
            st.sampled_from(["x", "y", "z"]),
        ),
        max_size=12,
    )
)
def test_keys_are_unique_and_nothing_said_is_lost(items: list[tuple[str, str, str]]) -> None:
    entries = [entry(*i) for i in items]
    got = keys(*entries)
    assert len({k.key for k in got}) == len(got)
    kept = {k.entry.title for k in got}
    assert kept == {e.title for e in entries}


def test_hostile_keys_are_bounded_and_storable() -> None:
    long = "g" * 100_000
    one, two = keys(entry(long + "1", None), entry(long + "2\0", None))
    assert one.key != two.key
    assert max(len(k) for k in (one.key, two.key, one.article_key)) <= 400
    assert "\0" not in two.key


def test_the_hash_is_of_words_not_of_their_dress() -> None:
    plain = entry("1", None, "“Niger: troops leave”", content="The last  left\n\non Monday.")
    other = entry("2", None, "Niger - TROOPS leave", content="The last left on Monday")
    changed = entry("3", None, "Niger - troops stay", content="The last left on Monday")
    assert identity.content_hash(plain) == identity.content_hash(other)
    assert identity.content_hash(plain) != identity.content_hash(changed)


def test_the_hash_of_this_version_does_not_change_by_accident() -> None:
    """A changed hash makes every stored article look edited: raise HASH_VERSION on purpose."""
    assert identity.content_hash(entry(None, None, "Ab", content="c d")) == (
        "v1:224b36aa8221558e07ed0d93bc8499a6"
    )


def test_the_first_poll_takes_in_what_is_old_or_undated_quietly() -> None:
    day = timedelta(hours=24)
    fresh, old = NOW - timedelta(hours=1), NOW - timedelta(days=2)
    assert not identity.is_backfill(entry("1", None, published=fresh), NOW, day)
    assert identity.is_backfill(entry("1", None, published=old), NOW, day)
    assert identity.is_backfill(entry("1", None, published=old, updated=fresh), NOW, day)
    assert not identity.is_backfill(entry("1", None, updated=fresh), NOW, day)
    assert identity.is_backfill(entry("1", None), NOW, day)
    assert not identity.is_backfill(entry("1", None, published=NOW + day), NOW, day)


PORT = ("Otters close the harbour", "Ships have to wait outside until the animals leave again.")


def settled(
    title: str, body: str, *, old: tuple[str, str] = PORT, key: str = "", known: bool = True
) -> str:
    (keyed,) = keys(entry("17", "https://news.example/alerts", title, content=body))
    old_key = key or keyed.article_key
    return identity.settled_key(NAME, keyed, old_key, old, known=known)


def test_a_wholly_other_text_is_another_article() -> None:
    page = "news.example/alerts"
    other = ("Otters at the school", "Children watched them through the windows at noon.")
    assert settled(*other, known=False) == "Desk g:17"
    revision = settled(*other)
    assert revision.startswith(f"{page}#v")
    assert settled(other[0], f"{other[1]} Twice.", old=other, key=revision) == revision
    again = settled(*PORT, old=other, key=revision)
    assert again.startswith(f"{page}#v")
    assert again != revision
    assert settled(*other, key="Desk g:17").startswith("Desk g:17#v")
    assert settled(*other, key="news.example/elsewhere") == page
    assert settled(*other, key=f"{page}#video") == page, "a place on the page"


def test_a_text_that_shares_with_the_old_one_is_a_version() -> None:
    page = "news.example/alerts"
    for title, body in [
        ("Nothing of the old headline", PORT[1]),
        ("The harbour is closed by otters", "Nobody knows why."),
        (PORT[0], ""),
        ("Wait", f"{'News of the day on top. ' * 50}{PORT[1]}"),
    ]:
        assert settled(title, body) == page
    assert settled("Otters close a harbour", "", old=("Harbour closed", "")) == page
    assert (
        settled(
            "狮子在港口",
            "狮子今天早上在港口附近出现,居民很害怕。",
            old=("港口有狮子", "狮子今天早上在港口附近出现。"),
        )
        == page
    )
    long = entry(
        "g" * 600, "https://news.example/alerts", "Title of another", content="Words of it."
    )
    (keyed,) = keys(long)
    own = identity.settled_key(NAME, keyed, keyed.article_key, PORT, known=False)
    revision = identity.settled_key(NAME, keyed, own, PORT, known=True)
    assert len(revision) <= 400
    assert "#v" in revision
    same = (long.title, long.body)
    assert identity.settled_key(NAME, keyed, revision, same, known=True) == revision
