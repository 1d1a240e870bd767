"""The manners of a question in the live pane: keys meant for the composer are not taken.

A question takes the focus only when told to, and listens only a moment after it came. Which
key is an answer, and which begins a word, is decided before it gets here: see
`tui.screens.key_gate`.
"""

from collections.abc import Callable

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input

from tui.widgets.lines import Lines

GRACE = 0.4
"""Seconds after a question was painted in which a key is a word begun, not an answer."""
UNSEEN = 3.0
"""Seconds that it may take to be painted at most."""
AFTER_ANSWER = 2.0
"""Seconds after an answer in which Enter is still meant for the question before this one: whoever
answered by a letter may have expected to confirm it."""


class QuestionLines(Lines):
    """What is drawn of a question."""

    active = False
    """Whether keys answer it: it has the focus."""
    writing = False
    """Whether a line is written below it."""
    selected = 0
    """Place of the marked answer among those on offer."""


class Question(Vertical, can_focus=True):
    """A question with one line for what is typed to it; subclasses say what is asked."""

    DEFAULT_CSS = """
    Question {
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
        clock: In seconds; keys are no answers until `GRACE` after the question came.
        """
        super().__init__()
        self._now = clock
        self._drawn = drawn
        self._input = Input(placeholder=placeholder, compact=True)
        self._input.cursor_blink = False
        self._grace_until = 0.0
        self._answered = float("-inf")
        """When the last question was answered."""

    def compose(self) -> ComposeResult:
        """The question, and the line to type on."""
        yield self._drawn
        yield self._input

    @property
    def escapes(self) -> bool:
        """Whether escape is an answer; else it interrupts the turn."""
        return True

    @property
    def waiting(self) -> bool:
        """Whether something is asked."""
        raise NotImplementedError

    @property
    def writing(self) -> bool:
        """Whether the line is open: printable keys are text then."""
        return self.has_class("-writing")

    @property
    def listening(self) -> bool:
        """Whether a key would be taken for an answer now."""
        has_keys = self.screen.focused is self  # `has_focus` changes later
        return has_keys and self.waiting and self._now() >= self._grace_until

    @property
    def takes_enter(self) -> bool:
        """Whether Enter would be taken for an answer, now that the question listens."""
        return self._now() >= self._answered + AFTER_ANSWER

    def look(self, by: int) -> bool:
        """Look `by` rows further down what is asked about; False where all of it is in view."""
        return False

    def begin(self) -> None:
        """Something new is asked: keys pressed before it was painted were not meant for it."""
        self.close_line()
        self._drawn.selected = 0
        self._grace_until = self._now() + UNSEEN
        self.call_after_refresh(self._painted)

    def _painted(self) -> None:
        """It is on screen: from now on it can be read, and a moment later answered."""
        self._grace_until = self._now() + GRACE

    def answered(self) -> None:
        """An answer was given: the next question may come at once."""
        self._answered = self._now()

    def offer_focus(self, take: bool) -> None:
        """Take the keys if that is allowed and they are elsewhere."""
        if take and not self.has_focus_within:
            self.take_keys()

    def take_keys(self) -> None:
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
        self._drawn.writing = writing
        self._drawn.rebuild()

    def on_focus(self) -> None:
        """Answers are marked as live."""
        self._set_active(True)

    def on_blur(self) -> None:
        """Say how to come back."""
        self._set_active(self.writing)

    def _set_active(self, active: bool) -> None:
        self._drawn.active = active
        self._drawn.rebuild()

    def mark(self, by: int, answers: int) -> None:
        """Mark another of so many answers."""
        self._drawn.selected = min(max(0, self._drawn.selected + by), answers - 1)
        self._drawn.rebuild()
