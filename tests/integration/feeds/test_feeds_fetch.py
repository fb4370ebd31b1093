"""Fetching from a real server that behaves as servers do."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import inspect
import ssl
import time
import tracemalloc
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import ModuleType

import httpcore
import httpx
import pytest

from monitor.errors import BlockedAddress, FeedGone, FetchFailed, FetchFault
from monitor.feeds import fetch as fetching
from monitor.feeds import transport
from monitor.feeds.fetch import Fetcher
from monitor.feeds.guard import Deadline
from monitor.model import FetchOptions, FetchResult, Validators
from tests.servers import certificate
from tests.servers.feedserver import FeedServer, Item, Reply, deflate_bomb, gzip_bomb

PUBLIC = "93.184.216.34"
BODY = b"<rss version='2.0'><channel><title>T</title></channel></rss>"


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as running:
        yield running


def get(url: str, fetcher: Fetcher | None = None, **options: object) -> FetchResult:
    fetcher = fetcher or Fetcher(timeout=timedelta(seconds=5), environ={})
    options = {"allow_private": True, **options}
    return asyncio.run(fetcher.fetch(url, **options))  # type: ignore[arg-type]


def fails(url: str, fetcher: Fetcher | None = None, **options: object) -> FetchFailed:
    with pytest.raises(FetchFailed) as caught:
        get(url, fetcher, **options)
    return caught.value


def resolver(**hosts: Sequence[str]) -> Callable[[str, int], Awaitable[Sequence[str]]]:
    async def resolve(host: str, port: int) -> Sequence[str]:
        try:
            return hosts[host.replace(".", "_")]
        except KeyError:
            raise OSError(-2, "Name or service not known") from None

    return resolve


def test_a_feed_is_fetched_once_and_then_asked_whether_it_changed(server: FeedServer) -> None:
    live = server.live("/feed")
    live.add(Item("1", "First"))
    first = get(server.url("/feed"))
    assert first.body is not None
    assert b"First" in first.body
    assert first.status == 200
    second = get(server.url("/feed"), validators=first.validators)
    assert (second.status, second.body) == (304, None)
    assert server.last("/feed").headers["if-none-match"] == first.validators.etag
    live.add(Item("2", "Second"))
    third = get(server.url("/feed"), validators=first.validators)
    assert third.body is not None
    assert b"Second" in third.body


def test_what_is_sent_is_honest_and_asks_only_for_what_we_can_unpack(server: FeedServer) -> None:
    server.set("/", Reply(body=BODY))
    get(server.url("/"), validators=Validators(None, "Sun, 01 Mar 2026 10:00:00 GMT"))
    sent = server.last("/").headers
    assert sent["user-agent"].startswith("media-monitor/")
    assert "http" not in sent["user-agent"]
    assert sent["accept-encoding"] == "gzip, deflate"
    assert sent["if-modified-since"] == "Sun, 01 Mar 2026 10:00:00 GMT"
    assert "if-none-match" not in sent


def test_a_feeds_own_options_are_sent(server: FeedServer) -> None:
    server.set("/", Reply(body=BODY))
    options = FetchOptions(
        user_agent="Desk/1",
        headers=(("Cookie", "a=b"), ("Accept-Encoding", "br")),
        username="me",
        password="sécret",
    )
    get(server.url("/"), options=options)
    sent = server.last("/").headers
    assert (sent["user-agent"], sent["cookie"]) == ("Desk/1", "a=b")
    assert sent["accept-encoding"] == "gzip, deflate"
    assert sent["authorization"] == "Basic bWU6c8OpY3JldA=="
    with_login = server.url("/").replace("http://", "http://u:p%40ss@")
    assert "p%40ss" not in get(with_login).url
    assert server.last("/").headers["authorization"] == "Basic dTpwQHNz"


def test_redirects_are_followed_and_only_permanent_ones_are_a_move(server: FeedServer) -> None:
    end = server.set("/end", Reply(body=BODY))
    server.redirect("/a", "/b", 301)
    server.redirect("/b", end + "#x", 308)
    server.redirect("/t", "/b", 302)
    server.redirect("/t2", end, 307)
    assert get(server.url("/a")).moved_to == end
    assert get(server.url("/a")).url == end
    assert get(server.url("/t")).moved_to is None
    assert get(server.url("/t2")).moved_to is None
    assert get(end).moved_to is None


def test_a_move_of_a_feed_with_a_login_keeps_the_login(server: FeedServer) -> None:
    server.set("/end", Reply(body=BODY))
    server.redirect("/a", "/end", 301)
    url = server.url("/a").replace("http://", "http://me:pw@")
    moved = get(url).moved_to
    assert moved == server.url("/end").replace("http://", "http://me:pw@")


def test_never_ending_redirects_end(server: FeedServer) -> None:
    server.redirect("/loop", "/loop", 302)
    assert fails(server.url("/loop")).fault is FetchFault.REDIRECTS
    assert server.count("/loop") == 6
    for target in ("ftp://x.example/", "http://[::1", "http://a..b.example:99999/", "file:///etc"):
        server.redirect("/odd", target)
        assert fails(server.url("/odd")).fault in {FetchFault.REDIRECTS, FetchFault.URL}
    server.redirect("/nowhere", "")
    assert fails(server.url("/nowhere")).fault is FetchFault.REDIRECTS


def test_logins_and_own_headers_are_for_the_feeds_host_alone(server: FeedServer) -> None:
    options = FetchOptions(headers=(("X-Key", "k"),), username="u", password="p")
    fetcher = Fetcher(environ={}, resolver=resolver(one_test=["127.0.0.1"], two_test=["127.0.0.1"]))
    server.set("/end", Reply(body=BODY))
    server.redirect("/out", server.url("/end", host="two.test"))
    server.redirect("/in", server.url("/end", host="one.test"))
    get(server.url("/in", host="one.test"), fetcher, options=options)
    assert server.last("/end").headers["x-key"] == "k"
    assert "authorization" in server.last("/end").headers
    get(server.url("/out", host="one.test"), fetcher, options=options)
    assert "x-key" not in server.last("/end").headers
    assert "authorization" not in server.last("/end").headers
    with FeedServer() as other:  # the same host, another port: another server
        other.set("/end", Reply(body=BODY))
        server.redirect("/port", other.url("/end", host="one.test"))
        get(server.url("/port", host="one.test"), fetcher, options=options)
        assert "authorization" not in other.last("/end").headers


@pytest.mark.parametrize("where", ["drip", "drip_head"])
def test_a_byte_now_and_then_ends_at_the_deadline(server: FeedServer, where: str) -> None:
    server.set("/slow", replace(Reply(body=b"x" * 1000), **{where: 0.1}))
    fetcher = Fetcher(timeout=timedelta(seconds=0.5), environ={})
    start = time.monotonic()
    error = fails(server.url("/slow"), fetcher)
    assert error.fault is FetchFault.TIMEOUT
    assert 0.45 < time.monotonic() - start < 2


def test_silence_ends_at_the_deadline_which_a_feed_may_set(server: FeedServer) -> None:
    server.set("/dead", Reply(delay=30))
    options = FetchOptions(timeout=timedelta(seconds=0.3))
    start = time.monotonic()
    assert fails(server.url("/dead"), options=options).fault is FetchFault.TIMEOUT
    assert time.monotonic() - start < 2


def test_redirects_share_one_deadline(server: FeedServer) -> None:
    server.set("/slow", Reply(status=302, headers={"location": "/slow"}, delay=0.2))
    fetcher = Fetcher(timeout=timedelta(seconds=0.5), environ={})
    assert fails(server.url("/slow"), fetcher).fault is FetchFault.TIMEOUT


def test_bombs_stop_at_the_cap(server: FeedServer) -> None:
    gzipped = Reply(body=gzip_bomb(8 << 20), headers={"content-encoding": "gzip"})
    deflated = Reply(body=deflate_bomb(8 << 20), headers={"content-encoding": "deflate"})
    fetcher = Fetcher(environ={}, max_bytes=1 << 20, max_decoded=4 << 20)
    for reply in (gzipped, deflated, Reply(body=bytes(2 << 20)), replace(gzipped, chunked=True)):
        server.set("/bomb", reply)
        assert fails(server.url("/bomb"), fetcher).fault is FetchFault.TOO_LARGE


def test_bodies_are_counted_as_sent_and_unpacked_piece_by_piece(server: FeedServer) -> None:
    """The HTTP library would hand on what it unpacked, and a bomb in one piece."""
    server.set("/z", Reply(body=gzip_bomb(60 << 20), headers={"content-encoding": "gzip"}))
    fetcher = Fetcher(environ={}, max_bytes=100 << 10, max_decoded=1 << 20)
    tracemalloc.start()
    try:
        tracemalloc.reset_peak()
        assert "when unpacked" in str(fails(server.url("/z"), fetcher))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 16 << 20


def test_packed_bodies_arrive_whole(server: FeedServer) -> None:
    packed = Reply(body=gzip.compress(BODY), headers={"content-encoding": "gzip"}, chunked=True)
    server.set("/z", packed)
    assert get(server.url("/z")).body == BODY


def test_bodies_that_break_off_are_no_answer(server: FeedServer) -> None:
    for reply in (
        Reply(body=BODY, cut=10),
        Reply(body=BODY, length=9_999),
        Reply(body=BODY, chunked=True, cut=20),
        Reply(raw=b""),
        Reply(raw=b"SSH-2.0-OpenSSH\r\n"),
        Reply(raw=b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"),
        Reply(raw=b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 100_000),
        Reply(body=b"x", headers={"content-encoding": "br"}),
    ):
        server.set("/bad", reply)
        assert fails(server.url("/bad")).fault in {FetchFault.PROTOCOL, FetchFault.CONNECT}


@pytest.mark.parametrize(
    ("status", "fault"),
    [
        (401, FetchFault.HTTP_CLIENT),
        (403, FetchFault.HTTP_CLIENT),
        (404, FetchFault.HTTP_CLIENT),
        (408, FetchFault.TIMEOUT),
        (429, FetchFault.THROTTLED),
        (500, FetchFault.HTTP_SERVER),
        (503, FetchFault.HTTP_SERVER),
        (204, FetchFault.PROTOCOL),
        (304, FetchFault.PROTOCOL),
        (300, FetchFault.REDIRECTS),
    ],
)
def test_statuses(server: FeedServer, status: int, fault: FetchFault) -> None:
    server.set("/s", Reply(status=status, headers={"retry-after": "77"}, length=-1))
    error = fails(server.url("/s"))
    assert (error.fault, error.status) == (fault, status)
    assert error.retry_after == (77 if status in {429, 503} else None)
    assert error.url == server.url("/s")


def test_gone_is_gone(server: FeedServer) -> None:
    server.set("/g", Reply(status=410))
    with pytest.raises(FeedGone):
        get(server.url("/g"))


def test_hints_of_a_good_answer_are_handed_on(server: FeedServer) -> None:
    hints = {"cache-control": "max-age=600", "retry-after": "30"}
    server.set("/h", Reply(body=BODY, headers=hints))
    result = get(server.url("/h"))
    assert (result.min_interval, result.retry_after) == (600, 30)


@pytest.mark.parametrize(
    "url",
    [
        "", "nonsense", "ftp://x.example/", "http://", "http:///path", "http://[::1", "http://a..b/",
        "http://xn--/", f"http://{'x' * 80}.example/", "http://\udcff/", "http://a\x00b/",
        "http://x.example:99999/", "http://\u2e2e.example/", "http://" + "a" * 70_000,
        "http://ex\u00ad ample\n/",
    ],
)  # fmt: skip
def test_bad_addresses_are_our_errors(url: str) -> None:
    fetcher = Fetcher(environ={}, resolver=resolver())
    assert fails(url, fetcher).fault in {FetchFault.URL, FetchFault.DNS}


def test_hosts_without_an_address_and_ports_without_a_server() -> None:
    assert fails("http://nobody.invalid/", Fetcher(environ={}, resolver=resolver())).fault is (
        FetchFault.DNS
    )
    with FeedServer() as gone:
        url = gone.url("/")
    assert fails(url).fault is FetchFault.CONNECT


def test_a_name_server_that_does_not_answer_ends_at_the_deadline() -> None:
    async def never(host: str, port: int) -> Sequence[str]:
        await asyncio.sleep(60)
        return []

    fetcher = Fetcher(timeout=timedelta(seconds=0.3), environ={}, resolver=never)
    assert fails("http://slow.example/", fetcher).fault is FetchFault.DNS


def test_an_address_that_refuses_falls_to_the_next(server: FeedServer) -> None:
    fetcher = Fetcher(environ={}, resolver=resolver(two_test=["127.0.0.2", "::1", "127.0.0.1"]))
    server.set("/", Reply(body=BODY))
    url = f"http://two.test:{server.port}/"
    assert get(url, fetcher).body == BODY
    assert server.last("/").headers["host"] == f"two.test:{server.port}"


@pytest.mark.parametrize("found", [["127.0.0.1"], [PUBLIC, "127.0.0.1"], ["::ffff:127.0.0.1"]])
def test_hosts_inside_are_refused_before_anything_is_dialled(
    server: FeedServer, found: list[str]
) -> None:
    fetcher = Fetcher(environ={}, resolver=resolver(evil_test=found))
    with pytest.raises(BlockedAddress, match="allow_private"):
        get(f"http://evil.test:{server.port}/", fetcher, allow_private=False)
    assert server.count() == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0x7f000001", "2130706433", "[::1]"])
def test_every_spelling_of_this_machine_is_refused(server: FeedServer, host: str) -> None:
    with pytest.raises(BlockedAddress):
        get(f"http://{host}:{server.port}/", allow_private=False)
    assert server.count() == 0


def test_what_is_dialled_is_what_was_checked(server: FeedServer) -> None:
    """A name that resolves differently the second time (rebinding) is not looked up again."""
    answers = [[PUBLIC], ["127.0.0.1"]]

    async def rebinding(host: str, port: int) -> Sequence[str]:
        return answers.pop(0)

    fetcher = Fetcher(timeout=timedelta(seconds=0.3), environ={}, resolver=rebinding)
    fails(f"http://re.test:{server.port}/", fetcher, allow_private=False)
    assert len(answers) == 1
    assert server.count() == 0


def test_redirects_to_the_inside_are_refused(server: FeedServer) -> None:
    """The first hop is let in as if it were public; the second has to pass the guard itself."""
    server.redirect("/out", "http://169.254.169.254/latest/meta-data/")
    proxy = Fetcher(proxy=server.url(), environ={})
    with pytest.raises(BlockedAddress):
        get("http://public.test/out", proxy, allow_private=False)


def test_a_proxy_is_used_and_told_the_whole_address(server: FeedServer) -> None:
    server.set("/feed", Reply(body=BODY))
    for fetcher, options in (
        (Fetcher(environ={"HTTP_PROXY": server.url()}), FetchOptions()),
        (Fetcher(environ={}, proxy=server.url()), FetchOptions()),
        (Fetcher(environ={}), FetchOptions(proxy=server.url().replace("//", "//u:p%20w@"))),
    ):
        result = get("http://far.test/feed", fetcher, options=options, allow_private=False)
        assert result.body == BODY
        assert server.last("/feed").target == "http://far.test/feed"
    assert server.last("/feed").headers["proxy-authorization"] == "Basic dTpwIHc="
    bad = FetchOptions(proxy="socks5://user:secret@x.example")
    assert "secret" not in str(fails("http://far.test/", options=bad))


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> certificate.Certificate:
    return certificate.make(tmp_path_factory.mktemp("tls"))


@contextlib.contextmanager
def secure(paper: certificate.Certificate) -> Iterator[FeedServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(paper.certificate, paper.key)
    with FeedServer(tls=context) as server:
        server.set("/feed", Reply(body=BODY))
        yield server


def test_a_certificate_is_checked_unless_told_otherwise(paper: certificate.Certificate) -> None:
    with secure(paper) as server:
        error = fails(server.url("/feed"))
        assert error.fault is FetchFault.TLS
        assert "certificate" in str(error)
        assert get(server.url("/feed"), options=FetchOptions(verify_tls=False)).body == BODY


def test_https_goes_through_a_proxys_tunnel(
    server: FeedServer, paper: certificate.Certificate
) -> None:
    with secure(paper) as far:
        options = FetchOptions(proxy=server.url(), verify_tls=False)
        assert get(far.url("/feed"), options=options).body == BODY
        assert server.requests[-1].method == "CONNECT"


def test_plain_http_where_tls_was_expected_is_our_error(server: FeedServer) -> None:
    server.set("/feed", Reply(body=BODY))
    url = server.url("/feed").replace("http://", "https://")
    assert fails(url).fault is FetchFault.TLS


def test_a_step_down_from_https_keeps_secrets_and_is_no_move(
    server: FeedServer, paper: certificate.Certificate
) -> None:
    server.set("/plain", Reply(body=BODY))
    with secure(paper) as safe:
        safe.redirect("/down", server.url("/plain"), 301)
        options = FetchOptions(username="u", password="p", verify_tls=False)
        result = get(safe.url("/down"), options=options)
        assert result.moved_to is None
        assert "authorization" not in server.last("/plain").headers


def test_cancelling_passes_through_and_leaves_nothing_behind(server: FeedServer) -> None:
    server.set("/dead", Reply(delay=30))
    server.set("/ok", Reply(body=BODY))

    async def scene() -> None:
        fetcher = Fetcher(environ={})
        task = asyncio.create_task(fetcher.fetch(server.url("/dead"), allow_private=True))
        await asyncio.to_thread(server.wait_for, "/dead", 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        for _ in range(20):
            await fetcher.fetch(server.url("/ok"), allow_private=True)

    asyncio.run(scene())


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"])
def test_a_cancelled_fetch_closes_its_connection(said: bytes) -> None:
    async def scene() -> None:
        asked, closed = asyncio.Event(), asyncio.Event()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(said)
            await writer.drain()
            asked.set()
            await reader.read()  # until the other side closes
            writer.close()
            closed.set()

        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            url = "http://127.0.0.1:{1}/".format(*server.sockets[0].getsockname())
            task = asyncio.create_task(Fetcher(environ={}).fetch(url, allow_private=True))
            await asked.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            async with asyncio.timeout(5):
                await closed.wait()

    asyncio.run(scene())


def test_many_at_once_share_a_fetcher(server: FeedServer) -> None:
    server.set("/ok", Reply(body=BODY, delay=0.2))

    async def scene() -> list[FetchResult]:
        fetcher = Fetcher(environ={})
        url = server.url("/ok")
        return await asyncio.gather(*(fetcher.fetch(url, allow_private=True) for _ in range(60)))

    start = time.monotonic()
    assert len(asyncio.run(scene())) == 60
    assert time.monotonic() - start < 5


def exceptions(library: ModuleType) -> list[type[Exception]]:
    return [c for _, c in inspect.getmembers(library, inspect.isclass) if issubclass(c, Exception)]


def test_every_error_of_the_http_libraries_is_translated() -> None:
    deadline = Deadline("https://x.example/", 1)
    below = exceptions(httpcore)
    assert len(below) > 10
    for cls in below:
        assert issubclass(cls, transport.FOREIGN), cls
        error = transport.as_httpx(cls("x"))
        assert type(error).__name__ == cls.__name__ or type(error) is httpx.NetworkError, cls
        assert isinstance(error, fetching.FOREIGN)
    ours = {httpx.CookieConflict, httpx.StreamError, *httpx.StreamError.__subclasses__()}
    above = set(exceptions(httpx)) - ours  # these would be mistakes in this program
    assert len(above) > 15
    for cls in above:
        assert issubclass(cls, fetching.FOREIGN), cls
        error = cls.__new__(cls, "x")
        assert isinstance(fetching.translated(error, deadline), FetchFailed)


def test_header_names_have_no_case_and_the_first_of_two_counts(server: FeedServer) -> None:
    head = b'HTTP/1.1 200 OK\r\nETAG: W/"1"\r\netag: W/"2"\r\n'
    head += b"Cache-control: public\r\nCACHE-CONTROL: max-age=60\r\nContent-LENGTH: 2\r\n\r\nok"
    server.set("/h", Reply(raw=head))
    result = get(server.url("/h"))
    assert result.validators.etag == 'W/"1"'
    assert (result.min_interval, result.body) == (60, b"ok")
    where = b"HTTP/1.1 301 Moved\r\nLOCATION: /h\r\nlocation: http://[::1\r\n\r\n"
    server.set("/two", Reply(raw=where))
    assert get(server.url("/two")).moved_to == server.url("/h")


def test_nothing_of_an_answer_is_carried_on(server: FeedServer) -> None:
    """No cookie goes to the next poll, nor to the next hop of this one."""
    server.set("/feed", Reply(body=BODY, headers={"set-cookie": "a=b; Path=/"}))
    hop = {"set-cookie": "a=b; Path=/", "location": "/feed"}
    server.set("/hop", Reply(status=302, headers=hop))
    fetcher = Fetcher(environ={})

    async def thrice() -> None:
        for path in ("/feed", "/feed", "/hop"):
            await fetcher.fetch(server.url(path), allow_private=True)
            assert "cookie" not in server.last("/feed").headers

    asyncio.run(thrice())


def test_the_process_environment_is_read_once_and_by_us_alone(
    server: FeedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a proxy nor a .netrc is picked up behind our back."""
    (tmp_path / ".netrc").write_text("default login me password secret\n", encoding="ascii")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    server.set("/feed", Reply(body=BODY))
    fetcher = Fetcher(environ={}, resolver=resolver(far_test=["127.0.0.1"]))
    assert get(server.url("/feed", host="far.test"), fetcher).body == BODY
    assert "authorization" not in server.last("/feed").headers


def test_a_login_in_the_options_beats_the_one_in_the_address(server: FeedServer) -> None:
    server.set("/feed", Reply(body=BODY))
    url = server.url("/feed").replace("http://", "http://x:y@")
    get(url, options=FetchOptions(username="me", password="p"))
    assert server.last("/feed").headers["authorization"] == "Basic bWU6cA=="
