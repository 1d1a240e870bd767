"""The question how it goes on at a reached limit, and the keys that answer it.

Silence is an answer too, and not given here: whoever asks pauses by itself when the time is
up. The prompt only shows the seconds.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar

from textual import events
from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Input

from tui.number_format import format_tokens
from tui.reports.budget_words import used_and_left
from tui.reports.key_labels import KeyLabels, default_key_labels
from tui.session.events import LimitAnswer
from tui.widgets.command_bindings import command_binding
from tui.widgets.limit_question import LimitAsked, LimitChoiceId, LimitQuestion
from tui.widgets.line_widget import MUTED
from tui.widgets.question_prompt import QuestionPrompt
from tui.widgets.ticker import Ticker
from tui.widgets.token_amount import parse_token_amount


class LimitPrompt(QuestionPrompt):
    """Asks about one reached limit; `Answered` says what the user decided."""

    HELP: ClassVar[str | None] = (
        "f finishes cleanly, x extends, l extends at a lower effort, p or Esc pauses, s stops. "
        "Where a turn makes no progress: c continues, s stops, Esc interrupts."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        command_binding("limit.finish", "answer('finish')"),
        command_binding("limit.extend", "answer('extend')"),
        command_binding("limit.continue", "answer('continue')"),
        command_binding("limit.lower", "answer('lower')"),
        command_binding("limit.pause", "pause"),
        command_binding("limit.stop", "answer('stop')"),
        Binding("enter", "answer_selected", "Answer", show=False),
        Binding("up", "select(-1)", "Up", show=False),
        Binding("down", "select(1)", "Down", show=False),
    ]

    @dataclass
    class LimitDecided(Message):
        """The user decided."""

        answer: LimitAnswer
        by: int = 0
        """Tokens to add, with `extend`; 0 at a limit that is not counted in tokens."""
        effort: str | None = None
        """The effort to go on with; None keeps it."""

    def __init__(
        self, *, clock: Callable[[], float] = time.monotonic, labels: KeyLabels = default_key_labels
    ) -> None:
        """Args:
        clock: In seconds: the question says by it when it pauses by itself.
        labels: The keys of commands, for the answers.
        """
        question = LimitQuestion(clock, labels)
        super().__init__(question, "50k, 120_000, …", clock=clock)
        self._question = question
        self._asked: LimitAsked | None = None
        self._seconds: int | None = None

    @property
    def handles_escape(self) -> bool:
        """Escape pauses at a limit; it interrupts a turn without progress."""
        return self._asked is None or not self._asked.is_standstill

    @property
    def is_asking(self) -> bool:
        """Whether a limit is asked about."""
        return self._asked is not None

    def ask(self, asked: LimitAsked, *, take_focus: bool) -> None:
        """Ask about `asked`.

        Args:
            asked: The limit.
            take_focus: Whether keys may go here: only while the composer is empty.
        """
        if self._asked is None or asked.reached != self._asked.reached:
            self.start_question()
        self._asked = asked
        self._question.set_question(asked)
        self._count_down()
        self.take_focus_if_allowed(take_focus)

    def withdraw(self) -> None:
        """Nothing is asked any more; the seconds stand still."""
        self._asked = None
        self.close_line()
        Ticker.of(self.app).leave(self._tick)

    def on_unmount(self) -> None:
        """Leave nothing running."""
        Ticker.of(self.app).leave(self._tick)

    # The countdown ---------------------------------------------------------------

    def _count_down(self) -> None:
        self._seconds = self._question.seconds_left
        if self._seconds:
            Ticker.of(self.app).join(self._tick)
        else:
            Ticker.of(self.app).leave(self._tick)

    def _tick(self) -> None:
        """Draw only when another second has begun."""
        if self._question.seconds_left != self._seconds:
            self._count_down()
            self._question.rebuild()

    # Answers ---------------------------------------------------------------------

    def on_click(self, event: events.Click) -> None:
        """A click on an answer is that answer."""
        way = event.style.meta.get("answer")
        if way is not None:
            event.stop()
            self.action_answer(way)

    def action_answer(self, way: LimitChoiceId) -> None:
        """Give an answer, if it is on offer; an extension asks for its amount first."""
        if self._asked is None or way not in {answer.way for answer in self._question.choices}:
            return
        if way == "continue":
            self._answer("extend")
            return
        if way != "extend" and way != "lower":
            self._answer(way)
            return
        self._question.effort = self._asked.lower if way == "lower" else None
        if self._asked.extends_by_tokens:
            self.open_line(format_tokens(self._asked.reached.extend_by))
        else:
            self._extend(0)

    def action_pause(self) -> None:
        """Pause; while an amount is written, only back to the answers.

        A turn without progress is interrupted, as ever: the key goes on to whoever does that.
        """
        if self._asked is not None and self._asked.is_standstill:
            raise SkipAction
        if self.is_writing:
            self.close_line()
            self.take_focus_now()
        else:
            self._answer("pause")

    def action_answer_selected(self) -> None:
        """Give the marked answer."""
        answers = self._question.choices
        if answers:
            self.action_answer(answers[self._question.selected].way)

    def action_select(self, by: int) -> None:
        """Mark another answer."""
        self.move_mark(by, len(self._question.choices))

    # The amount ------------------------------------------------------------------

    def on_input_changed(self, event: Input.Changed) -> None:
        """Say what the amount would come to."""
        event.stop()
        self._question.remark = self._outcome(event.value) if self.is_writing else Content("")
        self._question.rebuild()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """The amount is written: extend by it."""
        event.stop()
        by = self._amount(event.value)
        if isinstance(by, int):
            self._extend(by)
        else:
            self._question.remark = Content.styled(by, "$error")
            self._question.rebuild()

    def _outcome(self, text: str) -> Content:
        by, budget = self._amount(text), self._asked.budget if self._asked else None
        if budget is None or not isinstance(by, int):
            return Content("")
        words = f"→ {used_and_left(replace(budget, grant=budget.grant + by))}"
        if budget.left + by > budget.reserve:
            return Content.styled(words, MUTED)
        return Content.styled(f"{words}: still down to the reserve", "$warning")

    def _amount(self, text: str) -> int | str:
        """The tokens that `text` amounts to; else the sentence that says why not."""
        reached = self._asked.reached if self._asked else None
        by = parse_token_amount(text, " to extend by")
        if isinstance(by, int) and reached and by > (reached.extend_most or by):
            most = format_tokens(reached.extend_most or 0)
            return f"{format_tokens(by)} is more than may be added ({most}). {reached.cap}"
        return by

    def _extend(self, by: int) -> None:
        self._answer("extend", by, self._question.effort)

    def _answer(self, answer: LimitAnswer, by: int = 0, effort: str | None = None) -> None:
        if self._asked is not None:
            self.withdraw()
            self.note_answer()
            self.post_message(self.LimitDecided(answer, by, effort))
