"""The question whether a tool may act, and the keys that answer it.

Keys meant for the composer are not taken: the prompt takes the focus only when told to,
holds back answers for a moment after it did, and passes on what is no answer.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from tui.session.events import PermissionAsked, PermissionScope
from tui.widgets.bound import bound
from tui.widgets.permission_question import PermissionQuestion

GRACE = 0.4
"""Seconds after taking the focus in which a key is a word begun, not an answer."""


class PermissionPrompt(Vertical, can_focus=True):
    """Asks one question at a time; `Answered` says what the user decided."""

    DEFAULT_CSS = """
    PermissionPrompt {
        height: auto; border: round $warning 60%; padding: 0 1;
        &:focus, &.-commenting { border: round $warning; }
        Input { display: none; margin: 0; height: 1; background: $boost; }
        &.-commenting Input { display: block; }
    }
    """
    HELP: ClassVar[str | None] = "y or 1 allows once, 2 and 3 for longer; n, 4 or Esc refuses."
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("prompt.once", "answer('once')"),
        bound("prompt.session", "answer('session')"),
        bound("prompt.project", "answer('project')"),
        bound("prompt.no", "refuse"),
        Binding("enter", "answer_selected", "Answer", show=False),
        Binding("up", "select(-1)", "Up", show=False),
        Binding("down", "select(1)", "Down", show=False),
        Binding("pageup", "scroll_preview(-8)", "Preview up", show=False),
        Binding("pagedown", "scroll_preview(8)", "Preview down", show=False),
        Binding("tab", "comment", "Refuse, and say why", show=False),
    ]

    @dataclass
    class Answered(Message):
        """The user decided."""

        tool_use: str
        answer: PermissionScope
        reason: str = ""
        """For the model; only with `no`."""

    @dataclass
    class TypedThrough(Message):
        """The user went on writing: `text` belongs into the composer."""

        text: str

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` in seconds: keys are no answers until `GRACE` after the focus came."""
        super().__init__()
        self._now = clock
        self._asked: PermissionAsked | None = None
        self._question = PermissionQuestion()
        self._input = Input(
            placeholder="what should it do instead? enter sends, esc goes back",
            compact=True,
        )
        self._input.cursor_blink = False
        self._grace_until = 0.0

    def compose(self) -> ComposeResult:
        """The question, and the line for a reason."""
        yield self._question
        yield self._input

    @property
    def commenting(self) -> bool:
        """Whether a reason is being written: printable keys are text then."""
        return self.has_class("-commenting")

    @property
    def listening(self) -> bool:
        """Whether a key would be taken for an answer now."""
        return self.has_focus and self._asked is not None and self._now() >= self._grace_until

    def ask(self, asked: PermissionAsked, waiting: int = 0, *, take_focus: bool) -> None:
        """Ask about `asked`.

        Args:
            asked: The question.
            waiting: How many more come after it.
            take_focus: Whether keys may go here: only while the composer is empty.
        """
        if self._asked is None or asked.tool_use != self._asked.tool_use:
            self._close_comment()
            self._grace_until = self._now() + GRACE
        self._asked = asked
        self._question.put(asked, waiting)
        if take_focus and not self.has_focus_within:
            self.focus()

    def on_focus(self) -> None:
        """Answers are marked as live."""
        self._set_active(True)

    def on_blur(self) -> None:
        """Say how to come back."""
        self._set_active(self.commenting)

    def _set_active(self, active: bool) -> None:
        self._question.active = active
        self._question.rebuild()

    def on_key(self, event: events.Key) -> None:
        """Pass on what is no answer, and what comes too soon to be one."""
        if self.commenting:
            return
        early = self._now() < self._grace_until
        if early and (event.is_printable or event.key == "enter"):
            event.stop()
            if event.is_printable and event.character:
                self.post_message(self.TypedThrough(event.character))
        elif event.is_printable and event.character and not self._answers_to(event.key):
            event.stop()
            self.post_message(self.TypedThrough(event.character))

    def _answers_to(self, key: str) -> bool:
        active = self.screen.active_bindings.get(key)
        return active is not None and active.node is self

    def on_click(self, event: events.Click) -> None:
        """A click on an answer is that answer."""
        scope = event.style.meta.get("answer")
        if scope is not None:
            event.stop()
            self._answer(scope)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll the preview down."""
        event.stop()
        self._question.scroll_preview(2)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll the preview up."""
        event.stop()
        self._question.scroll_preview(-2)

    def action_answer(self, scope: PermissionScope) -> None:
        """Answer, if that answer is on offer."""
        if scope in {answer.scope for answer in self._question.answers}:
            self._answer(scope)

    def action_refuse(self) -> None:
        """No; from within the reason, only back to the answers."""
        if self.commenting:
            self._close_comment()
            self.focus()
        else:
            self._answer("no")

    def action_answer_selected(self) -> None:
        """Give the marked answer."""
        self._answer(self._question.answers[self._question.selected].scope)

    def action_select(self, by: int) -> None:
        """Mark another answer."""
        last = len(self._question.answers) - 1
        self._question.selected = min(max(0, self._question.selected + by), last)
        self._question.rebuild()

    def action_scroll_preview(self, by: int) -> None:
        """Look further down or up the preview."""
        self._question.scroll_preview(by)

    def action_comment(self) -> None:
        """Refuse with a reason: open the line for it."""
        self._set_commenting(True)
        self._input.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """The reason is written: refuse with it."""
        event.stop()
        self._answer("no", event.value.strip())

    def _close_comment(self) -> None:
        self._set_commenting(False)
        self._input.value = ""

    def _set_commenting(self, commenting: bool) -> None:
        self.set_class(commenting, "-commenting")
        self._question.commenting = commenting
        self._question.rebuild()

    def _answer(self, scope: PermissionScope, reason: str = "") -> None:
        if self._asked is None:
            return
        tool_use, self._asked = self._asked.tool_use, None
        self._close_comment()
        self.post_message(self.Answered(tool_use, scope, reason))
