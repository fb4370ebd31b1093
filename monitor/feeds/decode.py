"""Bytes of a document to text, whatever the server and the document say about their encoding.

Pure. The order: byte order mark, then UTF-8 if the bytes are valid UTF-8 (chance does not produce
that), then what document and server declare, then UTF-8 with its damaged bytes read as
Windows-1252. Also mends what keeps a document from being well-formed XML.
"""

from __future__ import annotations

import codecs
import html.entities
import re

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WIDE = (
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']\s*([A-Za-z0-9._:-]{2,40})""")
_CHARSET = re.compile(r"""charset\s*=\s*["']?\s*([A-Za-z0-9._:-]{2,40})""", re.IGNORECASE)
_SEVEN_BIT = frozenset({"iso2022_jp", "iso2022_kr", "hz", "utf_7"})
"""Encodings whose texts look like ASCII."""
_WIDER = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "iso8859-9": "cp1254",
    "tis-620": "cp874",
}
"""What is meant by a name in practice (WHATWG Encoding Standard, section 4.2)."""
_BEYOND_ASCII = re.compile("[^\0-\x7f]+")
_NOT_TEXT = frozenset({"utf-16", "utf-32"})


def decode(body: bytes, content_type: str | None) -> tuple[str, str | None]:
    """The text of a document, and a note when its encoding had to be guessed or forgiven."""
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace"), None
    head = body[:64].lstrip(b" \t\r\n")
    for start, name in _WIDE:
        if head.startswith(start):
            return body.decode(name, "replace"), None
    declared = _codec(_DECLARED.search(body[:1024]))
    served = _codec(_CHARSET.search(content_type or ""))
    names = [n for n in (declared, served) if n is not None]
    if body.isascii():
        seven = next((n for n in names if n in _SEVEN_BIT), None)
        if seven is None:
            return body.decode("ascii"), None
        return body.decode(seven, "replace"), None
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return _by_declaration(body, names)
    wrong = names and "utf-8" not in names
    return text, f"is UTF-8 although it says {names[0]}" if wrong else None


def _by_declaration(body: bytes, names: list[str]) -> tuple[str, str | None]:
    others = [n for n in names if n != "utf-8" and n not in _NOT_TEXT]
    if _mostly_utf8(body) and all(_WIDER.get(n, n) == "cp1252" for n in others):
        return body.decode("utf-8", _HANDLER), "holds bytes that are not UTF-8"
    for name in others:
        try:
            return body.decode(_WIDER.get(name, name)), None
        except (UnicodeDecodeError, ValueError):
            continue
    if others and "utf-8" not in names:
        name = others[0]
        text = body.decode(_WIDER.get(name, name), "replace")
        return text, f"holds bytes that are not {name}"
    return body.decode("cp1252", "replace"), "is not UTF-8, read as Windows-1252"


def _mostly_utf8(body: bytes) -> bool:
    """Whether far more of the bytes beyond ASCII are proper UTF-8 than are not."""
    good = sum(len(c) for c in _BEYOND_ASCII.findall(body.decode("utf-8", "ignore")))
    bad = body.decode("utf-8", "replace").count("\ufffd")
    return good > 3 * bad


def _codec(found: re.Match[bytes] | re.Match[str] | None) -> str | None:
    if found is None:
        return None
    name = found[1]
    try:
        info = codecs.lookup(name.decode("ascii") if isinstance(name, bytes) else name)
    except (LookupError, ValueError):
        return None
    # Python's codecs also include base64, zlib and the like, which are no text encodings.
    return info.name if getattr(info, "_is_text_encoding", True) else None


def _as_windows(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    damaged = error.object[error.start : error.end]
    return damaged.decode("cp1252", "replace"), error.end


_HANDLER = "monitor.cp1252"
codecs.register_error(_HANDLER, _as_windows)


# --- mending XML -------------------------------------------------------------------------------

_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_FORBIDDEN = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that XML 1.0 does not allow at all (section 2.2)."""
_AMPERSANDS = re.compile(
    r"(<!\[CDATA\[.*?\]\]>|<!--.*?-->)"
    r"|&(?:(#\d{1,20}|#[xX][0-9a-fA-F]{1,20}|[A-Za-z][A-Za-z0-9]{1,31});)?",
    re.DOTALL,
)
_NUMERIC = re.compile(r"&#([xX][0-9a-fA-F]+|[0-9]+);?")
_XML_ENTITIES = frozenset({"amp", "lt", "gt", "quot", "apos"})


def without_declaration(text: str) -> str:
    """The document without its XML declaration, whose encoding no longer holds, and its leading
    white space, which XML forbids there."""
    return _DECLARATION.sub("", text.lstrip("\ufeff \t\r\n\0"), count=1).lstrip()


def without_impossible(text: str) -> str:
    """Without references to characters that do not exist; feedparser fails on them."""
    return _NUMERIC.sub(lambda m: "" if _impossible(m[1]) else m[0], text)


def _impossible(number: str) -> bool:
    digits, base = (number[1:], 16) if number[0] in "xX" else (number, 10)
    if len(digits.lstrip("0")) > 7:
        return True
    code = int(digits, base)
    return code > 0x10FFFF or _FORBIDDEN.match(chr(code)) is not None


_OUTERMOST = re.compile(r"(?:\s|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^<>]*>)*<([\w:.-]+)", re.DOTALL)
_ITEM_END = re.compile(r"</(?:\w+:)?(?:item|entry)\s*>", re.IGNORECASE)


def is_cut_off(text: str) -> bool:
    """Whether the outermost element of an XML document is never closed: its end is missing."""
    outermost = _OUTERMOST.match(text)
    return outermost is not None and f"</{outermost[1].lower()}" not in text.lower()


def whole_items(text: str) -> int:
    """How many items of a document have an end."""
    return len(_ITEM_END.findall(text))


def mended(text: str) -> str:
    """Well-formed as far as characters go: bare ``&``, HTML's entities, forbidden characters."""
    return _AMPERSANDS.sub(_reference, _FORBIDDEN.sub("", text))


def _reference(found: re.Match[str]) -> str:
    kept, name = found[1], found[2]
    if kept is not None:
        return kept
    if name is None:
        return "&amp;" + found[0][1:]
    if name in _XML_ENTITIES:
        return found[0]
    if name[0] == "#":
        return "" if _impossible(name[1:]) else found[0]
    character = html.entities.html5.get(name + ";")
    if character is None:
        return "&amp;" + found[0][1:]
    return "".join(f"&#{ord(c)};" for c in character)
