"""One content block while it arrives: verbatim from its start, and grown by its deltas."""

import json
import uuid
from collections.abc import Callable, Mapping
from io import StringIO
from typing import Any

import msgspec

from tui.claude.request_errors import StreamError
from tui.claude.response import JSON
from tui.claude.response_bounds import check_json
from tui.claude.stream_events import BlockStarted, InputDelta, StreamEvent, TextDelta, ThinkingDelta

_MAX_THINKING_TOKENS = 1_000_000
"""No single piece of thinking has that many tokens."""


class BlockBuilder:
    """A content block of which pieces are still coming."""

    def __init__(self, index: int, start: Mapping[str, Any]) -> None:
        self.index = index
        self.start: JSON = dict(start)
        """The block as it began; fields that come whole are laid over it."""
        if self.start.get("type") == "tool_use" and not self.id:
            # Its result must name it, so a call without an id gets one of ours.
            self.start["id"] = f"local_{uuid.uuid4().hex}"
        self.closed = False
        self.characters = len(text_field(start, "text"))
        """Received so far, of text, thinking and arguments."""
        self._cited = False
        """Whether its list of citations is ours."""
        self.thinking_estimate = 0
        """The API's own estimate of thinking that it does not show, in tokens."""
        # A buffer, not a list of pieces: millions of small ones would cost ten times their text.
        self._texts: dict[str, StringIO] = {}
        self._input = StringIO()

    @property
    def id(self) -> str:
        """Of a tool call; else empty."""
        return text_field(self.start, "id")

    def opening_events(self) -> tuple[StreamEvent, ...]:
        """What the opening of the block tells."""
        kind, name = text_field(self.start, "type"), text_field(self.start, "name")
        opened = BlockStarted(self.index, kind, name, self.id)
        early = text_field(self.start, "text")
        return (opened, TextDelta(self.index, early)) if early else (opened,)

    def feed(self, delta: Mapping[str, Any]) -> tuple[StreamEvent, ...]:
        """Take one delta; unknown kinds are ignored."""
        handler = _DELTAS.get(text_field(delta, "type"))
        return handler(self, delta) if handler else ()

    def json(self) -> JSON:
        """The block as far as it has arrived."""
        block = dict(self.start)
        for key, pieces in self._texts.items():
            block[key] = join_surrogates(text_field(block, key) + pieces.getvalue())
        if isinstance(cited := block.get("citations"), list):
            block["citations"] = list(cited)
        if self._input.tell() or (block.get("type") == "tool_use" and "input" not in block):
            block["input"] = parse_arguments(self.raw_input) or {}
        return block

    @property
    def raw_input(self) -> str:
        """The arguments of a tool call as received."""
        return self._input.getvalue()

    @property
    def has_invalid_input(self) -> bool:
        """Whether its arguments are not a JSON object."""
        return bool(self._input.tell()) and parse_arguments(self.raw_input) is None

    def _grow(self, key: str, piece: str) -> None:
        self._texts.setdefault(key, StringIO()).write(piece)
        self.characters += len(piece)

    def _text(self, delta: Mapping[str, Any]) -> tuple[StreamEvent, ...]:
        text = text_field(delta, "text")
        self._grow("text", text)
        return (TextDelta(self.index, text),)

    def _thinking(self, delta: Mapping[str, Any]) -> tuple[StreamEvent, ...]:
        text, estimated = text_field(delta, "thinking"), delta.get("estimated_tokens")
        tokens = (
            estimated
            if isinstance(estimated, int) and 0 <= estimated < _MAX_THINKING_TOKENS
            else None
        )
        self._grow("thinking", text)
        self.thinking_estimate += tokens or 0
        return (ThinkingDelta(self.index, text, tokens),)

    def _arguments(self, delta: Mapping[str, Any]) -> tuple[StreamEvent, ...]:
        piece = text_field(delta, "partial_json")
        if not piece:
            return ()
        self._input.write(piece)
        self.characters += len(piece)
        return (InputDelta(self.index, piece),)

    def _signature(self, delta: Mapping[str, Any]) -> tuple[StreamEvent, ...]:
        self.start["signature"] = text_field(delta, "signature")
        return ()

    def _citation(self, delta: Mapping[str, Any]) -> tuple[StreamEvent, ...]:
        found = self.start.get("citations")
        if not self._cited:
            self._cited = True
            self.start["citations"] = list(found) if isinstance(found, list) else []
        self.start["citations"].append(delta.get("citation"))
        return ()

    def _compaction(self, delta: Mapping[str, Any]) -> tuple[StreamEvent, ...]:
        self.start.update({key: value for key, value in delta.items() if key != "type"})
        return ()


_DELTAS: dict[str, Callable[[BlockBuilder, Mapping[str, Any]], tuple[StreamEvent, ...]]] = {
    "text_delta": BlockBuilder._text,
    "thinking_delta": BlockBuilder._thinking,
    "input_json_delta": BlockBuilder._arguments,
    "signature_delta": BlockBuilder._signature,
    "citations_delta": BlockBuilder._citation,
    "compaction_delta": BlockBuilder._compaction,
}


def parse_arguments(raw: str) -> JSON | None:
    """The arguments of a tool call; None when they are not a JSON object.

    What JSON allows but neither the log nor the next request can hold is refused too:
    infinite numbers, integers beyond 64 bits, halves of characters, deep nesting.
    """
    if not raw.strip():
        return {}
    try:
        check_json(join_surrogates(raw).encode())
        value = json.loads(join_surrogates(raw))
        json.dumps(value, allow_nan=False)
        msgspec.json.encode(value)
    except (StreamError, ValueError, OverflowError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def join_surrogates(text: str) -> str:
    """`text` with surrogate pairs joined that were split over deltas, single ones replaced.

    Text that is valid already comes back as it is.
    """
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def text_field(source: Mapping[str, Any], key: str) -> str:
    """The text under `key`, or an empty one for anything else."""
    value = source.get(key)
    return value if isinstance(value, str) else ""
