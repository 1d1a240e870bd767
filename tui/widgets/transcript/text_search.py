"""Searching a transcript: in what is shown and in what is folded, a slice of entries at a time.

`TranscriptSearch` finds the matches of one query; `SearchNavigation` marks them and goes from
one to the next.
"""

import re
from collections.abc import Iterator
from time import perf_counter
from typing import Final, NamedTuple

from textual.widget import Widget

from tui.reports.transcript_items import AnswerItem
from tui.widgets.transcript import transcript_styles
from tui.widgets.transcript.entry_list import EntryList, TextPosition
from tui.widgets.transcript.idle_work import IdleWork, slice_end
from tui.widgets.transcript.item_blocks import blocks_for_item, item_source
from tui.widgets.transcript.item_updates import ItemUpdates
from tui.widgets.transcript.line_overlay import overlay_spans
from tui.widgets.transcript.messages import SearchProgress
from tui.widgets.transcript.scroll_window import ScrollWindow
from tui.widgets.transcript.styled_text import StyleSpan
from tui.widgets.transcript.transcript_blocks import BlockLine
from tui.widgets.transcript.viewport import Viewport

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


class SearchNavigation:
    """The search that is going on, if any, and which match is shown."""

    def __init__(
        self,
        widget: Widget,
        entries: EntryList,
        window: ScrollWindow,
        viewport: Viewport,
        updates: ItemUpdates,
        idle_work: IdleWork,
    ) -> None:
        """Make it for one transcript.

        Args:
            widget: `SearchProgress` is its message.
            entries: What is looked through.
            window: The visible lines; a match is brought into them.
            viewport: Knows the line of a match.
            updates: Unfolds what a match is in; what they change is looked through again.
            idle_work: Looks through what the first moment leaves.
        """
        self._widget = widget
        self._entries = entries
        self._window = window
        self._viewport = viewport
        self._updates = updates
        self._idle_work = idle_work
        self._search: TranscriptSearch | None = None
        self._match: SearchMatch | None = None
        self._unfolded = ""
        """Key of the entry that was unfolded for the match; empty where that was not needed."""
        updates.when_changed(self._search_again)

    @property
    def is_shown(self) -> bool:
        """Whether anything is looked for."""
        return self._search is not None

    def spans(self, entry: int, block: int, shown: BlockLine) -> list[StyleSpan]:
        """Marks over the matches in a line."""
        search = self._search
        if search is None:
            return []
        marks = []
        for match in search.found.get(entry, ()):
            if match.block == block and self._is_here(match):
                here = match == self._match
                style = transcript_styles.CURRENT_MATCH if here else transcript_styles.MATCH
                marks += overlay_spans(shown, match.start, match.end, style, search.query)
        return marks

    # -- searching ---------------------------------------------------------------------

    def find(self, query: str) -> None:
        """Look for `query`, case aside, from the end up; an empty one ends the search."""
        self._search = TranscriptSearch(self._entries, query) if query else None
        self._match = None
        if self._search is None:
            self._unfolded = ""
        else:
            self._search_for_a_slice(self._search)
        self._post_progress()
        self._window.repaint_visible()

    def _search_again(self, index: int) -> None:
        """An entry is new or says something else."""
        if self._search is not None:
            self._search.search_entry(index)

    def _search_for_a_slice(self, search: TranscriptSearch) -> None:
        until = slice_end()
        search.search_next()
        while not search.done and perf_counter() < until:
            search.search_next()
        if self._match is None and search.found:
            self._show(search.all()[-1])
        if not search.done:
            self._idle_work.schedule()

    def idle_step(self) -> bool:
        """Look through some more entries; whether there were any."""
        if self._search is None or self._search.done:
            return False
        self._search_for_a_slice(self._search)
        self._post_progress()
        self._window.repaint_visible()
        return True

    # -- matches -----------------------------------------------------------------------

    def find_next(self) -> None:
        """To the match below; from the last to the first."""
        self._go(1)

    def find_previous(self) -> None:
        """To the match above; from the first to the last."""
        self._go(-1)

    def _go(self, step: int) -> None:
        matches = self._search.all() if self._search is not None else []
        if not matches:
            return
        at = matches.index(self._match) + step if self._match in matches else -1
        self._show(matches[at % len(matches)])
        self._post_progress()

    def _show(self, match: SearchMatch) -> None:
        """Go to a match, unfolding what it is in."""
        self._match = match
        entry, window = self._entries[match.entry], self._window
        self._fold_last(entry.item.key)
        if entry.folded and not self._is_here(match):
            self._updates.toggle_fold(entry.item.key)
            self._unfolded = entry.item.key
        self._entries.measure(match.entry)
        place = TextPosition(match.entry, match.block, match.start)
        line = self._viewport.line_of_position(place)
        if not window.shows(line):
            window.scroll_to_line(line - window.height // 3)
        window.repaint_visible()

    def _fold_last(self, key: str) -> None:
        """Fold what was unfolded for the match before, where the one shown now has another `key`.

        What the search ends on stays open.
        """
        last, index = self._unfolded, self._entries.index(self._unfolded)
        if last != key:
            self._unfolded = ""
            if index is not None and not self._entries[index].folded:
                self._updates.toggle_fold(last)

    def _is_here(self, match: SearchMatch) -> bool:
        """Whether a match is where it says: what is folded shows other rows, or fewer."""
        blocks = self._entries.blocks(match.entry)
        if self._search is None or match.block >= len(blocks):
            return False
        text = blocks[match.block].text
        return self._search.pattern.fullmatch(text, match.start, match.end) is not None

    @property
    def match_count(self) -> tuple[int, int]:
        """Which match is shown, from 1, and how many there are so far."""
        if self._search is None:
            return 0, 0
        matches = self._search.all()
        at = matches.index(self._match) + 1 if self._match in matches else 0
        return at, len(matches)

    def _post_progress(self) -> None:
        search = self._search
        if search is not None:
            at, count = self.match_count
            self._widget.post_message(SearchProgress(search.query, at, count, done=search.done))
