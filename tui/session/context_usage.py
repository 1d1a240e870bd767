"""What fills the context window, by kind and by size.

The API reports only the sum. The ledger has the settled sizes of tool results, prompts and
messages; this module takes them from there. It estimates everything else by its number of
characters, scaled so that all parts add up to exactly the sum.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from tui.budget.image_tokens import image_tokens
from tui.budget.ledger import LedgerEntry, apportion
from tui.budget.token_estimate import estimate_tokens
from tui.session import events as ev
from tui.session.call_arguments import Subject, call_subject
from tui.session.conversation import THINKING_TYPES, Message
from tui.session.state import SessionState


@dataclass(frozen=True, slots=True)
class ContextPart:
    """One kind of content, or one large result."""

    name: str
    tokens: int
    estimated: bool = True


@dataclass(frozen=True, slots=True)
class ContextUsage:
    """The context by its parts."""

    parts: tuple[ContextPart, ...]
    """By kind; they sum to the context."""
    largest: tuple[ContextPart, ...]
    """The largest tool results, the largest first: tool and subject."""


MAX_LARGEST = 5
MAX_NAME_CHARACTERS = 60
"""Characters a result is called by."""
MAX_FILES_NAMED = 4
"""Memory files that are named; the others are counted."""
CHARACTERS_PER_TOKEN = 4
"""About so many weigh a token."""
_SUBJECTS: tuple[Subject, ...] = ("path", "command", "pattern")
_RESULTS, _SUMMARY, _THINKING = "tool results", "summary", "thinking"
_MEMORY = "memory files"
_PREAMBLE = ("system", "tools")
_FOLDER = "folder and date"
"""What the model reads before the first prompt, besides memory files."""


@dataclass(frozen=True, slots=True)
class _ContextPiece:
    """A block of the conversation, or of what comes before it."""

    kind: str
    name: str
    weight: int
    """Its characters, or a size in the same unit where it has none."""
    tokens: int | None = None
    """None while the ledger has no entry for it."""
    settled: bool = False


def context_usage(state: SessionState) -> ContextUsage:
    """What fills the context of `state`; empty before the first response."""
    if not state.context:
        return ContextUsage((), ())
    kinds: dict[str, list[_ContextPiece]] = {}
    for piece in _with_tokens(state.context, list(_pieces(state))):
        kinds.setdefault(piece.kind, []).append(piece)
    results = sorted(kinds.get(_RESULTS, ()), key=lambda piece: -(piece.tokens or 0))
    largest = (_part(piece.name, [piece]) for piece in results[:MAX_LARGEST])
    return ContextUsage(tuple(_part(*each) for each in kinds.items()), tuple(largest))


def fixed_parts(state: SessionState) -> tuple[ContextPart, ...]:
    """What no summary can replace: system text, tools, memory files.

    Before the first response they are estimates, with the memory files that wait to be sent.
    """
    found = context_usage(state).parts
    if not found:
        told = state.preamble
        memory = ContextPart(_memory_names(told), estimate_tokens(told.context)) if told else None
        return tuple(filter(None, (ContextPart("system and tools", state.preamble_tokens), memory)))
    system = sum(part.tokens for part in found if part.name in _PREAMBLE)
    rest = tuple(part for part in found if part.name.startswith((_FOLDER, _MEMORY)))
    return (ContextPart("system and tools", system), *rest)


def _part(name: str, pieces: Sequence[_ContextPiece]) -> ContextPart:
    tokens = sum(piece.tokens or 0 for piece in pieces)
    return ContextPart(name, tokens, not all(piece.settled for piece in pieces))


# Weighing ----------------------------------------------------------------------------


def _with_tokens(context: int, pieces: list[_ContextPiece]) -> list[_ContextPiece]:
    """The pieces with their tokens: what no entry tells of shares the rest by its weight.

    Where the entries come to more than there is, they were counted another way, and everything
    is an estimate.
    """
    rest = context - sum(piece.tokens or 0 for piece in pieces)
    unknown = [piece.weight for piece in pieces if piece.tokens is None]
    if rest < 0 or (rest and not unknown):
        pieces = [replace(piece, weight=_scale(piece), tokens=None) for piece in pieces]
        rest, unknown = context, [piece.weight for piece in pieces]
    shares = iter(apportion(rest, unknown))
    return [
        replace(piece, tokens=next(shares), settled=False) if piece.tokens is None else piece
        for piece in pieces
    ]


def _scale(piece: _ContextPiece) -> int:
    return piece.weight if piece.tokens is None else piece.tokens * CHARACTERS_PER_TOKEN


def _pieces(state: SessionState) -> Iterator[_ContextPiece]:
    """Every piece of the context, those the ledger knows of with their tokens."""
    if state.preamble:
        yield _ContextPiece("system", "", _size(state.preamble.system))
        yield _ContextPiece("tools", "", _size(state.preamble.tools))
    calls: dict[str, str] = {}
    visible = state.budget_account.plain_weights()
    for message in _measured_messages(state):
        pieces = [
            piece
            for block in message.content
            for piece in _memory(state, block) or [_piece(message, block, calls)]
        ]
        yield from _with_settled_tokens(state, message, pieces, visible)


def _measured_messages(state: SessionState) -> Sequence[Message]:
    """The messages the context was measured with: not what was sent and is not answered yet."""
    messages = state.conversation.messages
    if state.open_request is None:
        return messages
    spoken = (at for at in reversed(range(len(messages))) if messages[at].role == "assistant")
    return messages[: next(spoken, -1) + 1]


def _with_settled_tokens(
    state: SessionState, message: Message, pieces: list[_ContextPiece], visible: dict[str, int]
) -> Iterator[_ContextPiece]:
    """The pieces of a message with what its entries say they weigh.

    Args:
        state: The session.
        message: The message.
        pieces: Its blocks.
        visible: Tokens of what the model of now can read, thinking left aside, by ledger key.
    """
    known = state.ledger.entries
    entries = [known[key] for key in message.keys if key in known]

    def tokens(entry: LedgerEntry) -> int:
        return visible.get(entry.key, entry.tokens)

    results = [entry for entry in entries if entry.kind == "results"]
    summaries = [entry for entry in entries if entry.kind == "summary"]
    others = [entry for entry in entries if entry.kind not in ("results", "summary")]
    groups: dict[str, list[_ContextPiece]] = {_RESULTS: [], _SUMMARY: [], _THINKING: [], "": []}
    for piece in pieces:
        groups[piece.kind if piece.kind in groups else ""].append(piece)
    of_results = groups[_RESULTS]
    if len(of_results) == len(results):
        for piece, entry in zip(of_results, results, strict=True):
            yield from _with_shared_tokens([piece], [entry], tokens(entry))
    else:
        yield from of_results
    yield from _with_shared_tokens(groups[_SUMMARY], summaries, sum(map(tokens, summaries)))
    thought = sum(state.budget_account.thinking.get(entry.key, 0) for entry in others)
    yield from _with_shared_tokens(groups[_THINKING], others, thought)
    yield from _with_shared_tokens(groups[""], others, sum(map(tokens, others)))


def _with_shared_tokens(
    pieces: list[_ContextPiece], entries: list[LedgerEntry], tokens: int
) -> Iterator[_ContextPiece]:
    """The pieces that `tokens` of `entries` belong to, by their weights; as they are if unsettled.

    They are exact as far as all of them are of one kind.
    """
    if not entries or not all(entry.settled for entry in entries):
        yield from pieces
        return
    exact = len({piece.kind for piece in pieces}) == 1
    shares = apportion(tokens, [piece.weight for piece in pieces])
    for piece, share in zip(pieces, shares, strict=True):
        yield replace(piece, tokens=share, settled=exact)


# Blocks ------------------------------------------------------------------------------


def _piece(message: Message, block: dict[str, Any], calls: dict[str, str]) -> _ContextPiece:
    """A block by its characters.

    Args:
        message: The message that holds it.
        block: The block.
        calls: What the calls so far were about, by id; a call is added to them.
    """
    kind = block.get("type")
    if kind == "tool_use":
        calls[str(block.get("id"))] = _call_name(block)
        return _ContextPiece("tool calls", "", _size(block.get("input")))
    if kind == "tool_result":
        return _ContextPiece(_RESULTS, calls.get(str(block.get("tool_use_id")), ""), _size(block))
    if kind == "compaction":
        return _ContextPiece(_SUMMARY, "", len(str(block.get("content") or "")))
    if kind in THINKING_TYPES:
        return _ContextPiece(
            _THINKING, "", len(str(block.get("thinking") or block.get("data") or ""))
        )
    if kind == "image":
        return _ContextPiece("pictures", "", image_tokens(block) * CHARACTERS_PER_TOKEN)
    said = "answers" if message.role == "assistant" else _user_text_kind(block)
    return _ContextPiece(said, "", len(str(block.get("text", ""))))


def _memory(state: SessionState, block: dict[str, Any]) -> list[_ContextPiece]:
    """The block before the first prompt in two: the folder, and the memory files by their names.

    Empty for every other block, and where the log does not name the files.
    """
    told = state.preamble
    if not told or not told.memory or block.get("text") != told.context:
        return []
    weight = sum(file.characters for file in told.memory)
    kind = _memory_names(told)
    return [_ContextPiece(_FOLDER, "", len(told.context) - weight), _ContextPiece(kind, "", weight)]


def _memory_names(told: ev.PreambleSet) -> str:
    """`memory files: AGENTS.md, src/AGENTS.md and 2 more`."""
    names = ", ".join(file.path for file in told.memory[:MAX_FILES_NAMED])
    more = len(told.memory) - MAX_FILES_NAMED
    rest = f" and {more} more" if more > 0 else ""
    return f"{_MEMORY}: {' '.join(names.split())}{rest}" if names else _MEMORY


def _call_name(block: dict[str, Any]) -> str:
    """`read src/parse.py`: a tool and the first thing it was given that says on what."""
    given = block.get("input")
    subject = call_subject(given, *_SUBJECTS) if isinstance(given, dict) else ""
    return " ".join(f"{block.get('name')} {subject}".split())[:MAX_NAME_CHARACTERS]


def _user_text_kind(block: dict[str, Any]) -> str:
    text = str(block.get("text", "")).lstrip()
    if text.startswith("<summary>"):
        return _SUMMARY
    return _FOLDER if text.startswith("<environment>") else "prompts and notes"


def _size(value: object) -> int:
    return len(msgspec.json.encode(value))
