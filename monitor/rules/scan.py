"""One pass over a text that finds every pattern of a rule set, overlaps included."""

from __future__ import annotations

from ahocorasick_rs import BytesAhoCorasick, MatchKind

from monitor.rules.document import Document
from monitor.rules.needles import Lexicon


class Scanner:
    """The automaton over the patterns of a lexicon, which must be complete by now.

    It works on UTF-8, because only which patterns there are is asked of it: counting characters
    would cost a tenth of the scan.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        patterns = [pattern.encode("utf-8", "surrogatepass") for pattern in lexicon.patterns]
        automaton = BytesAhoCorasick(patterns, matchkind=MatchKind.Standard)
        self._find = automaton.find_matches_as_indexes

    def document(self, title: str, body: str) -> Document:
        """The text folded and scanned."""
        document = Document(title, body, self._lexicon)
        folded = document.folded.encode("utf-8", "surrogatepass")
        document.present = frozenset([pid for pid, _, _ in self._find(folded, overlapping=True)])
        return document
