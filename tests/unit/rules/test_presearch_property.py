"""The prefilter is only a hint, and the matcher means what the rule language says.

A second evaluator, slow and simple, works on lists of tokens; the real one must agree with it on
generated trees over generated texts in many scripts.
"""

from __future__ import annotations

import fnmatch
import unicodedata
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.model import Article, EntityId, RuleId
from monitor.rules.ast import (
    And,
    AtLeast,
    EntityRef,
    FieldName,
    InField,
    KOf,
    Near,
    Node,
    Not,
    Or,
    Scope,
    Term,
    Within,
)
from monitor.rules.entity import Case, Entity
from monitor.rules.inflect import Form
from monitor.rules.rule import Rule
from monitor.rules.ruleset import RuleSet
from monitor.text.fold import SPACELESS, fold
from monitor.text.sentences import paragraph_spans, sentence_spans
from tests.unit.rules.tokens import words

TODAY = date(2026, 3, 1)
GAPS = [" ", " ", " ", "-", "’", ", ", ". ", "! ", "\n", "\n\n", "", "。", "؟ ", "\u00ad "]
# Few words each, so that trees often come near to holding: words of texts, terms, wildcards.
WORLDS = (
    (
        ["Niger", "niger", "NIGER", "State", "state", "troops", "Troops"],
        ["niger", "niger state", "state troops", "troops niger", "state"],
        ["nig*", "st?te", "niger tro*", "sta* troops"],
    ),
    (
        ["Нигер", "Нигера", "войска", "النيجر", "جنود", "नाइजर", "armée", "Niger"],
        ["нигер", "нигер войска", "النيجر", "جنود النيجر", "नाइजर", "armee"],
        ["ниг*", "нигер?", "вой* нигер"],
    ),
    (
        ["尼日尔", "军队", "ทหาร", "ไนเจอร์", "ニジェール", "5G", "troops", "ガ"],
        [
            "尼日尔",
            "日尔",
            "军队",
            "尼日尔军队",
            "ทหาร",
            "ไนเจอร์ทหาร",
            "ニジェール",
            "5g",
            "5G军队",
        ],
        ["tro*", "tro?ps 5g"],
    ),
    (
        ["Νίγηρας", "νιγηρας", "στρατός", "ΣΤΡΑΤΟΣ", "צבא", "ניז'ר", "שָׁלוֹם", "Straße", "STRASSE"],
        ["νιγηρασ", "στρατός νίγηρας", "צבא", "ניז ר", "שלום צבא", "strasse", "straße צבא"],
        ["στρα*", "str?sse", "νίγηρ* צבא"],
    ),
    (
        [
            "सेना",
            "नाइजर",
            "に",
            "がニジェール",
            "ทหาร",
            "ทหาร2",
            "Ŵagner",
            "Wagner",
            "mercenaries",
            "の",
        ],
        ["सेना", "नाइजर सेना", "ニジェール", "にの", "ทหาร", "wagner", "wagner ทหาร", "の ニ"],
        ["wag*", "mercenar?es", "सेना wag*"],
    ),
    (
        [
            "Wagner",
            "WAGNER",
            "wagner",
            "Opera",
            "mercenaries",
            "so",
            "so",
            "Niger",
            "…",
            "ﬁn",
            "№ 5",
        ],
        ["wagner opera", "wagner", "so so", "fin", "no 5", "niger so"],
        ["mercen*", "so w?gner"],
    ),
)
ENTITIES = (
    Entity(
        EntityId("niger"),
        case=Case.CAP,
        names={"*": ("Niger", "Нигер", "尼日尔", "Niger State Troops")},
        not_=("Niger State",),
    ),
    Entity(EntityId("army"), case=Case.ANY, names={"*": ("troops", "armée", "军队", "ทหาร")}),
    Entity(
        EntityId("wagner"),
        weak={"*": ("Wagner",)},
        confirm=("mercenaries",),
        not_=("Wagner Opera", "so Wagner"),
    ),
    Entity(
        EntityId("both"),
        names={"*": ("Russia",)},
        includes=(EntityId("niger"), EntityId("wagner")),
    ),
)


def plain_forms(alias: str, lang: str, part: str) -> tuple[Form, ...]:
    return (Form(alias, ""),)


# --- the second evaluator ----------------------------------------------------------------------


