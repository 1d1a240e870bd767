"""Bodies of responses, decompressed and bounded before anything else reads them.

`bounded` is the response hook of the HTTP client, so every body passes it: streams, errors,
redirections, token counts. It imports the HTTP library: import it where that is loaded.
"""

import asyncio
import re
import zlib
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any, Protocol

import httpx2

from tui.claude.request_errors import StreamError
from tui.claude.response_bounds import ResponseBounds, bound_exceeded, format_size

ACCEPTED = "gzip"
"""The one compression that is asked for; `deflate` is read as well."""

_PIECE = 16 * 1024
"""Bytes decompressed at a time, so that no step keeps the event loop for long."""
_SAFE_CHARSETS = ("utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin-1", "windows-1252")
"""Character sets that an error body may name; others could be a decoder of anything."""


class BodyTimeouts(Protocol):
    """How long to wait, in seconds."""

    @property
    def stall(self) -> float:
        """Without a single byte; also for the whole body of anything but a stream."""

    @property
    def without_progress(self) -> float:
        """For a stream that brings nothing but signs of life."""


def bound_response_hook(
    bounds: ResponseBounds, clock: Callable[[], float], timeouts: BodyTimeouts
) -> Callable[[httpx2.Response], Coroutine[Any, Any, None]]:
    """The response hook of an HTTP client.

    Args:
        bounds: The most that is taken.
        clock: Gives seconds.
        timeouts: How long to wait.
    """

    async def bounded(response: httpx2.Response) -> None:
        response.stream = BoundedBody(response, bounds, clock, timeouts)
        response.headers.pop("content-encoding", None)
        _restrict_charset(response.headers)

    return bounded


class BoundedBody(httpx2.AsyncByteStream):
    """The body of a response, in small decompressed pieces."""

    def __init__(
        self,
        response: httpx2.Response,
        bounds: ResponseBounds,
        clock: Callable[[], float],
        timeouts: BodyTimeouts,
    ) -> None:
        """Args:
        response: Whose body it is; its headers are there.
        bounds: The most that is taken.
        clock: Gives seconds.
        timeouts: How long to wait.
        """
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        self._stream = response.stream
        self._decoder = _decoder_for(response.headers)
        self._clock = clock
        self._since = clock()
        kind = response.headers.get("content-type", "").lower()
        streams = "json" not in kind and "html" not in kind
        self._truncates = not response.is_success
        """Whether the body is cut where it breaks off or passes a bound: of what is no answer,
        the status says enough."""
        self._max_wait = timeouts.stall
        self._max_bytes = bounds.refusal if self._truncates else bounds.body
        if streams and not self._truncates:
            self._max_wait, self._max_bytes = timeouts.without_progress, bounds.stream

    def progressed(self) -> None:
        """Something of the answer came: the time to wait begins again."""
        self._since = self._clock()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        received = decoded = 0
        try:
            async for raw in self._stream:
                received += len(raw)
                if self._clock() - self._since > self._max_wait:
                    raise StreamError(
                        _only_signs_of_life(self._max_wait), "stalled", retryable=False
                    )
                for piece in self._decoder.pieces(raw):
                    decoded += len(piece)
                    if max(received, decoded) > self._max_bytes:
                        raise bound_exceeded(f"it is larger than {format_size(self._max_bytes)}")
                    if piece:
                        yield piece
                    # Data that is there already never makes us wait: let the keyboard in.
                    await asyncio.sleep(0)
        except (StreamError, httpx2.TransportError):
            if not self._truncates:
                raise

    async def aclose(self) -> None:
        """Close the connection, or give it back."""
        await self._stream.aclose()


def _only_signs_of_life(seconds: float) -> str:
    waited = f"{seconds / 60:.0f} minutes" if seconds >= 120 else f"{seconds:g} s"
    return f"nothing of it came for {waited}, only signs of life"


class _IdentityDecoder:
    """A body that is not compressed."""

    def pieces(self, raw: bytes) -> Iterator[bytes]:
        """The body's bytes in `raw`, a bounded number at a time."""
        for at in range(0, len(raw), _PIECE):
            yield raw[at : at + _PIECE]


class _DeflateDecoder:
    """A body in gzip or in one of the two formats called deflate."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(zlib.MAX_WBITS | 32)  # gzip or zlib, by its head
        self._began = False

    def pieces(self, raw: bytes) -> Iterator[bytes]:
        """The decompressed bytes of `raw`, a bounded number at a time.

        Raises:
            StreamError: it is not in one of the formats.
        """
        for part in _IdentityDecoder().pieces(raw):
            rest = part
            while rest and not self._inflate.eof:
                yield self._inflated(rest)
                rest = self._inflate.unconsumed_tail

    def _inflated(self, raw: bytes) -> bytes:
        began, self._began = self._began, True
        try:
            return self._inflate.decompress(raw, _PIECE)
        except zlib.error as error:
            if began:
                raise StreamError("its compression is damaged") from error
            self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)  # deflate without a head
            return self._inflated(raw)


def _decoder_for(headers: httpx2.Headers) -> _IdentityDecoder | _DeflateDecoder:
    """What undoes the compression that the server used.

    Raises:
        StreamError: it is one that was not offered.
    """
    named = headers.get_list("content-encoding", split_commas=True)
    used = [each.strip().lower() for each in named if each.strip().lower() not in ("identity", "")]
    if not used:
        return _IdentityDecoder()
    if len(used) == 1 and used[0] in ("gzip", "x-gzip", "deflate"):
        return _DeflateDecoder()
    words = re.sub(r"[^\w ,.-]", "", ", ".join(used))[:40]
    raise bound_exceeded(f"it is compressed in a way that was not offered ({words})")


def _restrict_charset(headers: httpx2.Headers) -> None:
    """Leave only a character set in the content type that does nothing but decode text."""
    kind, _, parameters = headers.get("content-type", "").partition(";")
    named = re.search(r"charset=\"?([\w-]+)", parameters, re.IGNORECASE)
    if parameters and not (named and named[1].lower() in _SAFE_CHARSETS):
        headers["content-type"] = kind
