"""The query language: what each construct means as a tree, and what is refused or doubted."""

from __future__ import annotations

import pytest

from monitor.errors import QuerySyntaxError, RuleTooBroad, UnknownEntity
from monitor.model import EntityId
from monitor.rules import query
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
)

KNOWN = {n: EntityId(n) for n in ("niger", "mali", "russia", "burkina-faso")}
KNOWN["drc"] = EntityId("dr-congo")


def suggest(name: str) -> str | None:
    return "niger" if name.startswith("nig") else None


def parse(text: str) -> Node:
    return query.parse(text, KNOWN.get, suggest)


def read(text: str) -> query.Reading:
    return query.read(text, KNOWN.get, suggest)


def word(text: str) -> Term:
    return Term(text, wildcard="*" in text or "?" in text)


A, B, C = word("ambush"), word("base"), word("coup")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("ambush", A),
        ('"air base 201"', word("air base 201")),
        ("evacuat*", word("evacuat*")),
        ("wom?n", word("wom?n")),
        ('"air strike*"', word("air strike*")),
        ("=US", Term("US", exact=True)),
        ('="Le Monde"', Term("Le Monde", exact=True)),
        ("@niger", EntityRef(EntityId("niger"))),
        ("@Niger", EntityRef(EntityId("niger"))),
        ("@drc", EntityRef(EntityId("dr-congo"))),
        ("ambush AND base", And((A, B))),
        ("ambush OR base OR coup", Or((A, B, C))),
        ("(ambush OR (base OR coup))", Or((A, B, C))),
        ("ambush AND NOT base", And((A, Not(B)))),
        ("ambush NOT base", And((A, Not(B)))),
        ("ambush -base", And((A, Not(B)))),
        ('ambush -"base"', And((A, Not(B)))),
        ("NOT NOT ambush", A),
        ("NOT ambush AND base", And((Not(A), B))),
        ("ambush OR base AND coup", Or((A, And((B, C))))),
        ("ambush NEAR/10 base", Near(A, B, 10)),
        ("ambush W/10 base", Near(A, B, 10)),
        ("ambush PRE/5 base", Near(A, B, 5, ordered=True)),
        ("ambush ONEAR/5 base", Near(A, B, 5, ordered=True)),
        ("ambush W/s base", Near(A, B, Scope.SENTENCE)),
        ("ambush W/p base", Near(A, B, Scope.PARAGRAPH)),
        ("ambush NEAR/0 base", Near(A, B, 0)),
        ("ambush NEAR/5 base NEAR/9 coup", Near(Near(A, B, 5), C, 9)),
        ("(ambush NEAR/5 base) NEAR/9 coup", Near(Near(A, B, 5), C, 9)),
        ("ambush NEAR/5 (base OR coup)", Near(A, Or((B, C)), 5)),
        ("NOT ambush NEAR/5 base", Not(Near(A, B, 5))),
        ("ambush NEAR/5 base AND coup", And((Near(A, B, 5), C))),
        ("title:ambush", InField(FieldName.TITLE, A)),
        ("TITLE: ambush", InField(FieldName.TITLE, A)),
        ("title:(ambush NEAR/5 base)", InField(FieldName.TITLE, Near(A, B, 5))),
        ("lead:(ambush OR base)", InField(FieldName.LEAD, Or((A, B)))),
        ("domain:bbc.co.uk", InField(FieldName.DOMAIN, word("bbc.co.uk"))),
        ("ATLEAST/3 ambush", AtLeast(3, A)),
        ("ATLEAST/3 (ambush OR base)", AtLeast(3, Or((A, B)))),
        ("ATLEAST/3 title:ambush", InField(FieldName.TITLE, AtLeast(3, A))),
        ("2 OF (ambush, base, coup)", KOf(2, (A, B, C))),
        ("2 OF (ambush, base OR coup, @mali)", None),
        ("“air base” OR «air base» OR „air base“ OR 「air base」", None),
        ("ambush\n  AND base\n", And((A, B))),
    ],
)
def test_what_is_written_means_this_tree(text: str, tree: Node | None) -> None:
    if text.startswith("NOT") and isinstance(tree, Not):
        text, tree = f"{text} AND coup", And((tree, C))
    if tree is None:
        assert read(text).node is not None
    else:
        assert parse(text) == tree


@pytest.mark.parametrize(
    "quotes",
    [
        "“”",
        "„“",
        "”“",
        "«»",
        "»«",
        "‹›",
        "「」",
        "｢｣",
        "『』",
        "《》",
        "〝〞",
        "〝〟",
        "＂＂",
        "‘’",
    ],
)
def test_every_kind_of_quote_makes_a_phrase(quotes: str) -> None:
    assert parse(f"{quotes[0]}air base{quotes[1]}") == Term("air base")


