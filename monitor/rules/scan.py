"""One pass over a text that finds every pattern of a rule set, overlaps included."""

from __future__ import annotations

from ahocorasick_rs import AhoCorasick, MatchKind

from monitor.rules.document import Document
from monitor.rules.needles import Lexicon


class Scanner:
    """The automaton over the patterns of a lexicon, which must be complete by now."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        automaton = AhoCorasick(
            lexicon.patterns, matchkind=MatchKind.Standard, store_patterns=False
        )
        self._find = automaton.find_matches_as_indexes

    def document(self, title: str, body: str) -> Document:
        """The text folded and scanned."""
        document = Document(title, body, self._lexicon)
        document.present = frozenset(
            [found[0] for found in self._find(document.folded, overlapping=True)]
        )
        return document
