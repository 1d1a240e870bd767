"""What copying gives: the Markdown the model wrote, without the line breaks of the screen.

Blocks that are covered whole give their source as it came. A block that is covered in
part gives its words, with new marks around what is emphasised.
"""

from tui.reports.transcript_items import AnswerItem
from tui.sanitize import clean
from tui.widgets.transcript.entry_list import EntryList, TextPosition, TranscriptEntry
from tui.widgets.transcript.preformatted import CodeText, PreformattedSlice
from tui.widgets.transcript.transcript_blocks import TranscriptBlock


def range_to_markdown(entries: EntryList, start: TextPosition, end: TextPosition) -> str:
    """What is between two places, `end` not included."""
    parts: list[str] = []
    for index in range(max(0, start.entry), min(end.entry, len(entries) - 1) + 1):
        entry = entries[index]
        whole = start.entry < index < end.entry
        if whole and isinstance(entry.item, AnswerItem):
            part = entry.source if entry.stream is not None else clean(entry.item.markdown)
        else:
            first = start if index == start.entry else TextPosition(index, 0, 0)
            last = end if index == end.entry else None
            part = _entry_to_markdown(entry, entries.blocks(index), first, last)
        if part.strip():
            parts.append((("\n" * (entry.gap + 1)) if parts else "") + part.strip("\n"))
    return "".join(parts)


def _entry_to_markdown(
    entry: TranscriptEntry,
    blocks: list[TranscriptBlock],
    start: TextPosition,
    end: TextPosition | None,
) -> str:
    """What is copied of one entry."""
    text = entry.source if isinstance(entry.item, AnswerItem) else ""
    stop = len(blocks) - 1 if end is None else min(end.block, len(blocks) - 1)
    pieces: list[str] = []
    at = start.block
    while at <= stop:
        block = blocks[at]
        a = start.offset if at == start.block else 0
        b = end.offset if end is not None and at == end.block else len(block.text)
        gap = "\n" * (1 + block.gap) if pieces else ""
        if a <= 0 and b >= len(block.text) and block.begin >= 0:
            last = _last_whole(blocks, at, stop, end)
            pieces.append(gap + _sources(text, blocks, at, last))
            at = last + 1
            continue
        if b > a:
            pieces.append(gap + block.excerpt_markdown(a, b))
        at += 1
    return "".join(pieces)


def _last_whole(
    blocks: list[TranscriptBlock], first: int, stop: int, end: TextPosition | None
) -> int:
    """The last block that is covered whole, with all between."""
    last = stop
    if end is not None and end.block == stop and end.offset < len(blocks[stop].text):
        last = stop - 1
    return max(first, last)


def _sources(text: str, blocks: list[TranscriptBlock], first: int, last: int) -> str:
    """The source of several blocks, with whole fences only."""
    begin, finish = blocks[first], blocks[last]
    source = text[begin.begin : finish.end]
    opens = isinstance(begin, PreformattedSlice) and begin.first > 0
    cut = isinstance(finish, PreformattedSlice) and finish.last < len(finish.sheet.rows)
    if isinstance(begin, PreformattedSlice) and isinstance(begin.sheet, CodeText) and opens:
        source = f"```{begin.sheet.language}\n{source}"
    return f"{source.rstrip()}\n```" if cut else source


def stop_to_markdown(entries: EntryList, index: int, first: int, last: int) -> str:
    """What the block cursor copies: the code of a fence, the source of anything else."""
    blocks = entries.blocks(index)
    block = blocks[first]
    if isinstance(block, PreformattedSlice):
        return "\n".join(block.sheet.rows)
    entry = entries[index]
    if isinstance(entry.item, AnswerItem):
        return _sources(entry.source, blocks, first, last)
    from tui.widgets.transcript.item_blocks import item_source

    return item_source(entry.item)
