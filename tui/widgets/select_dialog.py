"""Choosing one of many by a few letters: sessions, prompts to go back to, themes, modes.

`SelectDialog` is a modal screen that gives the id chosen, or None. While the mark moves it calls
`preview`, so that a theme can be tried on before it is taken, and shows below the list what else
there is to know of the marked option.

It is no panel, because every letter goes into the filter, and the letters of a panel are its keys;
because the choice is an answer that its command waits for; and because a theme is tried on over the
whole screen. Pages that are read beside the work, and lists without a filter such as `/model` and
`/diff`, are panels.
"""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input

from tui.widgets.fuzzy_match import best_matches, contained_matches
from tui.widgets.line_widget import MUTED, LineWidget, flatten
from tui.widgets.one_line_input import OneLineInput
from tui.widgets.option_rows import Option, OptionRows

MANY_OPTIONS = 300
"""Options from which on a letter would cost too much time if similar words were looked for, and
would leave too many."""
MOST_ROWS = 20
"""Rows of the list, however tall the terminal."""
FRAME_ROWS = 10
"""Rows of frame, filter and prompt, and some to see what is behind them."""


class SelectDialog(ModalScreen[str | None]):
    """A list with a filter above it; Enter takes, Escape leaves everything as it was."""

    DEFAULT_CSS = """
    SelectDialog { align: left bottom; background: $background 60%; }
    SelectDialog.-clear { background: transparent; }
    #choice-box {
        width: 100%; max-width: 100; height: auto; max-height: 100%; margin-bottom: 4;
        border: round $muted; padding: 0 1; background: $background;
    }
    #choice-box Input { background: transparent; margin-bottom: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave", show=False),
        Binding("ctrl+c", "stop", "Leave", show=False, priority=True),
        Binding("up,ctrl+p", "move(-1)", "Up", show=False, priority=True),
        Binding("down,ctrl+n", "move(1)", "Down", show=False, priority=True),
        Binding("pageup", "move(-8)", "Page up", show=False, priority=True),
        Binding("pagedown", "move(8)", "Page down", show=False, priority=True),
    ]

    def __init__(
        self,
        title: str,
        options: Sequence[Option],
        *,
        current: str | None = None,
        preview: Callable[[str], None] | None = None,
        empty: str = "nothing matches",
        ctrl_c: str | None = None,
        escape: str = "closes",
    ) -> None:
        """Args:
        title: What is chosen.
        options: The choices, in the order shown while nothing is typed.
        current: Id of the one in use; the mark starts there.
        preview: Called with the id under the mark as it moves, and with `current` when the
            user leaves. The screen behind the box is not dimmed then: the effect can be seen.
        empty: The text when no option fits.
        ctrl_c: Id of what ctrl+c chooses; None where it leaves, as Escape does.
        escape: What it means to leave, as a word for the frame.
        """
        super().__init__(classes="-clear" if preview else None)
        self._options = tuple(
            option._replace(
                name=flatten(option.name, 200),
                detail=flatten(option.detail, 200),
                right=flatten(option.right, 200),
            )
            for option in options
        )
        self._searched = [
            f"{shown.name} {shown.detail} {given.search}".casefold()
            for shown, given in zip(self._options, options, strict=True)
        ]
        self._current_id = current
        self._preview = preview
        self._empty = empty
        self._ctrl_c = ctrl_c
        self._escape = escape
        self._heading = title
        self._rows = OptionRows()
        self._about = AboutRows(max((len(option.about) for option in options), default=0))
        self._filter = OneLineInput(placeholder="type to filter", compact=True)
        self._filter.cursor_blink = False
        self._previewed: str | None = current
        self._show_matches("")  # keys that come before the list is mounted move the mark

    def compose(self) -> ComposeResult:
        """The filter and the list."""
        box = Vertical(self._filter, self._rows, self._about, id="choice-box")
        box.border_title = Content(self._heading)
        box.border_subtitle = Content.styled(f"enter chooses · esc {self._escape}", MUTED)
        yield box

    def on_mount(self) -> None:
        """Let letters go into the filter; keys may have moved the mark already."""
        self._preview_marked()
        self._filter.focus()

    def on_key(self, event: events.Key) -> None:
        """A letter that the filter did not take came before it had the focus: it is for it."""
        if event.is_printable and event.character:
            event.stop()
            self._filter.insert_text_at_cursor(event.character)

    def on_resize(self, event: events.Resize) -> None:
        """Leave the list as many rows as there are beside frame and filter.

        The maximum is in cells: Textual 8.2.8 ignores others in a box of automatic height.
        """
        height = event.size.height
        about = self._about.rows + 1 if self._about.rows else 0
        most = height // 2 if self._preview else min(MOST_ROWS, height - FRAME_ROWS - about)
        self._rows.styles.max_height = max(1, most)

    def _matches(self, query: str) -> list[int]:
        if len(self._options) > MANY_OPTIONS:
            return contained_matches(query, self._searched)
        return best_matches(query, self._searched, len(self._searched))

    def _show(self, query: str) -> None:
        self._show_matches(query)
        self._preview_marked()

    def _show_matches(self, query: str) -> None:
        found = [self._options[at] for at in self._matches(query)]
        ids = [option.id for option in found]
        marked = ids.index(self._current_id) if not query and self._current_id in ids else 0
        self._rows.show(found, marked=marked, empty=self._empty)

    def _preview_marked(self) -> None:
        """Say more of the marked option, and let its effect be seen."""
        option = self._rows.marked
        self._about.show(option.about if option else ())
        if self._preview and option and option.id != self._previewed:
            self._previewed = option.id
            self._preview(option.id)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show only the options that match the letters typed."""
        event.stop()
        self._show(event.value.strip())

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter takes what is marked."""
        event.stop()
        option = self._rows.marked
        if option is not None:
            self.dismiss(option.id)

    def on_option_rows_picked(self, message: OptionRows.Picked) -> None:
        """A click takes what is under the mouse."""
        message.stop()
        self.dismiss(message.option.id)

    def on_click(self, event: events.Click) -> None:
        """A click beside the box leaves."""
        if event.widget is self:
            self.action_leave()

    def action_move(self, by: int) -> None:
        """Move the mark by `by` options."""
        self._rows.move(by, wrap=abs(by) == 1)
        if self.is_mounted:
            self._preview_marked()

    def action_stop(self) -> None:
        """What ctrl+c does."""
        if self._ctrl_c is None:
            self.action_leave()
        else:
            self.dismiss(self._ctrl_c)

    def action_leave(self) -> None:
        """Choose nothing; what was tried on is taken back."""
        if self._preview and self._current_id is not None and self._previewed != self._current_id:
            self._preview(self._current_id)
        self.dismiss(None)


class AboutRows(LineWidget):
    """What else there is to know of one option: as many rows for each, so that nothing moves."""

    DEFAULT_CSS = "AboutRows { height: auto; }"

    def __init__(self, rows: int) -> None:
        """Args: rows: those that the option with the most has."""
        super().__init__()
        self.rows = rows
        self._about: Sequence[tuple[str, str]] = ()

    def show(self, about: Sequence[tuple[str, str]]) -> None:
        """Show these headings, and the words beside them, which may be foreign."""
        self._about = [(heading, flatten(words, 400)) for heading, words in about]
        self.rebuild()

    def lines(self, width: int, height: int | None = None) -> Sequence[Content]:
        """A blank row, and the rows."""
        if not self.rows:
            return []
        cells = max((len(heading) for heading, _ in self._about), default=0)
        rows = [
            Content.assemble((f"  {heading.ljust(cells)}  ", MUTED), words).truncate(
                width, ellipsis=True
            )
            for heading, words in self._about
        ]
        return [Content(""), *rows, *[Content("")] * (self.rows - len(rows))]
