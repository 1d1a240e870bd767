"""What fills the context window, by kind and by size.

The API tells only the sum. Each part is weighed by its characters and the whole is scaled
to that sum, so every figure is an estimate and together they are exact.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from tui.budget.ledger import apportion
from tui.session.state import SessionState


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of content, or one large result."""

    name: str
    tokens: int
    """Estimated."""


@dataclass(frozen=True, slots=True)
class Filling:
    """The context, taken apart."""

    parts: tuple[Part, ...]
    """By kind; they sum to the context."""
    largest: tuple[Part, ...]
    """The largest tool results, the largest first: tool and subject."""


LARGEST = 5
MOST_NAMED = 60
"""Characters a result is called by."""
_SUBJECTS = ("path", "command", "pattern")


def filling(state: SessionState) -> Filling:
    """What fills the context of `state`; empty before the first response."""
    weights: dict[str, int] = {}
    results: list[tuple[str, int]] = []
    for kind, name, weight in _pieces(state):
        weights[kind] = weights.get(kind, 0) + weight
        if kind == "tool results":
            results.append((name, weight))
    tokens = apportion(state.context, list(weights.values()))
    parts = tuple(Part(kind, n) for kind, n in zip(weights, tokens, strict=True))
    whole = sum(weights.values()) or 1
    results.sort(key=lambda each: -each[1])
    largest = tuple(
        Part(name, weight * state.context // whole) for name, weight in results[:LARGEST]
    )
    return Filling(parts if state.context else (), largest if state.context else ())


def _pieces(state: SessionState) -> Iterator[tuple[str, str, int]]:
    """Kind, name and characters of every piece of the context."""
    if state.preamble:
        yield "system", "", _size(state.preamble.system)
        yield "tools", "", _size(state.preamble.tools)
    calls: dict[str, str] = {}
    for message in state.conversation.messages:
        for block in message.content:
            kind = block.get("type")
            if kind == "tool_use":
                calls[str(block.get("id"))] = _call(block)
                yield "tool calls", "", _size(block.get("input"))
            elif kind == "tool_result":
                yield "tool results", calls.get(str(block.get("tool_use_id")), ""), _size(block)
            elif kind == "compaction":
                yield "summary", "", len(str(block.get("content") or ""))
            elif kind in ("thinking", "redacted_thinking"):
                yield "thinking", "", len(str(block.get("thinking") or block.get("data") or ""))
            else:
                said = "answers" if message.role == "assistant" else _of_the_user(block)
                yield said, "", len(str(block.get("text", "")))


def _call(block: dict[str, Any]) -> str:
    """`read src/parse.py`: a tool and the first thing it was given that says on what."""
    given = block.get("input")
    found = [given.get(key) for key in _SUBJECTS] if isinstance(given, dict) else []
    subject = next((word for word in found if isinstance(word, str)), "")
    return " ".join(f"{block.get('name')} {subject}".split())[:MOST_NAMED]


def _of_the_user(block: dict[str, Any]) -> str:
    text = str(block.get("text", "")).lstrip()
    if text.startswith("<summary>"):
        return "summary"
    return "folder and memory" if text.startswith("<environment>") else "prompts and notes"


def _size(value: object) -> int:
    return len(msgspec.json.encode(value))