@dataclass(frozen=True)
class Tok:
    text: str
    start: int  # halves
    end: int
    glued: bool  # to the token before, without anything between
    sentence: int
    paragraph: int
    in_title: bool
    original: str


def is_spaceless(text: str) -> bool:
    return any(
        ord(a) <= ord(text[0]) <= ord(b)
        for a, b in zip(SPACELESS[0::3], SPACELESS[2::3], strict=True)
    )


def tokens_of(text: str, title_end: int) -> list[Tok]:
    sentences, paragraphs = sentence_spans(text), paragraph_spans(text)
    result: list[Tok] = []
    at, before = 0, -1
    for token in words(text):
        spaceless = is_spaceless(token.text)
        glued = (
            spaceless
            and bool(result)
            and is_spaceless(result[-1].text)
            and fold(text[before : token.start]) == " "
            and not any(not c.isalnum() and c != "\u00ad" for c in text[before : token.start])
        )
        width = 1 if spaceless else 2
        result.append(
            Tok(
                token.text,
                at,
                at + width,
                glued,
                sum(s <= token.start for s, _ in sentences),
                sum(s <= token.start for s, _ in paragraphs),
                token.start < title_end,
                text[token.start : token.end],
            )
        )
        at += width
        before = token.end
    return result


Occurrence = tuple[int, int]  # first token, one past the last


def find_tokens(tokens: list[Tok], wanted: list[Tok]) -> list[Occurrence]:
    found = []
    for i in range(len(tokens) - len(wanted) + 1):
        here = tokens[i : i + len(wanted)]
        same = all(fnmatch.fnmatchcase(a.text, b.text) for a, b in zip(here, wanted, strict=True))
        glue = all(a.glued == b.glued for a, b in zip(here[1:], wanted[1:], strict=True))
        if wanted and same and glue and len({t.sentence for t in here}) == 1:
            found.append((i, i + len(wanted)))
    return found


def find_exactly(tokens: list[Tok], term: Term) -> list[Occurrence]:
    """The occurrences that have the capitals and accents of the term too."""
    wanted = tokens_of(term.text, 0)
    written = [unicodedata.normalize("NFKC", t.original) for t in wanted]
    return [
        (a, b)
        for a, b in find_tokens(tokens, wanted)
        if [unicodedata.normalize("NFKC", t.original) for t in tokens[a:b]] == written
    ]


def wanted_tokens(term: Term) -> list[Tok]:
    if not term.wildcard:
        return tokens_of(term.text, 0)
    letters = {"*": "qqq", "?": "zzz"}  # letters survive the fold
    result = []
    for word in term.text.split():
        text = word
        for sign, stand_in in letters.items():
            text = text.replace(sign, stand_in)
        text = fold(text).strip()
        for sign, stand_in in letters.items():
            text = text.replace(stand_in, sign)
        result.append(Tok(text, 0, 0, False, 1, 1, False, word))
    return result


def entity_places(name: str, tokens: list[Tok]) -> list[Occurrence]:
    entity = next(e for e in ENTITIES if e.id == name)

    def places(alias: str, case: Case) -> list[Occurrence]:
        capital = alias.split()
        return [
            (a, b)
            for a, b in find_tokens(tokens, tokens_of(alias, 0))
            if case is Case.ANY
            or all(
                got.original[:1].isupper()
                for want, got in zip(capital, tokens[a:b], strict=False)
                if want[0].isupper()
            )
        ]

    def is_confirmed(place: Occurrence) -> bool:
        start, end = tokens[place[0]].start, tokens[place[1] - 1].end
        cues = [p for phrase in entity.confirm for p in places(phrase, Case.ANY)]
        gaps = [max(start - tokens[b - 1].end, tokens[a].start - end) for a, b in cues]
        return any(0 <= gap <= 2 * 10 for gap in gaps)

    weak = [p for alias in entity.weak.get("*", ()) for p in places(alias, entity.case)]
    listed = entity.names.get("*", ())
    names = [p for alias in listed for p in places(alias, entity.case)] + weak
    masks = [
        (a, b)
        for phrase in entity.not_
        for a, b in places(phrase, Case.CAP)
        if not any(c <= a and b <= d and d - c > b - a for c, d in names)
    ]
    own = [
        (a, b)
        for a, b in names
        if not any(c <= a and b <= d for c, d in masks)
        and ((a, b) not in weak or is_confirmed((a, b)))
    ]
    return own + [p for other in entity.includes for p in entity_places(other, tokens)]


