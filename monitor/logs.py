"""Logging: structlog events and everybody else's records through one handler, without secrets.

Our own modules call ``structlog.get_logger(__name__)`` and log constant event names with fields.
``configure`` may be called again at a reload. Nothing here knows the configuration.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Collection, Mapping
from typing import Any, Final, Literal, TextIO
from urllib.parse import quote

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

QUIET: Final = (
    "apscheduler", "httpx", "httpcore", "urllib3", "alembic", "asyncio", "watchfiles", "pymorphy3",
)  # fmt: skip
"""Libraries whose everyday lines tell nothing that ours do not (and hold whole URLs)."""

SILENT: Final = ("apprise", "trafilatura", "htmldate", "courlan", "justext", "charset_normalizer")
"""Libraries of which nothing is emitted: their edge turns what they say into errors of ours, and
Apprise writes webhooks and passwords into its lines."""

VEIL: Final = "***"
_SHORTEST: Final = 4
"""Shorter secrets would veil half of every line."""


class Scrubber:
    """A structlog processor that replaces known secrets in every value, however deep."""

    def __init__(self, secrets: Collection[str] = ()) -> None:
        forms = {form for s in secrets for form in (s, s.strip(), quote(s), quote(s, safe=""))}
        known = sorted((f for f in forms if len(f) >= _SHORTEST), key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, known))) if known else None

    def text(self, text: str) -> str:
        """``text`` without the secrets."""
        return self._pattern.sub(VEIL, text) if self._pattern else text

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        return {key: self._clean(value) for key, value in event.items()}

    def _clean(self, value: object) -> Any:
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.text(str(k)): self._clean(v) for k, v in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self._clean(v) for v in value]
        return self.text(str(value))


def configure(
    *,
    level: str = "info",
    format: Literal["json", "console"] | None = None,
    secrets: Collection[str] = (),
    stream: TextIO | None = None,
) -> None:
    """Log to ``stream`` (standard error) from ``level`` on, with ``secrets`` veiled.

    ``format`` None means console on a terminal and JSON elsewhere.
    """
    out = sys.stderr if stream is None else stream
    chosen = format or ("console" if out.isatty() else "json")
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = _Handler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                Scrubber(secrets),
                *_renderer(chosen, colors=out.isatty()),
            ],
        )
    )
    handler.addFilter(_not_silent)
    root = logging.getLogger()
    for old in [h for h in root.handlers if isinstance(h, _Handler)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    # It warns every second while a job still runs, which is how the jobs are meant to be.
    logging.getLogger("apscheduler").setLevel(max(logging.ERROR, root.level))
    logging.captureWarnings(True)


def _renderer(format: str, *, colors: bool) -> list[Processor]:
    if format == "json":
        order = structlog.processors.EventRenamer("event")
        return [order, structlog.processors.JSONRenderer(ensure_ascii=False)]
    return [
        structlog.dev.ConsoleRenderer(
            colors=colors, exception_formatter=structlog.dev.plain_traceback
        )
    ]


class _Handler(logging.StreamHandler[TextIO]):
    """Ours, so that a second ``configure`` finds and replaces it, and only it."""


def _not_silent(record: logging.LogRecord) -> bool:
    return record.name.partition(".")[0] not in SILENT
