"""Putting a response together from the raw events of its stream.

`ResponseAssembler` takes events as decoded JSON and gives progress; in the end it has a `Response`
with the content blocks verbatim, or says what there is of it. Unknown events are ignored,
unknown blocks kept as they came. A stream that breaks the protocol raises `StreamError`.
"""

import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tui.budget.ledger import Usage
from tui.claude.content_blocks import BlockBuilder, text_field
from tui.claude.request_errors import StreamError, clean_label, json_object
from tui.claude.response import CHARACTERS_PER_TOKEN, JSON, PartialResponse, Response
from tui.claude.response_bounds import USUAL, ResponseBounds, bound_exceeded
from tui.claude.response_bounds import format_size as in_words
from tui.claude.stream_events import (
    BlockStopped,
    MessageStarted,
    OutputCounted,
    StreamEvent,
    ThinkingDelta,
)
from tui.claude.usage_parsing import merge_usage, parse_usage, usage_problem


class ResponseAssembler:
    """One response while it arrives."""

    def __init__(
        self,
        *,
        request_id: str | None = None,
        bounds: ResponseBounds = USUAL,
        secrets: Iterable[str] = (),
    ) -> None:
        """Args:
        request_id: Of the API.
        bounds: The most that is taken.
        secrets: Keys that must not be kept, in whatever name a server puts them.
        """
        self.request_id = request_id
        self._bounds = bounds
        self._secrets = tuple(secrets)
        self.kept_bytes = 0
        """About how many bytes of the answer are kept."""
        self.progress_count = 0
        """Events so far that brought something of the answer."""
        self.stream_started = False
        """Whether the server has begun to answer with a stream, be it still empty."""
        self.message: str | None = None
        """The API's message id; None until the response begins."""
        self._given_id = ""
        """The id as the server gave it."""
        self.model = ""
        self.stop_reason: str | None = None
        self.stop_details: JSON | None = None
        self.stopped = False
        """Whether `message_stop` came: nothing follows it."""
        self.blocks: dict[int, BlockBuilder] = {}
        self.raw_usage: JSON = {}
        self._max_output = 0
        """Output tokens as reported so far: the count only grows."""
        self._started_at = 0
        """Output tokens as `message_start` reports them."""
        self._decrease_words = ""
        """How that count fell, in words."""
        self._dropped: list[JSON] = []
        self._edits: list[JSON] = []
        self._diagnostics: JSON | None = None

    @property
    def is_complete(self) -> bool:
        """Whether everything that matters has arrived, even if the stream did not end well."""
        if self.stopped:
            return True
        closed = all(block.closed for block in self.blocks.values())
        return self.stop_reason is not None and closed

    def feed(self, event: object, size: int = 0) -> tuple[StreamEvent, ...]:
        """Take one event.

        Args:
            event: Decoded JSON.
            size: Bytes it came in.

        Raises:
            StreamError: it does not keep to the protocol, or to the bounds.
        """
        event = json_object(event)
        handler = _EVENTS.get(text_field(event, "type"))
        if handler is None:
            return ()
        grown = _stored_size(event, size)
        self.kept_bytes += grown
        if self.kept_bytes > self._bounds.content:
            raise bound_exceeded(f"it is larger than {in_words(self._bounds.content)}")
        counted = self._max_output
        if self.message is None and handler is not ResponseAssembler._message_start:
            raise StreamError("it did not begin as an answer does", retryable=False)
        items = handler(self, event)
        if handler is ResponseAssembler._message_delta:
            self.progress_count += self._max_output > counted
        else:
            self.progress_count += bool(grown) or any(map(_is_hidden_thinking, items))
        return items

    def end(self) -> None:
        """The stream ended cleanly.

        Raises:
            StreamError: it was not complete.
        """
        if self.message is None:
            raise StreamError("nothing came")
        if not self.is_complete:
            raise StreamError("it ended in the middle")

    def _message_start(self, event: Mapping[str, Any]) -> tuple[StreamEvent, ...]:
        message = json_object(event.get("message"))
        if self.message is not None:
            self._check_repeated_start(message)
            return ()
        self._given_id = self._clean_name(message, "id")
        self.message = self._clean_name(message, "id") or f"local_{uuid.uuid4().hex}"
        self.model = self._clean_name(message, "model")
        self.raw_usage = dict(json_object(message.get("usage")))
        self._note_transformations(message)
        told = message.get("diagnostics")
        self._diagnostics = dict(told) if isinstance(told, Mapping) else None
        usage = parse_usage(self.raw_usage)
        self._started_at = self._max_output = usage.output
        return (MessageStarted(self.message, usage, self.model, self.request_id),)

    def _check_repeated_start(self, message: Mapping[str, Any]) -> None:
        """A start that comes again; some gateways repeat it word for word.

        Raises:
            StreamError: it is another answer, or the first one has begun to arrive. The program
                sends the request once more: a restarted gateway may then answer whole.
        """
        if self.blocks or self._clean_name(message, "id") != self._given_id:
            raise StreamError("a second answer began inside it", attempts=2)

    def _block_start(self, event: Mapping[str, Any]) -> tuple[StreamEvent, ...]:
        index = event.get("index")
        if not isinstance(index, int) or isinstance(index, bool) or index in self.blocks:
            raise StreamError("one of its parts has no number of its own", retryable=False)
        if len(self.blocks) >= self._bounds.blocks:
            raise bound_exceeded(f"it has more than {self._bounds.blocks:,} parts")
        if not 0 <= index < self._bounds.blocks:
            raise StreamError("one of its parts has a number that cannot be", retryable=False)
        block = self.blocks[index] = BlockBuilder(index, json_object(event.get("content_block")))
        return block.opening_events()

    def _block_delta(self, event: Mapping[str, Any]) -> tuple[StreamEvent, ...]:
        return self._open_block(event).feed(json_object(event.get("delta")))

    def _block_stop(self, event: Mapping[str, Any]) -> tuple[StreamEvent, ...]:
        block = self._open_block(event)
        block.closed = True
        return (BlockStopped(block.index),)

    def _open_block(self, event: Mapping[str, Any]) -> BlockBuilder:
        index = event.get("index")
        block = self.blocks.get(index) if isinstance(index, int) else None
        if block is None or block.closed:
            raise StreamError("a piece came that belongs to no part of it", retryable=False)
        return block

    def _message_delta(self, event: Mapping[str, Any]) -> tuple[StreamEvent, ...]:
        delta = json_object(event.get("delta"))
        self.stop_reason = self._clean_name(delta, "stop_reason") or self.stop_reason
        self.stop_details = dict(json_object(delta.get("stop_details"))) or self.stop_details
        self.raw_usage = merge_usage(self.raw_usage, json_object(event.get("usage")))
        self._note_transformations(event)
        output = parse_usage(self.raw_usage).output
        if output < self._max_output and not self._is_placeholder(self._max_output):
            self._decrease_words = (
                f"counted {self._max_output:,} output tokens, and then {output:,}"
            )
        self._max_output = max(self._max_output, output)
        return (OutputCounted(self._max_output),)

    def _is_placeholder(self, count: int) -> bool:
        """Whether a count is the one of the start, put there before anything was generated."""
        return count == self._started_at <= _PLACEHOLDER

    def _clean_name(self, source: Mapping[str, Any], key: str) -> str:
        """A name that the server gave, without keys and not long."""
        return clean_label(text_field(source, key), self._secrets)

    def _message_stop(self, _event: Mapping[str, Any]) -> tuple[StreamEvent, ...]:
        self.stopped = True
        return ()

    def _error(self, event: Mapping[str, Any]) -> tuple[StreamEvent, ...]:
        words = text_field(json_object(event.get("error")), "message")
        raise StreamError(words or "the server reported an error")

    def _note_transformations(self, source: Mapping[str, Any]) -> None:
        """What the API says it left out of the input; a later word replaces an earlier one."""
        dropped = source.get("input_transformations")
        if isinstance(dropped, list):
            self._dropped = [dict(json_object(each)) for each in dropped]
        edits = json_object(source.get("context_management")).get("applied_edits")
        if isinstance(edits, list):
            self._edits = [dict(json_object(each)) for each in edits]

    def response(
        self, *, limits: dict[str, str], seconds: float, input_estimate: Callable[[], int]
    ) -> Response:
        """The whole response, once `complete`.

        Args:
            limits: Rate-limit headers.
            seconds: From the sending of the request until now.
            input_estimate: Estimated tokens of the request, where none were reported.
        """
        blocks = self._ordered()
        transformations = (*self._dropped, *self._edits)
        return Response(
            message=self.message or "",
            model=self.model,
            blocks=tuple(block.json() for block in blocks),
            usage=self._usage(input_estimate),
            raw_usage=self.raw_usage,
            stop_reason=self.stop_reason,
            stop_details=self.stop_details,
            request_id=self.request_id,
            limits=limits,
            transformed=any(
                each.get("type") != _HARMLESS_TRANSFORMATION for each in transformations
            ),
            transformations=transformations,
            diagnostics=self._diagnostics,
            estimate_reason=self._usage_problem,
            invalid_inputs={
                block.id: block.raw_input for block in blocks if block.has_invalid_input
            },
            seconds=seconds,
        )

    def partial(self) -> PartialResponse:
        """What there is so far."""
        blocks = self._ordered()
        return PartialResponse(
            message=self.message,
            model=self.model,
            blocks=tuple(block.json() for block in blocks),
            complete_blocks=next(
                (at for at, block in enumerate(blocks) if not block.closed), len(blocks)
            ),
            usage=parse_usage(self.raw_usage) if self.raw_usage else None,
            raw_usage=self.raw_usage,
            characters=sum(block.characters for block in blocks),
            thinking_estimate=sum(block.thinking_estimate for block in blocks),
            request_id=self.request_id,
        )

    def _ordered(self) -> list[BlockBuilder]:
        return [self.blocks[index] for index in sorted(self.blocks)]

    def _usage(self, input_estimate: Callable[[], int]) -> Usage:
        """The usage as reported, or an estimate that says so."""
        usage = parse_usage(self.raw_usage)
        characters = sum(block.characters for block in self.blocks.values())
        if not self._usage_problem:
            return usage
        output = self._max_output if self._decrease_words else usage.output
        return Usage(
            input=usage.total_input or input_estimate(),
            output=output or -(-characters // CHARACTERS_PER_TOKEN),
            reported=False,
        )

    @property
    def _usage_problem(self) -> str:
        """Why the usage cannot be believed, as the end of a sentence; empty when it can."""
        written = any(block.characters for block in self.blocks.values())
        if not (wrong := usage_problem(self.raw_usage) or self._decrease_words) and written:
            wrong = (
                "" if parse_usage(self.raw_usage).output else "counts no tokens for what it wrote"
            )
        return wrong


def _stored_size(event: Mapping[str, Any], size: int) -> int:
    """Bytes that an event adds to what is kept: of a piece of text, its characters."""
    delta = json_object(event.get("delta"))
    pieces = [delta[key] for key in _TEXTS if isinstance(delta.get(key), str)]
    return sum(map(len, pieces)) if pieces else size


def _is_hidden_thinking(item: StreamEvent) -> bool:
    """Whether an item tells of thinking that is not shown."""
    return isinstance(item, ThinkingDelta) and bool(item.estimated_tokens)


_TEXTS = ("text", "thinking", "partial_json")
"""Where a piece of text, thinking or arguments is in its delta."""

_PLACEHOLDER = 8
"""Output tokens that the API's `message_start` may report before anything is generated."""

_HARMLESS_TRANSFORMATION = "thinking_mismatch_allowed"
"""The one transformation that leaves the input as it was sent."""

_EVENTS: dict[str, Callable[[ResponseAssembler, Mapping[str, Any]], tuple[StreamEvent, ...]]] = {
    "message_start": ResponseAssembler._message_start,
    "content_block_start": ResponseAssembler._block_start,
    "content_block_delta": ResponseAssembler._block_delta,
    "content_block_stop": ResponseAssembler._block_stop,
    "message_delta": ResponseAssembler._message_delta,
    "message_stop": ResponseAssembler._message_stop,
    "error": ResponseAssembler._error,
}
