"""The page of `?`: keys and commands of every day in columns."""

from collections.abc import Callable, Sequence

from textual.content import Content

from tui.reports.daily_keys import (
    GAP_CELLS,
    MORE,
    PREFIXES,
    DailyKey,
    daily_commands,
    daily_keys,
    in_columns,
)
from tui.settings.keymap import Keymap
from tui.widgets.line_widget import MUTED, LineWidget, left_and_right


class DailyKeyRows(LineWidget):
    """Keys in columns, commands in a row; nothing to scroll."""

    DEFAULT_CSS = "DailyKeyRows { height: auto; padding: 0 1; }"

    def __init__(self, keymap: Callable[[], Keymap]) -> None:
        """Args: keymap: the keys in use."""
        super().__init__()
        self._keymap = keymap

    def lines(self, width: int, height: int | None = None) -> Sequence[Content]:
        """Keys, commands, and where there are more."""
        keys = [_key_row(row) for row in in_columns(daily_keys(self._keymap()), width)]
        commands = Content.styled("  ".join(daily_commands()), "bold")
        prefixes, more = _listed(PREFIXES), _listed(MORE)
        foot = [left_and_right(prefixes, more, width)]
        if prefixes.cell_length + more.cell_length + GAP_CELLS > width:
            foot = [prefixes, more]
        return [*keys, *commands.wrap(max(1, width)), *foot]

    def action_scroll(self, by: int) -> None:
        """All of it is in view."""

    def refresh_content(self) -> None:
        """Show the keys as they are now."""
        self.rebuild()

    def text_to_copy(self) -> str:
        """All rows."""
        return "\n".join(line.plain.rstrip() for line in self.lines(self.size.width))


def _key_row(row: Sequence[tuple[DailyKey, int]]) -> Content:
    parts = [
        Content.assemble(_entry(each), " " * (cells - each.cells + GAP_CELLS))
        for each, cells in row
    ]
    return Content("").join(parts)


def _entry(each: DailyKey) -> Content:
    return Content.assemble((each.key, "bold"), " ", (each.words, MUTED))


def _listed(entries: Sequence[DailyKey]) -> Content:
    return Content.styled(" · ", MUTED).join([_entry(each) for each in entries])
