"""The pure parts of fetching: headers, unpacking, proxies, addresses."""

from __future__ import annotations

import gzip
import zlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import BlockedAddress, FetchFailed, FetchFault
from monitor.feeds import guard, headers, proxies
from monitor.feeds.fetch import redacted
from monitor.feeds.inflate import Inflater
from monitor.model import Validators

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
URL = "https://news.example/rss"


def given_headers(**values: str) -> list[tuple[bytes, bytes]]:
    return [(k.replace("_", "-").encode(), v.encode("latin-1")) for k, v in values.items()]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("999999999999999999999999", 86_400),
        ("Sun, 01 Mar 2026 12:05:00 GMT", 300),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0),
        ("Sun, 01 Mar 2027 11:00:00 GMT", 86_400),
        ("-5", None),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after(value: str, seconds: float | None) -> None:
    assert headers.retry_after(given_headers(Retry_After=value), NOW) == seconds


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("max-age=300", 300),
        ('public, Max-Age="60"', 60),
        ("max-age=31536000", 3600),
        ("no-cache, max-age=300", None),
        ("max-age=0", None),
        ("max-age=x", None),
        ("private", None),
    ],
)
def test_freshness(value: str, seconds: float | None) -> None:
    assert headers.freshness(given_headers(cache_control=value)) == seconds


def test_validators_are_opaque_but_not_boundless() -> None:
    got = headers.validators(given_headers(ETag='W/"a,b"', Last_Modified="whenever"))
    assert got == Validators('W/"a,b"', "whenever")
    assert not headers.validators(given_headers(etag="x" * 2_000))


def unpack(data: bytes, encoding: str, *, step: int = 7, most: int = 1_000_000) -> bytes:
    inflater = Inflater(URL, encoding, max_bytes=1_000_000, max_decoded=most)
    for start in range(0, len(data), step):
        inflater.feed(data[start : start + step])
    return inflater.finish()


@given(st.binary(max_size=5_000), st.integers(1, 3_000))
def test_every_packing_comes_out_as_it_went_in(data: bytes, step: int) -> None:
    raw = zlib.compressobj(wbits=-15)
    assert unpack(gzip.compress(data), "gzip", step=step) == data
    assert unpack(zlib.compress(data), "deflate", step=step) == data
    assert unpack(raw.compress(data) + raw.flush(), "deflate", step=step) == data
    assert unpack(gzip.compress(data) + gzip.compress(data), "x-gzip", step=step) == data * 2


def test_what_a_server_says_about_packing_may_be_wrong() -> None:
    assert unpack(b"<rss/>", "gzip") == b"<rss/>"
    assert unpack(gzip.compress(b"<rss/>"), "") == b"<rss/>"
    assert unpack(b"<", "identity") == b"<"
    assert unpack(b"", "gzip") == b""
    assert unpack(gzip.compress(b"a") + b"\0" * 50, "gzip") == b"a", "padding is no data"


def test_large_blocks_are_not_lost_at_the_steps_edge() -> None:
    data = bytes(65_536 * 3)
    assert unpack(gzip.compress(data), "gzip", step=10_000) == data


@pytest.mark.parametrize(
    ("data", "encoding", "fault"),
    [
        (b"x", "br", FetchFault.PROTOCOL),
        (b"x", "gzip, gzip", FetchFault.PROTOCOL),
        (gzip.compress(b"hello" * 100, mtime=0)[:-20], "gzip", FetchFault.PROTOCOL),
        (
            gzip.compress(b"hello" * 100, mtime=0)[:20] + b"garbage!" * 9,
            "gzip",
            FetchFault.PROTOCOL,
        ),
        (gzip.compress(bytes(2_000_000)), "gzip", FetchFault.TOO_LARGE),
        (bytes(1_000_001), "", FetchFault.TOO_LARGE),
    ],
)
def test_bad_packings_are_our_errors(data: bytes, encoding: str, fault: FetchFault) -> None:
    with pytest.raises(FetchFailed) as caught:
        unpack(data, encoding, step=1_000)
    assert caught.value.fault is fault


ENVIRON = {
    "http_proxy": "http://low.example:3128",
    "HTTP_PROXY": "http://high.example",
    "HTTPS_PROXY": "proxy.example:8080",
    "NO_PROXY": "inner.example, .dom.example,*.star.example,10.0.0.0/8, port.example:81",
}


@pytest.mark.parametrize(
    ("scheme", "host", "port", "proxy"),
    [
        ("http", "a.example", 80, "http://low.example:3128"),
        ("https", "a.example", 443, "http://proxy.example:8080"),
        ("http", "inner.example", 80, None),
        ("http", "deep.inner.example", 80, None),
        ("http", "notinner.example", 80, "http://low.example:3128"),
        ("http", "x.dom.example", 80, None),
        ("http", "x.star.example", 80, None),
        ("http", "10.1.2.3", 80, None),
        ("http", "11.1.2.3", 80, "http://low.example:3128"),
        ("http", "port.example", 81, None),
        ("http", "port.example", 80, "http://low.example:3128"),
        ("http", "localhost", 80, None),
        ("http", "127.0.0.9", 80, None),
        ("http", "::1", 80, None),
    ],
)
def test_the_environments_proxies(scheme: str, host: str, port: int, proxy: str | None) -> None:
    assert proxies.environment_proxy(scheme, host, port, ENVIRON) == proxy


def test_no_proxy_may_exempt_everything() -> None:
    environ = {"ALL_PROXY": "http://p.example", "no_proxy": "*"}
    assert proxies.environment_proxy("http", "a.example", 80, environ) is None
    del environ["no_proxy"]
    assert proxies.environment_proxy("http", "a.example", 80, environ) == "http://p.example"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.100.100.200",
        "0.0.0.0", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1",
        "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1",
        "::ffff:10.0.0.1", "2002:7f00:1::", "2002:c0a8:101::1", "64:ff9b::7f00:1",
        "64:ff9b::10.0.0.1", "64:ff9b:1::1", "::127.0.0.1", "fec0::1", "2001:db8::1", "2001::1",
    ],
)  # fmt: skip
def test_addresses_inside_are_not_public_however_wrapped(address: str) -> None:
    assert not guard.is_public(address)
    with pytest.raises(BlockedAddress, match="allow_private"):
        guard.refuse_private(URL, "x.example", ["93.184.216.34", address])


@pytest.mark.parametrize(
    "address",
    ["93.184.216.34", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"],
)
def test_addresses_of_the_open_internet_are_public(address: str) -> None:
    assert guard.is_public(address)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://me:p@ss@h.example/x@y", "https://h.example/x@y"),
        ("https://h.example/?q=a@b", "https://h.example/?q=a@b"),
        ("https://h.example?q=a@b", "https://h.example?q=a@b"),
        ("nonsense", "nonsense"),
    ],
)
def test_passwords_never_show(url: str, shown: str) -> None:
    assert redacted(url) == shown
