"""``monitor explain RULE URL``: the page is fetched and read as the daemon would."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from monitor.cli import main
from monitor.cli.webpage import allowed
from tests.integration.test_pages import PAGE
from tests.servers.feedserver import FeedServer, Reply

RULES = """\
rules:
  - id: flights
    query: title:"night flight" AND crates AND @niger
"""


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as running:
        running.set("/page", Reply(body=PAGE.encode(), headers={"content-type": "text/html"}))
        running.set("/feed", Reply(body=b""))
        yield running


def explain(folder: Path, url: str, *args: str, private: str = "") -> Result:
    (folder / "a.yaml").write_text(RULES, "utf-8")
    config = folder / "config.toml"
    feed = f'[[feeds]]\nurl = "{private}"\nallow_private = true\n' if private else ""
    config.write_text(f'rules = "a.yaml"\n{feed}[channels.desk]\ntype = "console"\n', "utf-8")
    done = CliRunner().invoke(
        main.app, ["explain", "flights", url, *args, "-c", str(config)],
        env={"MONITOR_DATABASE": None, "MONITOR_CONFIG": None},
    )  # fmt: skip
    assert isinstance(done, Result)
    return done


def test_title_and_main_text_of_a_page_are_explained(tmp_path: Path, server: FeedServer) -> None:
    done = explain(tmp_path, server.url("/page"), "--json", private=server.url("/feed"))
    assert done.exit_code == 0, done.output
    (told,) = json.loads(done.stdout)
    assert told["matches"] is True
    assert {s["text"] for s in told["spans"]} >= {"Night flight", "crates", "Niger"}


def test_plain_text_at_a_url_is_read_as_a_file_is(tmp_path: Path, server: FeedServer) -> None:
    text = b"Night flight\n\nCrates in Niamey."
    server.set("/page", Reply(body=text, headers={"content-type": "text/plain"}))
    done = explain(tmp_path, server.url("/page"), private=server.url("/feed"))
    assert 'matches: "Night flight"' in done.stdout


def test_a_page_without_text_is_explained_by_its_title(tmp_path: Path, server: FeedServer) -> None:
    page = (
        b"<html><head><title>Night flight</title></head><body><p>Accept cookies</p></body></html>"
    )
    server.set("/page", Reply(body=page, headers={"content-type": "text/html"}))
    done = explain(tmp_path, server.url("/page"), private=server.url("/feed"))
    assert done.exit_code == 0, done.output
    assert 'does not match: "Night flight"' in done.stdout
    assert "title alone" in done.stderr


def test_an_address_inside_the_network_is_refused_unless_a_feed_of_it_allows(
    tmp_path: Path, server: FeedServer
) -> None:
    done = explain(tmp_path, server.url("/page"))
    assert done.exit_code == 3
    assert done.stdout == ""
    assert "127.0.0.1" in done.stderr
    assert not server.requests
    assert allowed("http://example.org/x", None) is False


def test_a_page_that_cannot_be_had_ends_with_3(tmp_path: Path, server: FeedServer) -> None:
    server.set("/page", Reply(status=503))
    done = explain(tmp_path, server.url("/page"), private=server.url("/feed"))
    assert done.exit_code == 3
    assert "503" in done.stderr