@pytest.mark.parametrize(
    "text", ["C++", "AT&T", "U.S.", "N'Djamena", "N’Djamena", "5G", "Ilyushin-76", "عَرَب", "ทหาร"]
)
def test_words_with_punctuation_of_their_own_stand_as_written(text: str) -> None:
    assert parse(text) == Term(text)


@pytest.mark.parametrize("space", ["\u00a0", "\u202f", "\u3000", "\t", "\n"])
def test_any_white_space_separates(space: str) -> None:
    text = "ambush AND (base OR coup)".replace(" ", space)
    assert parse(text) == And((A, Or((B, C))))


def test_the_phrase_that_is_suggested_keeps_its_apostrophes() -> None:
    (fault,) = read("Côte d'Ivoire").faults
    assert fault.hint.endswith(""": "Côte d'Ivoire\"""")
    (fault,) = read("'air base'").faults
    assert fault.hint.endswith(': "air base"')


def test_a_curly_apostrophe_does_not_end_a_curly_quote() -> None:
    assert parse("‘l’armée russe’") == Term("l’armée russe")


def test_terms_remember_where_they_stand() -> None:
    tree = parse('ambush AND (base OR "air base") AND @niger')
    assert isinstance(tree, And)
    first, group, last = tree.nodes
    assert isinstance(group, Or)
    places = [n.at for n in (first, *group.nodes, last) if isinstance(n, Term | EntityRef)]
    assert places == [0, 12, 20, 36]


def test_a_plain_list_with_odd_spaces_reads_like_any_other() -> None:
    text = '( ambush  OR\n"air OR base"   OR coup )'
    tree = parse(text)
    assert tree == Or((A, Term("air OR base"), C))
    assert isinstance(tree, Or)
    assert [text[n.at] for n in tree.nodes if isinstance(n, Term)] == ["a", '"', "c"]


