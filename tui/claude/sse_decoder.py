"""Server-sent events: from the bytes of a response to decoded events, within bounds.

The decoder tells frames apart as the SDK does: an event ends with an empty line, `ping` and events
without a name are left out, an event named `error` is raised.
"""

import re
from collections.abc import AsyncGenerator, Iterator
from typing import Any

from tui.claude.content_blocks import join_surrogates
from tui.claude.request_errors import ErrorEvent
from tui.claude.response_bounds import ResponseBounds, bound_exceeded, format_size, parse_json


class EventStream:
    """The events of one response."""

    def __init__(self, response: Any, bounds: ResponseBounds) -> None:
        """Args:
        response: A response of the HTTP library whose body was not read.
        bounds: The most that is taken.
        """
        self._response = response
        self._bounds = bounds
        self._pending = bytearray()
        """Bytes of the event that is not whole."""
        self._bytes_without_event = 0
        """Bytes since the last piece of the answer."""

    def progressed(self) -> None:
        """Something of the answer came."""
        self._bytes_without_event = 0
        told = getattr(self._response.stream, "progressed", None)
        if told:
            told()

    async def events(self) -> AsyncGenerator[tuple[Any, int], None]:
        """Each event as decoded JSON, with its size in bytes; None for bytes that hold none.

        Raises:
            StreamError: a bound was passed.
            ErrorEvent: the server reported an error.
            ValueError: an event is not JSON in UTF-8.
        """
        async for piece in self._response.aiter_bytes():
            self._bytes_without_event += len(piece)
            said = False
            for frame in self._complete_events(piece):
                if (event := self._decode_frame(frame)) is not None:
                    said = True
                    yield event
            if not said:
                yield None, 0
            if self._bytes_without_event > self._bounds.event:
                raise bound_exceeded(
                    f"{format_size(self._bounds.event)} of it came with nothing but signs of life"
                )
        if (last := self._unterminated_event()) is not None:
            yield last

    async def close(self) -> None:
        """Close the response."""
        await self._response.aclose()

    def _unterminated_event(self) -> tuple[Any, int] | None:
        """The last event, of a server that forgets the empty line after it; None for a piece."""
        try:
            return self._decode_frame(bytes(self._pending)) if self._pending else None
        except ValueError:
            if self._pending.endswith((b"\n", b"\r")):
                raise
            return None

    def _complete_events(self, piece: bytes) -> Iterator[bytes]:
        """The events that `piece` makes whole."""
        held, at, began = self._pending, max(0, len(self._pending) - 3), 0
        held += piece
        while found := _END.search(held, at):
            at = found.end()
            yield bytes(held[began:at])
            began = at
        del held[:began]
        if len(held) > self._bounds.event:
            raise bound_exceeded(
                f"one event of it is larger than {format_size(self._bounds.event)}"
            )

    def _decode_frame(self, frame: bytes) -> tuple[Any, int] | None:
        """The event in a frame; None for what says nothing about the answer."""
        if frame.startswith(b":") and frame.count(b"\n") + frame.count(b"\r") <= 4:
            return None
        if len(frame) > self._bounds.event:
            raise bound_exceeded(
                f"one event of it is larger than {format_size(self._bounds.event)}"
            )
        if frame.count(b"\n") + frame.count(b"\r") > 2 * self._bounds.lines:
            raise bound_exceeded(f"one event of it has more than {self._bounds.lines:,} lines")
        name, lines = b"", []
        for line in frame.splitlines():
            field, _, value = line.partition(b":")
            if field == b"data":
                lines.append(value.removeprefix(b" "))
            elif field == b"event":
                name = value.removeprefix(b" ")
        data = b"\n".join(lines)
        if name == b"error":
            raise ErrorEvent(_error_body(data), self._response)
        if not data or name in (b"", b"ping"):
            return None
        event = parse_json(data)
        return (without_half_characters(event) if _HALF.search(data) else event), len(data)


def without_half_characters(value: Any) -> Any:
    """`value` without halves of characters, which no log and no request can hold.

    Pieces of text keep theirs: the other half may come with the next piece.
    """
    if isinstance(value, str):
        return join_surrogates(value)
    if isinstance(value, list):
        return [without_half_characters(each) for each in value]
    if isinstance(value, dict):
        return {
            join_surrogates(key): each
            if key in _PIECES and isinstance(each, str)
            else without_half_characters(each)
            for key, each in value.items()
        }
    return value


def _error_body(data: bytes) -> Any:
    try:
        return parse_json(data)
    except ValueError:
        return data.decode("utf-8", "replace")


_END = re.compile(rb"(?:\r\n){2,}|\n{2,}|\r{2,}")
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
_PIECES = ("text", "thinking", "partial_json")