class Slow:
    """Evaluates a tree over tokens; ``low`` and ``high`` limit it to a stretch of halves."""

    def __init__(self, tokens: list[Tok]) -> None:
        self.tokens = tokens

    def places(self, node: Node, low: int, high: int) -> list[tuple[int, int]]:
        """Occurrences as halves."""
        match node:
            case Term() if node.exact:
                found = find_exactly(self.tokens, node)
            case Term():
                found = find_tokens(self.tokens, wanted_tokens(node))
            case EntityRef(name):
                found = entity_places(name, self.tokens)
            case Or(nodes):
                return sorted({p for n in nodes for p in self.places(n, low, high)})
            case Near():
                pairs = self.pairs(node, low, high)
                return sorted({(min(a[0], b[0]), max(a[1], b[1])) for a, b in pairs})
            case _:
                raise AssertionError(node)
        spans = {(self.tokens[a].start, self.tokens[b - 1].end) for a, b in found}
        return sorted(s for s in spans if low <= s[0] and s[1] <= high)

    def pairs(self, node: Near, low: int, high: int) -> list[tuple[tuple[int, int], ...]]:
        result = []
        for a in self.places(node.left, low, high):
            for b in self.places(node.right, low, high):
                if node.ordered and b[0] < a[1]:
                    continue
                if isinstance(node.distance, Scope):
                    inside = [t for t in self.tokens if t.end > min(a[0], b[0])
                              and t.start < max(a[1], b[1])]  # fmt: skip
                    units = {
                        t.sentence if node.distance is Scope.SENTENCE else t.paragraph
                        for t in inside
                    }
                    near = len(units) == 1
                else:
                    between = max(a[1], b[1]) - min(a[0], b[0]) - (a[1] - a[0]) - (b[1] - b[0])
                    near = between <= 2 * node.distance
                if near:
                    result.append((a, b))
        return result

    def holds(self, node: Node, low: int = 0, high: int = 10**9) -> bool:
        match node:
            case Term() | EntityRef():
                return bool(self.places(node, low, high))
            case Near():
                return bool(self.pairs(node, low, high))
            case And(nodes):
                return all(self.holds(n, low, high) for n in nodes)
            case Or(nodes):
                return any(self.holds(n, low, high) for n in nodes)
            case Not(inner):
                return not self.holds(inner, low, high)
            case KOf(count, nodes):
                return sum(self.holds(n, low, high) for n in nodes) >= count
            case AtLeast(count, inner):
                total, last = 0, -1
                for start, end in sorted(self.places(inner, low, high), key=lambda p: p[1]):
                    if start >= last:
                        total, last = total + 1, end
                return total >= count
            case InField(name, inner):
                ends = [t.end for t in self.tokens if t.in_title]
                border = max(ends, default=0)
                if name is FieldName.TITLE:
                    return self.holds(inner, low, min(high, border))
                if name is FieldName.BODY:
                    return self.holds(inner, max(low, border), high)
                return self.holds(inner, low, min(high, border + 120))
            case Within(limit, inner):
                return any(
                    self.holds(inner, max(low, a), min(high, b)) for a, b in self.windows(limit)
                )

    def windows(self, limit: int | Scope) -> list[tuple[int, int]]:
        if isinstance(limit, int):
            return [(t.start, t.start + 2 * limit) for t in self.tokens]
        borders = [0]
        for a, b in pairwise(self.tokens):
            if limit is Scope.SENTENCE and a.sentence != b.sentence:
                borders.append(b.start)
            if limit is Scope.PARAGRAPH and a.paragraph != b.paragraph:
                borders.append(b.start)
        return list(pairwise([*borders, 10**9]))


# --- what is generated -------------------------------------------------------------------------

Strategy = st.SearchStrategy[Node]
distances = st.integers(0, 4) | st.sampled_from([Scope.SENTENCE, Scope.PARAGRAPH])
fields = st.sampled_from([FieldName.TITLE, FieldName.BODY, FieldName.LEAD])
limits = st.integers(1, 6) | st.sampled_from([Scope.SENTENCE, Scope.PARAGRAPH])


