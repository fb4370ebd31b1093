"""``monitor deliveries``: what it says it has done is what will happen."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from monitor.cli import main
from monitor.model import ChannelName, DeliveryId, DeliveryState
from monitor.store import Database, outbox
from tests.integration.store.helpers import NOW

CONFIG = """\
database = "{url}"
[channels.desk]
type = "console"
[alerts]
default_channels = ["desk"]
"""


@pytest.fixture
def config(tmp_path: Path, database_url: str) -> Path:
    file = tmp_path / "config.toml"
    file.write_text(CONFIG.format(url=database_url), "utf-8")
    return file


def run(config: Path, *args: str) -> Result:
    unset = {"MONITOR_DATABASE": None, "MONITOR_CONFIG": None}
    return CliRunner().invoke(main.app, ["deliveries", *args, "-c", str(config)], env=unset)


def test_a_retry_says_when_it_waits_for_a_channel_that_is_not_configured(
    database: Database, config: Path
) -> None:
    here, gone = (
        database.transact_now(partial(outbox.enqueue_test, channel=ChannelName(name), now=NOW))
        for name in ("desk", "gone")
    )
    done = run(config, "retry", here, gone)
    assert done.exit_code == 0, done.stderr
    assert done.stderr.splitlines() == [
        f"{here}: will be retried",
        f"{gone}: waits until the channel gone is configured again",
    ]


def test_what_cannot_be_done_is_said_and_the_rest_is_done(database: Database, config: Path) -> None:
    id = database.transact_now(
        lambda conn: outbox.enqueue_test(conn, channel=ChannelName("desk"), now=NOW)
    )
    done = run(config, "discard", "none", id)
    assert done.exit_code == 1
    assert "none: no such delivery" in done.stderr
    assert f"{id}: discarded" in done.stderr
    found = database.read_now(lambda conn: outbox.get(conn, DeliveryId(id)))
    assert found is not None
    assert found.state is DeliveryState.DISCARDED
