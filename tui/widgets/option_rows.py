"""A list to choose from, drawn by one widget; the keys stay with whoever shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from textual import events
from textual.content import Content
from textual.message import Message
from textual.style import Style

from tui.widgets.line_widget import MUTED, LineWidget, left_and_right


class Option(NamedTuple):
    """One row; texts are already cleaned."""

    id: str
    name: str
    detail: str = ""
    """Beside the name, in a column."""
    right: str = ""
    """At the right end."""
    search: str = ""
    """What the option is found by beside the words shown."""
    about: tuple[tuple[str, str], ...] = ()
    """What else there is to know of it, a heading and words a row: shown below a list while the
    option is marked."""


MAX_NAME_CELLS = 24
"""Widest column of names where the details need the room."""
_CACHED_WIDTHS = 10_000
"""Texts whose width is remembered: a list of thousands is measured whole for every letter."""


class OptionRows(LineWidget):
    """Options with one of them marked; shows as many as there is room for."""

    DEFAULT_CSS = "OptionRows { height: auto; max-height: 10; }"
    WHEEL_ROWS = 1

    @dataclass
    class Picked(Message):
        """The user clicked an option."""

        option: Option

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._options: tuple[Option, ...] = ()
        self._marked = 0
        self._enter_takes_mark = True
        self._first_shown = 0
        self._empty = ""
        self._remark = ""

    def show(
        self,
        options: Sequence[Option],
        *,
        marked: int = 0,
        taken: bool = True,
        empty: str = "",
        remark: str = "",
    ) -> None:
        """Show options.

        Args:
            options: The rows.
            marked: Place of the one under the mark.
            taken: Whether Enter takes the marked one even before the mark is moved; where it
                does not, the mark is only faint.
            empty: The text when there are no options.
            remark: A row below the options, which cannot be chosen.
        """
        self._remark = remark
        self._options, self._empty, self._enter_takes_mark = tuple(options), empty, taken
        self._marked = min(max(0, marked), max(0, len(options) - 1))
        self.rebuild()

    @property
    def options(self) -> tuple[Option, ...]:
        """The options in the list."""
        return self._options

    @property
    def marked(self) -> Option | None:
        """The option under the mark."""
        return self._options[self._marked] if self._options else None

    def move(self, by: int, *, wrap: bool = True) -> None:
        """Move the mark, past the ends to the other one unless `wrap` is off."""
        if not self._options:
            return
        self._enter_takes_mark = True
        wanted = self._marked + by
        last = len(self._options) - 1
        self._marked = wanted % (last + 1) if wrap else min(max(0, wanted), last)
        self.rebuild()

    def lines(self, width: int, height: int | None = None) -> Sequence[Content]:
        """The options that fit into the list."""
        if not self._options:
            return [Content.styled(f"  {self._empty}", MUTED)] if self._empty else []
        room = len(self._options) if height is None else max(1, height)
        most = max(0, len(self._options) - room)
        # The window moves only as far as the mark pushes it.
        self._first_shown = min(max(self._first_shown, self._marked - room + 1), self._marked, most)
        names = self._name_cells(width)
        shown = range(self._first_shown, min(self._first_shown + room, len(self._options)))
        rows = [self._row(at, names, width, self._more(at, shown)) for at in shown]
        if self._remark and len(shown) < room:
            rows.append(Content.styled(f"  {self._remark}", MUTED).truncate(width, ellipsis=True))
        return rows

    def _name_cells(self, width: int) -> int:
        """The column of names: as wide as they are, unless details would have to be cut."""
        widest = max(_cells(option.name) for option in self._options)
        details = max(_cells(option.detail) for option in self._options)
        return min(widest, max(MAX_NAME_CELLS, width - details - 4))

    def _more(self, at: int, shown: range) -> str:
        """How many options are out of sight beyond row `at`."""
        below, above = len(self._options) - shown.stop, shown.start
        if below and at == shown[-1]:
            return f"↓ {below} more"
        return f"↑ {above} more" if above and at == shown.start else ""

    def line_count(self, width: int) -> int | None:
        """Known without drawing hundreds of rows."""
        return len(self._options) + bool(self._remark) if self._options else None

    def _row(self, at: int, names: int, width: int, more: str) -> Content:
        option, here = self._options[at], at == self._marked
        mark = "$accent" if self._enter_takes_mark else MUTED
        name = Content.styled(
            option.name, f"bold {mark}" if here and self._enter_takes_mark else ""
        )
        if option.detail:
            name = name.truncate(names, ellipsis=True)
        pad = " " * max(0, names - name.cell_length)
        left = Content.assemble(("▸ " if here else "  ", mark), name)
        if option.detail:
            left = Content.assemble(left, pad, (f"  {option.detail}", MUTED))
        right = Content.styled(more or option.right, MUTED)
        if left.cell_length + right.cell_length + 2 > width and not more:
            # What explains is worth more than what is at the end.
            right = Content("")
        row = left_and_right(left, right, width)
        return row.stylize(Style.from_meta({"option": at}))

    def on_click(self, event: events.Click) -> None:
        """Pick the option under the mouse."""
        at = event.style.meta.get("option")
        if at is not None and at < len(self._options):
            event.stop()
            self._marked = at
            self.rebuild()
            self.post_message(self.Picked(self._options[at]))

    def action_scroll(self, by: int) -> None:
        """Move the mark by the mouse wheel."""
        self.move(by, wrap=False)


@lru_cache(_CACHED_WIDTHS)
def _cells(text: str) -> int:
    """Cells of a line."""
    return len(text) if text.isascii() else Content(text).cell_length
