"""From the scripted model's answer to the message of the API: ids, signatures, tokens, the cut.

The scripted model thinks, writes and calls. How many tokens that is, what of the thinking
is shown, and where the answer is cut off is decided here.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from tui.simulator import block_signatures
from tui.simulator.block_content import (
    JSON,
    MESSAGE_OVERHEAD,
    TOOL_USE_OVERHEAD,
    call_text,
    canonical,
    comparable_content,
)
from tui.simulator.request_options import ThinkingMode
from tui.simulator.scripted_model.model_input import (
    ScriptedBlock,
    ScriptedText,
    ScriptedThinking,
    ScriptedToolUse,
)
from tui.simulator.served_models import ServedModel
from tui.simulator.thinking_binding import ConversationDigest
from tui.simulator.tokenizer import Tokenizer

_DEPTH = {"low": 1.0, "medium": 1.5, "high": 2.0, "xhigh": 3.0, "max": 4.0}
"""How much more a model thinks than it shows, by effort."""


@dataclass(frozen=True, slots=True)
class WrittenBlock:
    """A content block the model wrote."""

    json: JSON
    tokens: int
    stream_text: str
    """What its deltas bring: text, thinking, or the input of a call as JSON."""
    complete: bool = True
    """False if it was cut off."""


@dataclass(frozen=True, slots=True)
class WrittenReply:
    """A reply as it goes out."""

    blocks: tuple[WrittenBlock, ...]
    stop_reason: str
    stop_sequence: str | None
    output_tokens: int

    @property
    def thinking_tokens(self) -> int:
        """The thinking among the output tokens."""
        return sum(block.tokens for block in self.blocks if block.json["type"] == "thinking")

    @property
    def content(self) -> list[JSON]:
        """The content of the message."""
        return [block.json for block in self.blocks]


@dataclass(slots=True)
class ReplyWriter:
    """Writes the blocks of one reply.

    Args:
        model: The model that answers.
        thread: The conversation it continues.
        mode: How it thinks.
        effort: The effort in force.
        room: Most output tokens.
        full: The stop reason when there is no more room.
        left: The countdown, if there is one; thinking shrinks with it.
        new_id: Makes the ids of tool calls.
        stops: Sequences that end the reply.
    """

    model: ServedModel
    thread: ConversationDigest
    mode: ThinkingMode
    effort: str
    room: int
    new_id: Callable[[], str]
    full: Literal["max_tokens", "model_context_window_exceeded"] = "max_tokens"
    left: int | None = None
    stops: Sequence[str] = ()

    def write(self, blocks: Iterable[ScriptedBlock]) -> WrittenReply:
        """The whole reply, cut where the room ends."""
        if self.room == 0:
            return WrittenReply((), self.full, None, 0)
        written: list[WrittenBlock] = []
        room = max(0, self.room - MESSAGE_OVERHEAD)
        stop: str | None = None
        for block in blocks:
            if isinstance(block, ScriptedText | ScriptedThinking) and not block.text:
                continue
            piece = self._block(block, room)
            if piece is None:
                return self._answer(written, self.full, cut=True)
            piece, stop = self._stopped(piece)
            written.append(piece)
            room -= piece.tokens
            if not piece.complete or stop is not None:
                break
        if stop is not None:
            return self._answer(written, "stop_sequence", stop=stop)
        if written and not written[-1].complete:
            return self._answer(written, self.full, cut=True)
        calls = any(piece.json["type"] == "tool_use" for piece in written)
        return self._answer(written, "tool_use" if calls else "end_turn")

    def _answer(
        self,
        written: list[WrittenBlock],
        reason: str,
        *,
        stop: str | None = None,
        cut: bool = False,
    ) -> WrittenReply:
        total = sum(piece.tokens for piece in written) + MESSAGE_OVERHEAD
        return WrittenReply(tuple(written), reason, stop, min(total, self.room) if cut else total)

    def _block(self, block: ScriptedBlock, room: int) -> WrittenBlock | None:
        match block:
            case ScriptedThinking():
                written = self._thinking(block, room)
            case ScriptedText():
                written = self._text(block, room)
            case ScriptedToolUse():
                written = self._tool_use(block, room)
        if written is not None and not isinstance(block, ScriptedThinking):
            self.thread.add("assistant", canonical(comparable_content(written.json)))
        return written

    def _thinking(self, block: ScriptedThinking, room: int) -> WrittenBlock | None:
        if room < 1:
            return None
        plain = self._tokenizer.count(block.text)
        whole = self._depth(plain)
        tokens = min(whole, room)
        text = block.text
        if tokens < whole:
            text = self._tokenizer.head(text, plain * tokens // whole)
        if self.mode.display == "omitted":
            text = ""
        signature = block_signatures.sign_thought(
            block_signatures.SignedThought(
                model=self.model.id,
                tokens=tokens,
                prefix=self.thread.prefix,
                before=self.thread.previous,
                text=block_signatures.fingerprint(text),
            )
        )
        self.thread.add_thought(signature)
        json_ = {"type": "thinking", "thinking": text, "signature": signature}
        return WrittenBlock(json_, tokens, text, complete=tokens == whole)

    def _depth(self, plain: int) -> int:
        whole = round(plain * _DEPTH[self.effort])
        if self.left is not None:
            whole = min(whole, max(plain, self.left // 10))
        if self.mode.budget_tokens is not None:
            whole = min(whole, self.mode.budget_tokens)
        return max(1, whole)

    def _text(self, block: ScriptedText, room: int) -> WrittenBlock | None:
        text = self._tokenizer.head(block.text, room)
        if block.text and not text:
            return None
        tokens = self._tokenizer.count(text)
        return WrittenBlock({"type": "text", "text": text}, tokens, text, text == block.text)

    def _tool_use(self, block: ScriptedToolUse, room: int) -> WrittenBlock | None:
        spare = room - TOOL_USE_OVERHEAD - self._tokenizer.count(block.name)
        if spare < 1:
            return None
        text = json.dumps(block.input, ensure_ascii=False)
        needed = self._tokenizer.count(call_text(block.input))
        call = {"type": "tool_use", "id": self.new_id(), "name": block.name, "input": block.input}
        if needed <= spare:
            return WrittenBlock(call, room - spare + needed, text)
        return WrittenBlock({**call, "input": {}}, room, self._tokenizer.head(text, spare), False)

    def _stopped(self, piece: WrittenBlock) -> tuple[WrittenBlock, str | None]:
        if piece.json["type"] != "text":
            return piece, None
        found = [(piece.stream_text.find(stop), stop) for stop in self.stops]
        hits = sorted(hit for hit in found if hit[0] >= 0)
        if not hits:
            return piece, None
        text = piece.stream_text[: hits[0][0]]
        tokens = self._tokenizer.count(text)
        cut = replace(piece, json={"type": "text", "text": text}, stream_text=text, tokens=tokens)
        return cut, hits[0][1]

    @property
    def _tokenizer(self) -> Tokenizer:
        return Tokenizer(self.model.tokens)
