"""What comes closest to a word, a name or a field value that is not there."""

from __future__ import annotations

import regex

from monitor.model import Article
from monitor.rules.ast import EntityRef, FieldName, Term
from monitor.rules.document import Document
from monitor.rules.evaluate import Source
from monitor.rules.explain import not_counted
from monitor.rules.mentions import Gazetteer
from monitor.text.fold import SPACELESS, fold

_SPACELESS = regex.compile(f"[{SPACELESS}]")
NO_WORD = "not there"
NO_NAME = "not there by any of its names"
_SHOWN = 3
_STEM = 4
"""Letters of a word of which a longer form is worth telling."""


def missing_entity(node: EntityRef, document: Document, gazetteer: Gazetteer) -> str:
    """What looks like the entity and does not count, if anything."""
    rejected = not_counted([node.id], document, gazetteer)
    if rejected:
        return rejected
    # No name was turned down, so what is spelt like one has other capitals.
    spelt = document.present & gazetteer.names(node.id)
    found = [document.original(*place) for pattern in spelt for place in document.places(pattern)]
    if not found:
        return NO_NAME
    other = dict.fromkeys(f'"{document.text[a:b]}"' for a, b in sorted(found))
    return f"only with other capitals: {', '.join(list(other)[:_SHOWN])}"


def places(document: Document, text: str) -> list[tuple[int, int]]:
    """Where a word or phrase stands in the original text, whatever its capitals."""
    folded = fold(text)
    if not folded.strip():
        return []
    found: list[tuple[int, int]] = []
    at = document.folded.find(folded)
    while at >= 0 and len(found) < _SHOWN:
        found.append(document.original(at + 1, at + len(folded) - 1))
        at = document.folded.find(folded, at + 1)
    return found


def missing_term(term: Term, document: Document) -> str:
    """What stands there instead: other capitals, a longer form, the words of a phrase apart."""
    if term.exact and not term.wildcard:
        written = [f'"{document.text[a:b]}"' for a, b in places(document, term.text)]
        if written:
            return f"only with other capitals or accents: {', '.join(dict.fromkeys(written))}"
    folded = fold(term.text)
    words = folded.split()
    if term.wildcard or not words or _SPACELESS.search(folded) is not None:
        return NO_WORD
    if len(words) > 1:
        if all(f" {word} " in document.folded for word in words):
            return "its words are there, but not as a phrase"
        return NO_WORD
    if len(words[0]) >= _STEM:
        longer = regex.search(f" ({regex.escape(words[0])}\\S{{1,4}})(?= )", document.folded)
        if longer is not None:
            start, end = document.original(longer.start(1), longer.end(1))
            return f'not there, but "{document.text[start:end]}" is'
    return NO_WORD


def missing_value(name: FieldName, article: Article, source: Source) -> str:
    """What an article has in a field that does not hold what was asked for."""
    known: dict[FieldName, list[str | None]] = {
        FieldName.URL: [article.url],
        FieldName.SOURCE: [article.source, article.feed],
        FieldName.AUTHOR: [article.author],
        FieldName.TAG: list(article.tags),
    }
    values = known.get(name, [source.value(name)])
    listed = list(dict.fromkeys(value for value in values if value))
    return f"the article's {name} is {', '.join(listed) if listed else 'unknown'}"
