"""The image builds from pinned packages and runs with no rights: as compose.yaml runs it."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.image.engineless import Builder, Container, Image, Unavailable, require_tools
from tests.servers.feedserver import FeedServer, Item

pytestmark = [pytest.mark.image, pytest.mark.timeout(600)]


@pytest.fixture(scope="session")
def image() -> Iterator[Image]:
    """The image, built once. Where it cannot be built tests are skipped, or fail where CI=true."""
    folder = Path(tempfile.mkdtemp(prefix="monitor-image-"))
    builder = Builder(folder)
    try:
        require_tools()
        built = builder.build()
    except Unavailable as error:
        shutil.rmtree(folder)
        if os.environ.get("CI") == "true":
            pytest.fail(f"the image has to be built in CI: {error}")
        pytest.skip(f"no image: {error}")
    yield built
    builder.remove()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A volume for /data that belongs to the image's user."""
    folder = tmp_path / "data"
    folder.mkdir()
    os.chown(folder, 10001, 10001)
    for above in folder.parents:
        if above.is_relative_to(tempfile.gettempdir()) and above != Path(tempfile.gettempdir()):
            above.chmod(0o755)
    return folder


def test_it_says_how_to_run_it(image: Image) -> None:
    config = image.config
    assert config["User"] == "10001:10001"
    assert config["Entrypoint"] == ["tini", "--", "monitor"]
    assert config["Cmd"] == ["run"]
    assert config["Healthcheck"]["Test"] == ["CMD", "monitor", "health"]
    assert config["StopSignal"] == "SIGTERM"
    assert set(config["Volumes"]) == {"/data", "/rules"}
    assert set(config["ExposedPorts"]) == {"8080/tcp"}
    assert image.environment["MONITOR_DATABASE"] == "sqlite:////data/monitor.db"
    assert image.environment["MONITOR_SERVICE__LISTEN"] == "0.0.0.0:8080"
    labels = {k: v for k, v in config["Labels"].items() if k.startswith("org.opencontainers")}
    assert labels["org.opencontainers.image.revision"] == "test"
    assert labels["org.opencontainers.image.title"] == "media-monitor"


def test_nothing_in_it_serves_to_install_more(image: Image) -> None:
    assert not (image.root / "opt/monitor/bin/pip").exists()
    assert not (image.root / "etc/pip.conf").exists()
    assert not (image.root / "src").exists()


def test_the_demonstration_runs_read_only_and_without_rights(image: Image, data: Path) -> None:
    done = Container(image, {"/data": data}).run("demo", "--fast")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Russian military trainers land in Niger" in done.stdout
    assert "What happened" in done.stdout


def test_the_image_checks_its_own_configuration(image: Image, data: Path) -> None:
    done = Container(image, {"/data": data}).run("check")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_daemon_runs_is_asked_for_its_health_and_stops_when_told(
    image: Image, data: Path, tmp_path: Path
) -> None:
    with FeedServer() as server:
        news = server.live("/feed")
        news.add(
            Item(
                guid="1",
                title="Russian military trainers land in Niger with air defence system",
                text="About a hundred Russian military trainers have arrived in Niger.",
                published=time.time(),
            )
        )
        config = tmp_path / "config.toml"
        config.write_text(
            f'[[feeds]]\nname = "Wire"\nurl = "{server.url("/feed")}"\n'
            'interval = "1s"\nallow_private = true\n',
            encoding="utf-8",
        )
        secrets = tmp_path / "secrets"
        secrets.mkdir()
        (secrets / "polling__user_agent").write_text("from a secret\n", encoding="utf-8")
        mounts = {"/data": data, "/etc/monitor/config.toml": config, "/run/secrets": secrets}
        listen = {"MONITOR_SERVICE__LISTEN": f"127.0.0.1:{_free_port()}"}
        container = Container(image, mounts, environment=listen)
        running = container.start("run")
        try:
            health = _until_healthy(container)
            assert "ok" in health
            server.wait_for("/feed", 2, timeout=30)
            code, output = running.stop(seconds=45)
        finally:
            running.kill()
    assert code == 0, output
    assert "Russian military trainers land in Niger" in output
    assert '"daemon.stopped"' in output
    assert server.last("/feed").headers["user-agent"] == "from a secret"
    assert (data / "monitor.db").stat().st_uid == 10001
    assert container.run("health").returncode != 0


def _until_healthy(container: Container) -> str:
    deadline = time.monotonic() + 60
    while True:
        done = container.run("monitor", "health", entrypoint=False)
        if done.returncode == 0:
            return done.stdout + done.stderr
        assert time.monotonic() < deadline, done.stdout + done.stderr


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
