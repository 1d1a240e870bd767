"""The rows of `/diff`: the files that changed with what each cost, and the diff of one of them.

Either the list has the keys, with the diff of the marked file below it as far as there is room, or
one diff is open and scrolls. Only the rows in view are made, whatever the size of a diff.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from textual import events
from textual.content import Content, Span
from textual.message import Message
from textual.style import Style

from tui.number_format import MINUS
from tui.reports.changes_page import (
    ChangesPage,
    dollars_cell,
    file_notes,
    nothing_changed,
    state_word,
    summary_words,
    tokens_cell,
)
from tui.session.patch_text import patch_text
from tui.session.session_changes import FileDiff
from tui.widgets.line_widget import MUTED, LineWidget, flatten, left_and_right
from tui.widgets.transcript import transcript_styles
from tui.widgets.transcript.diffs import DiffText
from tui.widgets.transcript.preformatted import PreformattedSlice
from tui.widgets.transcript.transcript_blocks import BlockLine

LEAST_PREVIEW_ROWS = 3
"""Rows below the list that are worth showing a part of a diff in."""
_FIGURE_CELLS = 44
"""Cells of the widget below which the figures of a file have no room beside its name."""
_FILE_META = "changed_file"


class _ListRow(NamedTuple):
    """One row of the list."""

    file: int
    """Index of its file; -1 for the summary."""
    words: str = ""
    """Empty for the row with the name of the file. Foreign text."""


class ChangesList(LineWidget):
    """Files that changed; the body of a panel."""

    DEFAULT_CSS = "ChangesList { height: auto; max-height: 100%; padding: 0 1; }"
    WHEEL_ROWS = 3

    page: ChangesPage
    """What is shown."""
    _list: list[_ListRow]
    _columns: list[int]
    """Cells of the figures beside a name."""
    _diffs: dict[str, DiffText]

    @dataclass
    class FileChosen(Message):
        """The user clicked on a file."""

        at: int
        """Its index."""

    def __init__(self, page: ChangesPage) -> None:
        super().__init__()
        self._set_page(page)
        self.marked = 0
        """Index of the file that the cursor is on."""
        self.is_open = False
        """Whether the diff of the marked file has the keys."""
        self._top = 0
        """First row in view of the diff that is open."""

    # What is shown ---------------------------------------------------------------

    @property
    def file(self) -> FileDiff | None:
        """The marked file."""
        return self.page.files[self.marked] if self.page.files else None

    @property
    def needs_diff(self) -> bool:
        """Whether the diff of the marked file is still to be read."""
        return self.file is not None and self.file.path not in self._diffs

    def show_page(self, page: ChangesPage) -> None:
        """Show other changes; the cursor stays on its file."""
        path = self.file.path if self.file else ""
        self._set_page(page)
        paths = [file.path for file in page.files]
        self.is_open = self.is_open and path in paths
        self.marked = paths.index(path) if path in paths else 0
        self._lay_out()

    def put_diff(self, file: FileDiff, diff: DiffText) -> None:
        """The diff of a file is read."""
        self._diffs[file.path] = diff
        self._lay_out()

    def mark(self, at: int) -> None:
        """Go to a file."""
        self.marked = min(max(0, at), max(0, len(self.page.files) - 1))
        self._top = 0
        self._lay_out()

    def open_file(self, is_open: bool = True) -> None:
        """Give the keys to the diff of the marked file, or back to the list."""
        self.is_open = is_open and bool(self.page.files)
        self._top = 0
        self._lay_out()

    def _lay_out(self) -> None:
        self.rebuild()
        if self.is_attached:
            self.refresh(layout=True)

    def on_click(self, event: events.Click) -> None:
        """Choose the file that was clicked."""
        at = event.style.meta.get(_FILE_META)
        if isinstance(at, int):
            event.stop()
            self.post_message(self.FileChosen(at))

    # As the page of a panel ------------------------------------------------------

    def action_scroll(self, by: int) -> None:
        """Look further down in the diff that is open, else go to another file."""
        if self.is_open:
            self._top += by
            self.rebuild()
        else:
            self.mark(self.marked + by)

    def refresh_content(self) -> None:
        """The panel reads the log again when something changed."""

    def text_to_copy(self) -> str:
        """The patch of the file that is open, else of all files."""
        return patch_text([self.file] if self.is_open and self.file else self.page.files)

    # Lines -----------------------------------------------------------------------

    def line_count(self, width: int) -> int | None:
        """Known without drawing thousands of rows."""
        rows = len(self._diff.rows) if self._diff else 0
        head = len(self._file_head(width)) if self.is_open else len(self._list)
        return head + (rows + 1 if rows else 0) if self.page.files else None

    def lines(self, width: int, height: int | None = None) -> Sequence[Content]:
        """The open diff; or the list, and the diff of the marked file below it."""
        if not self.page.files:
            said = Content.styled(nothing_changed(self.page.scope), MUTED)
            return list(said.wrap(max(1, width)))
        if self.is_open:
            return self._open_lines(width, height)
        room = len(self._list) if height is None else height
        rows = self._list_rows(room, width)
        left = None if height is None else height - len(rows) - 1
        if self._diff is None or (left is not None and left < LEAST_PREVIEW_ROWS):
            return rows
        return [*rows, Content(""), *self._diff_lines(width, 0, left)]

    @property
    def _diff(self) -> DiffText | None:
        return self._diffs.get(self.file.path) if self.file else None

    def _open_lines(self, width: int, height: int | None) -> list[Content]:
        head = self._file_head(width)
        room = None if height is None else max(1, height - len(head))
        self._top = min(max(0, self._top), self._last_top(width, room))
        return [*head, *self._diff_lines(width, self._top, room)]

    def _diff_lines(self, width: int, top: int, room: int | None) -> list[Content]:
        """Rows of the marked diff from `top` on, the last one for how many are below."""
        diff = self._diff
        if diff is None:
            return [Content.styled("reading …", MUTED)]
        if not diff.rows:
            return [Content.styled("no lines changed", MUTED)]
        rows = len(diff.rows)
        last = rows if room is None else _fitting_rows(diff, width, top, room)
        if last == rows or room is None:
            return _drawn(diff, top, last, width, room)
        last = _fitting_rows(diff, width, top, room - 1)
        more = Content.styled(f"  ↓ {rows - last:,} more lines", MUTED)
        return [*_drawn(diff, top, last, width, room - 1), more]

    def _last_top(self, width: int, room: int | None) -> int:
        """The first row in view when the last one is."""
        diff = self._diff
        if diff is None or room is None:
            return 0
        at = len(diff.rows)
        while at and (room := room - _row_height(diff, at - 1, width)) >= 0:
            at -= 1
        return at

    # The list --------------------------------------------------------------------

    def _set_page(self, page: ChangesPage) -> None:
        """Take the rows of a page: the summary, and each file with its notes below it."""
        self.page, self._diffs = page, {}
        self._list = [_ListRow(-1, summary_words(page.files))]
        for at, file in enumerate(page.files):
            self._list.append(_ListRow(at))
            self._list += [_ListRow(at, note) for note in file_notes(page, file)]
        self._columns = [
            max((cell.cell_length for cell in column), default=0)
            for column in zip(*map(self._cells, page.files), strict=True)
        ]

    def _list_in_view(self, room: int) -> list["_ListRow"]:
        """The rows of the list in `room` lines: the summary, and those around the marked file."""
        if len(self._list) <= room:
            return self._list
        own = [at for at, row in enumerate(self._list) if row.file == self.marked]
        top = min(max(1, own[-1] - room + 2), max(1, own[0]))
        return [self._list[0], *self._list[top : top + room - 1]]

    def _list_rows(self, room: int, width: int) -> list[Content]:
        """The rows in view; the first one says how many files are out of it."""
        shown = self._list_in_view(room)
        rows = [self._list_row(row, width) for row in shown]
        out = len(self.page.files) - len({row.file for row in shown if row.file >= 0})
        if out:
            more = Content.styled(f"↑ ↓ {out} more", MUTED)
            rows[0] = left_and_right(rows[0], more, width)
        return rows

    def _list_row(self, row: "_ListRow", width: int) -> Content:
        if row.file < 0:
            return Content(row.words)
        if row.words:
            line = Content.styled(f"    {flatten(row.words, 300)}", MUTED)
        else:
            file, marked = self.page.files[row.file], row.file == self.marked
            word = state_word(file)
            name = Content.assemble(
                ("▸ " if marked else "  ", transcript_styles.CURSOR),
                (flatten(file.path, 300), "bold" if marked else ""),
                (f"  {word}" if word else "", MUTED),
            )
            line = left_and_right(name, self._figures(file, width), width)
        return line.stylize(Style.from_meta({_FILE_META: row.file}))

    def _figures(self, file: FileDiff, width: int) -> Content:
        """`+12 −1   ≈ 6.2k   ≈ $0.05`, in columns of the same width in each row."""
        if width < _FIGURE_CELLS:
            return _lines_cell(file)
        return Content.assemble(*(
            Content.assemble(" " * (room - cell.cell_length + 2), cell)
            for cell, room in zip(self._cells(file), self._columns, strict=True)
            if room
        ))  # fmt: skip

    def _cells(self, file: FileDiff) -> tuple[Content, ...]:
        return (
            _lines_cell(file),
            Content(self._tokens(file)),
            Content(dollars_cell(file.dollars)),
        )

    def _tokens(self, file: FileDiff) -> str:
        return tokens_cell(file.tokens, file.estimated)

    def _file_head(self, width: int) -> list[Content]:
        """The file that is open: its name, its figures, what is to be known of it."""
        file = self.file
        if file is None:
            return []
        place = f"{self.marked + 1} of {len(self.page.files)}"
        word = f"  {state_word(file)}" if state_word(file) else ""
        name = Content.assemble((flatten(file.path, 300), "bold"), (word, MUTED))
        tokens = self._tokens(file)
        figures = [f"{tokens} tokens" if tokens else "", dollars_cell(file.dollars)]
        said = "".join(f" · {each}" for each in figures if each)
        notes = [Content.styled(flatten(n, 300), MUTED) for n in file_notes(self.page, file)]
        return [
            left_and_right(name, Content.styled(place, MUTED), width),
            Content.assemble(_lines_cell(file), (said, MUTED)),
            *(row for note in notes for row in note.wrap(max(1, width))),
        ]


def _lines_cell(file: FileDiff) -> Content:
    """`+12 −1`."""
    about = "" if file.exact else "≈ "
    return Content.assemble(
        (about, MUTED),
        (f"+{file.added:,}", transcript_styles.ADDED),
        " ",
        (f"{MINUS}{file.removed:,}", transcript_styles.REMOVED),
    )


def _row_height(diff: DiffText, row: int, width: int) -> int:
    return PreformattedSlice(diff, row, row + 1, 0).height(width)


def _fitting_rows(diff: DiffText, width: int, top: int, room: int) -> int:
    """The row behind the last one that fits whole into `room` lines; at least one row is taken."""
    at = top
    while at < len(diff.rows) and (room := room - _row_height(diff, at, width)) >= 0:
        at += 1
    return max(at, top + 1)


def _drawn(diff: DiffText, top: int, last: int, width: int, room: int | None) -> list[Content]:
    """Rows of a diff as the transcript draws them, in at most `room` lines."""
    lines = PreformattedSlice(diff, top, last, 0).lines(width)
    return [_drawn_line(line, width) for line in lines[:room]]


def _drawn_line(line: BlockLine, width: int) -> Content:
    row = Content(line.text, spans=[Span(start, end, style) for start, end, style in line.spans])
    if not line.fill:
        return row
    gap = " " * max(0, width - row.cell_length)
    return Content.assemble(row, gap).stylize_before(line.fill)
