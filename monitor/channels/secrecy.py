"""Keeps tokens, passwords and secret URLs out of everything a person may read.

Reasons are built from our own words; what a server said is added only after it went through here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote, unquote, urlsplit

HIDDEN = "•••"
_SHORTEST = 4
"""Pieces shorter than this are words, not secrets; hiding them would make reasons unreadable."""


class Scrubber:
    """Replaces known secrets, and their URL-encoded spellings, in a text."""

    def __init__(self, secrets: Iterable[str | None]) -> None:
        spellings: set[str] = set()
        for secret in secrets:
            if secret and len(secret) >= _SHORTEST:
                spellings |= {secret, quote(secret), quote(secret, safe=""), unquote(secret)}
        ordered = sorted(spellings, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def __call__(self, text: str) -> str:
        """``text`` on one line, without the secrets."""
        line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
        return self._pattern.sub(HIDDEN, line) if self._pattern else line

    def __repr__(self) -> str:
        return "Scrubber(…)"


def url_secrets(url: str | None) -> list[str]:
    """Everything in ``url`` that could be a secret: credentials, path pieces, query values."""
    if not url:
        return []
    try:
        parts = urlsplit(url)
    except ValueError:
        return [url]
    pieces = [url, parts.path, parts.query, parts.username, parts.password]
    pieces += parts.path.split("/")
    pieces += [pair.partition("=")[2] for pair in parts.query.split("&")]
    return [piece for piece in pieces if piece]
