"""A message as server-sent events, each with the tokens that are generated before it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tui.simulator.block_content import JSON
from tui.simulator.reply_writer import WrittenBlock, WrittenReply
from tui.simulator.tokenizer import split
from tui.simulator.usage_reports import delta_usage, start_usage

_QUANTUM = 50
"""Tokens between two estimates of hidden thinking."""


@dataclass(frozen=True, slots=True)
class StreamStep:
    """Something that happens in a stream."""

    event: str = ""
    """Name of the event; empty if `data` is not one of the API's."""
    payload: JSON | None = None
    tokens: int = 0
    """Tokens generated before it happens."""
    raw: bytes | None = None
    """Bytes sent as they are, in the place of an event."""
    act: Literal["send", "cut", "stall", "end"] = "send"

    @property
    def data(self) -> bytes:
        """What goes over the wire."""
        if self.raw is not None:
            return self.raw
        return encode(self.event, self.payload or {})


def encode(event: str, payload: JSON) -> bytes:
    """One event in the format of server-sent events."""
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    return f"event: {event}\ndata: {text}\n\n".encode("utf-8", "replace")


PING = StreamStep("ping", {"type": "ping"})
"""Keeps a silent stream alive."""


def message_steps(
    message: JSON, answer: WrittenReply, *, estimates: bool, delta: int
) -> Iterator[StreamStep]:
    """The stream of a message.

    Args:
        message: The whole message, as a plain response would be.
        answer: Its blocks.
        estimates: Whether the stream reports estimates of the tokens of hidden thinking.
        delta: Tokens of text that one event brings.
    """
    begun = {
        **message,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": start_usage(message["usage"]),
    }
    yield _step("message_start", message=begun)
    for index, block in enumerate(answer.blocks):
        yield from _block(index, block, estimates, delta)
    spent = sum(block.tokens for block in answer.blocks)
    yield from ending_steps(message, answer.output_tokens - spent)


def ending_steps(message: JSON, tokens: int = 0) -> Iterator[StreamStep]:
    """How a stream ends: stop reason, usage, the last event."""
    delta = {name: message[name] for name in ("stop_reason", "stop_sequence", "stop_details")}
    delta["container"] = None
    more = {k: message[k] for k in ("context_management",) if k in message}
    yield _step("message_delta", tokens, delta=delta, usage=delta_usage(message["usage"]), **more)
    yield _step("message_stop")


def _block(index: int, block: WrittenBlock, estimates: bool, delta: int) -> Iterator[StreamStep]:
    kind = block.json["type"]
    if kind == "compaction":
        yield from _compaction(index, block.json)
        return
    yield _step("content_block_start", index=index, content_block=_opening(block.json))
    if index == 0:
        yield PING
    if kind == "thinking":
        yield from _thinking(index, block, estimates, delta)
    elif kind == "tool_use":
        yield from _call(index, block, delta)
    else:
        yield from _texts(index, block, delta)
    yield _step("content_block_stop", index=index)


def _compaction(index: int, block: JSON) -> Iterator[StreamStep]:
    """Stream a whole summary: at the start of a compaction on demand, else in a single delta."""
    asked_for = "signature" in block
    opening = block if asked_for else {"type": "compaction", "content": None}
    yield _step("content_block_start", index=index, content_block=opening)
    if not asked_for:
        yield _delta(index, 0, {**block, "type": "compaction_delta"})
    yield _step("content_block_stop", index=index)


def _opening(block: JSON) -> JSON:
    match block["type"]:
        case "thinking":
            return {"type": "thinking", "thinking": "", "signature": ""}
        case "tool_use":
            return {**block, "input": {}}
    return {**block, "text": ""}


def _texts(index: int, block: WrittenBlock, delta: int) -> Iterator[StreamStep]:
    for text, tokens in _spread(block.stream_text, block.tokens, delta):
        yield _delta(index, tokens, {"type": "text_delta", "text": text})


def _call(index: int, block: WrittenBlock, delta: int) -> Iterator[StreamStep]:
    yield _delta(index, 0, {"type": "input_json_delta", "partial_json": ""})
    for text, tokens in _spread(block.stream_text, block.tokens, delta):
        yield _delta(index, tokens, {"type": "input_json_delta", "partial_json": text})


def _thinking(index: int, block: WrittenBlock, estimates: bool, delta: int) -> Iterator[StreamStep]:
    if block.stream_text:
        for text, tokens in _spread(block.stream_text, block.tokens, delta):
            yield _delta(index, tokens, {"type": "thinking_delta", "thinking": text})
    else:
        yield from _hidden(index, block.tokens, estimates)
    yield _delta(index, 0, {"type": "signature_delta", "signature": block.json["signature"]})


def _hidden(index: int, tokens: int, estimates: bool) -> Iterator[StreamStep]:
    """Thinking that is not shown: time passes, and perhaps estimates come."""
    for done in range(0, tokens, _QUANTUM):
        size = min(_QUANTUM, tokens - done)
        if estimates and size == _QUANTUM:
            told = {"type": "thinking_delta", "thinking": "", "estimated_tokens": _QUANTUM}
            yield _delta(index, size, told)
        else:
            yield StreamStep(raw=b"", tokens=size)


def _spread(text: str, tokens: int, delta: int) -> Iterator[tuple[str, int]]:
    """A text in small pieces, and the tokens of its block spread evenly over them."""
    words = split(text)
    starts = range(0, len(words), delta)
    given = 0
    for number, start in enumerate(starts, start=1):
        due = tokens * number // len(starts)
        yield "".join(words[start : start + delta]), due - given
        given = due


def _delta(index: int, tokens: int, delta: JSON) -> StreamStep:
    return _step("content_block_delta", tokens, index=index, delta=delta)


def _step(event: str, tokens: int = 0, **payload: object) -> StreamStep:
    return StreamStep(event, {"type": event, **payload}, tokens)
