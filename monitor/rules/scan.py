"""One pass over a text that finds every pattern of a rule set, overlaps included."""

from __future__ import annotations

from ahocorasick_rs import AhoCorasick, MatchKind

from monitor.rules.document import Document
from monitor.rules.needles import Lexicon


class Scanner:
    """The automaton over the patterns of a lexicon, which must be complete by now.

    It is asked for the patterns themselves, not for their numbers and places: handing out strings
    that are there already costs a third of making numbers and tuples of them.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        automaton = AhoCorasick(
            list(lexicon.patterns), matchkind=MatchKind.Standard, store_patterns=True
        )
        self._find = automaton.find_matches_as_strings

    def document(self, title: str, body: str) -> Document:
        """The text folded and scanned."""
        document = Document(title, body)
        document.present = frozenset(self._find(document.folded, overlapping=True))
        return document
