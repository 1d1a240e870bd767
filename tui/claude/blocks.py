"""One content block while it arrives: verbatim from its start, and grown by its deltas."""

import json
import uuid
from collections.abc import Callable, Mapping
from io import StringIO
from typing import Any

import msgspec

from tui.claude.bounds import check
from tui.claude.errors import StreamBroken
from tui.claude.progress import (
    JSON,
    BlockStarted,
    InputDelta,
    Progress,
    TextDelta,
    ThinkingDelta,
)

_ABSURD = 1_000_000
"""No single piece of thinking has that many tokens."""


class Block:
    """A content block of which pieces are still coming."""

    def __init__(self, index: int, start: Mapping[str, Any]) -> None:
        self.index = index
        self.start: JSON = dict(start)
        """The block as it began; fields that come whole are laid over it."""
        if self.start.get("type") == "tool_use" and not self.id:
            # Its result must name it, so a call without an id gets one of ours.
            self.start["id"] = f"local_{uuid.uuid4().hex}"
        self.closed = False
        self.characters = len(text_of(start, "text"))
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
        return text_of(self.start, "id")

    def started(self) -> tuple[Progress, ...]:
        """What the opening of the block tells."""
        kind, name = text_of(self.start, "type"), text_of(self.start, "name")
        opened = BlockStarted(self.index, kind, name, self.id)
        early = text_of(self.start, "text")
        return (opened, TextDelta(self.index, early)) if early else (opened,)

    def feed(self, delta: Mapping[str, Any]) -> tuple[Progress, ...]:
        """Take one delta; unknown kinds are ignored."""
        handler = _DELTAS.get(text_of(delta, "type"))
        return handler(self, delta) if handler else ()

    def json(self) -> JSON:
        """The block as it stands."""
        block = dict(self.start)
        for key, pieces in self._texts.items():
            block[key] = mend(text_of(block, key) + pieces.getvalue())
        if isinstance(cited := block.get("citations"), list):
            block["citations"] = list(cited)
        if self._input.tell() or (block.get("type") == "tool_use" and "input" not in block):
            block["input"] = arguments(self.raw_input) or {}
        return block

    @property
    def raw_input(self) -> str:
        """The arguments of a tool call as received."""
        return self._input.getvalue()

    @property
    def unreadable(self) -> bool:
        """Whether its arguments are not a JSON object."""
        return bool(self._input.tell()) and arguments(self.raw_input) is None

    def _grow(self, key: str, piece: str) -> None:
        self._texts.setdefault(key, StringIO()).write(piece)
        self.characters += len(piece)

    def _text(self, delta: Mapping[str, Any]) -> tuple[Progress, ...]:
        text = text_of(delta, "text")
        self._grow("text", text)
        return (TextDelta(self.index, text),)

    def _thinking(self, delta: Mapping[str, Any]) -> tuple[Progress, ...]:
        text, estimated = text_of(delta, "thinking"), delta.get("estimated_tokens")
        tokens = estimated if isinstance(estimated, int) and 0 <= estimated < _ABSURD else None
        self._grow("thinking", text)
        self.thinking_estimate += tokens or 0
        return (ThinkingDelta(self.index, text, tokens),)

    def _arguments(self, delta: Mapping[str, Any]) -> tuple[Progress, ...]:
        piece = text_of(delta, "partial_json")
        if not piece:
            return ()
        self._input.write(piece)
        self.characters += len(piece)
        return (InputDelta(self.index, piece),)

    def _signature(self, delta: Mapping[str, Any]) -> tuple[Progress, ...]:
        self.start["signature"] = text_of(delta, "signature")
        return ()

    def _citation(self, delta: Mapping[str, Any]) -> tuple[Progress, ...]:
        found = self.start.get("citations")
        if not self._cited:
            self._cited = True
            self.start["citations"] = list(found) if isinstance(found, list) else []
        self.start["citations"].append(delta.get("citation"))
        return ()

    def _compaction(self, delta: Mapping[str, Any]) -> tuple[Progress, ...]:
        self.start.update({key: value for key, value in delta.items() if key != "type"})
        return ()


_DELTAS: dict[str, Callable[[Block, Mapping[str, Any]], tuple[Progress, ...]]] = {
    "text_delta": Block._text,
    "thinking_delta": Block._thinking,
    "input_json_delta": Block._arguments,
    "signature_delta": Block._signature,
    "citations_delta": Block._citation,
    "compaction_delta": Block._compaction,
}


def arguments(raw: str) -> JSON | None:
    """The arguments of a tool call; None when they are not a JSON object.

    What JSON allows but neither the log nor the next request can hold is refused too:
    infinite numbers, integers beyond 64 bits, halves of characters, deep nesting.
    """
    if not raw.strip():
        return {}
    try:
        check(mend(raw).encode())
        value = json.loads(mend(raw))
        json.dumps(value, allow_nan=False)
        msgspec.json.encode(value)
    except (StreamBroken, ValueError, OverflowError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def mend(text: str) -> str:
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


def text_of(source: Mapping[str, Any], key: str) -> str:
    """The text under `key`, or an empty one for anything else."""
    value = source.get(key)
    return value if isinstance(value, str) else ""
