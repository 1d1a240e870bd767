"""What the row of tool calls says, in parts: `read 5 files: cart tax …`, `thought 0.2k`.

The names in a part come from elsewhere and may be shortened to fit; the words around them are
ours and stay.
"""

from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from tui import number_format
from tui.reports.call_rows import READS, SEARCHES
from tui.reports.transcript_items import CallDetail, CallGroupItem, ThinkingItem, ToolItem

LONGEST_PATTERN: Final = 14
"""Characters of a pattern that is not the only name in its row."""


class RowPart(NamedTuple):
    """A part of a row."""

    words: str
    """What comes first."""
    names: tuple[str, ...] = ()
    """Foreign text, as it is in the log."""
    between: str = " "
    """What separates the names."""
    said: str = ""
    """What follows them."""
    may_go: bool = False
    """Whether it is left out where names would have no room: another place says it too."""


def group_parts(item: CallGroupItem, detail: CallDetail = "names") -> list[RowPart]:
    """What the row of a group says: searches, reads, other calls, then what was thought."""
    searches = [call for call in item.calls if call.name in SEARCHES]
    reads = [call for call in item.calls if call.name in READS]
    others = [call for call in item.calls if call.name not in SEARCHES | READS]
    named = detail != "counts"
    parts = []
    if searches:
        parts.append(_searches(searches, named, alone=not reads))
    if reads:
        parts.append(_reads(reads, named, alone=not searches))
    parts += _others(others)
    if item.thought is not None:
        parts.append(RowPart(thought_words(item.thought)))
    return parts


def thought_words(item: ThinkingItem) -> str:
    """`thought 0.2k`; `thinking` as long as nobody has counted its tokens."""
    words = "thinking" if item.tokens is None else f"thought {tokens_text(item.tokens)}"
    if item.seconds >= 1:
        words += f" in {number_format.format_duration(item.seconds)}"
    return words


def tokens_text(tokens: int, settled: bool = True) -> str:
    """Tokens of a result, marked while they are an estimate."""
    return number_format.mark_estimate(number_format.format_tokens(tokens), not settled)


def call_tokens(calls: Iterable[ToolItem]) -> str:
    """The tokens of some results together; empty where none are known."""
    counted = [call for call in calls if call.tokens is not None]
    if not counted:
        return ""
    total = sum(call.tokens or 0 for call in counted)
    return tokens_text(total, all(call.settled for call in counted))


def search_words(call: ToolItem) -> str:
    """What is before the pattern of a search: its answer is the first thing to read."""
    return f"{call.summary or 'done'} · {call.name} "


def _searches(calls: Sequence[ToolItem], named: bool, alone: bool) -> RowPart:
    """The searches; of a pattern that shares the row with names of files, only the beginning."""
    tokens = _behind(call_tokens(calls))
    if not named:
        return RowPart(f"searched {_times(len(calls))}", said=tokens)
    if len(calls) == 1:
        pattern = calls[0].subject if alone else _short(calls[0].subject)
        return RowPart(search_words(calls[0]), (pattern,), said=tokens)
    names = tuple(f"{call.summary} ({_short(call.subject)})" for call in calls)
    return RowPart(f"{len(calls)} searches: ", names, ", ", tokens)


def _reads(calls: Sequence[ToolItem], named: bool, alone: bool) -> RowPart:
    """The reads; of a file that shares the row with patterns, only the name."""
    paths = list(dict.fromkeys(call.subject for call in calls))
    tokens = _behind(call_tokens(calls))
    if not named:
        return RowPart(f"read {number_format.count_with_noun(len(paths), 'file')}", said=tokens)
    if len(calls) == 1:
        name = paths[0] if alone else PurePosixPath(paths[0]).name
        return RowPart("read ", (name,), said=_said(calls[0].summary) + tokens)
    if len(paths) == 1:
        return RowPart("read ", (paths[0],), said=f" ×{len(calls)}{tokens}")
    return RowPart(f"read {len(paths)} files: ", short_names(paths), said=tokens)


def _others(calls: Sequence[ToolItem]) -> list[RowPart]:
    """Calls of each other tool: what the last one did, or how many there were."""
    by_name: dict[str, list[ToolItem]] = {}
    for call in calls:
        by_name.setdefault(call.name, []).append(call)
    return [
        RowPart(
            f"{name} {each[-1].subject}".strip() + (f" ×{len(each)}" if len(each) > 1 else ""),
            may_go=True,
        )
        for name, each in by_name.items()
    ]


def short_names(paths: Sequence[str]) -> tuple[str, ...]:
    """Names of files for one row: without their folders, and without a suffix that all have.

    Files of one name keep the folder they are in.
    """
    files = [PurePosixPath(path.replace("\\", "/")) for path in paths]
    one_kind = len({file.suffix for file in files}) == 1
    names = [file.stem if one_kind else file.name for file in files]
    return tuple(
        f"{file.parent.name}/{name}" if names.count(name) > 1 and file.parent.name else name
        for file, name in zip(files, names, strict=True)
    )


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _short(pattern: str) -> str:
    return pattern if len(pattern) <= LONGEST_PATTERN else pattern[: LONGEST_PATTERN - 1] + "…"


def _behind(words: str) -> str:
    return f" · {words}" if words else ""


def _said(summary: str) -> str:
    return f"  {summary}" if summary else ""
