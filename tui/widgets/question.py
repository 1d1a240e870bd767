"""The manners of a question in the live pane: keys meant for the composer are not taken.

A question takes the focus only when told to, holds back answers for a moment after it
came, and passes on what is no answer, so that a draft loses no letter to it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from tui.widgets.lines import Lines

GRACE = 0.4
"""Seconds after a question came in which a key is a word begun, not an answer."""


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

    @dataclass
    class TypedThrough(Message):
        """The user went on writing: `text` belongs into the composer."""

        text: str

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

    def compose(self) -> ComposeResult:
        """The question, and the line to type on."""
        yield self._drawn
        yield self._input

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
        return self.has_focus and self.waiting and self._now() >= self._grace_until

    def begin(self) -> None:
        """Something new is asked: keys pressed just now were not meant for it."""
        self.close_line()
        self._drawn.selected = 0
        self._grace_until = self._now() + GRACE

    def offer_focus(self, take: bool) -> None:
        """Take the keys if that is allowed and they are elsewhere."""
        if take and not self.has_focus_within:
            self.focus()

    def open_line(self, text: str = "") -> None:
        """Open the line, with `text` in it to be typed over."""
        self._set_writing(True)
        self._input.value = text
        self._input.focus()
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

    def on_key(self, event: events.Key) -> None:
        """Pass on what is no answer, and what comes too soon to be one."""
        if self.writing:
            return
        early = self._now() < self._grace_until
        letter = event.character if event.is_printable else None
        if not early and (letter is None or self._answers_to(event.key)):
            return
        if letter is not None or event.key == "enter":
            event.stop()
        if letter is not None:
            self.post_message(self.TypedThrough(letter))

    def _answers_to(self, key: str) -> bool:
        active = self.screen.active_bindings.get(key)
        return active is not None and active.node is self
