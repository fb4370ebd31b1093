"""``monitor health`` against a real service."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from monitor.cli import health, main
from monitor.service import Service


@pytest.fixture
def port() -> Iterator[int]:
    """A service that lives and is not ready, on a loop of its own."""
    loop = asyncio.new_event_loop()

    async def ready() -> list[str]:
        return ["no rules are loaded"]

    service = Service("127.0.0.1:0", alive=list, ready=ready)
    loop.run_until_complete(service.start())
    assert service.address is not None
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield service.address[1]
    asyncio.run_coroutine_threadsafe(service.close(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


def ask(*args: str, **env: str | None) -> Result:
    unset = {"MONITOR_SERVICE__LISTEN": None, "MONITOR_CONFIG": None}
    return CliRunner().invoke(main.app, ["health", *args], env={**unset, **env})


def test_a_daemon_that_lives_is_0_and_one_that_is_not_ready_1(port: int) -> None:
    address = f"127.0.0.1:{port}"
    done = ask("--address", address)
    assert (done.exit_code, done.stdout) == (0, "ok\n")
    done = ask("--address", address, "--ready")
    assert done.exit_code == 1
    assert "no rules are loaded" in done.stderr


@pytest.mark.parametrize("everywhere", ["0.0.0.0", ""])
def test_a_daemon_that_listens_everywhere_is_asked_on_loopback(port: int, everywhere: str) -> None:
    assert ask(MONITOR_SERVICE__LISTEN=f"{everywhere}:{port}").exit_code == 0


def test_the_address_is_that_of_the_configuration(port: int, tmp_path: Path) -> None:
    config = tmp_path / "c.toml"
    config.write_text(f'[service]\nlisten = "127.0.0.1:{port}"\n')
    assert ask("-c", str(config)).exit_code == 0
    assert health.listen_address(config, {"MONITOR_SERVICE__LISTEN": "x:1"}) == "x:1"


@pytest.mark.parametrize("text", ["[service", 'service = "x"', "[service]\nlisten = 5", ""])
def test_a_config_that_is_just_being_edited_does_no_harm(tmp_path: Path, text: str) -> None:
    config = tmp_path / "c.toml"
    config.write_text(text)
    assert health.listen_address(config, {}) == health.DEFAULT_LISTEN
    assert health.listen_address(tmp_path / "none", {}) == health.DEFAULT_LISTEN


def test_the_default_address_is_that_of_the_configuration() -> None:
    from monitor.config.settings import Service as Section

    assert Section().listen == health.DEFAULT_LISTEN


def test_no_daemon_no_address_and_no_service_are_1(port: int) -> None:
    for listen, said in (("127.0.0.1:1", "no answer"), ("nonsense", "no address"), ("", "is off")):
        done = ask(MONITOR_SERVICE__LISTEN=listen)
        assert done.exit_code == 1
        assert said in done.stderr
