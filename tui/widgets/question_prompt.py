"""A question in the live pane and the keys that answer it: keys for the composer are not taken.

A question takes the focus only when told to, and listens only a moment after it came. Which
key is an answer, and which begins a word, is decided before it gets here: see
`tui.screens.key_dispatcher`. If the user gives no answer in time, whoever asks goes on
by itself; the prompt only shows the seconds.
"""

import time
from collections.abc import Callable
from dataclasses import replace

from textual import events
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding, BindingsMap
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input

from tui.commands import COMMANDS
from tui.reports.key_labels import KeyLabels, default_key_labels
from tui.widgets.command_bindings import command_binding
from tui.widgets.one_line_input import OneLineInput
from tui.widgets.question_view import AnswerLine, Decision, Question, QuestionKind, QuestionView
from tui.widgets.ticker import Ticker

ANSWER_DELAY = 0.4
"""Seconds after a question was painted in which a key begins a word and is no answer."""
MAX_PAINT_DELAY = 3.0
"""Seconds that it may take to be painted at most."""
ENTER_DELAY = 2.0
"""Seconds after an answer in which Enter answers no other question: a user who answered by a letter
may press Enter to confirm it."""


class QuestionPrompt(Vertical, can_focus=True):
    """Asks one question of a kind at a time; posts what an answer comes to."""

    DEFAULT_CSS = """
    QuestionPrompt {
        height: auto; border-left: heavy $warning 60%; padding: 0 1;
        &:focus, &.-writing { border-left: heavy $warning; }
        Input { display: none; margin: 0; height: 1; background: $boost; }
        &.-writing Input { display: block; }
    }
    """

    def __init__(
        self,
        kind: QuestionKind,
        *,
        clock: Callable[[], float] = time.monotonic,
        labels: KeyLabels = default_key_labels,
    ) -> None:
        """Args:
        kind: Of the questions that it asks.
        clock: In seconds; keys are no answers until `ANSWER_DELAY` after the question came.
        labels: The keys of commands, for the answers.
        """
        super().__init__()
        self._bindings = BindingsMap(question_bindings(kind))  # each kind has keys of its own
        self.kind = kind
        self._now = clock
        self._view = QuestionView(clock, labels)
        self._input = OneLineInput(placeholder=kind.placeholder, compact=True)
        self._input.cursor_blink = False
        self._asked: Question | None = None
        self._seconds: int | None = None
        """Seconds left as they were drawn."""
        self._accepts_answers_from = 0.0
        self._answered_at = float("-inf")
        """When the last question was answered."""

    def compose(self) -> ComposeResult:
        """The question, and the line to type on."""
        yield self._view
        yield self._input

    @property
    def handles_escape(self) -> bool:
        """Whether escape is an answer; else it interrupts the turn."""
        escape = self.kind.escape
        return bool(escape) and (self._asked is None or escape in self._asked.accepted)

    @property
    def is_asking(self) -> bool:
        """Whether the prompt shows a question."""
        return self._asked is not None

    @property
    def is_writing(self) -> bool:
        """Whether the line is open: printable keys are text then."""
        return self.has_class("-writing")

    @property
    def accepts_answers(self) -> bool:
        """Whether a key pressed now would be taken for an answer."""
        return self.accepts_key("y")

    def accepts_key(self, key: str, age: float = 0.0) -> bool:
        """Whether a key is taken for an answer.

        A program that was busy handles a key late: the key counts from when it was pressed, which
        may have been before the question could be read.

        Args:
            key: As the terminal library names it.
            age: Seconds since it was pressed.
        """
        pressed = self._now() - age
        if key == "enter" and pressed < self._answered_at + ENTER_DELAY:
            return False
        has_keys = self.screen.focused is self  # `has_focus` changes later
        return has_keys and self.is_asking and pressed >= self._accepts_answers_from

    # Asking ----------------------------------------------------------------------

    def ask(self, question: Question, *, take_focus: bool, rows_below: int = 0) -> None:
        """Ask a question, or show what has changed about it.

        Args:
            question: What is asked; of the prompt's kind.
            rows_below: Rows below the prompt that are about the question.
            take_focus: Whether keys may go here: only while the composer is empty.
        """
        if self._asked is None or question.subject != self._asked.subject:
            self._start()
        self._asked = self._view.question = question
        self._view.rows_below = rows_below
        self._view.rebuild()
        self._count_down()
        if take_focus and not self.has_focus_within:
            self.take_focus_now()

    def withdraw(self) -> None:
        """Take the question off the prompt."""
        self._asked = None
        self.close_line()
        Ticker.of(self.app).leave(self._tick)

    def on_unmount(self) -> None:
        """Leave the shared clock."""
        Ticker.of(self.app).leave(self._tick)

    def _start(self) -> None:
        """Something new is asked: keys pressed before it was painted were not meant for it."""
        self.close_line()
        self._view.selected = 0
        self._accepts_answers_from = self._now() + MAX_PAINT_DELAY
        self.call_after_refresh(self._start_answer_delay)

    def _start_answer_delay(self) -> None:
        """It is on screen: from now on it can be read, and a moment later answered."""
        self._accepts_answers_from = self._now() + ANSWER_DELAY

    def _count_down(self) -> None:
        self._seconds = self._seconds_left()
        if self._seconds:
            Ticker.of(self.app).join(self._tick)
        else:
            Ticker.of(self.app).leave(self._tick)

    def _seconds_left(self) -> int | None:
        return self._asked.seconds_left(self._now()) if self._asked else None

    def _tick(self) -> None:
        """Draw only when another second has begun."""
        if self._seconds_left() != self._seconds:
            self._count_down()
            self._view.rebuild()

    # The keys --------------------------------------------------------------------

    def take_focus_now(self) -> None:
        """Take the focus at once, before the next key."""
        self.screen.set_focus(self)

    def on_focus(self) -> None:
        """Show that keys answer the question."""
        self._set_active(True)

    def on_blur(self) -> None:
        """Show how to come back to the question."""
        self._set_active(self.is_writing)

    def _set_active(self, active: bool) -> None:
        self._view.takes_keys = active
        self._view.rebuild()

    def scroll_subject(self, by: int) -> bool:
        """Look `by` rows further down what is asked about; False where all of it is in view."""
        scrolled = self._view.question is not None and self._view.question.scroll(by)
        if scrolled:
            self._view.rebuild()
        return scrolled

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll down what is asked about."""
        event.stop()
        self.scroll_subject(2)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll up what is asked about."""
        event.stop()
        self.scroll_subject(-2)

    # Answers ---------------------------------------------------------------------

    def on_click(self, event: events.Click) -> None:
        """A click on an answer is that answer."""
        id = event.style.meta.get("answer")
        if id is not None:
            event.stop()
            self.action_answer(id)

    def action_answer(self, id: str) -> None:
        """Give an answer, if it is on offer; some ask for a line first.

        Escape leads from the line back to the answers. Where it answers nothing, the key goes on
        to whoever interrupts.
        """
        offered = self._asked is not None and id in self._asked.accepted
        if id == self.kind.escape:
            if self._asked is not None and not offered:
                raise SkipAction
            if self.is_writing:
                self.action_leave_line()
                return
        if self._asked is None or not offered:
            return
        answer = self._asked.answer(id)
        if isinstance(answer, AnswerLine):
            self._open_line(answer)
        else:
            self._give(answer)

    def _give(self, answer: Message) -> None:
        if isinstance(answer, Decision):
            self.withdraw()
            if self.kind.delays_enter:
                self._answered_at = self._now()
        self.post_message(answer)

    def offers(self, id: str) -> bool:
        """Whether the question on the prompt has this answer."""
        return self._asked is not None and id in self._asked.accepted

    def answer_with(self, id: str, text: str) -> None:
        """Open the line of an answer, with a text to be confirmed.

        Args:
            id: The answer; nothing happens where it has no line.
            text: What stands in the line.
        """
        line = self._asked.answer(id) if self._asked is not None and self.offers(id) else None
        if isinstance(line, AnswerLine):
            self._open_line(replace(line, text=text))

    def action_answer_selected(self) -> None:
        """Give the answer under the mark."""
        if self._asked is not None:
            self.action_answer(self._asked.choices[self._view.selected].id)

    def action_select(self, by: int) -> None:
        """Move the mark by `by` answers."""
        answers = len(self._view.question.choices) if self._view.question else 1
        self._view.selected = min(max(0, self._view.selected + by), answers - 1)
        self._view.rebuild()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A line can be left only while it is written."""
        return action != "leave_line" or self.is_writing

    # The line --------------------------------------------------------------------

    def _open_line(self, line: AnswerLine) -> None:
        """Open a line, with its text to be typed over from the very next key on."""
        self._set_line(line)
        self._input.value = line.text
        self.screen.set_focus(self._input)
        self._input.select_all()

    def close_line(self) -> None:
        """Close the line, and forget what was typed."""
        self._set_line(None)
        self._input.value = ""

    def _set_line(self, line: AnswerLine | None) -> None:
        self.set_class(line is not None, "-writing")
        self._view.line = line
        self._view.remark = Content("")
        self._view.rebuild()

    def action_leave_line(self) -> None:
        """Close the line and go back to the answers."""
        self.close_line()
        self.take_focus_now()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Say what the text would come to."""
        event.stop()
        line = self._view.line
        self._view.remark = line.remark(event.value) if line else Content("")
        self._view.rebuild()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Give the typed line as the answer, or say why it is none."""
        event.stop()
        if self._asked is None or self._view.line is None:
            return
        answer = self._view.line.submit(event.value)
        if isinstance(answer, Decision):
            self._give(answer)
        elif answer is None:
            self.action_leave_line()
        else:
            self._view.remark = Content.styled(answer, "$error")
            self._view.rebuild()


def question_bindings(kind: QuestionKind) -> list[Binding]:
    """The keys of a kind of question: those of the commands that answer it, and the common ones."""
    own = [
        command_binding(command.id, f"answer({command.id.partition('.')[2]!r})")
        for command in COMMANDS
        if command.context == kind.context
    ]
    if kind.reason:
        own.append(Binding("tab", f"answer({kind.reason!r})", "Say why", show=False))
    if not kind.escape:
        own.append(Binding("escape", "leave_line", "Back to the answers", show=False))
    return [
        *own,
        Binding("enter", "answer_selected", "Answer", show=False),
        Binding("up,left", "select(-1)", "Answer before", show=False),
        Binding("down,right", "select(1)", "Answer after", show=False),
    ]
