"""The messages of a request, taken apart into what the model sees.

Messages of one role that follow each other are one turn of the conversation. Each block
becomes a `Part` that knows its place, its meaning and its tokens; whatever is worked out
from a request (countdown, cache, signatures) is worked out from its parts.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from tui.simulator.block_content import (
    JSON,
    MESSAGE_OVERHEAD,
    canonical,
    comparable_content,
    tokens_of,
)
from tui.simulator.budget_countdown import CountedMessage
from tui.simulator.tokenizer import Tokenizer

_SUMMARY = re.compile(r"\s*<summary>.*</summary>", re.DOTALL)
_THOUGHT = ("thinking", "redacted_thinking")


@dataclass(frozen=True, slots=True)
class MessagePart:
    """One content block of a message."""

    message: int
    """Index in `messages` as sent."""
    block: int
    """Index in its message's content."""
    turn: int
    """Number of the turn it belongs to."""
    role: str
    json: JSON
    text: str
    """Its meaning as canonical text."""
    tokens: int

    @property
    def type(self) -> str:
        """The type of the block."""
        return str(self.json["type"])

    @property
    def path(self) -> str:
        """Its place in the words of the API."""
        return f"messages.{self.message}.content.{self.block}"

    @property
    def is_thought(self) -> bool:
        """Whether it is thinking, which no fingerprint of a conversation includes."""
        return self.type in _THOUGHT


def parts_of(messages: Sequence[JSON], tokenizer: Tokenizer) -> list[MessagePart]:
    """The parts of all messages, in order; system messages that expired are left out."""
    parts: list[MessagePart] = []
    turn, role = -1, None
    for at, message in enumerate(messages):
        if message["role"] != role or role == "system":
            turn, role = turn + 1, message["role"]
        if _expired(at, messages):
            continue
        content = message["content"]
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        for number, block in enumerate(blocks):
            text = canonical(comparable_content(block))
            tokens = tokens_of(block, tokenizer)
            parts.append(MessagePart(at, number, turn, message["role"], block, text, tokens))
    return parts


def turns(parts: Iterable[MessagePart]) -> Iterator[list[MessagePart]]:
    """The parts by turn."""
    for _, group in groupby(parts, key=lambda part: part.turn):
        yield list(group)


def opens_turn(turn: Sequence[MessagePart]) -> bool:
    """Whether a turn is a user message without a tool result: a new turn of the API."""
    return turn[0].role == "user" and not any(part.type == "tool_result" for part in turn)


def current_turn(parts: Sequence[MessagePart]) -> int:
    """Number of the turn the model is answering; 0 if none was opened."""
    opening = [turn[0].turn for turn in turns(parts) if opens_turn(turn)]
    return opening[-1] if opening else 0


def counted_messages(parts: Sequence[MessagePart]) -> list[CountedMessage]:
    """What the countdown needs to know of each turn."""
    rows: list[CountedMessage] = []
    for turn in turns(parts):
        row = _seen(turn)
        if row.role == "system" and rows and rows[-1].opens_turn:
            # It came with a prompt, so it counts as part of it.
            rows[-1] = replace(rows[-1], words=rows[-1].words + row.words)
        else:
            rows.append(row)
    return rows


def _seen(turn: Sequence[MessagePart]) -> CountedMessage:
    role = turn[0].role
    total = sum(part.tokens for part in turn) + MESSAGE_OVERHEAD
    if role == "assistant":
        return CountedMessage(role, written=total)
    results = sum(part.tokens for part in turn if part.type == "tool_result")
    written = sum(part.tokens for part in turn if _is_summary(part))
    return CountedMessage(
        role,
        written=written,
        results=results,
        words=total - results - written,
        opens_turn=opens_turn(turn),
    )


def _is_summary(part: MessagePart) -> bool:
    """A summary a client put in the place of history counts: the model wrote it.

    The API does not tell how it knows one. Here a text is one that is wrapped in
    `<summary>` tags, the form the API's own summaries are asked for.
    """
    if part.type == "compaction":
        return True
    return part.type == "text" and _SUMMARY.match(part.json["text"]) is not None


def _expired(at: int, messages: Sequence[JSON]) -> bool:
    if messages[at].get("clear_at") != "next_user_message":
        return False
    return any(message["role"] == "user" for message in messages[at + 1 :])
