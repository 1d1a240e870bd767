"""What the user sent and what waits, as rows above the composer.

`↳ only cart.py please   ≈ 15 tokens · goes with the next result · ↑ edit · esc esc send now`

The newest three are shown, each on one row; older ones are counted. The last row, or one more row
where that is too long, says what they wait for and which keys change them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tui.number_format import format_tokens
from tui.sanitize import clean

MAX_SHOWN = 3
"""Queued prompts that have a row of their own."""
_GAP = "   "
_MOST = 400
"""Characters of a prompt that are looked at: more do not fit into a row."""


@dataclass(frozen=True, slots=True)
class QueuedPrompt:
    """Something that was sent and waits."""

    text: str
    tokens: int | None
    """Estimated tokens the model reads for it; None for a command."""
    waits_for: str
    """When it goes: `goes with the next result`."""


@dataclass(frozen=True, slots=True)
class QueuedRow:
    """One row: words in the colour of text, then what is said about them, muted."""

    words: str
    details: str = ""


def queued_rows(
    prompts: Sequence[QueuedPrompt],
    width: int,
    *,
    keys: Sequence[str] = (),
    cells: Callable[[str], int] = len,
) -> list[QueuedRow]:
    """The rows for what waits, oldest first.

    Args:
        prompts: All that waits, in the order it goes out.
        width: Cells of a row.
        keys: What keys do about it, in words: `↑ edit`.
        cells: How many cells a text takes.
    """
    if not prompts:
        return []
    older, shown = prompts[:-MAX_SHOWN], prompts[-MAX_SHOWN:]
    rows = [QueuedRow("", f"{len(older)} more{_GAP}{_tokens_of(older)}".rstrip())] if older else []
    rows += [_prompt_row(each, width, cells) for each in shown]
    said = " · ".join([shown[-1].waits_for, *keys])
    last = rows[-1]
    joined = f"{last.details} · {said}" if last.details else said
    if cells(last.words + _GAP + joined) <= width:
        return [*rows[:-1], QueuedRow(last.words, joined)]
    return [*rows, QueuedRow("", said)]


def _prompt_row(prompt: QueuedPrompt, width: int, cells: Callable[[str], int]) -> QueuedRow:
    """Words and tokens on one row; the words give way."""
    tokens = _tokens_of([prompt])
    room = width - cells("↳ ") - (cells(_GAP + tokens) if tokens else 0)
    return QueuedRow(f"↳ {_shortened(prompt.text, room, cells)}", tokens)


def _tokens_of(prompts: Sequence[QueuedPrompt]) -> str:
    count = sum(prompt.tokens or 0 for prompt in prompts)
    return f"≈ {format_tokens(count)} tokens" if count else ""


def _shortened(text: str, room: int, cells: Callable[[str], int]) -> str:
    """Foreign `text` on one line of at most `room` cells."""
    words = " ".join(clean(text[:_MOST]).split())
    if cells(words) <= room and len(text) <= _MOST:
        return words
    while words and cells(words) > room - 1:
        words = words[:-1]
    return f"{words.rstrip()}…"
