"""The text field of the composer: what keys and pastes do to the text being written.

It knows nothing of commands, files or history: it says what happened and `Composer`
decides. The cursor does not blink, so an idle program paints nothing.
"""

import re
import time
from collections.abc import Callable
from typing import ClassVar, Literal

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.timer import Timer

from tui.widgets.chords import drop_chord_character
from tui.widgets.command_bindings import active_binding, command_binding
from tui.widgets.paste_detection import MAX_BURST_PAUSE, PasteDetector
from tui.widgets.paste_folding import FoldedPastes, normalize_paste
from tui.widgets.text_area import Edit, EditResult, Location, Selection, TextArea
from tui.widgets.ticker import certain

PLACEHOLDER = "What should be done?   / commands   @ files   ! shell"

_BEGINNING = re.compile(r"\S{0,40}\s?")
"""What of a paste tells whether the draft still begins with it: its first word."""
_WORD = re.compile(r"\w+|[^\w\s]+|\s+")
"""What a double click selects."""

DraftAction = Literal[
    "submit",
    "complete",
    "editor",
    "stash",
    "picture",
    "search",
    "previous",
    "next",
    "dismiss",
]
"""What a key asks the composer for."""


class Draft(TextArea):
    """A text field that grows with its text, up to ten rows."""

    DEFAULT_CSS = """
    Draft {
        height: auto; max-height: 10; width: 1fr; padding: 0; border: none;
        background: transparent; scrollbar-size: 0 0;
        &:focus { border: none; background: transparent; }
        .text-area--placeholder { color: $muted; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        command_binding("composer.submit", "submit"),
        command_binding("composer.newline", "newline"),
        command_binding("composer.complete", "complete"),
        command_binding("composer.editor", "open_editor"),
        command_binding("composer.undo", "undo"),
        command_binding("composer.redo", "redo"),
        command_binding("composer.yank", "yank"),
        command_binding("composer.stash", "stash"),
        command_binding("composer.picture", "picture"),
        command_binding("history.search", "search_history"),
        command_binding("history.previous", "previous"),
        command_binding("history.next", "next"),
        Binding("escape", "dismiss", "Close the list", show=False),
    ]

    def __init__(
        self,
        *,
        request_action: Callable[[DraftAction], None],
        notify_changed: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """The composer is called, not sent a message, which would arrive after the next letters.

        Args:
            request_action: A key asks for an act of the composer.
            notify_changed: The text changed.
            clock: The one of key events, in seconds.
        """
        self.pastes = FoldedPastes()
        super().__init__(
            compact=True,
            soft_wrap=True,
            tab_behavior="focus",
            show_line_numbers=False,
            highlight_cursor_line=False,
            placeholder=Content(PLACEHOLDER),
        )
        self._placeholder_words = PLACEHOLDER
        self.cursor_blink = False
        self.match_cursor_bracket = False
        self.is_list_open = False
        """Whether a list is open above: up, down, tab and escape belong to it."""
        self.has_suggestion = False
        """Whether Tab has something to put into the empty draft."""
        self._request_action = request_action
        self._notify_changed = notify_changed
        self._now = clock
        self._pasted_beginning = ""
        """What was pasted at the very beginning, as far as it matters."""
        self._killed = ""
        """What the last keys that delete by words or lines took away, to be put back."""
        self._kill_goes_on = False
        """Whether the last key deleted so."""
        self._joins_killed = False
        """Whether what this key deletes is put back together with what the one before did."""
        self._deletes_letter = False
        """Whether the key deletes a letter, not words or lines."""
        self._paste_detector = PasteDetector()
        self._doubt_timer: Timer | None = None
        """Runs while an Enter is in doubt."""
        self._doubted_at = 0.0

    # Text ------------------------------------------------------------------------

    def show_placeholder(self, words: str) -> None:
        """Say something else while nothing is written."""
        if words != self._placeholder_words:
            self._placeholder_words = words
            self.placeholder = Content(words)

    @property
    def full_text(self) -> str:
        """The text with all pastes in full."""
        return self.pastes.unfold(self.text)

    @property
    def before_cursor(self) -> str:
        """The text up to the cursor."""
        return self.get_text_range((0, 0), self.cursor_location)

    def set_text(self, text: str) -> None:
        """Replace everything by `text`, undoably, and put the cursor at its end."""
        self.replace(text, (0, 0), self.document.end)
        self.move_cursor(self.document.end)

    @property
    def begins_with_paste(self) -> bool:
        """Whether the first characters were pasted and not changed since."""
        return bool(self._pasted_beginning) and self.text.startswith(self._pasted_beginning)

    def start_next(self) -> None:
        """Begin the next draft: what was written in this one cannot be undone any more."""
        self.set_text("")
        self._pasted_beginning = ""
        self.history.clear()

    def edit(self, edit: Edit) -> EditResult:
        """Change the text; invisible characters become tokens, and control characters go.

        A token is one piece: an edit that would change a part of it takes all of it.
        """
        start, end = self._around_tokens(*sorted((edit.from_location, edit.to_location)))
        edit.from_location, edit.to_location = start, end
        row, column = start
        before = self.document.get_line(row)[:column][-1:]
        edit.text = self.pastes.show_invisible(normalize_paste(edit.text), before)
        return super().edit(edit)

    def _around_tokens(self, start: Location, end: Location) -> tuple[Location, Location]:
        """The range with all of each token that it begins or ends in; a place within a token is
        the place behind it.
        """
        if start == end:
            place = self._outside_token(start, forward=True)
            return place, place
        return self._outside_token(start, forward=False), self._outside_token(end, forward=True)

    def _outside_token(self, location: Location, *, forward: bool) -> Location:
        row, column = location
        if row < self.document.line_count:
            for start, end in self.pastes.token_spans(self.document.get_line(row)):
                if start < column < end:
                    return row, end if forward else start
        return location

    def _validate_selection(self, selection: Selection) -> Selection:
        """Textual calls this with every move of the cursor: it jumps over a token."""
        start, end = super()._validate_selection(selection)
        end = self._outside_token(end, forward=end > self.selection.end)
        start = end if selection.is_empty else self._outside_token(start, forward=start > end)
        return Selection(start, end)

    @property
    def copied_text(self) -> str:
        """The selected text, pastes in full; empty if nothing is selected."""
        if self.selection.is_empty:
            return ""
        start, end = self._around_tokens(*sorted(self.selection))
        return self.pastes.unfold(self.get_text_range(start, end))

    def put_before_cursor(self, length: int, text: str) -> None:
        """Replace the last `length` characters of the row before the cursor by `text`."""
        row, column = self.cursor_location
        result = self.replace(text, (row, column - length), (row, column))
        self.move_cursor(result.end_location)

    def update_suggestion(self) -> None:
        """Textual calls this after every change of the text, undo included."""
        self._notify_changed()

    # Keys ------------------------------------------------------------------------

    async def press_key(self, event: events.Key) -> None:
        """Take a key at once, before those that are on their way."""
        await self._on_key(event)

    async def _on_key(self, event: events.Key) -> None:
        """Letters are text; our other keys act here, not later, to keep their place among them.

        Left to Textual, they would act after the letters that were typed right behind them.
        """
        drop_chord_character(event)
        self._joins_killed, self._kill_goes_on = self._kill_goes_on, False
        if event.is_printable or event.key == "tab":
            self._resolve_doubt(event.time)
            self._paste_detector.note_key(event.time)
        if event.is_printable:
            await super()._on_key(event)
            return
        active = active_binding(self.screen, event.key)
        if active is not None and active.node is self and active.enabled:
            event.prevent_default()
            if active.binding.id == "composer.submit":
                event.stop()
                self.handle_enter(event.time)
            elif await self.app.run_action(active.binding.action, default_namespace=self):
                event.stop()
        elif event.key == "enter":
            # Bound to nothing here: TextArea would break the line.
            event.prevent_default()

    def handle_enter(self, at: float) -> None:
        """An Enter at time `at`: sends, or breaks the line where it cannot be meant to send."""
        self._resolve_doubt(at)
        if self._is_enter_escaped():
            self._paste_detector.classify_enter(at)
            self.put_before_cursor(1, "\n")
            return
        match self._paste_detector.classify_enter(at):
            case "submit":
                self._request_action("submit")
            case "newline":
                self.action_newline()
            case "wait":
                self._doubted_at = at
                timer = self.set_timer(MAX_BURST_PAUSE, self._settle_doubt_soon)
                self._doubt_timer = certain(timer)

    def _is_enter_escaped(self) -> bool:
        """Whether a backslash before the cursor makes Enter a line end."""
        if not self.selection.is_empty:
            return False
        before = self.before_cursor
        return before.endswith("\\") and not before.endswith("\\\\")

    def _settle_doubt_soon(self) -> None:
        """Settle the doubtful Enter after the keys that have arrived already."""
        self.app.call_later(self.call_later, self._submit_doubtful_enter)

    def _submit_doubtful_enter(self) -> None:
        """Submit: the doubtful Enter was the end of its burst."""
        if self._doubt_timer is not None:
            self._doubt_timer.stop()
            self._doubt_timer = None
            self._request_action("submit")

    def _resolve_doubt(self, at: float) -> None:
        """Another key came while an Enter was in doubt: if soon, that was a line end of a paste."""
        if self._doubt_timer is None:
            return
        if at - self._doubted_at > MAX_BURST_PAUSE:
            self._submit_doubtful_enter()
            return
        self._doubt_timer.stop()
        self._doubt_timer = None
        self._paste_detector.note_line_end()
        self.action_newline()

    def take_back_enter(self) -> bool:
        """Forget a doubtful Enter, so that it sends nothing; False where there is none."""
        if self._doubt_timer is None:
            return False
        self._doubt_timer.stop()
        self._doubt_timer = None
        return True

    def action_submit(self) -> None:
        """Enter, by way of a keymap or a test."""
        self.handle_enter(self._now())

    def action_newline(self) -> None:
        """Break the line at the cursor."""
        self._replace_via_keyboard("\n", *self.selection)

    def action_complete(self) -> None:
        """Complete what is before the cursor; with nothing to complete, move the focus on."""
        if self.is_list_open or self.has_suggestion or self.text:
            self._request_action("complete")
        else:
            self.screen.focus_next()

    def action_open_editor(self) -> None:
        """Ask for the external editor."""
        self._request_action("editor")

    def action_stash(self) -> None:
        """Put the draft aside, or bring it back."""
        self._request_action("stash")

    def action_picture(self) -> None:
        """Attach what is on the clipboard."""
        self._request_action("picture")

    def action_search_history(self) -> None:
        """Ask the composer to search the earlier prompts."""
        self._request_action("search")

    def action_dismiss(self) -> None:
        """Close the list; the text stays."""
        self._request_action("dismiss")

    def action_previous(self) -> None:
        """Up: within the list, within the text, else to the prompt before."""
        if self.is_list_open or self.navigator.is_first_wrapped_line(self.cursor_location):
            self._request_action("previous")
        else:
            self.action_cursor_up()

    def action_next(self) -> None:
        """Down: within the list, within the text, else to the prompt after."""
        if self.is_list_open or self.navigator.is_last_wrapped_line(self.cursor_location):
            self._request_action("next")
        else:
            self.action_cursor_down()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Escape is ours only while a list is open: else it interrupts the turn."""
        return (
            self.is_list_open if action == "dismiss" else super().check_action(action, parameters)
        )

    # The mouse -------------------------------------------------------------------

    def on_click(self, event: events.Click) -> None:
        """Two clicks select a word, three a line: Textual only moves the cursor."""
        if event.chain > 1:
            row, column = self.get_target_document_location(event)
            line = self.document.get_line(row)
            words = (word.span() for word in _WORD.finditer(line))
            start, end = next((span for span in words if span[0] <= column < span[1]), (0, 0))
            if event.chain > 2 or start == end:
                start, end = 0, len(line)
            self.selection = Selection((row, start), (row, end))

    # What is deleted by words and lines, and put back ------------------------------

    def _delete_via_keyboard(self, start: Location, end: Location) -> EditResult | None:
        """Textual calls this for each key that deletes; more than a letter can be put back."""
        result = super()._delete_via_keyboard(start, end)
        if result and (len(result.replaced_text) > 1 or not self._deletes_letter):
            self._keep_killed(result.replaced_text, behind=end > start)
        return result

    def _keep_killed(self, text: str, *, behind: bool) -> None:
        joined = self._killed if self._joins_killed else ""
        self._killed = joined + text if behind else text + joined
        self.history.checkpoint()  # undone one by one
        self._kill_goes_on = True

    def action_delete_left(self) -> None:
        """Backspace: a letter is not kept; a line end that ctrl+u deletes is."""
        self._deletes_letter = True
        super().action_delete_left()
        self._deletes_letter = False

    def action_delete_right(self) -> None:
        """Delete: see `action_delete_left`."""
        self._deletes_letter = True
        super().action_delete_right()
        self._deletes_letter = False

    def action_yank(self) -> None:
        """Put back what was deleted last."""
        if self._killed and (result := self._replace_via_keyboard(self._killed, *self.selection)):
            self.move_cursor(result.end_location)

    # Pastes ----------------------------------------------------------------------

    def _piece_for_picture(self, text: str) -> str:
        """A piece for a picture whose name was pasted or dropped; empty where it is none."""
        if len(text) > 4_096 or "." not in text[-6:]:
            return ""
        from tui.widgets.pasted_pictures import pasted_path, picture_at

        path = pasted_path(text)
        picture = picture_at(path) if path is not None else None
        return self.pastes.add_picture(picture) if picture is not None else ""

    async def _on_paste(self, event: events.Paste) -> None:
        """Pasted text, folded when it is big."""
        event.stop()
        event.prevent_default()
        text = self._piece_for_picture(event.text) or self.pastes.fold(normalize_paste(event.text))
        if min(self.selection) == (0, 0) and (first_word := _BEGINNING.match(text)):
            self._pasted_beginning = first_word[0]
        if result := self._replace_via_keyboard(text, *self.selection):
            self.move_cursor(result.end_location)
