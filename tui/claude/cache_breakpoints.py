"""Where the prompt cache may be read and written.

A request has at most four breakpoints, and each finds an entry at most 20 blocks before it.
Three are enough here: the end of the preamble, the end of what the previous request sent,
and the end of this one. The second is found without remembering anything: what came before
the model's last message is what it was sent. So a step that appends thirty results at once
still reads everything before them.
"""

from collections.abc import Sequence
from typing import Literal

from tui.claude.response import JSON

Lifetime = Literal["5m", "1h"]
"""How long an entry stays in the cache after its last use."""

LOOKBACK = 20
"""Blocks before a breakpoint within which an earlier entry is found."""
MOST = 4
"""Breakpoints of one request."""

_MARKABLE = frozenset(
    {"text", "image", "document", "search_result", "tool_use", "tool_result", "compaction"}
)
"""Blocks that may carry a marker; thinking may not, and unknown ones are left alone."""


def mark_preamble(
    system: Sequence[JSON], tools: Sequence[JSON], lifetime: Lifetime
) -> tuple[list[JSON], list[JSON]]:
    """System and tools with one marker at their end: tools come before the system text.

    Args:
        system: The system blocks.
        tools: The tool definitions.
        lifetime: How long the cache keeps them.
    """
    marker = _marker(lifetime)
    if system:
        return [*(_without_marker(block) for block in system[:-1]), {**system[-1], **marker}], list(
            tools
        )
    if tools and not tools[-1].get("defer_loading"):
        return [], [*tools[:-1], {**tools[-1], **marker}]
    return [], list(tools)


def mark_conversation(messages: Sequence[JSON]) -> list[JSON]:
    """The messages with a marker where the previous request ended and where this one does."""
    ends = {
        _last_markable_block(messages, len(messages)),
        _last_markable_block(messages, _previous_message_count(messages)),
    }
    marked = list(messages)
    for at, block in filter(None, ends):
        content = list(marked[at]["content"])
        content[block] = {**content[block], **_marker("5m")}
        marked[at] = {**marked[at], "content": content}
    return marked


def _previous_message_count(messages: Sequence[JSON]) -> int:
    """How many messages the request had that the model answered last."""
    spoken = (at for at in reversed(range(len(messages))) if messages[at]["role"] == "assistant")
    return next(spoken, 0)


def _last_markable_block(messages: Sequence[JSON], count: int) -> tuple[int, int] | None:
    """The last block that may carry a marker, among the first `count` messages."""
    for at in reversed(range(count)):
        if messages[at]["role"] == "system":
            continue
        content = messages[at]["content"]
        for block in reversed(range(len(content))):
            if _can_carry(content[block]):
                return at, block
    return None


def _can_carry(block: JSON) -> bool:
    if block.get("type") == "text":
        return bool(str(block.get("text") or "").strip())
    return block.get("type") in _MARKABLE


def _marker(lifetime: Lifetime) -> JSON:
    if lifetime == "1h":
        return {"cache_control": {"type": "ephemeral", "ttl": "1h"}}
    return {"cache_control": {"type": "ephemeral"}}


def _without_marker(block: JSON) -> JSON:
    return {key: value for key, value in block.items() if key != "cache_control"}
