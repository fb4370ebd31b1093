"""What a YAML parser's complaint means to somebody who writes rules."""

from __future__ import annotations

from ruamel.yaml.error import MarkedYAMLError

_INDENT = "check the indentation: keys of one block begin in the same column"


def explain(error: MarkedYAMLError, text: str) -> tuple[int, str, str]:
    """Offset, message and hint for a syntax error in ``text``."""
    problem = error.problem or "not readable as YAML"
    mark = error.problem_mark or error.context_mark
    at = min(mark.index if mark is not None else 0, len(text))
    opened = error.context_mark.index if error.context_mark is not None else at
    context = error.context or ""
    found = text[at : at + 1]
    if "cannot start any token" in problem:
        return at, *_bad_start(found)
    if "\t" in text[max(0, at - 1) : at + 1] and "expected" not in problem:
        return at, "a tab where only spaces may stand", "indent with spaces"
    if "escape" in problem:
        return at, "an unknown escape after a backslash", "write \\\\, or use single quotes"
    if "quoted scalar" in context and text[opened : opened + 1] in ('"', "'"):
        return opened, "this quote is never closed", f"add the closing {text[opened]}"
    if "mapping values are not allowed" in problem:
        line = text[text.rfind("\n", 0, at) + 1 : at]
        if ":" in line:
            hint = "put the value in quotes, or write it as a block below the key: |"
            return at, "a second colon in one line", hint
        return at, "this colon does not fit: a wrong indentation, or none before it", _INDENT
    if "could not find expected ':'" in problem:
        return opened, "a key without its colon", "write key: value"
    if "flow" in context:
        opened = _unclosed(text, opened)
        return opened, f"{_opener(text, opened)} is never closed, or a comma is missing", "close it"
    if "sequence entries are not allowed" in problem:
        return at, "a list cannot begin here", "begin the list on the next line, or write [a, b]"
    if "expected" in problem and _after_quote(text, at):
        hint = "write the value as a block (query: |), or put all of it in '…'"
        return at, "a value that begins with a quote ends with it, and more follows", hint
    if "block" in context and "expected" in problem:
        return at, "this line does not fit the block it stands in", _INDENT
    if "anchor" in problem or "alias" in context:
        return at, f"not readable as YAML: {problem}", "quote a text that begins with & or *"
    if "tag" in problem or "tag" in context:
        return at, f"not readable as YAML: {problem}", "quote a text that begins with !"
    return at, f"not readable as YAML: {problem}", _INDENT if "indent" in problem else ""


def _after_quote(text: str, at: int) -> bool:
    """Whether a quoted text ends before ``at``, on the same line."""
    before = text[text.rfind("\n", 0, at) + 1 : at].rstrip()
    return before.endswith(('"', "'"))


def _unclosed(text: str, at: int) -> int:
    """The bracket or brace that is still open at ``at``; ``at`` where none is found."""
    depth = 0
    for i in range(min(at, len(text) - 1), -1, -1):
        if text[i] in "]}":
            depth += 1
        elif text[i] in "[{":
            if depth == 0:
                return i
            depth -= 1
    return at


def _opener(text: str, at: int) -> str:
    return {"[": "this bracket", "{": "this brace"}.get(text[at : at + 1], "a bracket or brace")


def _bad_start(found: str) -> tuple[str, str]:
    if found == "@":
        return (
            "a value cannot begin with a bare @",
            "put it in quotes, or write the query as a block: query: |",
        )
    if found == "\t":
        return "a tab where only spaces may stand", "indent with spaces"
    if found == "`":
        return "a value cannot begin with a backquote", "put it in quotes"
    if found == "%":
        return "a value cannot begin with a bare %", "put it in quotes"
    return f"{found!r} cannot stand here", "put the value in quotes"
