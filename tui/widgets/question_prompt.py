"""The manners of a question in the live pane: keys meant for the composer are not taken.

A question takes the focus only when told to, and listens only a moment after it came. Which
key is an answer, and which begins a word, is decided before it gets here: see
`tui.screens.key_dispatcher`.
"""

from collections.abc import Callable

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input

from tui.widgets.line_widget import LineWidget

ANSWER_DELAY = 0.4
"""Seconds after a question was painted in which a key is a word begun, not an answer."""
MAX_PAINT_DELAY = 3.0
"""Seconds that it may take to be painted at most."""
ENTER_DELAY = 2.0
"""Seconds after an answer in which Enter is still meant for the question before this one: whoever
answered by a letter may have expected to confirm it."""


class QuestionLines(LineWidget):
    """What is drawn of a question."""

    takes_keys = False
    """Whether keys answer it: it has the focus."""
    is_writing = False
    """Whether a line is written below it."""
    selected = 0
    """Place of the marked answer among those on offer."""


class QuestionPrompt(Vertical, can_focus=True):
    """A question with one line for what is typed to it; subclasses say what is asked."""

    DEFAULT_CSS = """
    QuestionPrompt {
        height: auto; border: round $warning 60%; padding: 0 1;
        &:focus, &.-writing { border: round $warning; }
        Input { display: none; margin: 0; height: 1; background: $boost; }
        &.-writing Input { display: block; }
    }
    """

    def __init__(
        self, drawn: QuestionLines, placeholder: str, *, clock: Callable[[], float]
    ) -> None:
        """Args:
        drawn: What is asked.
        placeholder: For the line that is typed.
        clock: In seconds; keys are no answers until `ANSWER_DELAY` after the question came.
        """
        super().__init__()
        self._now = clock
        self._question_lines = drawn
        self._input = Input(placeholder=placeholder, compact=True)
        self._input.cursor_blink = False
        self._accepts_answers_from = 0.0
        self._answered_at = float("-inf")
        """When the last question was answered."""

    def compose(self) -> ComposeResult:
        """The question, and the line to type on."""
        yield self._question_lines
        yield self._input

    @property
    def handles_escape(self) -> bool:
        """Whether escape is an answer; else it interrupts the turn."""
        return True

    @property
    def is_asking(self) -> bool:
        """Whether something is asked."""
        raise NotImplementedError

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

    def scroll_subject(self, by: int) -> bool:
        """Look `by` rows further down what is asked about; False where all of it is in view."""
        return False

    def start_question(self) -> None:
        """Something new is asked: keys pressed before it was painted were not meant for it."""
        self.close_line()
        self._question_lines.selected = 0
        self._accepts_answers_from = self._now() + MAX_PAINT_DELAY
        self.call_after_refresh(self._start_answer_delay)

    def _start_answer_delay(self) -> None:
        """It is on screen: from now on it can be read, and a moment later answered."""
        self._accepts_answers_from = self._now() + ANSWER_DELAY

    def note_answer(self) -> None:
        """An answer was given: the next question may come at once."""
        self._answered_at = self._now()

    def take_focus_if_allowed(self, take: bool) -> None:
        """Take the keys if that is allowed and they are elsewhere."""
        if take and not self.has_focus_within:
            self.take_focus_now()

    def take_focus_now(self) -> None:
        """Have the keys, from the very next one on."""
        self.screen.set_focus(self)

    def open_line(self, text: str = "") -> None:
        """Open the line, with `text` in it to be typed over from the very next key on."""
        self._set_writing(True)
        self._input.value = text
        self.screen.set_focus(self._input)
        self._input.select_all()

    def close_line(self) -> None:
        """Close the line, and forget what was typed."""
        self._set_writing(False)
        self._input.value = ""

    def _set_writing(self, writing: bool) -> None:
        self.set_class(writing, "-writing")
        self._question_lines.is_writing = writing
        self._question_lines.rebuild()

    def on_focus(self) -> None:
        """Answers are marked as live."""
        self._set_active(True)

    def on_blur(self) -> None:
        """Say how to come back."""
        self._set_active(self.is_writing)

    def _set_active(self, active: bool) -> None:
        self._question_lines.takes_keys = active
        self._question_lines.rebuild()

    def move_mark(self, by: int, answers: int) -> None:
        """Mark another of so many answers."""
        self._question_lines.selected = min(max(0, self._question_lines.selected + by), answers - 1)
        self._question_lines.rebuild()
