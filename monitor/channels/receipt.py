"""What a channel hands back for a message that it took."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Receipt:
    """``note`` is for the record, empty when all is well ("old@example.org was refused: 550 no such
    user; 2 took it"). ``ref`` is what the channel calls the message, for channels that thread: a
    later message of the same story is hung under the first one's."""

    note: str = ""
    ref: str = ""