def texts_of(words_: list[str]) -> st.SearchStrategy[str]:
    pieces = st.lists(st.tuples(st.sampled_from(words_), st.sampled_from(GAPS)), max_size=20)
    return pieces.map(lambda drawn: "".join(w + g for w, g in drawn))


def several(inner: Strategy) -> st.SearchStrategy[tuple[Node, ...]]:
    return st.lists(inner, min_size=2, max_size=4).map(tuple)


def trees_of(written: list[str], listed: list[str], wild: list[str]) -> Strategy:
    plain: Strategy = st.sampled_from(listed).map(Term)
    leaves: Strategy = st.one_of(
        plain,
        st.sampled_from(wild).map(lambda w: Term(w, wildcard=True)),
        st.sampled_from(written).map(lambda w: Term(w, exact=True)),
        st.sampled_from(["niger", "army", "wagner", "both"]).map(lambda e: EntityRef(EntityId(e))),
    )
    any_of = st.one_of(plain, several(plain).map(Or), leaves, several(leaves).map(Or))
    near = st.builds(Near, any_of, any_of, distances, st.booleans())
    chains = st.builds(Near, near, any_of, st.integers(0, 4), st.booleans())
    often = st.builds(AtLeast, st.integers(1, 4), any_of)

    def grown(inner: Strategy) -> Strategy:
        return st.one_of(
            several(inner).map(And),
            several(inner).map(Or),
            inner.map(Not),
            st.builds(KOf, st.integers(1, 3), several(inner)),
            st.builds(InField, fields, inner),
            st.builds(Within, limits, several(any_of).map(And)),
        )

    simple = st.one_of(any_of, near, chains, often)
    return st.one_of(simple, st.recursive(simple, grown, max_leaves=6))


cases = st.sampled_from(WORLDS).flatmap(
    lambda world: st.tuples(
        st.lists(trees_of(world[0], world[1], world[2]), min_size=2, max_size=8),
        texts_of(world[0]),
        texts_of(world[0]),
    )
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cases)
def test_the_matcher_agrees_with_a_slow_and_simple_one(
    case: tuple[list[Node], str, str],
) -> None:
    nodes, title, body = case
    rules = [Rule(RuleId(f"r{i}"), node) for i, node in enumerate(nodes)]
    ruleset = RuleSet.compile(rules, ENTITIES, forms=plain_forms)
    article = Article(key="k", title=title, body=body)
    whole = f"{title}\n\n{body}" if title else body
    slow = Slow(tokens_of(whole, len(title)))

    found = set(ruleset.find(article, today=TODAY))

    assert found == {rule.id for rule in rules if slow.holds(rule.tree)}
    matches = ruleset.match(article, today=TODAY)
    assert {m.rule for m in matches} == found
    assert ruleset.spans(article, today=TODAY) == [(m.rule, m.spans) for m in matches]
    for match in matches:
        for span in match.spans:
            text = article.title if span.field == "title" else article.body
            assert text[span.start : span.end] == span.text
        for start, end in match.excerpt.marks:
            assert 0 <= start < end <= len(match.excerpt.text)


# --- distances, of which the tests above meet few ----------------------------------------------

close_words = st.sampled_from(
    ["niger", "Niger State", "troops", "state troops", "niger state troops"]
)
close_terms = close_words.map(Term) | st.lists(close_words.map(Term), min_size=2, max_size=3).map(
    lambda terms: Or(tuple(terms))
)
fillers = st.sampled_from(["so", "so", "so,", "Niger", "State", "troops", "armée", "state."])


@settings(max_examples=400, deadline=None)
@given(
    close_terms,
    close_terms,
    st.integers(0, 5),
    st.booleans(),
    st.lists(fillers, max_size=14).map(" ".join),
    st.lists(fillers, max_size=4).map(" ".join),
)
def test_distances_between_plain_words_are_counted_like_a_slow_and_simple_matcher_counts_them(
    left: Node, right: Node, distance: int, ordered: bool, body: str, title: str
) -> None:
    tree = Near(left, right, distance, ordered)
    ruleset = RuleSet.compile([Rule(RuleId("near"), tree)], ())
    slow = Slow(tokens_of(f"{title}\n\n{body}" if title else body, len(title)))

    found = ruleset.find(Article(key="k", title=title, body=body), today=TODAY)

    assert (found == ["near"]) is slow.holds(tree)
