"""The question whether a tool may act, and the keys that answer it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input

from tui.reports.key_labels import KeyLabels, default_key_labels
from tui.session.events import PermissionAsked, PermissionScope
from tui.widgets.command_bindings import command_binding
from tui.widgets.permission_question import PermissionQuestion
from tui.widgets.question_prompt import QuestionPrompt


class PermissionPrompt(QuestionPrompt):
    """Asks one question at a time; `Answered` says what the user decided."""

    HELP: ClassVar[str | None] = (
        "y or 1 allows once, 2 and 3 for longer; n or 4 refuses. Esc ends the turn as well."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        command_binding("prompt.once", "answer('once')"),
        command_binding("prompt.session", "answer('session')"),
        command_binding("prompt.project", "answer('project')"),
        command_binding("prompt.no", "refuse"),
        Binding("enter", "answer_selected", "Answer", show=False),
        Binding("up", "select(-1)", "Up", show=False),
        Binding("down", "select(1)", "Down", show=False),
        Binding("tab", "comment", "Refuse, and say why", show=False),
        Binding("escape", "leave_line", "Back to the answers", show=False),
    ]

    @dataclass
    class PermissionDecided(Message):
        """The user decided."""

        tool_use: str
        answer: PermissionScope
        reason: str = ""
        """For the model; only with `no`."""

    def __init__(
        self, *, clock: Callable[[], float] = time.monotonic, labels: KeyLabels = default_key_labels
    ) -> None:
        """Args:
        clock: In seconds: keys are no answers for a moment after a question came.
        labels: The keys of commands, for the answers.
        """
        question = PermissionQuestion(labels)
        super().__init__(
            question, "what should it do instead? enter sends, esc goes back", clock=clock
        )
        self._question = question
        self._asked: PermissionAsked | None = None

    @property
    def handles_escape(self) -> bool:
        """Escape refuses, and ends the turn as well."""
        return False

    @property
    def is_asking(self) -> bool:
        """Whether something is asked."""
        return self._asked is not None

    def ask(self, asked: PermissionAsked, waiting: int = 0, *, take_focus: bool) -> None:
        """Ask about `asked`.

        Args:
            asked: The question.
            waiting: How many more come after it.
            take_focus: Whether keys may go here: only while the composer is empty.
        """
        if self._asked is None or asked.tool_use != self._asked.tool_use:
            self.start_question()
        self._asked = asked
        self._question.set_question(asked, waiting)
        self.take_focus_if_allowed(take_focus)

    def scroll_subject(self, by: int) -> bool:
        """Look `by` rows further down the preview; False where all of it is in view."""
        return self._question.scroll_preview(by)

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
        if scope in {answer.scope for answer in self._question.choices}:
            self._answer(scope)

    def action_refuse(self) -> None:
        """No, and the turn goes on."""
        self._answer("no")

    def action_leave_line(self) -> None:
        """No reason: back to the answers."""
        self.close_line()
        self.take_focus_now()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Escape is ours only while a reason is written: else it interrupts the turn."""
        return action != "leave_line" or self.is_writing

    def action_answer_selected(self) -> None:
        """Give the marked answer."""
        self._answer(self._question.choices[self._question.selected].scope)

    def action_select(self, by: int) -> None:
        """Mark another answer."""
        self.move_mark(by, len(self._question.choices))

    def action_comment(self) -> None:
        """Refuse with a reason: open the line for it."""
        self.open_line()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """The reason is written: refuse with it."""
        event.stop()
        self._answer("no", event.value.strip())

    def _answer(self, scope: PermissionScope, reason: str = "") -> None:
        if self._asked is None:
            return
        tool_use, self._asked = self._asked.tool_use, None
        self.close_line()
        self.post_message(self.PermissionDecided(tool_use, scope, reason))
