"""The bar for finding words: the words, and how many matches there are."""

from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from tui.widgets.one_line_input import OneLineInput


class FindBar(Horizontal):
    """One line under the transcript, shown while something is looked for."""

    DEFAULT_CSS = """
    FindBar { height: 1; display: none; padding: 0 1; background: $boost; }
    FindBar.-finding { display: block; }
    FindBar Input { width: 1fr; height: 1; margin: 0 1; background: transparent; }
    FindBar Static { width: auto; color: $muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "close", "Close", show=False)]

    @dataclass
    class QueryChanged(Message):
        """The user searches for other words."""

        words: str

    @dataclass
    class NextRequested(Message):
        """The user pressed Enter: go to the next match."""

    @dataclass
    class Closed(Message):
        """The user ended the search."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._input = OneLineInput(placeholder="words in the transcript", compact=True)
        self._input.cursor_blink = False
        self._count = Static("", markup=False)

    @property
    def is_finding(self) -> bool:
        """Whether the bar is open."""
        return self.has_class("-finding")

    def compose(self) -> ComposeResult:
        """The words, and the count."""
        yield Static("find", markup=False)
        yield self._input
        yield self._count

    def open(self, words: str = "", place: str = "the transcript") -> None:
        """Show the bar and put the cursor into it.

        Args:
            words: What to look for; without any, what was looked for last.
            place: Where, as the empty bar names it.
        """
        self._input.placeholder = f"words in {place}"
        self.add_class("-finding")
        self._input.value = words or self._input.value
        self._input.focus()
        if self._input.value:
            self.post_message(self.QueryChanged(self._input.value))

    def show_count(self, at: int, of: int) -> None:
        """Say which of how many matches the transcript shows; 0 of 0 for none."""
        words = f"{at} of {of}" if of else "not found"
        self._count.update(Content(words if self._input.value else ""))

    def action_close(self) -> None:
        """Hide the bar and end the search."""
        self.remove_class("-finding")
        self.post_message(self.Closed())

    def on_input_changed(self, event: Input.Changed) -> None:
        """Search for the words that are typed now."""
        event.stop()
        if self.is_finding:
            self.post_message(self.QueryChanged(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go to the next match."""
        event.stop()
        self.post_message(self.NextRequested())