@pytest.mark.parametrize(
    ("text", "marked", "message"),
    [
        ("Niger Russia", "Russia", "two terms side by side"),
        ('"air base" "coup"', '"coup"', "two terms side by side"),
        ("(ambush) (base)", "(", "two terms side by side"),
        ("Niger and Russia", "and", '"and" in small letters is not an operator'),
        ("Niger or Russia", "or", '"or" in small letters is not an operator'),
        ("Niger And Russia", "And", "is not an operator"),
        ("not", "not", '"not" in small letters'),
        ("Niger & Mali", "&", '"&" is not an operator'),
        ("Niger || Mali", "||", "is not an operator"),
        ("Niger, Mali", ",", "a comma is not an operator"),
        ("ambush NEAR base", "NEAR", "needs a distance"),
        ("ambush near/5 base", "near/5", "is not an operator"),
        ("ambush w/s base", "w/s", "is not an operator"),
        ("ambush PRE/s base", "PRE/s", "is not an operator"),
        ("ambush NEAR/10000 base", "NEAR/10000", "too far"),
        ("ambush NEAR 5 base", "NEAR", "needs a distance"),
        ("ambush NEAR/ 5 base", "NEAR/", "needs a distance"),
        ("ambush WITHIN /5 base", "WITHIN", "needs a distance"),
        ("ambush NEAR/-3 base", "NEAR/-3", "needs a distance"),
        ("ambush NEAR/5.5 base", "NEAR/5.5", "needs a distance"),
        ("ambush ADJ base", "ADJ", "needs a distance"),
        ("ambush W/S base", "W/S", "is not an operator"),
        ("ambush SAME base", "SAME", "is not an operator"),
        ("gaza west bank", "west", "two terms side by side"),
        ("the president visits", "president", "two terms side by side"),
        ("the same base", "same", "two terms side by side"),
        ("ATLEAST ambush", "ATLEAST", "is not a count"),
        ("ATLEAST 3 ambush", "ATLEAST", "is not a count"),
        ("ATLEAST/-1 ambush", "ATLEAST/-1", "is not a count"),
        ("NEAR5", "NEAR5", "is not an operator"),
        ("headline:coup", "headline", 'unknown field "headline"'),
        ("10:30", "10:", "is not a field"),
        ('"air base AND coup', '"', "this quote is never closed"),
        ('"air\nbase"', '"', "this quote is never closed"),
        ("(ambush OR base", "(", "this bracket is never closed"),
        ("ambush)", ")", "closes nothing"),
        ("()", "()", "nothing between the brackets"),
        ("", "", "the query is empty"),
        ("ambush AND", "AND", 'a term is missing after "AND"'),
        ("AND ambush", "AND", "a term is missing before it"),
        ("ambush AND OR base", "OR", 'missing between "AND" and "OR"'),
        ("ambush NOT", "NOT", 'missing after "NOT"'),
        ("title:", "title:", 'missing after "title:"'),
        ("2 OF (ambush,, base)", ",", "missing before this comma"),
        ("@ AND ambush", "@", "a bare @"),
        ("ambush - base", "-", "a dash alone"),
        ("ambush = base", "=", "in the middle"),
        ("ambush ; base", ";", "cannot stand here"),
        ("%", "%", "has no letter or digit"),
        ('"…"', '"…"', "has no letter or digit"),
        ("(ambush AND base) NEAR/5 coup", "ambush AND base", "AND cannot stand inside NEAR/5"),
        ("ambush NEAR/5 (base NOT coup)", "base NOT coup", "AND cannot stand inside NEAR/5"),
        ("ambush NEAR/5 (base OR NOT coup)", "NOT coup", "NOT cannot stand inside NEAR/5"),
        ("ambush NEAR/5 (base NEAR/3 coup)", "base NEAR/3 coup", "NEAR cannot stand inside"),
        ("ambush NEAR/5 NOT base", "NOT", "NOT cannot stand inside NEAR/5"),
        ("ambush W/s -base", "-", "NOT cannot stand inside W/s"),
        ("ATLEAST/3 NOT base", "NOT", "NOT cannot stand inside ATLEAST/3"),
        ("title:NOT base", "NOT", "NOT right after title:"),
        (
            "ATLEAST/2 (ambush NEAR/5 base)",
            "ambush NEAR/5 base",
            "NEAR cannot stand inside ATLEAST",
        ),
        ("=@niger", "=", "before a word or a phrase"),
        ("=(ambush OR base)", "=", "before a word or a phrase"),
        ("=NOT ambush", "NOT", "before a word or a phrase"),
        ("2 of (ambush, base)", "of", '"of" in small letters'),
        ("2 OF ambush", "OF", "brackets are missing after"),
        ("2OF (ambush, base)", "2OF", "is not an operator"),
        ("ambush – base", "–", '"–" is not "-"'),
        ("\u200bambush", "\u200b", '"U+200B" cannot stand here'),
        ("url:https://example.org", "https:", "is not a field"),
        ("（ambush OR base", "（", "full-width"),
        ("3,5", ",", "a comma is not an operator"),
        ("ambush base coup army", "base", "two terms side by side"),
        ("ambush NEAR/5 title:base", "title:base", "title: cannot stand inside NEAR/5"),
        ("ATLEAST/2 (ambush AND base)", "ambush AND base", "AND cannot stand inside ATLEAST/2"),
        ("ATLEAST/0 ambush", "ATLEAST/0", "asks for nothing"),
        ("4 OF (ambush, base)", "4 OF", "4 OF 2 items can never be met"),
        ("0 OF (ambush)", "0 OF", "asks for nothing"),
        ("title:(body:coup)", "body:", "a field inside title:"),
        ("tag:@niger", "@niger", "tag: cannot hold an entity"),
        ("url:(ambush NEAR/3 base)", "(ambush NEAR/3 base)", "url: cannot hold NEAR"),
    ],
)
def test_refused_with_the_place(text: str, marked: str, message: str) -> None:
    reading = read(text)
    assert reading.node is None
    (fault,) = reading.faults
    assert message in fault.message
    assert fault.hint
    if text:
        assert text[fault.offset : fault.offset + fault.width] == marked
    with pytest.raises(QuerySyntaxError):
        parse(text)


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("NOT ambush", "NOT ambush"),
        ("NOT ambush AND NOT base", "NOT ambush AND NOT base"),
        ("ambush OR NOT base", "ambush OR NOT base"),
        ("1 OF (ambush, NOT base)", "1 OF (ambush, NOT base)"),
        ("title:(NOT ambush)", "title:(NOT ambush)"),
        ("n*", "n*"),
        ("ni*", "ni*"),
        ("*ger", "*ger"),
        ("?iger", "?iger"),
        ('"air b*"', "b*"),
        ('"air *"', "*"),
        ("air-b*", "air-b*"),
    ],
)
def test_what_would_match_nearly_everything_is_too_broad(text: str, marked: str) -> None:
    with pytest.raises(RuleTooBroad) as caught:
        parse(text)
    problem = caught.value.problem
    start = problem.column - 1
    assert problem.source[start : start + problem.width] == marked


@pytest.mark.parametrize("text", ["2 OF (ambush, base, NOT coup)", "nig*", "title:(a1 NOT b1)"])
def test_enough_must_be_there(text: str) -> None:
    assert read(text).node is not None


def test_an_unknown_entity_names_the_nearest() -> None:
    with pytest.raises(UnknownEntity) as caught:
        parse("coup AND\n  @nigr")
    problem = caught.value.problem
    assert (problem.line, problem.column, problem.width) == (2, 3, 5)
    assert problem.message == "no entity is called @nigr"
    assert problem.hint == "did you mean @niger?"
    assert problem.source == "  @nigr"


