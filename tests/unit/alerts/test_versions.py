"""Which version of a story is shown."""

from __future__ import annotations

import pytest

from monitor.alerts.versions import Version, best
from monitor.model import ArticleId


def version(id: int, length: int, lang: str | None = None, agency: str = "") -> Version:
    return Version(ArticleId(id), lang, length, agency)


def test_the_longest_is_shown_and_of_equals_the_first() -> None:
    assert best([version(1, 100), version(2, 300), version(3, 300)], ()).article == 2


def test_a_language_of_the_desk_goes_before_length() -> None:
    versions = [version(1, 900, "ru"), version(2, 100, "fr"), version(3, 200, "en-GB")]
    assert best(versions, ("en", "fr")).article == 3
    assert best(versions, ("fr",)).article == 2
    assert best(versions, ("de",)).article == 1
    assert best(versions, ()).article == 1


def test_an_unknown_language_is_none_of_the_desks() -> None:
    assert best([version(1, 900, None), version(2, 100, "en")], ("en",)).article == 2


def test_what_an_outlet_copied_gives_way_unless_it_added_much() -> None:
    original, copied = version(1, 1000), version(2, 1300, agency="AFP")
    assert best([original, copied], ()).article == 1
    assert best([original, version(2, 1500, agency="AFP")], ()).article == 2


def test_beyond_what_anybody_reads_length_is_nothing() -> None:
    assert best([version(1, 5000), version(2, 50_000)], ()).article == 1


def test_no_version_is_an_error_of_the_caller() -> None:
    with pytest.raises(ValueError, match="empty"):
        best([], ())
