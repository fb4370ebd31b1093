"""A page of the web as an article, fetched and read as the daemon does it: for ``explain``."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import typer

from monitor.cli import context, explaining, output
from monitor.errors import BlockedAddress
from monitor.model import Article, FetchResult

if TYPE_CHECKING:
    from monitor.config import Settings
    from monitor.feeds.extract import Page
    from monitor.feeds.fetch import Fetcher

EXTRACT_SECONDS = 30.0


def articles(ctx: typer.Context, url: str) -> tuple[list[Article], list[str]]:
    """The article at ``url``, and what is wrong with it.

    A page is its title and its main text; a plain text or JSON Lines are read as a file of them.
    Raises FeedError. Addresses inside the network are refused unless a feed of the same host is
    configured with ``allow_private``.
    """
    settings = context.settings(ctx) if context.config_path(ctx).exists() else None
    return asyncio.run(_articles(url, _fetcher(settings), allow_private=allowed(url, settings)))


def _fetcher(settings: Settings | None) -> Fetcher:
    from monitor.feeds.fetch import Fetcher
    from monitor.parts import make_fetcher

    return Fetcher() if settings is None else make_fetcher(settings)


def allowed(url: str, settings: Settings | None) -> bool:
    """Whether the configuration lets this host be an address inside the network."""
    from monitor.loading import all_feeds
    from monitor.text.urls import host

    if settings is None:
        return False
    feeds, _ = all_feeds(settings)
    return any(f.allow_private and host(f.url) == host(url) for f in feeds.values())


async def _articles(
    url: str, fetcher: Fetcher, *, allow_private: bool
) -> tuple[list[Article], list[str]]:
    try:
        answer = await fetcher.fetch(url, allow_private=allow_private)
    except BlockedAddress:
        output.say(
            "A feed of that host with allow_private in the configuration lets you in here too."
        )
        raise
    if "html" not in (answer.content_type or "html").lower():
        return explaining.articles(answer.body or b"")
    page = await _read(answer, url)
    if not page.text:
        output.say("the page has no text that can be told from what surrounds it: title alone")
    return [Article(key=url, title=page.title, body=page.text, url=answer.url)], []


async def _read(answer: FetchResult, url: str) -> Page:
    from monitor.feeds.extract import extract_titled
    from monitor.feeds.workers import Workers

    workers = Workers(count=1)
    try:
        return await workers.run(
            extract_titled, answer.body, answer.content_type, answer.url,
            deadline=EXTRACT_SECONDS, url=url,
        )  # fmt: skip
    finally:
        await workers.close()
