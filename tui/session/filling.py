"""What fills the context window, by kind and by size.

The API tells only the sum, and the ledger what was settled of it: a tool result, a prompt, what
a message wrote. These figures are the same here as everywhere. What has no entry, and how a
message divides, is weighed by its characters; together the parts are exactly the sum.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from tui.budget.estimate import estimate_tokens
from tui.budget.ledger import Entry, apportion
from tui.budget.pictures import picture_tokens
from tui.session import events as ev
from tui.session.conversation import THINKING, Message
from tui.session.state import SessionState


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of content, or one large result."""

    name: str
    tokens: int
    estimated: bool = True


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
MOST_FILES = 4
"""Memory files that are named; the others are counted."""
CHARACTERS = 4
"""About so many weigh a token."""
_SUBJECTS = ("path", "command", "pattern")
_RESULTS, _SUMMARY, _THINKING = "tool results", "summary", "thinking"
_MEMORY = "memory files"
_PREAMBLE = ("system", "tools")
_FOLDER = "folder and date"
"""What stands before the first prompt beside memory files."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A block of the context, or what stands before the conversation."""

    kind: str
    name: str
    weight: int
    """Characters, or what stands for them."""
    tokens: int | None = None
    """None while no entry tells."""
    settled: bool = False


def filling(state: SessionState) -> Filling:
    """What fills the context of `state`; empty before the first response."""
    if not state.context:
        return Filling((), ())
    kinds: dict[str, list[_Piece]] = {}
    for piece in _weighed(state.context, list(_pieces(state))):
        kinds.setdefault(piece.kind, []).append(piece)
    results = sorted(kinds.get(_RESULTS, ()), key=lambda piece: -(piece.tokens or 0))
    largest = (_part(piece.name, [piece]) for piece in results[:LARGEST])
    return Filling(tuple(_part(*each) for each in kinds.items()), tuple(largest))


def fixed_parts(state: SessionState) -> tuple[Part, ...]:
    """What stands beside every conversation and cannot be summarised: system text, tools, memory.

    Before the first response by estimate, and what waits with the first prompt as well.
    """
    found = filling(state).parts
    if not found:
        told = state.preamble
        memory = Part(_memory_names(told), estimate_tokens(told.context)) if told else None
        return tuple(filter(None, (Part("system and tools", state.preamble_tokens), memory)))
    system = sum(part.tokens for part in found if part.name in _PREAMBLE)
    rest = tuple(part for part in found if part.name.startswith((_FOLDER, _MEMORY)))
    return (Part("system and tools", system), *rest)


def _part(name: str, pieces: Sequence[_Piece]) -> Part:
    tokens = sum(piece.tokens or 0 for piece in pieces)
    return Part(name, tokens, not all(piece.settled for piece in pieces))


# Weighing ----------------------------------------------------------------------------


def _weighed(context: int, pieces: list[_Piece]) -> list[_Piece]:
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


def _scale(piece: _Piece) -> int:
    return piece.weight if piece.tokens is None else piece.tokens * CHARACTERS


def _pieces(state: SessionState) -> Iterator[_Piece]:
    """Every piece of the context, those the ledger knows of with their tokens."""
    if state.preamble:
        yield _Piece("system", "", _size(state.preamble.system))
        yield _Piece("tools", "", _size(state.preamble.tools))
    calls: dict[str, str] = {}
    visible = state.account.plain_weights()
    for message in _answered(state):
        pieces = [
            piece
            for block in message.content
            for piece in _memory(state, block) or [_piece(message, block, calls)]
        ]
        yield from _settled(state, message, pieces, visible)


def _answered(state: SessionState) -> Sequence[Message]:
    """The messages the context was measured with: not what was sent and is not answered yet."""
    messages = state.conversation.messages
    if state.open_request is None:
        return messages
    spoken = (at for at in reversed(range(len(messages))) if messages[at].role == "assistant")
    return messages[: next(spoken, -1) + 1]


