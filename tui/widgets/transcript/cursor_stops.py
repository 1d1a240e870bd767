"""The stops of the block cursor, in the order in which it goes through a transcript.

A stop is a paragraph, a whole list, a whole fence, a table, or a line of a tool. Links
inside a stop are its targets.
"""

from typing import NamedTuple

from tui.reports.transcript_items import AnswerItem
from tui.widgets.transcript.entry_list import EntryList
from tui.widgets.transcript.transcript_blocks import TranscriptBlock


class CursorStop(NamedTuple):
    """What the cursor is on."""

    entry: int
    first: int
    """Its first block."""
    last: int
    """Its last block."""

    def contains(self, entry: int, block: int) -> bool:
        """Whether a block is part of it."""
        return self.entry == entry and self.first <= block <= self.last


class StopTarget(NamedTuple):
    """Something in a stop that can be chosen."""

    block: int
    start: int
    end: int
    href: str


def stop_at(entries: EntryList, entry: int, block: int) -> CursorStop:
    """The stop that a block belongs to."""
    blocks = entries.blocks(entry)
    if not isinstance(entries[entry].item, AnswerItem):
        return CursorStop(entry, 0, max(0, len(blocks) - 1))
    block = max(0, min(block, len(blocks) - 1))
    first = last = block
    while first > 0 and blocks[first].is_same_stop(blocks[first - 1]):
        first -= 1
    while last + 1 < len(blocks) and blocks[last + 1].is_same_stop(blocks[last]):
        last += 1
    return CursorStop(entry, first, last)


def stop_below(entries: EntryList, stop: CursorStop) -> CursorStop | None:
    """The next stop, if there is one."""
    if stop.last + 1 < len(entries.blocks(stop.entry)):
        return stop_at(entries, stop.entry, stop.last + 1)
    return first_stop(entries, stop.entry + 1)


def stop_above(entries: EntryList, stop: CursorStop) -> CursorStop | None:
    """The stop before, if there is one."""
    if stop.first > 0:
        return stop_at(entries, stop.entry, stop.first - 1)
    return last_stop(entries, stop.entry)


def first_stop(entries: EntryList, start: int = 0) -> CursorStop | None:
    """The first stop of the entries from `start` on; None where they show nothing."""
    shown = (at for at in range(start, len(entries)) if entries.blocks(at))
    index = next(shown, None)
    return None if index is None else stop_at(entries, index, 0)


def last_stop(entries: EntryList, end: int) -> CursorStop | None:
    """The last stop of the entries before `end`; None where they show nothing."""
    shown = (at for at in range(end - 1, -1, -1) if entries.blocks(at))
    index = next(shown, None)
    return None if index is None else stop_at(entries, index, len(entries.blocks(index)) - 1)


def stop_targets(entries: EntryList, stop: CursorStop) -> list[StopTarget]:
    """Links of a stop, in reading order."""
    blocks: list[TranscriptBlock] = entries.blocks(stop.entry)
    found = [
        StopTarget(at, link.start, link.end, link.href)
        for at in range(stop.first, min(stop.last + 1, len(blocks)))
        for link in blocks[at].links
    ]
    # A link whose address is shown after its words has two places but is one target.
    return [t for at, t in enumerate(found) if at == 0 or found[at - 1].href != t.href]