def test_all_faults_of_one_query_are_told() -> None:
    reading = read("@nigr AND n* AND @other AND (ambush AND base) NEAR/3 coup")
    assert [f.offset for f in reading.faults] == [0, 10, 17, 29]
    assert len(reading.errors) == 4


def test_faults_before_a_syntax_error_are_told_with_it() -> None:
    reading = read("@nigr AND coup AND AND base")
    assert [f.offset for f in reading.faults] == [0, 19]


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("ambush and base or coup", ["and", "or"]),
        ("ambush base AND coup junta", ["base", "junta"]),
        ("(ambush AND (base", ["(", "("]),
        ("headlien:coup AND @nigr junta AND n*", ["headlien", "@nigr", "junta", "n*"]),
        ('ambush AND AND base OR OR coup "', ["AND", "OR", '"']),
        ("ambush & base | coup", ["&", "|"]),
        ('"air base AND coup\nAND base and junta', ['"', "and"]),
        ("2 OF (ambush,, base and coup)", [",", "and"]),
        ("ambush) AND () AND @", [")", "()", "@"]),
    ],
)
def test_every_fault_of_a_query_is_told_at_once(text: str, marked: list[str]) -> None:
    faults = read(text).faults
    assert [text[f.offset : f.offset + f.width] for f in faults] == marked
    assert all(f.hint for f in faults)


def test_a_run_of_words_is_one_fault_and_offered_as_a_phrase() -> None:
    (fault,) = read("ambush base coup army").faults
    assert fault.hint.endswith('quote them if you mean the phrase: "ambush base coup army"')


@pytest.mark.parametrize(
    ("text", "marked", "message"),
    [
        ("ambush OR base AND coup", "ambush OR base AND coup", "AND and OR mixed"),
        ("US AND coup", "US", 'also finds the word "us"'),
        ("(coup OR WHO)", "WHO", 'also finds the word "who"'),
        ("ambush NEAR/500 base", "NEAR/500", "reaches over most of an article"),
        ('"who did it?"', '"who did it?"', "stands for one more letter"),
        ('"@niger"', '"@niger"', "not an entity"),
    ],
)
def test_doubted_but_read(text: str, marked: str, message: str) -> None:
    reading = read(text)
    assert reading.node is not None
    (doubt,) = reading.warnings
    assert message in doubt.message
    assert text[doubt.offset : doubt.offset + doubt.width] == marked


@pytest.mark.parametrize("text", ["ambush OR (base AND coup)", "=US", "=WHO OR =IT", '"US troops"'])
def test_nothing_to_doubt(text: str) -> None:
    assert read(text).warnings == ()


def test_mixed_operators_are_shown_as_they_are_read() -> None:
    (doubt,) = read("ambush OR base AND coup").warnings
    assert doubt.hint == "it is read as ambush OR (base AND coup); write the brackets"


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("ambush", A),
        ("air strike", Term("air strike")),
        ('"air strike"', Term("air strike")),
        ("“air strike”", Term("air strike")),
        ("=US", Term("US", exact=True)),
        ('="Le Monde"', Term("Le Monde", exact=True)),
        ("strik*", Term("strik*", wildcard=True)),
        ("@niger", EntityRef(EntityId("niger"))),
        ("rock and roll", Term("rock and roll")),
        ('"Trial AND Error"', Term("Trial AND Error")),
    ],
)
def test_an_item_of_terms_is_one_word_or_phrase(text: str, node: Node) -> None:
    assert query.read_atom(text, KNOWN.get, suggest).node == node


_NO_ITEMS = (
    "coup OR junta",
    "coup NEAR/3 junta",
    "a*",
    "…",
    "@nigr",
    "@",
    "@a b",
    "-coup",
    "!coup",
)


@pytest.mark.parametrize("text", [*_NO_ITEMS, "title:coup", "=lang:en"])
def test_what_cannot_be_an_item_of_terms(text: str) -> None:
    (error,) = query.read_atom(text, KNOWN.get, suggest).errors
    assert error.problem.hint


@pytest.mark.parametrize("text", ["coup, junta", "coup | junta", "coup; junta", "coup && junta"])
def test_signs_that_separate_nothing_in_an_item_of_terms_are_warned_of(text: str) -> None:
    reading = query.read_atom(text, KNOWN.get, suggest)
    (doubt,) = reading.warnings
    assert "separates nothing here" in doubt.message
    assert reading.node == Term(text)
    assert not query.read_atom(f'"{text}"', KNOWN.get, suggest).warnings


@pytest.mark.parametrize("text", ["1,000", "-5", "R&D", "coup/junta", "10:30", "C++"])
def test_signs_inside_a_word_are_no_separators(text: str) -> None:
    reading = query.read_atom(text, KNOWN.get, suggest)
    assert reading.node == Term(text)
    assert not reading.warnings
