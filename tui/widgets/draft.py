"""The text field of the composer: what keys and pastes do to the text being written.

It knows nothing of commands, files or history: it says what happened and `Composer`
decides. The cursor does not blink, so an idle program paints nothing.
"""

import time
from collections.abc import Callable
from typing import ClassVar, Literal

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.timer import Timer

from tui.widgets.bound import bound
from tui.widgets.chords import silence
from tui.widgets.pastes import Pastes, normalized
from tui.widgets.text_area import Edit, EditResult, TextArea
from tui.widgets.typing_burst import SETTLE, TypingBurst

PLACEHOLDER = "What should be done?   / commands   @ files   ! shell"

Act = Literal["submit", "complete", "editor", "search", "previous", "next", "dismiss"]
"""What a key asks the composer for."""


class Draft(TextArea):
    """A text field that grows with its text, up to ten rows."""

    DEFAULT_CSS = """
    Draft {
        height: auto; max-height: 10; width: 1fr; padding: 0; border: none;
        background: transparent; scrollbar-size: 0 0;
        &:focus { border: none; background: transparent; }
    }
    """
    HELP: ClassVar[str | None] = "Enter sends. Shift+Enter, Ctrl+J or \\ and Enter start a line."
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("composer.submit", "submit"),
        bound("composer.newline", "newline"),
        bound("composer.complete", "complete"),
        bound("composer.editor", "open_editor"),
        bound("history.search", "search_history"),
        bound("history.previous", "previous"),
        bound("history.next", "next"),
        Binding("escape", "dismiss", "Close the list", show=False),
    ]

    def __init__(
        self,
        *,
        asked: Callable[[Act], None],
        changed: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Called, not messaged: a message would arrive after the letters typed behind it.

        Args:
            asked: A key asks for an act of the composer.
            changed: The text changed.
            clock: The one of key events, in seconds.
        """
        super().__init__(
            compact=True,
            soft_wrap=True,
            tab_behavior="focus",
            show_line_numbers=False,
            highlight_cursor_line=False,
            placeholder=Content(PLACEHOLDER),
        )
        self.cursor_blink = False
        self.match_cursor_bracket = False
        self.pastes = Pastes()
        self.completing = False
        """Whether a list is open above: up, down, tab and escape belong to it."""
        self.suggested = False
        """Whether Tab has something to put into the empty draft."""
        self._asked = asked
        self._changed = changed
        self._now = clock
        self._burst = TypingBurst()
        self._doubtful: Timer | None = None
        """Runs while an Enter is in doubt."""
        self._doubted_at = 0.0

    # Text ------------------------------------------------------------------------

    @property
    def unfolded(self) -> str:
        """The text with all pastes in full."""
        return self.pastes.unfold(self.text)

    @property
    def before_cursor(self) -> str:
        """The text up to the cursor."""
        return self.get_text_range((0, 0), self.cursor_location)

    def put(self, text: str) -> None:
        """Replace everything by `text`, undoably, and stand at its end."""
        self.replace(text, (0, 0), self.document.end)
        self.move_cursor(self.document.end)

    def edit(self, edit: Edit) -> EditResult:
        """Change the text; what is put in is seen, and nothing in it is obeyed by a terminal."""
        row, column = min(edit.from_location, edit.to_location)
        before = self.document.get_line(row)[:column][-1:]
        edit.text = self.pastes.visible(normalized(edit.text), before)
        return super().edit(edit)

    def put_before_cursor(self, length: int, text: str) -> None:
        """Replace the last `length` characters of the row before the cursor by `text`."""
        row, column = self.cursor_location
        result = self.replace(text, (row, column - length), (row, column))
        self.move_cursor(result.end_location)

    def update_suggestion(self) -> None:
        """Textual calls this after every change of the text, undo included."""
        self._changed()

    # Keys ------------------------------------------------------------------------

    async def press(self, event: events.Key) -> None:
        """Take a key at once, before those that are on their way."""
        await self._on_key(event)

    async def _on_key(self, event: events.Key) -> None:
        """Letters are text; our other keys act here, not later, to keep their place among them.

        Left to Textual, they would act after the letters that were typed right behind them.
        """
        silence(event)
        if event.is_printable or event.key == "tab":
            self._settle(event.time)
            self._burst.key(event.time)
        if event.is_printable:
            await super()._on_key(event)
            return
        active = self.screen.active_bindings.get(event.key)
        if active is not None and active.node is self and active.enabled:
            event.prevent_default()
            if active.binding.id == "composer.submit":
                event.stop()
                self.enter(event.time)
            elif await self.app.run_action(active.binding.action, default_namespace=self):
                event.stop()
        elif event.key == "enter":
            # Bound to nothing here: TextArea would break the line.
            event.prevent_default()

    def enter(self, at: float) -> None:
        """An Enter at time `at`: sends, or breaks the line where it cannot be meant to send."""
        self._settle(at)
        if self._escaped():
            self._burst.enter(at)
            self.put_before_cursor(1, "\n")
            return
        match self._burst.enter(at):
            case "submit":
                self._asked("submit")
            case "newline":
                self.action_newline()
            case "wait":
                self._doubted_at = at
                self._doubtful = self.set_timer(SETTLE, self._nothing_followed)

    def _escaped(self) -> bool:
        """Whether a backslash before the cursor makes Enter a line end."""
        if not self.selection.is_empty:
            return False
        before = self.before_cursor
        return before.endswith("\\") and not before.endswith("\\\\")

    def _nothing_followed(self) -> None:
        """The time is up; keys that have come already, and were not seen yet, go first."""
        self.app.call_later(self.call_later, self._was_enter)

    def _was_enter(self) -> None:
        """The doubtful Enter was the end of its burst, and meant."""
        if self._doubtful is not None:
            self._doubtful.stop()
            self._doubtful = None
            self._asked("submit")

    def _settle(self, at: float) -> None:
        """Another key came while an Enter was in doubt: if soon, that was a line end of a paste."""
        if self._doubtful is None:
            return
        if at - self._doubted_at > SETTLE:
            self._was_enter()
            return
        self._doubtful.stop()
        self._doubtful = None
        self._burst.was_line_end()
        self.action_newline()

    def action_submit(self) -> None:
        """Enter, by way of a keymap or a test."""
        self.enter(self._now())

    def action_newline(self) -> None:
        """Break the line at the cursor."""
        self._replace_via_keyboard("\n", *self.selection)

    def action_complete(self) -> None:
        """Complete what stands before the cursor; with nothing to complete, go on by Tab."""
        if self.completing or self.suggested or self.text:
            self._asked("complete")
        else:
            self.screen.focus_next()

    def action_open_editor(self) -> None:
        """Ask for the external editor."""
        self._asked("editor")

    def action_search_history(self) -> None:
        """Ask for earlier prompts."""
        self._asked("search")

    def action_dismiss(self) -> None:
        """Close the list; the text stays."""
        self._asked("dismiss")

    def action_previous(self) -> None:
        """Up: within the list, within the text, else to the prompt before."""
        if self.completing or self.navigator.is_first_wrapped_line(self.cursor_location):
            self._asked("previous")
        else:
            self.action_cursor_up()

    def action_next(self) -> None:
        """Down: within the list, within the text, else to the prompt after."""
        if self.completing or self.navigator.is_last_wrapped_line(self.cursor_location):
            self._asked("next")
        else:
            self.action_cursor_down()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Escape is ours only while a list is open: else it interrupts the turn."""
        return self.completing if action == "dismiss" else super().check_action(action, parameters)

    def action_delete_left(self) -> None:
        """A folded paste goes as a whole."""
        token = self.pastes.token_ending(self.before_cursor) if self.selection.is_empty else ""
        if token:
            self.put_before_cursor(len(token), "")
        else:
            super().action_delete_left()

    # Pastes ----------------------------------------------------------------------

    async def _on_paste(self, event: events.Paste) -> None:
        """Pasted text, folded when it is big."""
        event.stop()
        event.prevent_default()
        text = self.pastes.fold(normalized(event.text))
        if result := self._replace_via_keyboard(text, *self.selection):
            self.move_cursor(result.end_location)
