"""One pass over a text that finds every pattern of a rule set, overlaps included."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from ahocorasick_rs import AhoCorasick, MatchKind

from monitor.rules.document import Document
from monitor.rules.needles import Lexicon, Pattern


class Scanner:
    """The automaton over the patterns of a lexicon, which must be complete by now.

    It is asked for the patterns themselves, not for their numbers and places: handing out objects
    that are there costs a third of making a tuple of numbers for every hit.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        automaton = AhoCorasick(
            list(lexicon.patterns), matchkind=MatchKind.Standard, store_patterns=True
        )
        # It gives back the objects that it was given.
        self._find = cast("Callable[..., list[Pattern]]", automaton.find_matches_as_strings)

    def document(self, title: str, body: str) -> Document:
        """The text folded and scanned."""
        document = Document(title, body)
        document.present = frozenset(self._find(document.folded, overlapping=True))
        return document
