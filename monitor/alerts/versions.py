"""Which of a story's versions is shown: the longest and most original, in a language the desk
reads. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.model import ArticleId

ENOUGH = 4_000
"""Characters beyond which a longer version tells no more: some 600 words."""
COPIED = 0.7
"""What a version is worth that credits an agency, against one of the same length that is the
outlet's own or the agency's: a third longer makes up for it, as outlets add to what they take."""


@dataclass(frozen=True, slots=True)
class Version:
    """One article of a story, as far as the choice goes. Given in order of joining."""

    article: ArticleId
    lang: str | None
    length: int
    agency: str = ""


def best(versions: Sequence[Version], languages: Sequence[str]) -> Version:
    """The version to show; of equals the one that came first. Raises ValueError for none.

    ``languages`` are those of the desk, the dearest first; without them every language is as good.
    """
    return max(versions, key=lambda version: (-_rank(version.lang, languages), _worth(version)))


def _rank(lang: str | None, languages: Sequence[str]) -> int:
    primary = (lang or "").casefold().partition("-")[0]
    return languages.index(primary) if primary in languages else len(languages)


def _worth(version: Version) -> float:
    return min(version.length, ENOUGH) * (COPIED if version.agency else 1.0)
