"""Undoes gzip and deflate while a body arrives, never beyond a cap. Bytes in, bytes out."""

from __future__ import annotations

import zlib

from monitor.errors import FetchFailed, FetchFault

_STEP = 65_536
_ANY_HEADER = 47  # zlib: 32 + 15, gzip or zlib header found by itself
_RAW = -15
_MOST_MEMBERS = 100
_GZIP_MAGIC = b"\x1f\x8b"


class Inflater:
    """Collects one body. ``encoding`` is the Content-Encoding header, as received.

    A body that is plain although it says gzip, or gzipped although it says nothing, is taken as
    what it is: both occur. Raises FetchFailed (too large, or protocol) naming ``url``.
    """

    def __init__(self, url: str, encoding: str, *, max_bytes: int, max_decoded: int) -> None:
        self._url = url
        self._max_bytes = max_bytes
        self._max_decoded = max_decoded
        self._received = 0
        self._decoded = 0
        self._out: list[bytes] = []
        self._head = b""
        self._inner: zlib._Decompress | None = None
        self._plain = False
        self._members = 0
        self._steps = [e for e in encoding.lower().replace(" ", "").split(",") if e]
        self._steps = [e for e in self._steps if e != "identity"]
        if any(e not in {"gzip", "x-gzip", "deflate"} for e in self._steps) or len(self._steps) > 1:
            raise FetchFailed(
                url,
                f"the answer is packed as {encoding!r}, which was not asked for",
                fault=FetchFault.PROTOCOL,
            )

    def feed(self, chunk: bytes) -> None:
        """Takes the next bytes as they came from the network."""
        self._received += len(chunk)
        if self._received > self._max_bytes:
            raise self._too_large("", self._max_bytes)
        if self._plain:
            self._keep(chunk)
        elif self._inner is not None:
            held, self._head = self._head, b""
            self._unpack(held + chunk)
        else:
            self._head += chunk
            if len(self._head) >= 2:
                self._start()

    def finish(self) -> bytes:
        """The whole body; FetchFailed when the packed data stop short."""
        if self._inner is None and self._head:  # a body of one byte
            self._keep(self._head)
        if self._inner is not None and not self._inner.eof:
            raise FetchFailed(self._url, "the packed answer breaks off", fault=FetchFault.PROTOCOL)
        return b"".join(self._out)

    def _start(self) -> None:
        head, self._head = self._head, b""
        if head[:2] == _GZIP_MAGIC:
            self._inner = zlib.decompressobj(_ANY_HEADER)
        elif self._steps == ["deflate"]:
            # zlib-wrapped as the standard says, or raw as some servers do (RFC 9110, 8.4.1.2)
            wrapped = head[0] & 0x0F == 8 and (head[0] * 256 + head[1]) % 31 == 0
            self._inner = zlib.decompressobj(_ANY_HEADER if wrapped else _RAW)
        else:
            self._plain = True
            self._keep(head)
            return
        self._unpack(head)

    def _unpack(self, chunk: bytes) -> None:
        while True:
            inner = self._inner
            assert inner is not None
            if inner.eof:  # further gzip members are part of the data, anything else is padding
                if len(chunk) < 2:
                    self._head = chunk
                    return
                self._members += 1
                if chunk[:2] != _GZIP_MAGIC or self._members > _MOST_MEMBERS:
                    return
                inner = self._inner = zlib.decompressobj(_ANY_HEADER)
            try:
                out = inner.decompress(chunk, _STEP)
            except zlib.error as e:
                raise FetchFailed(
                    self._url, f"the packed answer is damaged ({e})", fault=FetchFault.PROTOCOL
                ) from e
            self._keep(out)
            chunk = inner.unused_data if inner.eof else inner.unconsumed_tail
            if not chunk and (inner.eof or len(out) < _STEP):
                return

    def _keep(self, data: bytes) -> None:
        self._decoded += len(data)
        if self._decoded > self._max_decoded:
            raise self._too_large(" when unpacked", self._max_decoded)
        self._out.append(data)

    def _too_large(self, how: str, limit: int) -> FetchFailed:
        return FetchFailed(
            self._url,
            f"the answer is larger than {limit / 1_048_576:.3g} MiB{how}",
            fault=FetchFault.TOO_LARGE,
        )
