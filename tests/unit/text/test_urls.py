"""Two links to one page have one key; two pages never do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text.urls import canonical, host, registrable_domain, url_key


@pytest.mark.parametrize(
    "variant",
    [
        "http://www.example.org/news/story-1",
        "https://example.org/news/story-1/",
        "https://m.example.org/news/story-1?utm_source=rss&utm_medium=feed",
        "https://www.example.org/news/story-1?at_medium=RSS&at_campaign=KARANGA#0",
        "https://example.org/news/story-1?CMP=share&xtor=RSS-3&maca=en-rss&smid=tw&emc=x",
        "https://example.org/news/story-1?partner=rss&ref=home&traffic_source=x&oc=5&fbclid=1",
        "https://example.org/news/story-1;jsessionid=0A1B?PHPSESSID=1",
        "https://example.org/news/story-1/amp/",
        "https://amp.example.org/news/story-1.amp?amp=1&outputType=amp",
        "https://www.google.com/amp/s/www.example.org/news/story-1",
        "https://example-org.cdn.ampproject.org/c/s/example.org/news/story-1",
        "HTTPS://EXAMPLE.ORG:443/news/story-1",
    ],
)
def test_variants_of_one_link_have_one_key(variant: str) -> None:
    assert url_key(variant) == "example.org/news/story-1"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.org/article?id=4411", "https://example.org/article?id=4412"),
        ("https://example.org/?p=1", "https://example.org/?p=2"),
        ("https://example.org/a?sid=7", "https://example.org/a?sid=8"),
        ("https://example.org/Story", "https://example.org/story"),
        ("https://a.example.org/x", "https://b.example.org/x"),
        ("https://example.org:8080/x", "https://example.org/x"),
        ("https://example.org/#!/one", "https://example.org/#!/two"),
        (
            "https://example.org/r?to=https%3A%2F%2Fa.org",
            "https://example.org/r?to=https%3A%2F%2Fb.org",
        ),
    ],
)
def test_different_pages_keep_different_keys(one: str, other: str) -> None:
    assert url_key(one) != url_key(other)


def test_the_canonical_form_keeps_what_names_the_page() -> None:
    assert (
        canonical("https://www.example.org/x?b=2&utm_x=1&id=4411&amp;a=1#c")
        == "https://www.example.org/x?a=1&b=2&id=4411"
    )
    assert canonical("https://example.org/go?url=https%3A%2F%2Fx.org%2F%3Futm_a%3D1") == (
        "https://example.org/go?url=https%3A%2F%2Fx.org%2F%3Futm_a%3D1"
    )


@pytest.mark.parametrize(
    "odd", ["", "not a url", "http://[::1", "http://a.b:99999/", "mailto:a@b.c"]
)
def test_what_is_no_address_comes_back_as_given(odd: str) -> None:
    assert canonical(f" {odd} ") == odd
    assert url_key(odd) == odd


_PARTS = st.sampled_from(
    ["http://", "https://", "www.", "m.", "amp.", "example.org", ".co.uk", "/", "amp/", "a",
     ".amp", "?", "&", "=", "utm_x", "id", "%2F", "#", "!", ":80", "é", " ", ";jsessionid=1",
     "[", "@", "//"]
)  # fmt: skip


@given(st.lists(_PARTS, max_size=12).map("".join))
def test_canonical_and_key_are_stable(url: str) -> None:
    once = canonical(url)
    assert canonical(once) == once
    assert url_key(once) == url_key(url)


@pytest.mark.parametrize(
    ("name", "domain"),
    [
        ("news.bbc.co.uk", "bbc.co.uk"),
        ("www.example.org", "example.org"),
        ("127.0.0.1", "127.0.0.1"),
        ("::1", "::1"),
        ("localhost", "localhost"),
        ("example.com.", "example.com"),
        ("", ""),
    ],
)
def test_registrable_domain(name: str, domain: str) -> None:
    assert registrable_domain(name) == domain


def test_host() -> None:
    assert host("https://User@WWW.Example.org:80/x") == "www.example.org"
    assert host("nonsense") == host("http://[") == ""
