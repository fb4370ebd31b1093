"""An analyst's typo never silences the desk, not even across a restart (invariant I4)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.desk import RULE, Running, TestDesk, until
from tests.servers.feedserver import FeedServer, Item, LiveFeed
from tests.servers.smtp import SmtpServer

BROKEN = RULE.replace("niger,", "ngier,")


class World:
    """A desk, its feed and its mailbox."""

    def __init__(self, desk: TestDesk, live: LiveFeed, smtp: SmtpServer) -> None:
        self.desk, self.live, self.smtp = desk, live, smtp

    def subjects(self) -> list[str]:
        return [str(m.message["Subject"]) for m in self.smtp.mails()]

    def expect(self, words: str, daemon: Running) -> None:
        """Wait for a mail whose subject holds ``words``."""
        until(
            lambda: any(words in s for s in self.subjects()), 60,
            lambda: f"{self.subjects()}\n{daemon.log.read_text('utf-8')}",
        )  # fmt: skip


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    desk = TestDesk(tmp_path)
    with FeedServer() as feeds, SmtpServer(tmp_path / "mail") as smtp:
        live = feeds.live("/live")
        desk.feed("live", feeds.url("/live"))
        desk.mail("duty", smtp.port)
        desk.default("duty")
        yield World(desk, live, smtp)


def test_a_typo_keeps_the_last_good_rule_also_across_a_restart(world: World) -> None:
    file = world.desk.rules / "desk.yaml"
    with world.desk.start() as daemon:
        daemon.wait_for("daemon.started")
        file.write_text(BROKEN, "utf-8")
        daemon.wait_for("rule.broken")
        world.expect("Rule files have errors", daemon)
        world.live.add(Item("a", "Russia sends troops to Niger", "They landed in Niamey."))
        world.expect("Russia sends troops to Niger", daemon)
    with world.desk.start() as daemon:
        daemon.wait_for("daemon.started", 2)
        world.live.add(Item("b", "Kremlin soldiers guard Agadez", "The base lies in Niger."))
        world.expect("Kremlin soldiers guard Agadez", daemon)
        file.write_text(RULE, "utf-8")
        world.expect("Resolved: Rule files have errors", daemon)


def test_a_file_that_cannot_be_read_keeps_all_its_rules(world: World) -> None:
    file = world.desk.rules / "desk.yaml"
    with world.desk.start() as daemon:
        daemon.wait_for("daemon.started")
        file.write_bytes(b"rules: [\xff\xfe")
        daemon.wait_for("rule.broken")
        world.live.add(Item("a", "Russia sends troops to Niger", "They landed in Niamey."))
        world.expect("Russia sends troops to Niger", daemon)


def test_a_broken_template_gives_way_and_is_told_as_what_it_is(world: World) -> None:
    templates = world.desk.folder / "templates"
    templates.mkdir()
    (templates / "alerts.txt.j2").write_text("{{ no_such_thing.title }}", "utf-8")
    config = world.desk.folder / "config.toml"
    told = config.read_text("utf-8").replace("[alerts]\n", '[alerts]\ntemplates = "templates"\n')
    config.write_text(told, "utf-8")
    with world.desk.start() as daemon:
        world.expect("[MONITOR] Files of the desk have errors", daemon)
        (notice,) = [m.text for m in world.smtp.mails() if "Files" in m.message["Subject"]]
        assert "(the built-in template is used instead)" in notice
        world.live.add(Item("a", "Russia sends troops to Niger", "They landed in Niamey."))
        world.expect("Russia sends troops to Niger", daemon)


def test_a_good_change_takes_effect_and_a_bad_rule_disables_no_other(world: World) -> None:
    file = world.desk.rules / "desk.yaml"
    with world.desk.start() as daemon:
        daemon.wait_for("daemon.started")
        more = RULE + "\n  - id: broken\n    entities: [no-such-entity]\n"
        file.write_text(more + "\n  - id: otters\n    terms: [otters]\n", "utf-8")
        daemon.wait_for("reload.done")
        world.live.add(Item("o", "Sea otters return to the bay", "Many otters."))
        world.expect("Sea otters", daemon)
        world.live.add(Item("a", "Russia sends troops to Niger", "They landed in Niamey."))
        world.expect("Russia sends troops to Niger", daemon)


def test_removing_every_rule_is_told_to_the_operator(world: World) -> None:
    with world.desk.start() as daemon:
        daemon.wait_for("daemon.started")
        (world.desk.rules / "desk.yaml").unlink()
        world.expect("No rules", daemon)
    done = world.desk.run("status")
    assert done.returncode == 1
    assert "No rules" in done.stdout


def test_a_broken_configuration_keeps_the_old_one_running(world: World) -> None:
    with world.desk.start() as daemon:
        daemon.wait_for("daemon.started")
        world.desk.add("[polling]\nintervall = 5\n")
        world.expect("configuration is broken", daemon)
        world.live.add(Item("a", "Russia sends troops to Niger", "They landed in Niamey."))
        world.expect("Russia sends troops to Niger", daemon)


def test_run_does_not_start_on_a_broken_configuration(world: World) -> None:
    world.desk.add("[polling]\nintervall = 5\n")
    done = world.desk.run("run", "--once")
    assert done.returncode == 1
    assert "config.toml:" in done.stderr
    assert "interval" in done.stderr


def test_hang_up_reloads_at_once(world: World) -> None:
    with world.desk.start() as daemon:
        daemon.wait_for("daemon.started")
        daemon.hangup()
        daemon.wait_for("reload.done")


def test_what_waits_for_a_removed_channel_is_held_and_goes_out_when_it_is_back(
    world: World,
) -> None:
    world.desk.mail("night", world.smtp.port, to="night@example.org", quiet_hours='"00:00-23:59"')
    file = world.desk.rules / "desk.yaml"
    file.write_text(RULE.replace("severity: high", "severity: high\n    notify: [night]"), "utf-8")
    world.live.add(Item("a", "Russia sends troops to Niger", "They landed in Niamey."))
    assert world.desk.run("run", "--once").returncode == 0
    [held] = world.desk.json("deliveries", "list")
    assert held["state"] == "held"
    assert "quiet hours" in held["reason"]
    assert not world.subjects()
