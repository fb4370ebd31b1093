"""A rule that floods: when its alerts are summed up instead of sent singly. Pure."""

from __future__ import annotations

from datetime import timedelta

WINDOW = timedelta(hours=1)
KEY = "flood:"
"""Key of the operator's trouble and of the messages that sum up, with the rule's id after it."""


def is_flood(count: int, limit: int, was: bool) -> bool:
    """Whether a rule floods that has raised ``count`` alerts within the last hour.

    It begins when ``limit`` is reached and ends at half of it, or it would begin and end with
    every alert. A limit of 0 is none.
    """
    if limit <= 0:
        return False
    return count > limit // 2 if was else count >= limit


def begun(rule: str, limit: int, every: str) -> tuple[str, str]:
    """Title and text of the notice to the operator."""
    title = f"Rule {rule} floods: its alerts are summed up"
    text = f"It raised {limit} alerts within an hour. Further ones go into a summary every {every} "
    text += f"until it calms down. Narrow it, silence it (`monitor alerts silence add --rule {rule}"
    text += " --for 6h`), or give it alert_when."
    return title, text
