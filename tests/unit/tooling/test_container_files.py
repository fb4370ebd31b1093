"""Dockerfile, .dockerignore and compose.yaml keep what they promise an operator.

That the image builds and runs is shown in tests/image.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[3]
COMPOSE: dict[str, Any] = YAML(typ="safe", pure=True).load(
    (ROOT / "compose.yaml").read_text(encoding="utf-8")
)
MONITOR = COMPOSE["services"]["monitor"]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def test_the_image_says_the_version_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert f"ARG VERSION={project['version']}\n" in DOCKERFILE


def seconds(text: str) -> int:
    """A compose duration in whole seconds."""
    return int(text.removesuffix("s"))


def test_no_service_has_more_rights_than_it_needs() -> None:
    for service in COMPOSE["services"].values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert "privileged" not in service
    assert MONITOR["user"] == "10001:10001"
    assert "cap_add" not in MONITOR


def test_a_stop_leaves_more_time_than_the_daemon_takes_to_drain() -> None:
    from monitor.daemon import DRAIN_SECONDS

    assert seconds(MONITOR["stop_grace_period"]) > DRAIN_SECONDS + 10


def test_only_this_machine_reaches_the_health_port() -> None:
    assert all(p.startswith("127.0.0.1:") for p in MONITOR["ports"])


def test_postgres_comes_only_when_asked_for() -> None:
    assert COMPOSE["services"]["postgres"]["profiles"] == ["postgres"]
    assert MONITOR["depends_on"]["postgres"]["required"] is False
    assert "profiles" not in MONITOR


def test_no_secret_stands_in_the_compose_file() -> None:
    for service in COMPOSE["services"].values():
        for name, value in (service.get("environment") or {}).items():
            assert "PASSWORD" not in name or name.endswith("_FILE"), (name, value)


def test_the_image_is_checked_the_way_compose_checks_it() -> None:
    found = re.search(r"HEALTHCHECK .*CMD (\[.*\])", DOCKERFILE)
    assert found is not None
    assert ["CMD", *YAML(typ="safe").load(found[1])] == MONITOR["healthcheck"]["test"]


def test_only_what_is_allowed_gets_into_the_build() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [x for x in lines if x and not x.startswith("#")]
    assert rules[0] == "*"
    allowed = {r[1:] for r in rules if r.startswith("!")}
    copied = {
        word.split("/")[0]
        for line in re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE)
        for word in line.split()
    }
    assert copied == allowed
