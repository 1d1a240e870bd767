"""The prompt of a request as a cache sees it: a row of pieces, each with its fingerprint.

Tools come first, then the system text, then the messages. Some options are part of the
prompt too: another model changes all of it; tool choice, thinking, effort, the value of
the task budget and whether there are images change what the messages look like.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tui.simulator.block_content import JSON, MESSAGE_OVERHEAD, canonical
from tui.simulator.budget_countdown import SimulatedTaskBudget
from tui.simulator.message_parts import MessagePart
from tui.simulator.refused_request import RequestRefused
from tui.simulator.request_options import ThinkingMode
from tui.simulator.simulated_cache import PrefixPiece
from tui.simulator.tokenizer import Tokenizer

BREAKPOINTS = 4
"""Most breakpoints of a request."""
TOOLS_OVERHEAD = 290
"""Tokens that tell the model how to call tools."""
BUDGET_MARKER = 23
"""Tokens of the countdown, which each request has at its end."""


@dataclass(frozen=True, slots=True)
class _UnhashedPiece:
    level: str
    text: str
    tokens: int
    ttl: str | None


def prefix_pieces(
    body: JSON,
    parts: Sequence[MessagePart],
    tokenizer: Tokenizer,
    *,
    effort: str,
    thinking: ThinkingMode,
    budget: SimulatedTaskBudget | None,
) -> list[PrefixPiece]:
    """The pieces of a prompt, with the breakpoints the request asks for.

    Raises:
        RequestRefused: There are too many breakpoints, or in an order that is not allowed.
    """
    rows = [*_tools(body, tokenizer), *_system(body, tokenizer), *_messages(parts)]
    rows = _with_automatic(rows, body, parts)
    _check_order(rows)
    seeds = {
        "tools": [body["model"]],
        "system": [body.get("speed")],
        "messages": _message_seed(body, parts, effort, thinking, budget),
    }
    return list(_fingerprinted(rows, seeds))


def uncached_tail(budget: SimulatedTaskBudget | None) -> int:
    """Tokens behind all pieces, never cached."""
    return MESSAGE_OVERHEAD + (BUDGET_MARKER if budget else 0)


def _fingerprinted(rows: Sequence[_UnhashedPiece], seeds: dict[str, Any]) -> Iterator[PrefixPiece]:
    chain = b""
    for level, seed in seeds.items():
        chain = _digest(chain, canonical(seed))
        for row in rows:
            if row.level == level:
                chain = _digest(chain, row.text)
                yield PrefixPiece(chain, row.tokens, row.ttl)


def _message_seed(
    body: JSON,
    parts: Sequence[MessagePart],
    effort: str,
    thinking: ThinkingMode,
    budget: SimulatedTaskBudget | None,
) -> list[Any]:
    return [
        body.get("tool_choice"),
        any(_has_image(part.json) for part in parts),
        [thinking.type, thinking.budget_tokens],
        effort,
        [budget.total, budget.remaining] if budget else None,
    ]


def _has_image(block: JSON) -> bool:
    content = block.get("content")
    inner = content if isinstance(content, list) else ()
    return block["type"] == "image" or any(part.get("type") == "image" for part in inner)


def _tools(body: JSON, tokenizer: Tokenizer) -> Iterator[_UnhashedPiece]:
    overhead = TOOLS_OVERHEAD
    for tool in body.get("tools") or ():
        text = canonical({k: v for k, v in tool.items() if k != "cache_control"})
        yield _UnhashedPiece("tools", text, tokenizer.count(text) + overhead, _ttl(tool))
        overhead = 0


def _system(body: JSON, tokenizer: Tokenizer) -> Iterator[_UnhashedPiece]:
    system = body.get("system") or ()
    blocks = [{"type": "text", "text": system}] if isinstance(system, str) else system
    for block in blocks:
        text = str(block["text"])
        yield _UnhashedPiece("system", canonical(text), tokenizer.count(text), _ttl(block))


def _messages(parts: Sequence[MessagePart]) -> Iterator[_UnhashedPiece]:
    turn = -1
    for part in parts:
        overhead = MESSAGE_OVERHEAD if part.turn != turn else 0
        turn = part.turn
        text = f"{part.role}\0{part.text}"
        yield _UnhashedPiece("messages", text, part.tokens + overhead, _ttl(part.json))


def _ttl(block: JSON) -> str | None:
    """The time to live of a block's breakpoint; one inside a tool result counts for it."""
    control = block.get("cache_control")
    if control:
        return str(control.get("ttl") or "5m")
    content = block.get("content")
    inner = [part.get("cache_control") for part in content] if isinstance(content, list) else []
    found = [control for control in inner if control]
    return str(found[-1].get("ttl") or "5m") if found else None


def _with_automatic(
    rows: list[_UnhashedPiece], body: JSON, parts: Sequence[MessagePart]
) -> list[_UnhashedPiece]:
    """With the breakpoint of a top-level `cache_control`, on the last block that takes one."""
    explicit = sum(1 for row in rows if row.ttl)
    automatic = body.get("cache_control")
    if explicit + bool(automatic) > BREAKPOINTS:
        raise RequestRefused(
            f"A maximum of {BREAKPOINTS} blocks with cache_control may be provided. "
            f"Found {explicit + bool(automatic)}."
        )
    cacheable = [at for at, row in enumerate(rows) if row.level != "messages"]
    first = len(cacheable)
    cacheable += [first + at for at, part in enumerate(parts) if not part.is_thought]
    if not automatic or not cacheable:
        return rows
    at, ttl = cacheable[-1], str(automatic.get("ttl") or "5m")
    last = rows[at]
    if last.ttl not in (None, ttl):
        raise RequestRefused(
            "cache_control: the last block already has a breakpoint with another ttl"
        )
    return [*rows[:at], _UnhashedPiece(last.level, last.text, last.tokens, ttl), *rows[at + 1 :]]


def _check_order(rows: Sequence[_UnhashedPiece]) -> None:
    short = False
    for row in rows:
        if row.ttl == "1h" and short:
            raise RequestRefused(
                "a ttl='1h' cache_control block must not come after a ttl='5m' cache_control "
                "block. Note that blocks are processed in the following order: `tools`, "
                "`system`, `messages`."
            )
        short = short or row.ttl == "5m"


def _digest(chain: bytes, text: str) -> bytes:
    data = chain + text.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(data, digest_size=16).digest()
