"""Finding text: in what is shown and in what is folded, a slice of entries at a time."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from tui.reports.transcript_items import AnswerItem
from tui.widgets.transcript.entry_list import EntryList
from tui.widgets.transcript.item_blocks import blocks_for_item, item_source

_WORDS: Final = re.compile(r"\w+")


class SearchMatch(NamedTuple):
    """One place where the text was found."""

    entry: int
    block: int
    """Of the entry when it is unfolded."""
    start: int
    end: int


class TranscriptSearch:
    """One search, from the last entry up, with all it has found so far."""

    def __init__(self, entries: EntryList, query: str) -> None:
        self.query = query
        self.pattern = re.compile(re.escape(query), re.IGNORECASE)
        self.done = False
        self.found: dict[int, list[SearchMatch]] = {}
        """Matches by entry."""
        self.count = 0
        self._entries = entries
        self._words = [word.casefold() for word in _WORDS.findall(query)]
        self._next = len(entries) - 1

    def search_next(self) -> None:
        """Look through one more entry."""
        if self._next < 0:
            self.done = True
            return
        self.search_entry(self._next)
        self._next -= 1
        self.done = self._next < 0

    def search_entry(self, index: int) -> None:
        """Look through an entry, again if it has changed."""
        self.count -= len(self.found.pop(index, ()))
        source = self._source(index).casefold()
        # What is shown is made of the words of its source: no word, no match, no reading.
        if all(word in source for word in self._words):
            matches = list(self._matches(index))
            if matches:
                self.found[index] = matches
                self.count += len(matches)

    def _source(self, index: int) -> str:
        entry = self._entries[index]
        return entry.source if entry.stream is not None else _searchable_text(self._entries, index)

    def _matches(self, index: int) -> Iterator[SearchMatch]:
        entry = self._entries[index]
        if isinstance(entry.item, AnswerItem) or not entry.folded:
            blocks = self._entries.blocks(index)
        else:
            blocks = blocks_for_item(entry.item, False)
        for number, block in enumerate(blocks):
            for match in self.pattern.finditer(block.text):
                yield SearchMatch(index, number, match.start(), match.end())

    def all(self) -> list[SearchMatch]:
        """All matches, top to bottom."""
        return [match for index in sorted(self.found) for match in self.found[index]]


def _searchable_text(entries: EntryList, index: int) -> str:
    """Everything an item may show, the words of its states included."""
    item = entries[index].item
    source = item_source(item)
    if isinstance(item, AnswerItem):
        return source
    return "\n".join([source, *(block.text for block in blocks_for_item(item, True))])
