"""Where prompts are written: text, history, completion, shell commands.

A draft is never lost: Escape closes lists and interrupts turns but leaves the text, and a
text taken away by a command goes into the history first. Every action is a method, so
that keys, palette and tests do the same thing.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message

from tui.slash_lines import absent_command_sentence
from tui.widgets.completion import (
    MAX_OPTIONS,
    CompletionAnchor,
    CompletionQuery,
    FileNames,
    SlashName,
    SlashNames,
    args_hint,
    completion_anchor,
    completion_query,
    file_options,
    file_reference,
    option_sent_by_enter,
    slash_options,
)
from tui.widgets.draft import Draft, DraftAction
from tui.widgets.enter_delivery import EnterDelivery
from tui.widgets.line_widget import LineWidget, flatten
from tui.widgets.option_rows import Option, OptionRows
from tui.widgets.prompt_history import PromptHistory
from tui.widgets.text_area import TextArea

if TYPE_CHECKING:
    from tui.widgets.draft_aside import DraftAside
    from tui.widgets.pasted_pictures import Picture

ListKind = Literal["", "slash", "file", "search"]
"""What the list above the text shows; empty while it is closed."""


class _PromptSign(LineWidget):
    """The sign before the text: what Enter will do with it."""

    DEFAULT_CSS = "_PromptSign { width: 2; height: 1; color: $accent; }"

    def __init__(self) -> None:
        super().__init__()
        self._sign = "❯"

    def show(self, sign: str) -> None:
        self._sign = sign
        self.rebuild()

    def lines(self, width: int, height: int | None = None) -> Sequence[Content]:
        return [Content.styled(self._sign, "bold")]


class _ComposerRemark(LineWidget):
    """Why the last line was not sent, or what sending the draft costs, in as many rows as it
    takes.
    """

    DEFAULT_CSS = "_ComposerRemark { height: auto; max-height: 4; padding: 0 1; }"

    def __init__(self) -> None:
        super().__init__()
        self.sentence = ""
        """On one line."""

    def show(self, sentence: str) -> None:
        self.sentence = flatten(sentence, 400)
        self.display = bool(sentence)
        self.rebuild()

    def on_mount(self) -> None:
        self.display = bool(self.sentence)

    def lines(self, width: int, height: int | None = None) -> Sequence[Content]:
        return Content.styled(self.sentence, "$warning").wrap(max(1, width))


class Composer(Vertical):
    """The text field with its list; posts what the user sends."""

    DEFAULT_CSS = """
    Composer {
        height: auto; border-top: solid $rule;
        #composer-row { height: auto; padding: 0 1; }
        #composer-list { display: none; padding: 0 1; }
        &.-listing #composer-list { display: block; }
        &.-shell { border-top: solid $accent; }
        &.-shell _PromptSign { color: $accent; }
        &.-search { border-top: solid $accent; }
    }
    """

    @dataclass
    class Submitted(Message):
        """A prompt, or a line that begins with a slash; pastes in full."""

        text: str
        pasted: bool = False
        """Whether its beginning was pasted."""

    @dataclass
    class ShellRequested(Message):
        """A command for the user's shell, without its `!`."""

        command: str

    @dataclass
    class PictureRequested(Message):
        """The user wants to attach the picture on the clipboard."""

    @dataclass
    class EditorRequested(Message):
        """Write `text` in the external editor; give it back with `put`."""

        text: str

    @dataclass
    class EmptyChanged(Message):
        """The draft became empty, or stopped being it."""

        empty: bool

    def __init__(
        self,
        *,
        commands: SlashNames = tuple,
        files: FileNames | None = None,
        history: Iterable[str] = (),
        price: Callable[[str], str] = lambda text: "",
        take_queued: Callable[[], str | None] = lambda: None,
        watch: Callable[[], None] = lambda: None,
        stash_key: Callable[[], str] = lambda: "ctrl+s",
        clock: Callable[[], float] = time.monotonic,
        id: str | None = None,
    ) -> None:
        """Args:
        commands: The slash commands on offer, asked for when a slash is typed.
        files: Finds paths for `@`; None offers none.
        history: Earlier prompts, the oldest first.
        price: What sending a draft costs beyond the usual, as a sentence, or nothing; asked
            with every change of the draft, so it has to be quick.
        take_queued: Takes back what was sent last and waits; None where nothing does.
        watch: Called with every change of the draft, so it has to be quick.
        stash_key: The key that brings back a draft that was put aside; empty without one.
        clock: Of key events, in seconds.
        """
        super().__init__(id=id)
        self.draft = Draft(
            request_action=self._run_draft_action, notify_changed=self._draft_changed, clock=clock
        )
        self.history = PromptHistory(history)
        self._sent_prompts: list[str] = []
        """What was sent or put away in this run, the oldest first."""
        self._price = price
        self._take_queued = take_queued
        self._watch = watch
        self._stash_key = stash_key
        self._commands = commands
        self._files = files
        self._remark = _ComposerRemark()
        self._aside: DraftAside | None = None
        """Drafts that were put aside; made for the first one."""
        self._suggestion = ""
        """A line that Tab puts into the empty draft: what was probably meant by a refused one."""
        self._tab_act: Callable[[], None] | None = None
        """What Tab does in the empty draft, where nothing was suggested."""
        self._rows = OptionRows(id="composer-list")
        self._prompt_sign = _PromptSign()
        self._list_kind: ListKind = ""
        self._dismissed_at: CompletionAnchor | None = None
        """Where the user closed the list: it stays closed for as long as it would be there."""
        self._before_search = ""
        self._mark_moved = False
        """Whether the user moved the mark of the list: then Enter takes the marked option."""
        self._enter_takes_mark = True
        """Whether Enter takes what is marked even if the mark was not moved."""
        self._was_empty = True
        self.enter_delivery = EnterDelivery()

    def compose(self) -> ComposeResult:
        """The list above, the mark and the text below it."""
        yield self._remark
        yield self._rows
        with Horizontal(id="composer-row"):
            yield self._prompt_sign
            yield self.draft

    # What there is ---------------------------------------------------------------

    @property
    def text(self) -> str:
        """The draft, pastes in full."""
        return self.draft.full_text

    @property
    def is_empty(self) -> bool:
        """Whether nothing is written: only then may a question take the keys."""
        return not self.draft.text

    @property
    def is_list_open(self) -> bool:
        """Whether the list is open: Escape closes it before it means anything else."""
        return self._list_kind != ""

    def focus(self, scroll_visible: bool = True) -> "Composer":
        """Put the cursor into the text."""
        self.draft.focus(scroll_visible)
        return self

    def take_focus_now(self) -> None:
        """Take the focus at once, before the next key; `focus` waits for keys on their way."""
        self.screen.set_focus(self.draft)

    # What can be done ------------------------------------------------------------

    def set_draft(self, text: str) -> None:
        """Replace the draft by `text`, such as what an editor or a rewind gives back."""
        self._close()
        self.draft.set_text(text)

    def propose(self, text: str) -> None:
        """Replace the draft by `text`; `previous_prompt` brings back what was written."""
        self.stash_draft()
        self._set_draft_without_list(text)

    def restore_draft(self, text: str) -> None:
        """Put `text`, which could not be sent, before what has been written since."""
        self._close()
        self._set_draft_without_list("\n".join(part for part in (text, self.draft.text) if part))

    def refuse(self, text: str, sentence: str = "", suggestion: str = "") -> None:
        """Say why `text` is not sent. It is the prompt before, and nothing is put behind it.

        Args:
            text: The line as typed.
            sentence: Why; empty where something else says it.
            suggestion: A line that was probably meant; Tab puts it into the empty draft.
        """
        if text not in self._sent_prompts[-1:]:
            self._add_to_history(text)
        self._remark.show(sentence)
        self._suggest(suggestion)

    def show_remark(self, sentence: str) -> None:
        """Say something above the text till the draft changes; empty takes it back."""
        self._remark.show(sentence)

    def take_back_remark(self, sentence: str) -> None:
        """Take a remark back, unless another one has replaced it."""
        if self._remark.sentence == flatten(sentence, 400):
            self._remark.show("")

    def _suggest(self, suggestion: str) -> None:
        self._suggestion = suggestion
        self._update_tab()

    def offer_tab(self, act: Callable[[], None] | None) -> None:
        """Let Tab in the empty draft do something; None: it moves the focus on again."""
        self._tab_act = act
        self._update_tab()

    def _update_tab(self) -> None:
        self.draft.has_suggestion = bool(self._suggestion) or self._tab_act is not None

    def insert_text(self, text: str) -> None:
        """Insert `text` at the cursor."""
        self.draft.insert(text)

    def stash_draft(self) -> None:
        """Clear the draft; `previous_prompt` brings it back, or an undo."""
        self._close()
        self._add_to_history(self.text)
        self.draft.set_text("")

    def put_aside(self) -> None:
        """Put the draft aside; in an empty prompt bring back what was put aside."""
        if self.is_empty:
            if self._aside is not None and (text := self._aside.take()):
                self._set_draft_without_list(text)
            return
        if self._aside is None:
            from tui.widgets.draft_aside import DraftAside

            self._aside = DraftAside(self._stash_key)
            self.mount(self._aside, before=self._rows)
        self._close()
        self._aside.put(self.draft.text, self.text)
        self.draft.set_text("")

    def request_picture(self) -> None:
        """Ask for the picture on the clipboard."""
        self.post_message(self.PictureRequested())

    def attach_picture(self, picture: "Picture") -> None:
        """Put a picture into the draft, as one piece."""
        row, column = self.draft.cursor_location
        before = self.draft.document.get_line(row)[:column][-1:]
        blank = "" if before in ("", " ") else " "
        self.draft.insert(f"{blank}{self.draft.pastes.add_picture(picture)} ")

    def set_history(self, prompts: Iterable[str]) -> None:
        """Set the earlier prompts, the oldest first; those of this run stay, as the newest."""
        self.history = PromptHistory([*prompts, *self._sent_prompts])

    def _add_to_history(self, text: str) -> None:
        self._sent_prompts.append(text)
        self.history.add(text)

    def submit(self) -> None:
        """Send the draft, or take what is marked in the list."""
        if self._list_kind and self._accept_marked(sending=True):
            return
        text = self.text
        if not text.strip():
            return
        pasted = self.draft.begins_with_paste
        self._add_to_history(text)
        self._clear()
        if text.startswith("!") and not pasted:
            self.post_message(self.ShellRequested(text[1:].strip()))
        else:
            self.post_message(self.Submitted(text, pasted))
        self.enter_delivery.follow(self, self.parent)

    def complete(self) -> None:
        """Take what is marked in the list or was suggested, or open the list."""
        if self._suggestion and self.is_empty:
            self._set_draft_without_list(self._suggestion)
            return
        if self._tab_act is not None and self.is_empty:
            self._tab_act()
            return
        if not (self._list_kind and self._accept_marked(sending=False)):
            self._dismissed_at = None
            self._update_list()

    def open_editor(self) -> None:
        """Ask for the external editor."""
        self._close()
        self.post_message(self.EditorRequested(self.text))

    def search_history(self) -> None:
        """Find an earlier prompt by its words; the draft is kept for Escape."""
        if self._list_kind == "search":
            self._rows.move(1)
            return
        self._before_search = self.draft.text
        self._open("search")
        self._update_list()

    def dismiss(self) -> None:
        """Close the list; a search gives the draft back."""
        searching = self._list_kind == "search"
        self._close()
        if searching:
            self._set_draft_without_list(self._before_search)
        else:
            self._dismissed_at = completion_anchor(self.draft.before_cursor)

    def previous_prompt(self) -> None:
        """Take back what waits, bring back the prompt before, or move to the option above."""
        if self._list_kind:
            self._move(-1)
        elif self.is_empty and self.history.at_draft and (queued := self._take_queued()):
            self._recall(queued)
        else:
            self._recall(self.history.older(self.draft.text))

    def next_prompt(self) -> None:
        """Bring back the prompt after, or move to the option below."""
        if self._list_kind:
            self._move(1)
        else:
            self._recall(self.history.newer(self.draft.text))

    def _move(self, by: int) -> None:
        self._rows.move(by)
        self._mark_moved = True

    def run_after_keys(self, act: Callable[[], object]) -> None:
        """Call `act` after the keys that came before it, however fast they came."""
        self.draft.call_later(act)

    # How it is done --------------------------------------------------------------

    def _run_draft_action(self, act: DraftAction) -> None:
        """Do what a key of the draft asks for."""
        acts: dict[DraftAction, Callable[[], None]] = {
            "submit": self.submit,
            "complete": self.complete,
            "editor": self.open_editor,
            "stash": self.put_aside,
            "picture": self.request_picture,
            "search": self.search_history,
            "previous": self.previous_prompt,
            "next": self.next_prompt,
            "dismiss": self.dismiss,
        }
        acts[act]()

    def _draft_changed(self) -> None:
        """Follow the text: prompt sign, list, and whether the draft is empty."""
        if not self.is_empty:
            self._remark.show(self._price(self.draft.text))
            self._suggest("")
        self._update_look()
        self._update_list()
        self._watch()
        if self.is_empty != self._was_empty:
            self._was_empty = self.is_empty
            self.post_message(self.EmptyChanged(self._was_empty))

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Keep each letter from the widgets above, which do not need it."""
        event.stop()

    def on_option_rows_picked(self, message: OptionRows.Picked) -> None:
        """A click on an option takes it."""
        message.stop()
        self._accept_marked(sending=False)
        self.draft.focus()

    def _update_look(self) -> None:
        shell = self.draft.text.startswith("!") and self._list_kind != "search"
        self.set_class(shell, "-shell")
        self.set_class(self._list_kind == "search", "-search")
        self._prompt_sign.show("?" if self._list_kind == "search" else "$" if shell else "❯")

    def _clear(self) -> None:
        self.draft.start_next()

    def _recall(self, text: str | None) -> None:
        if text is not None:
            self._set_draft_without_list(self.draft.pastes.refold(text))

    def _set_draft_without_list(self, text: str) -> None:
        """Put in `text` that was written before: nothing in it asks for completion."""
        self._dismissed_at = completion_anchor(text)
        self.draft.set_text(text)

    def _update_list(self) -> None:
        """Open, fill or close the list, after what is before the cursor."""
        if self._list_kind == "search":
            self._show_prompts()
            return
        before = self.draft.before_cursor
        here = completion_anchor(before)
        if here is not None and here == self._dismissed_at:
            return
        self._dismissed_at = None
        asked = completion_query(before)
        if asked is None:
            self._hint(args_hint(before, self._commands()) if before.startswith("/") else "")
        elif asked.kind == "slash" and (absent := absent_command_sentence(asked.query)):
            self._hint(absent)
        elif asked.kind == "slash":
            names = self._commands()
            options = slash_options(asked.query, names)
            self._fill("slash", options, option_sent_by_enter(asked.query, names, options))
        elif self._files is not None:
            self.run_worker(
                self._find_files(before, asked, self._files),
                group="complete",
                exclusive=True,
                exit_on_error=False,
            )

    async def _find_files(self, before: str, asked: CompletionQuery, files: FileNames) -> None:
        options, remark = await file_options(asked, files)
        if self.draft.before_cursor == before and self._list_kind != "search":
            self._fill("file", options)
            if not options and remark:
                self._hint(f"no file of this name · {remark}")
            elif options and remark and len(options) < MAX_OPTIONS:
                self._rows.show(options, remark=remark)

    def _show_prompts(self) -> None:
        found = self.history.matching(self.draft.text, MAX_OPTIONS)
        options = [Option(prompt, flatten(prompt, 400)) for prompt in found]
        self._rows.show(options, empty="no earlier prompt has these words")

    def _fill(self, kind: ListKind, options: Sequence[Option], sent: int | None = 0) -> None:
        """Show options, the mark at the one that Enter takes; it may take none of them."""
        self._mark_moved, self._enter_takes_mark = False, sent is not None
        if options:
            self._open(kind)
            self._rows.show(options, marked=sent or 0, taken=self._enter_takes_mark)
        else:
            self._close()

    def _hint(self, hint: str) -> None:
        """Show a hint on what may follow, in place of options."""
        self._close()
        if hint:
            self._rows.show((), empty=hint)
            self.add_class("-listing")

    def _open(self, kind: ListKind) -> None:
        self._list_kind = kind
        self.draft.is_list_open = True
        self.add_class("-listing")
        self._update_look()

    def _close(self) -> None:
        self._list_kind = ""
        self.draft.is_list_open = False
        self.remove_class("-listing")
        self._update_look()

    def _accept_marked(self, *, sending: bool) -> bool:
        """Take the marked option; says whether that was all Enter or Tab was for."""
        option, kind = self._rows.marked, self._list_kind
        if option is None:
            return kind == "search"
        self._close()
        if kind == "search":
            self._set_draft_without_list(option.id)
            return True
        asked = completion_query(self.draft.before_cursor)
        if asked is None:
            return False
        if kind == "file":
            self.draft.put_before_cursor(asked.replaced(), file_reference(option.id) + " ")
            return True
        if sending and not (self._mark_moved or self._enter_takes_mark):
            return False  # sent unchanged, so that the user reads that there is no such command
        by_name = sending and self._mark_moved and self._needs_full_name(asked.query, option.id)
        self.draft.put_before_cursor(len(asked.query), option.id + ("" if sending else " "))
        return not sending or by_name or self._needs_arguments(option.id)

    def _needs_full_name(self, typed: str, name: str) -> bool:
        """Whether Enter only completes the marked command: another Enter sends it."""
        row = self._slash_name(name)
        return row.exact and typed.casefold() not in row.slash

    def _slash_name(self, name: str) -> SlashName:
        rows = (row for row in self._commands() if name in row.slash)
        return next(rows, SlashName(name, ""))

    def _needs_arguments(self, name: str) -> bool:
        """Whether the command `name` cannot be sent yet: it waits for what must follow."""
        row = self._slash_name(name)
        if row.needs_args:
            self.draft.insert(" ")
        return row.needs_args
