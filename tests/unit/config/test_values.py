"""How durations, sizes, times, addresses and URLs may be written."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from monitor.config import values


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("10m", 600), ("24h", 86400), ("1s", 1), ("2 days", 172800), ("1h 30m", 5400),
        ("1h30m", 5400), ("90 min", 5400), (" 1 Week ", 604800), ("0.5h", 1800), ("500ms", 0.5),
        ("0", 0), (0, 0), ("0s", 0), ("1 hour, 5 minutes", 3900),
    ],
)  # fmt: skip
def test_a_duration_is_numbers_with_units(written: object, seconds: float) -> None:
    assert values.parse_duration(written) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "written",
    ["", "10", 10, "m", "10 x", "-5m", "1h-5m", "10m!", None, "1e9d", "99999999 days", "٣m"],
)
def test_what_is_no_duration_is_refused(written: object) -> None:
    with pytest.raises(PydanticCustomError):
        values.parse_duration(written)


@given(st.integers(min_value=0, max_value=10**9))
def test_a_duration_survives_being_written(milliseconds: int) -> None:
    duration = timedelta(milliseconds=milliseconds)
    assert values.parse_duration(values.format_duration(duration)) == duration


@pytest.mark.parametrize("written", ["0", "0s", timedelta(0), timedelta(seconds=-1)])
def test_nothing_is_no_positive_duration(written: object) -> None:
    with pytest.raises(PydanticCustomError):
        values.parse_positive_duration(written)


@pytest.mark.parametrize(
    ("written", "size"),
    [("10MB", 10**7), ("10M", 10**7), ("512KiB", 524288), ("1 G", 10**9), ("1.5kB", 1500), (7, 7),
     ("123", 123), ("9b", 9)],
)  # fmt: skip
def test_a_size_is_a_number_with_a_unit(written: object, size: int) -> None:
    assert values.parse_size(written) == size


@pytest.mark.parametrize("written", ["", "10XB", "MB", "10 iB", -1, "-1", True, 1.5, None])
def test_what_is_no_size_is_refused(written: object) -> None:
    with pytest.raises(PydanticCustomError):
        values.parse_size(written)


@given(st.integers(min_value=0, max_value=10**12))
def test_a_size_survives_being_written(size: int) -> None:
    assert values.parse_size(values.format_size(size)) == size


@pytest.mark.parametrize(
    ("written", "clock"),
    [("07:00", time(7)), ("7", time(7)), ("23:59", time(23, 59)), ("24:00", time(0)),
     (time(7, 30), time(7, 30))],
)  # fmt: skip
def test_a_time_of_day(written: object, clock: time) -> None:
    assert values.parse_clock(written) == clock


@pytest.mark.parametrize("written", ["24:01", "12:60", "7am", "", "12:5", 7, None])
def test_what_is_no_time_of_day_is_refused(written: object) -> None:
    with pytest.raises(PydanticCustomError):
        values.parse_clock(written)


def test_quiet_hours_may_cross_midnight_and_be_written_with_a_dash() -> None:
    night = (time(22), time(6))
    assert values.parse_quiet_hours("22:00-06:00") == night
    assert values.parse_quiet_hours("22 – 6") == night
    assert values.parse_quiet_hours(["22:00", "06:00"]) == night


@pytest.mark.parametrize("written", ["22:00", "22:00-22:00", "22:00-06:00-07:00", "", 5])
def test_what_is_no_span_of_hours_is_refused(written: object) -> None:
    with pytest.raises(PydanticCustomError):
        values.parse_quiet_hours(written)


@pytest.mark.parametrize(
    "written", ["Africa/Nowhere", "", "../etc/passwd", "/etc/passwd", 7, "X\0"]
)
def test_what_is_no_timezone_is_refused(written: object) -> None:
    with pytest.raises(PydanticCustomError):
        values.parse_timezone(written)


@pytest.mark.parametrize(
    "written",
    ["example.org", "ftp://example.org", "http://", "https:///x", "http://a b/", "http://a:x/",
     "http://[::1", "javascript:alert(1)", "http://a/\n", 5],
)  # fmt: skip
def test_what_is_no_web_url_is_refused(written: object) -> None:
    if isinstance(written, str) and written.endswith("\n"):
        assert values.parse_web_url(written) == written.strip()
        return
    with pytest.raises(PydanticCustomError):
        values.parse_web_url(written)


def test_a_proxy_may_be_http_or_socks() -> None:
    for url in ("http://proxy:3128", "socks5://u:p@proxy:1080", "socks5h://proxy:1"):
        assert values.parse_proxy(url).get_secret_value() == url
    with pytest.raises(PydanticCustomError):
        values.parse_proxy("proxy:3128")


@pytest.mark.parametrize("written", ["a@b.org", "Desk <a@b.org>", '"Desk, Africa" <a@b.org>'])
def test_a_mail_address_may_have_a_name(written: str) -> None:
    assert values.parse_address(written) == written


@pytest.mark.parametrize(
    "written", ["desk", "a@", "@b", "a@b, c@d", "a@b\r\nBcc: c@d", "Desk <a@b> x", "a b@c", 5, ""]
)
def test_what_is_no_mail_address_is_refused(written: object) -> None:
    with pytest.raises(PydanticCustomError):
        values.parse_address(written)


@pytest.mark.parametrize(
    ("written", "pair"),
    [("127.0.0.1:8080", ("127.0.0.1", 8080)), ("[::1]:80", ("::1", 80)), (":9", ("", 9)),
     ("localhost:0", ("localhost", 0))],
)  # fmt: skip
def test_an_address_to_listen_on(written: str, pair: tuple[str, int]) -> None:
    assert values.parse_listen(written) == written
    assert values.split_listen(written) == pair


@pytest.mark.parametrize("written", ["8080", "host", "host:", "host:99999", "a/b:80", 8080])
def test_what_cannot_be_listened_on_is_refused(written: object) -> None:
    with pytest.raises(PydanticCustomError):
        values.parse_listen(written)


@pytest.mark.parametrize(
    ("url", "private"),
    [("http://127.0.0.1/", True), ("http://10.1.2.3/", True), ("http://[::1]/", True),
     ("http://feeds/", True), ("http://x.local/", True), ("https://example.org/", False),
     ("http://8.8.8.8/", False)],
)  # fmt: skip
def test_a_host_of_the_own_network_is_known_by_its_name(url: str, private: bool) -> None:
    assert values.is_private_host(url) is private
