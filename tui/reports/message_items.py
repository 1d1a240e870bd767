"""The blocks of one message: what it says, what it thought, and which calls it asks for."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from tui.reports.transcript_items import (
    AnswerItem,
    ThinkingItem,
    TranscriptItem,
    removed_item,
    request_key,
)
from tui.session import events as ev
from tui.session.call_arguments import call_subject

_THINKING: Final = ("thinking", "redacted_thinking")


def message_items(
    request: int, blocks: Sequence[ev.JSON], thought: ThinkingItem | None
) -> Iterator[TranscriptItem]:
    """What one message says; the keys are those its stream was fed under.

    Args:
        request: Its number.
        blocks: Of the message.
        thought: What it thought, shown below; streamed thinking under other keys goes.
    """
    for index, block in enumerate(blocks):
        key = request_key(request, index)
        if block.get("type") == "text" and block.get("text", "").strip():
            yield AnswerItem(key, block["text"])
        elif block.get("type") in _THINKING and (thought is None or thought.key != key):
            yield removed_item(key)


def thought_of(request: int, blocks: Sequence[ev.JSON], tokens: int) -> ThinkingItem | None:
    """All that a message thought; None where it did not.

    Its key is that of the last thinking where nothing is said after it, so that the row stays
    where it streamed in; otherwise it is a new one, for a row below the answer.
    """
    kinds = [block.get("type") for block in blocks]
    where = [at for at, kind in enumerate(kinds) if kind in _THINKING]
    if not where:
        return None
    said_after = any(block.get("text", "").strip() for block in blocks[where[-1] :])
    key = request_key(request, "c0" if said_after else where[-1])
    text = "\n\n".join(filter(None, (blocks[at].get("thinking", "") for at in where)))
    return ThinkingItem(key, text, tokens or None)


def tool_subjects(blocks: Iterable[ev.JSON]) -> dict[str, str]:
    """What the tool calls of a message act on, as far as their input says, by their id."""
    found = {}
    for block in blocks:
        given = block.get("input")
        if block.get("type") == "tool_use" and isinstance(given, dict):
            found[block["id"]] = call_subject(given, "path", "command", "pattern", "task")
    return found


def tool_calls(blocks: Iterable[ev.JSON]) -> list[str]:
    """Ids of the tool calls of a message, in their order."""
    return [block["id"] for block in blocks if block.get("type") == "tool_use"]
