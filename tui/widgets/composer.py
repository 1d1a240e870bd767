"""Where prompts are written: text, history, completion, shell commands.

A draft is never lost: Escape closes lists and interrupts turns but leaves the text, and a
text taken away by a command goes into the history first. Every act has a method, so that
keys, palette and tests do the same thing.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message

from tui.widgets.completion import (
    MOST,
    FileNames,
    Place,
    SlashName,
    SlashNames,
    args_hint,
    file_options,
    place,
    sent_by_enter,
    slash_options,
    wanted,
)
from tui.widgets.draft import Act, Draft
from tui.widgets.lines import Lines, flat
from tui.widgets.option_rows import Option, OptionRows
from tui.widgets.prompt_history import PromptHistory
from tui.widgets.text_area import TextArea

List = Literal["", "slash", "file", "search"]
"""What the list above the text shows; empty while it is closed."""


class _Mark(Lines):
    """The sign before the text: what Enter will do with it."""

    DEFAULT_CSS = "_Mark { width: 2; height: 1; color: $accent; }"

    def __init__(self) -> None:
        super().__init__()
        self._sign = "❯"

    def show(self, sign: str) -> None:
        self._sign = sign
        self.rebuild()

    def lines(self, width: int, height: int | None = None) -> Sequence[Content]:
        return [Content.styled(self._sign, "bold")]


class _Remark(Lines):
    """Why the last line was not sent, or what sending the draft costs, in as many rows as it
    takes.
    """

    DEFAULT_CSS = "_Remark { height: auto; max-height: 4; padding: 0 1; }"

    def __init__(self) -> None:
        super().__init__()
        self._sentence = ""

    def show(self, sentence: str) -> None:
        self._sentence = flat(sentence, 400)
        self.display = bool(sentence)
        self.rebuild()

    def on_mount(self) -> None:
        self.display = bool(self._sentence)

    def lines(self, width: int, height: int | None = None) -> Sequence[Content]:
        return Content.styled(self._sentence, "$warning").wrap(max(1, width))


class Composer(Vertical):
    """The text field with its list; posts what the user sends."""

    DEFAULT_CSS = """
    Composer {
        height: auto; border-top: solid $gauge-track;
        #composer-row { height: auto; padding: 0 1; }
        #composer-list { display: none; padding: 0 1; }
        &.-listing #composer-list { display: block; }
        &.-shell { border-top: solid $warning; }
        &.-shell _Mark { color: $warning; }
        &.-search { border-top: solid $accent; }
    }
    """
    HELP: ClassVar[str | None] = "`/` commands · `@` files · `!` shell · ↑ earlier prompts"

    @dataclass
    class Submitted(Message):
        """A prompt, or a line that begins with a slash; pastes in full."""

        text: str

    @dataclass
    class ShellRequested(Message):
        """A command for the user's shell, without its `!`."""

        command: str

    @dataclass
    class EditorRequested(Message):
        """Write `text` in the external editor; give it back with `put`."""

        text: str

    @dataclass
    class Emptied(Message):
        """The draft became empty, or stopped being it."""

        empty: bool

    def __init__(
        self,
        *,
        commands: SlashNames = tuple,
        files: FileNames | None = None,
        history: Iterable[str] = (),
        price: Callable[[str], str] = lambda text: "",
        clock: Callable[[], float] = time.monotonic,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """Args:
        commands: The slash commands on offer, asked for when a slash is typed.
        files: Finds paths for `@`; None offers none.
        history: Earlier prompts, the oldest first.
        price: What sending a draft costs beyond the usual, as a sentence, or nothing; asked
            with every change of the draft, so it has to be quick.
        clock: Of key events, in seconds.
        """
        super().__init__(id=id, classes=classes)
        self.draft = Draft(asked=self._act, changed=self._follow, clock=clock)
        self.history = PromptHistory(history)
        self._written: list[str] = []
        """What was sent or put away in this run, the oldest first."""
        self._price = price
        self._commands = commands
        self._files = files
        self._remark = _Remark()
        self._suggestion = ""
        """A line that Tab puts into the empty draft: what was probably meant by a refused one."""
        self._rows = OptionRows(id="composer-list")
        self._mark = _Mark()
        self._list: List = ""
        self._closed_for: Place | None = None
        """Where the user closed the list: it stays closed for as long as it would be there."""
        self._before_search = ""
        self._moved = False
        """Whether the mark of the list was moved: what is marked is meant."""
        self._sends = True
        """Whether Enter takes what is marked even if the mark was not moved."""
        self._was_empty = True

    def compose(self) -> ComposeResult:
        """The list above, the mark and the text below it."""
        yield self._remark
        yield self._rows
        with Horizontal(id="composer-row"):
            yield self._mark
            yield self.draft

    # What there is ---------------------------------------------------------------

    @property
    def text(self) -> str:
        """The draft, pastes in full."""
        return self.draft.unfolded

    @property
    def is_empty(self) -> bool:
        """Whether nothing is written: only then may a question take the keys."""
        return not self.draft.text

    @property
    def listing(self) -> bool:
        """Whether the list is open: Escape closes it before it means anything else."""
        return self._list != ""

    def focus(self, scroll_visible: bool = True) -> "Composer":
        """Put the cursor into the text."""
        self.draft.focus(scroll_visible)
        return self

    def take_keys(self) -> None:
        """Have the keys, from the very next one on; `focus` comes after those on their way."""
        self.screen.set_focus(self.draft)

    # What can be done ------------------------------------------------------------

    def put(self, text: str) -> None:
        """Replace the draft by `text`, such as what an editor or a rewind gives back."""
        self._close()
        self.draft.put(text)

    def propose(self, text: str) -> None:
        """Replace the draft by `text`; what was written can be had again as the prompt before."""
        self.put_away()
        self._put_closed(text)

    def give_back(self, text: str) -> None:
        """Put `text`, which could not be sent, before what has been written since."""
        self._close()
        self._put_closed("\n".join(part for part in (text, self.draft.text) if part))

    def refuse(self, text: str, sentence: str = "", suggestion: str = "") -> None:
        """Say why `text` is not sent. It is the prompt before, and nothing is put behind it.

        Args:
            text: The line as typed.
            sentence: Why; empty where that is said elsewhere.
            suggestion: A line that was probably meant; Tab puts it into the empty draft.
        """
        if text not in self._written[-1:]:
            self._remember(text)
        self._remark.show(sentence)
        self._suggest(suggestion)

    def _suggest(self, suggestion: str) -> None:
        self._suggestion = suggestion
        self.draft.suggested = bool(suggestion)

    def type(self, text: str) -> None:
        """Insert `text` at the cursor."""
        self.draft.insert(text)

    def put_away(self) -> None:
        """Clear the draft; it can be had again as the prompt before."""
        self._close()
        self._remember(self.text)
        self._clear()

    def remember(self, prompts: Iterable[str]) -> None:
        """Set the earlier prompts, the oldest first; those of this run stay, as the newest."""
        self.history = PromptHistory([*prompts, *self._written])

    def _remember(self, text: str) -> None:
        self._written.append(text)
        self.history.add(text)

    def submit(self) -> None:
        """Send the draft, or take what is marked in the list."""
        if self._list and self._take(sending=True):
            return
        text = self.text
        if not text.strip():
            return
        self._remember(text)
        self._clear()
        if text.startswith("!"):
            self.post_message(self.ShellRequested(text[1:].strip()))
        else:
            self.post_message(self.Submitted(text))

    def complete(self) -> None:
        """Take what is marked in the list or was suggested, or open the list."""
        if self._suggestion and self.is_empty:
            self._put_closed(self._suggestion)
            return
        if not (self._list and self._take(sending=False)):
            self._closed_for = None
            self._offer()

    def open_editor(self) -> None:
        """Ask for the external editor."""
        self._close()
        self.post_message(self.EditorRequested(self.text))

    def search_history(self) -> None:
        """Find an earlier prompt by its words; the draft is kept for Escape."""
        if self._list == "search":
            self._rows.move(1)
            return
        self._before_search = self.draft.text
        self._open("search")
        self._offer()

    def dismiss(self) -> None:
        """Close the list; a search gives the draft back."""
        searching = self._list == "search"
        self._close()
        if searching:
            self._put_closed(self._before_search)
        else:
            self._closed_for = place(self.draft.before_cursor)

    def previous(self) -> None:
        """The prompt before, or the option above."""
        if self._list:
            self._move(-1)
        else:
            self._recall(self.history.older(self.draft.text))

    def next(self) -> None:
        """The prompt after, or the option below."""
        if self._list:
            self._move(1)
        else:
            self._recall(self.history.newer(self.draft.text))

    def _move(self, by: int) -> None:
        self._rows.move(by)
        self._moved = True

    def run_in_order(self, act: Callable[[], object]) -> None:
        """Do `act` after the keys that came before it, however fast they came."""
        self.draft.call_later(act)

    # How it is done --------------------------------------------------------------

    def _act(self, act: Act) -> None:
        """A key of the draft asks for an act."""
        acts: dict[Act, Callable[[], None]] = {
            "submit": self.submit,
            "complete": self.complete,
            "editor": self.open_editor,
            "search": self.search_history,
            "previous": self.previous,
            "next": self.next,
            "dismiss": self.dismiss,
        }
        acts[act]()

    def _follow(self) -> None:
        """Follow the text: mark, list, and whether there is any."""
        if not self.is_empty:
            self._remark.show(self._price(self.draft.text))
            self._suggest("")
        self._look()
        self._offer()
        if self.is_empty != self._was_empty:
            self._was_empty = self.is_empty
            self.post_message(self.Emptied(self._was_empty))

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Nobody above needs each letter."""
        event.stop()

    def on_option_rows_picked(self, message: OptionRows.Picked) -> None:
        """A click on an option takes it."""
        message.stop()
        self._take(sending=False)
        self.draft.focus()

    def _look(self) -> None:
        shell = self.draft.text.startswith("!") and self._list != "search"
        self.set_class(shell, "-shell")
        self.set_class(self._list == "search", "-search")
        self._mark.show("?" if self._list == "search" else "$" if shell else "❯")

    def _clear(self) -> None:
        self.draft.put("")
        self.draft.pastes.forget()

    def _recall(self, text: str | None) -> None:
        if text is not None:
            self._put_closed(text)

    def _put_closed(self, text: str) -> None:
        """Put in `text` that was written before: nothing in it asks for completion."""
        self._closed_for = place(text)
        self.draft.put(text)

    def _offer(self) -> None:
        """Open, fill or close the list, after what stands before the cursor."""
        if self._list == "search":
            self._show_prompts()
            return
        before = self.draft.before_cursor
        here = place(before)
        if here is not None and here == self._closed_for:
            return
        self._closed_for = None
        asked = wanted(before)
        if asked is None:
            self._hint(args_hint(before, self._commands()) if before.startswith("/") else "")
        elif asked.kind == "slash":
            names = self._commands()
            options = slash_options(asked.query, names)
            self._fill("slash", options, sent_by_enter(asked.query, names, options))
        elif self._files is not None:
            self.run_worker(
                self._find_files(before, asked.query, self._files),
                group="complete",
                exclusive=True,
                exit_on_error=False,
            )

    async def _find_files(self, before: str, query: str, files: FileNames) -> None:
        options = await file_options(query, files)
        if self.draft.before_cursor == before and self._list != "search":
            self._fill("file", options)

    def _show_prompts(self) -> None:
        found = self.history.matching(self.draft.text, MOST)
        options = [Option(prompt, flat(prompt, 400)) for prompt in found]
        self._rows.show(options, empty="no earlier prompt has these words")

    def _fill(self, kind: List, options: Sequence[Option], sent: int | None = 0) -> None:
        """Show options, the mark at the one that Enter takes; it may take none of them."""
        self._moved, self._sends = False, sent is not None
        if options:
            self._open(kind)
            self._rows.show(options, marked=sent or 0, taken=self._sends)
        else:
            self._close()

    def _hint(self, hint: str) -> None:
        """Nothing to choose, but something to say about what may follow."""
        self._close()
        if hint:
            self._rows.show((), empty=hint)
            self.add_class("-listing")

    def _open(self, kind: List) -> None:
        self._list = kind
        self.draft.completing = True
        self.add_class("-listing")
        self._look()

    def _close(self) -> None:
        self._list = ""
        self.draft.completing = False
        self.remove_class("-listing")
        self._look()

    def _take(self, *, sending: bool) -> bool:
        """Take the marked option; says whether that was all Enter or Tab was for."""
        option, kind = self._rows.marked, self._list
        if option is None:
            return kind == "search"
        self._close()
        if kind == "search":
            self._put_closed(option.id)
            return True
        asked = wanted(self.draft.before_cursor)
        if asked is None:
            return False
        if kind == "file":
            self.draft.put_before_cursor(len(asked.query), option.id + " ")
            return True
        if sending and not (self._moved or self._sends):
            return False  # sent as it stands, to hear that there is no such command
        by_name = sending and self._moved and self._must_be_typed(asked.query, option.id)
        self.draft.put_before_cursor(len(asked.query), option.id + ("" if sending else " "))
        return not sending or by_name or self._goes_on(option.id)

    def _must_be_typed(self, typed: str, name: str) -> bool:
        """Whether Enter only completes the marked command: another Enter sends it."""
        row = self._row_of(name)
        return row.exact and typed.casefold() not in row.slash

    def _row_of(self, name: str) -> SlashName:
        rows = (row for row in self._commands() if name in row.slash)
        return next(rows, SlashName(name, ""))

    def _goes_on(self, name: str) -> bool:
        """Whether the command `name` cannot be sent yet: it waits for what must follow."""
        row = self._row_of(name)
        if row.needs_args:
            self.draft.insert(" ")
        return row.needs_args
