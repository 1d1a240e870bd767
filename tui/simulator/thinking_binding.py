"""Thinking blocks that come back: are they genuine, and is this their conversation?

A model that preserves its thinking binds each block to everything before it: system, tools,
earlier messages. Thinking itself is left out of that, so blocks may be removed from the
start, from the end, or all; but not from the middle, because each knows the one before it.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from tui.simulator import block_signatures
from tui.simulator.block_content import JSON, canonical
from tui.simulator.message_parts import MessagePart, current_turn, opens_turn, turns
from tui.simulator.refused_request import RequestRefused
from tui.simulator.served_models import ServedModel


@dataclass(frozen=True, slots=True)
class VisibleParts:
    """The parts a model may see, and what was taken out of the request for that."""

    parts: tuple[MessagePart, ...]
    transformations: tuple[JSON, ...] = ()
    """Entries of `input_transformations`."""


@dataclass(slots=True)
class ConversationDigest:
    """The fingerprint of a conversation, growing with it."""

    digest: bytes
    previous: str = ""
    """Fingerprint of the last thinking block's signature."""

    @classmethod
    def begin(cls, body: JSON) -> "ConversationDigest":
        """The fingerprint of a conversation without messages."""
        system = body.get("system") or []
        blocks = [system] if isinstance(system, str) else [block["text"] for block in system]
        tools = [
            {k: v for k, v in t.items() if k != "cache_control"} for t in body.get("tools") or ()
        ]
        return cls(_digest(canonical([blocks, tools]).encode("utf-8", "surrogatepass")))

    @property
    def prefix(self) -> str:
        """The conversation so far, as signatures name it."""
        return self.digest[:9].hex()

    def add(self, role: str, text: str) -> None:
        """A block that is not thinking."""
        data = f"{role}\0{text}".encode("utf-8", "surrogatepass")
        self.digest = _digest(self.digest + data)

    def add_thought(self, signature: str) -> None:
        """A thinking block: only the next one knows of it."""
        self.previous = block_signatures.fingerprint(signature)


@dataclass(slots=True)
class _Check:
    model: ServedModel
    latest: int
    drops: bool
    dropped: dict[tuple[int, int], str] = field(default_factory=dict)
    broken: int | None = None
    """Turn of the API whose thinking is dropped from here on."""
    first: bool = True

    def look(self, part: MessagePart, prefix: str, previous: str, turn: int) -> None:
        thought = block_signatures.read_signature(part.json["signature"])
        if thought is None:
            self._mismatch(part, turn, "is not valid")
        elif thought.model != self.model.id:
            self.dropped[part.message, part.block] = "model_binding_mismatch"
        elif thought.text != block_signatures.fingerprint(part.json["thinking"]):
            self._modified(part)
        elif self.model.binds_thinking:
            linked = self.first or thought.before == previous
            if thought.prefix != prefix or not linked or self.broken == turn:
                self._mismatch(part, turn, "belongs to a different conversation")
            self.first = False

    def _mismatch(self, part: MessagePart, turn: int, what: str) -> None:
        if not self.drops:
            raise RequestRefused(
                f"Invalid `signature` in `thinking` block at {part.path}: the block {what}. "
                "Thinking blocks must be sent back with the conversation they were created in."
            )
        self.broken = turn
        self.dropped[part.message, part.block] = "prefix_binding_mismatch"

    def _modified(self, part: MessagePart) -> None:
        if part.message == self.latest:
            raise RequestRefused(
                f"{part.path}: `thinking` or `redacted_thinking` blocks in the latest assistant "
                "message cannot be modified. These blocks must remain as they were in the "
                "original response."
            )
        raise RequestRefused(
            f"Invalid `signature` in `thinking` block at {part.path}: the block was modified."
        )


def visible_parts(
    thread: ConversationDigest, parts: Sequence[MessagePart], model: ServedModel, *, drops: bool
) -> VisibleParts:
    """The parts the model may see.

    Args:
        thread: The conversation's fingerprint before these parts; it grows over them.
        parts: All parts of the request.
        model: The model of the request.
        drops: Drop thinking of another conversation instead of refusing the request.

    Raises:
        RequestRefused: A thinking block is forged, modified, or of another conversation.
    """
    latest = max((part.message for part in parts if part.role == "assistant"), default=-1)
    state = _Check(model, latest, drops)
    opened = [turn[0].turn for turn in turns(parts) if opens_turn(turn)]
    for part, prefix, previous in _follow(thread, parts, model):
        turn = sum(1 for at in opened if at <= part.turn)
        state.look(part, prefix, previous, turn)
    return _bound(parts, model, state.dropped)


def extend_digest(thread: ConversationDigest, part: MessagePart) -> None:
    """Let a conversation grow by a part."""
    if part.type == "thinking":
        thread.add_thought(part.json["signature"])
    elif part.type not in ("redacted_thinking", "compaction"):
        # A summary replaces messages that are in the fingerprint already.
        thread.add(part.role, part.text)


def _follow(
    thread: ConversationDigest, parts: Iterable[MessagePart], model: ServedModel
) -> Iterator[tuple[MessagePart, str, str]]:
    """Each thinking part with the prefix before it and the thinking block before it.

    A model follows the conversation as if thinking of other models were not there.
    """
    for part in parts:
        if part.type != "thinking":
            extend_digest(thread, part)
            continue
        yield part, thread.prefix, thread.previous
        thought = block_signatures.read_signature(part.json["signature"])
        if thought is not None and thought.model == model.id:
            extend_digest(thread, part)


def _bound(
    parts: Sequence[MessagePart], model: ServedModel, dropped: dict[tuple[int, int], str]
) -> VisibleParts:
    forgotten = -1 if model.keeps_thinking else current_turn(parts)
    kept = [
        part
        for part in parts
        if (part.message, part.block) not in dropped
        and not (part.is_thought and part.turn < forgotten)
    ]
    notes = [
        {"type": "thinking_dropped", "path": f"messages.{i}.content.{j}", "reason": reason}
        for (i, j), reason in sorted(dropped.items())
    ]
    return VisibleParts(tuple(kept), tuple(notes))


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=18).digest()
