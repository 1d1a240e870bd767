"""What happened so far, folded from the messages of a request.

A conversation becomes one flat row of entries: prompts, replies, tool calls with their
results, notes that came beside results, and summaries that replaced history.
The scripted model keeps no state of its own: all it knows of a job is read off here.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from tui.simulator.scripted_model.intent import parse_intent

SUMMARY_HEADING = "## Where the work stands"
"""Heading of a summary the scripted model wrote itself; it can read such a summary back."""

_CONTEXT = re.compile(
    r"<(system-reminder|context|environment\w*|env|memory|project|folder|session)\b[^>]*>.*?</\1>",
    re.DOTALL | re.IGNORECASE,
)
_FOREIGN_SUMMARY = re.compile(
    r"\A\s*<summary\b|session is being continued|summary of the conversation"
    r"|conversation so far was",
    re.IGNORECASE,
)
_BROKEN_OFF = re.compile(r"\W*(not run\b|(request |tool call )?interrupted\b)", re.IGNORECASE)
"""How a call is answered that was not made, or not to its end."""
_CUT_OFF = "Your previous answer was cut off"
_TRUNCATED = "Your last message was cut"
"""How a client begins to tell of an answer of ours that is not whole; it may quote it."""
_ASKS_NOTHING = (_CUT_OFF, _TRUNCATED, "The user ran `")
"""Beginnings of texts that ask for nothing; the last tells of a command that the user ran."""
_REPORTED = re.compile(r"Agent \S+-\d+ [^\n]+ tokens used")
"""How a note begins with the report of an agent that no call waited for."""
_STEERING = "The user says, while you work:"
"""How a client that marks its notes begins one with words of the user."""
_MODE = r"plan mode(:| is over)"
"""How a note about the permission mode begins."""
_MARKED = re.compile(rf"\W*(landing:|{_STEERING}|{_MODE})", re.IGNORECASE)
_TOLD_MODE = re.compile(_MODE, re.IGNORECASE)
_COUNTDOWN = re.compile(
    r"\W*(task )?budget\b[^\n?]*\d[^\n?]*\btokens (left|remain)[^\n?]*\s*", re.IGNORECASE
)
"""What clients tell a model that cannot see its budget."""


@dataclass(frozen=True, slots=True)
class PromptEntry:
    """A user message that opens a turn."""

    text: str


@dataclass(frozen=True, slots=True)
class SummaryEntry:
    """A summary that replaced history."""

    text: str


@dataclass(frozen=True, slots=True)
class ReplyEntry:
    """Text the scripted model wrote."""

    text: str


@dataclass(frozen=True, slots=True)
class NoteEntry:
    """Text that came beside results or a prompt: steering, a reminder, a countdown, a landing."""

    text: str


@dataclass(frozen=True, slots=True)
class CallEntry:
    """A tool call and its answer."""

    name: str
    input: dict[str, Any]
    result: str | None = None
    """Text of the result; None while there is none."""
    failed: bool = False


HistoryEntry = PromptEntry | SummaryEntry | ReplyEntry | NoteEntry | CallEntry


def history_entries(
    messages: Iterable[dict[str, Any]], *, marked: bool = False
) -> tuple[HistoryEntry, ...]:
    """The conversation as one row, oldest first; results are joined to their calls.

    Args:
        messages: As received.
        marked: Whether the client marks every note. Then words beside results that have no mark
            are the next prompt: the turn before was broken off, by a crash or a fault.
    """
    row: list[HistoryEntry] = []
    places: dict[str, int] = {}
    for message in messages:
        blocks = list(_blocks(message.get("content")))
        if message.get("role") == "assistant":
            _add_reply(blocks, row, places)
        elif message.get("role") == "user":
            _add_user_message(blocks, row, places, marked)
    return tuple(row)


def text_of(content: object) -> str:
    """The text of a result's or message's content, whatever its shape."""
    if isinstance(content, str):
        return content
    return "\n".join(
        block["text"]
        for block in _blocks(content)
        if block.get("type") == "text" and isinstance(block.get("text"), str)
    )


def _blocks(content: object) -> Iterator[dict[str, Any]]:
    if isinstance(content, str):
        yield {"type": "text", "text": content}
    elif isinstance(content, list | tuple):
        yield from (block for block in content if isinstance(block, dict))


def _add_reply(
    blocks: list[dict[str, Any]], row: list[HistoryEntry], places: dict[str, int]
) -> None:
    for block in blocks:
        match block.get("type"):
            case "text":
                row.append(ReplyEntry(str(block.get("text", ""))))
            case "tool_use":
                given = block.get("input")
                places[str(block.get("id"))] = len(row)
                row.append(
                    CallEntry(str(block.get("name")), given if isinstance(given, dict) else {})
                )
            case "compaction":
                row.append(SummaryEntry(text_of(block.get("content"))))


def _add_user_message(
    blocks: list[dict[str, Any]], row: list[HistoryEntry], places: dict[str, int], marked: bool
) -> None:
    results = [block for block in blocks if block.get("type") == "tool_result"]
    broken_off = False
    for block in results:
        text = text_of(block.get("content"))
        broken_off = broken_off or bool(_BROKEN_OFF.match(text))
        place = places.get(str(block.get("tool_use_id")))
        known = row[place] if place is not None else None
        if place is not None and isinstance(known, CallEntry):
            row[place] = replace(known, result=text, failed=bool(block.get("is_error")))
    texts = [str(block.get("text", "")) for block in blocks if block.get("type") == "text"]
    if results:
        row.extend(_beside_results(texts, opens=broken_off or marked))
    else:
        row.extend(_opening(texts))


def _beside_results(texts: list[str], *, opens: bool) -> Iterator[HistoryEntry]:
    """Texts behind results: notes, or what the user says after a turn that was broken off.

    Args:
        texts: In their order.
        opens: Whether a text without a mark opens a turn.
    """
    for text in texts:
        if not without_context(text) or _asks_nothing(text):
            continue
        note = bool(_COUNTDOWN.fullmatch(text) or _MARKED.match(text))
        note = note or parse_intent(text).kind == "summary"
        yield NoteEntry(text) if note or not opens else PromptEntry(text)


def _opening(texts: list[str]) -> Iterator[HistoryEntry]:
    """A message that opens a turn: summaries it brings, then the words of the user."""
    words = []
    told = [t for t in texts if _COUNTDOWN.fullmatch(t) or _TOLD_MODE.match(t)]
    for text in texts:
        if SUMMARY_HEADING in text or _FOREIGN_SUMMARY.search(text):
            yield SummaryEntry(text)
        elif text in told:
            continue
        elif (bare := without_context(text)) and not bare.startswith(_CUT_OFF):
            words.append(bare)
    words = [text for text in words if not _asks_nothing(text)] or words
    # Clients put folder, date and memory files in blocks of their own, before the prompt.
    yield PromptEntry(words[-1] if words else "")
    yield from map(NoteEntry, told)


def _asks_nothing(text: str) -> bool:
    return text.startswith(_ASKS_NOTHING) or _REPORTED.match(text) is not None


def without_context(text: str) -> str:
    """A text without the blocks in which clients tell about folder, date and memory files."""
    return _CONTEXT.sub("", text).strip()