def _settled(
    state: SessionState, message: Message, pieces: list[_Piece], visible: dict[str, int]
) -> Iterator[_Piece]:
    """The pieces of a message with what its entries say they weigh.

    Args:
        state: The session.
        message: The message.
        pieces: Its blocks.
        visible: Tokens of what the model of now can read, thinking left aside, by ledger key.
    """
    known = state.ledger.entries
    entries = [known[key] for key in message.keys if key in known]

    def tokens(entry: Entry) -> int:
        return visible.get(entry.key, entry.tokens)

    results = [entry for entry in entries if entry.kind == "results"]
    summaries = [entry for entry in entries if entry.kind == "summary"]
    others = [entry for entry in entries if entry.kind not in ("results", "summary")]
    groups: dict[str, list[_Piece]] = {_RESULTS: [], _SUMMARY: [], _THINKING: [], "": []}
    for piece in pieces:
        groups[piece.kind if piece.kind in groups else ""].append(piece)
    of_results = groups[_RESULTS]
    if len(of_results) == len(results):
        for piece, entry in zip(of_results, results, strict=True):
            yield from _shared([piece], [entry], tokens(entry))
    else:
        yield from of_results
    yield from _shared(groups[_SUMMARY], summaries, sum(map(tokens, summaries)))
    thought = sum(state.account.thinking.get(entry.key, 0) for entry in others)
    yield from _shared(groups[_THINKING], others, thought)
    yield from _shared(groups[""], others, sum(map(tokens, others)))


def _shared(pieces: list[_Piece], entries: list[Entry], tokens: int) -> Iterator[_Piece]:
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


def _piece(message: Message, block: dict[str, Any], calls: dict[str, str]) -> _Piece:
    """A block by its characters.

    Args:
        message: The message it stands in.
        block: The block.
        calls: What the calls so far were about, by id; a call is added to them.
    """
    kind = block.get("type")
    if kind == "tool_use":
        calls[str(block.get("id"))] = _call(block)
        return _Piece("tool calls", "", _size(block.get("input")))
    if kind == "tool_result":
        return _Piece(_RESULTS, calls.get(str(block.get("tool_use_id")), ""), _size(block))
    if kind == "compaction":
        return _Piece(_SUMMARY, "", len(str(block.get("content") or "")))
    if kind in THINKING:
        return _Piece(_THINKING, "", len(str(block.get("thinking") or block.get("data") or "")))
    if kind == "image":
        return _Piece("pictures", "", picture_tokens(block) * CHARACTERS)
    said = "answers" if message.role == "assistant" else _of_the_user(block)
    return _Piece(said, "", len(str(block.get("text", ""))))


def _memory(state: SessionState, block: dict[str, Any]) -> list[_Piece]:
    """The block before the first prompt in two: the folder, and the memory files by their names.

    Empty for every other block, and where the log does not name the files.
    """
    told = state.preamble
    if not told or not told.memory or block.get("text") != told.context:
        return []
    weight = sum(file.characters for file in told.memory)
    kind = _memory_names(told)
    return [_Piece(_FOLDER, "", len(told.context) - weight), _Piece(kind, "", weight)]


def _memory_names(told: ev.PreambleSet) -> str:
    """`memory files: AGENTS.md, src/AGENTS.md and 2 more`."""
    names = ", ".join(file.path for file in told.memory[:MOST_FILES])
    more = len(told.memory) - MOST_FILES
    rest = f" and {more} more" if more > 0 else ""
    return f"{_MEMORY}: {' '.join(names.split())}{rest}" if names else _MEMORY


def _call(block: dict[str, Any]) -> str:
    """`read src/parse.py`: a tool and the first thing it was given that says on what."""
    given = block.get("input")
    found = [given.get(key) for key in _SUBJECTS] if isinstance(given, dict) else []
    subject = next((word for word in found if isinstance(word, str)), "")
    return " ".join(f"{block.get('name')} {subject}".split())[:MOST_NAMED]


def _of_the_user(block: dict[str, Any]) -> str:
    text = str(block.get("text", "")).lstrip()
    if text.startswith("<summary>"):
        return _SUMMARY
    return _FOLDER if text.startswith("<environment>") else "prompts and notes"


def _size(value: object) -> int:
    return len(msgspec.json.encode(value))
