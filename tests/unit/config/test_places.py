"""Every key of a TOML text is found where it stands."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from monitor.config.places import KeyPath, locate

TEXT = '''\
a = 1 # c = 2
"b c".d = "x # y = \\" z"
'l'.m = [1, [2, 3], {q = "]", r.s = 'z'}] # end
long = """
[no]
k = 2 "" \\"""
"""
lit = \'\'\'
[[no]]\'\'\'
[t.u]
k = { x = 1, "y z" = [ "}" , ] }
[[arr]]
n = 1
[arr.sub]
p = 2
[[arr]]
n = [
  1, # one
  2,
]
[[arr.deep]]
v = 1
[[ arr . deep ]]
v = 1979-05-27T07:32:00Z
'''


def paths(value: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    if path:
        yield path
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from paths(inner, (*path, key))


def test_every_key_has_a_place_and_nothing_else_has() -> None:
    assert set(locate(TEXT)) == set(paths(tomllib.loads(TEXT)))


def test_a_place_is_that_of_the_key_and_of_its_value() -> None:
    place = locate(TEXT)["l", "m", 2, "r", "s"]
    line = TEXT.splitlines()[place.line - 1]
    assert place.line == 3
    assert line[place.column - 1 :].startswith("s = 'z'")
    assert line[place.value_column - 1 :][: place.value_width] == "'z'"
    assert TEXT[place.value_at : place.value_end] == "'z'"


def test_items_of_a_list_over_several_lines_have_their_own_lines() -> None:
    places = locate(TEXT)
    assert (places["arr", 1, "n", 0].line, places["arr", 1, "n", 1].line) == (18, 19)


def test_a_header_is_the_place_of_its_table_and_of_those_it_makes() -> None:
    places = locate("[chanels.desk]\n")
    assert (places["chanels",].column, places["chanels",].width) == (2, 7)
    assert (places["chanels", "desk"].column, places["chanels", "desk"].width) == (2, 12)


def test_columns_count_characters_not_bytes() -> None:
    assert locate('x = ["日本", "é"]\n')["x", 1].value_column == 12


_keys = st.sampled_from(["a", "b", '"c d"', "'e.f'", "feeds", "x-1"])
_scalars = st.sampled_from(
    ["1", "true", '"s"', "'l'", '"""m\n]"""', "'''n\n}'''", "1.5", "07:00:00", '"\\"]"', '"#"']
)
_values = st.recursive(
    _scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda v: "[ " + ",\n ".join(v) + " ]"),
        st.dictionaries(_keys, inner, max_size=3).map(
            lambda d: "{" + ", ".join(f"{k} = {v}" for k, v in d.items()) + "}"
        ),
    ),
    max_leaves=6,
)
_statements = st.one_of(
    st.tuples(st.lists(_keys, min_size=1, max_size=3), _values).map(
        lambda kv: f"{' . '.join(kv[0])} = {kv[1]} # why"
    ),
    st.lists(_keys, min_size=1, max_size=3).map(lambda k: f"[{'.'.join(k)}]"),
    st.lists(_keys, min_size=1, max_size=3).map(lambda k: f"[[ {'.'.join(k)} ]]"),
)


@given(st.lists(_statements, max_size=8).map("\n".join))
def test_whatever_tomllib_reads_is_found_key_by_key(text: str) -> None:
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    places = locate(text)
    assert set(places) == set(paths(data))
    for path, place in places.items():
        value: Any = data
        for part in path:
            value = value[part]
        if not isinstance(value, dict | list):
            written = text[place.value_at : place.value_end]
            assert tomllib.loads(f"k = {written}")["k"] == value
