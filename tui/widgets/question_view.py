"""A question in the live pane as it is drawn: what is asked, and the answers on offer.

What one kind of question asks, offers and does with an answer is a `Question`; the keys are
`QuestionPrompt`'s affair.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from textual.content import Content
from textual.message import Message

from tui.commands import KeyContext
from tui.reports.key_labels import KeyLabels, answer_hint, key_prefix
from tui.widgets.key_row import key_piece, key_rows
from tui.widgets.line_widget import MUTED, LineWidget, left_and_right

MOST_ROWS = 8
"""Rows that a question takes at most in a low window, with the row about the cache below it and
the line that is typed."""
TALL = 30
"""Rows of a window from which on a question may take the part that its style allows."""


class Choice(NamedTuple):
    """One of the answers on offer."""

    id: str
    """The action of the command that gives it: `once` of `prompt.once`."""
    name: str
    """What it does, in a few words."""
    short: str = ""
    """The same in a word or two, where rows are few."""


class Decision(Message):
    """An answer after which nothing is asked any more."""


@dataclass(frozen=True)
class AnswerLine:
    """A line that is typed to a question: an amount, a reason."""

    title: Content
    """What is asked for."""
    submit: Callable[[str], Decision | str | None]
    """Makes an answer of what was typed; else one sentence that says why it is none, or None: the
    question goes on with it."""
    text: str = ""
    """The text at first, which the user types over."""
    keys: str = ""
    """What keys do there."""
    keys_may_move: bool = False
    """Whether the keys move below the title where one row has no room for both."""
    remark: Callable[[str], Content] = lambda text: Content("")
    """Makes the remark on the text while it is typed."""


@dataclass(frozen=True)
class QuestionKind:
    """What questions of one kind have in common."""

    context: KeyContext
    """Of the commands that answer it."""
    escape: str = ""
    """The answer that escape gives; empty: escape interrupts the turn."""
    reason: str = ""
    """The answer for which tab opens the line; empty: tab does nothing."""
    placeholder: str = "50k, 120_000, …"
    """For the line that is typed."""
    delays_enter: bool = False
    """Whether Enter right after an answer is still meant for it."""


class Question(ABC):
    """What is asked, the answers to it, and what they come to."""

    kind: ClassVar[QuestionKind]
    until: float | None = None
    """When it is answered by silence, in seconds of the pane's clock; None never."""

    @property
    @abstractmethod
    def subject(self) -> object:
        """What it is about: another subject is another question."""

    @property
    @abstractmethod
    def choices(self) -> tuple[Choice, ...]:
        """The answers on offer, from top to bottom."""

    @abstractmethod
    def lines(self, view: "QuestionView", width: int, height: int | None) -> Sequence[Content]:
        """What is drawn.

        Args:
            view: Where the mark is, and whether keys answer.
            width: Cells of a row.
            height: Rows there are; None for as many as it needs.
        """

    @abstractmethod
    def answer(self, id: str) -> Message | AnswerLine:
        """What one of the accepted answers comes to: a message, or a line to type first."""

    @property
    def accepted(self) -> frozenset[str]:
        """The answers that may be given."""
        return frozenset(choice.id for choice in self.choices)

    def scroll(self, by: int) -> bool:
        """Look `by` rows further down what is asked about; False where all of it is in view."""
        return False

    def seconds_left(self, now: float) -> int | None:
        """Started seconds until silence answers it; None while it waits for ever."""
        return None if self.until is None else max(0, -int(-(self.until - now) // 1))


class QuestionView(LineWidget):
    """What is drawn of a question."""

    DEFAULT_CSS = "QuestionView { height: auto; max-height: 45vh; }"

    def __init__(self, clock: Callable[[], float], labels: KeyLabels) -> None:
        """Args:
        clock: In seconds.
        labels: The keys of commands, for the answers.
        """
        super().__init__()
        self.now = clock
        self.labels = labels
        self.question: Question | None = None
        self.takes_keys = False
        """Whether keys answer it: it has the focus."""
        self.line: AnswerLine | None = None
        """The line that is typed below it."""
        self.remark = Content("")
        """The remark on the line being typed."""
        self.rows_below = 0
        """Rows that belong to the question, below what is drawn here."""
        self.selected = 0
        """Place of the marked answer among those on offer."""

    def lines(self, width: int, height: int | None = None) -> Sequence[Content]:
        """The question, in the rows there are."""
        if self.question is None:
            return []
        if self.screen.size.height >= TALL:
            return self.question.lines(self, width, height)
        most = MOST_ROWS - self.rows_below - (1 if self.line else 0)
        if height is None:
            rows = self.question.lines(self, width, None)
            return rows if len(rows) <= most else self.question.lines(self, width, most)
        return self.question.lines(self, width, min(height, most))

    def answer_rows(
        self, width: int, *, most: int | None = None, beside: str = ""
    ) -> list[Content]:
        """The keys of the answers and what they do, side by side.

        Args:
            width: Cells of a row.
            most: Rows for which the words are made shorter; None never does.
            beside: Words at the right end of the last row.
        """
        hint = "" if self.takes_keys else answer_hint(self.labels)
        words = Content.styled(" · ".join(filter(None, (hint, beside))), MUTED)
        for short in (False, True):
            rows = key_rows(self._pieces(short=short), width)
            if words and rows[-1].cell_length + words.cell_length + 2 <= width:
                rows[-1] = left_and_right(rows[-1], words, width)
            elif words:
                rows.append(words.truncate(width, ellipsis=True))
            if most is None or len(rows) <= most:
                break
        return rows

    def _pieces(self, *, short: bool) -> list[Content]:
        """The answers, the chosen one underlined while keys answer."""
        pieces = []
        for at, choice in enumerate(self.question.choices if self.question else ()):
            chosen = self.takes_keys and at == self.selected
            words = choice.short if short and choice.short else choice.name
            said = Content.styled(words, "bold underline" if chosen else "")
            pieces.append(key_piece(self._key(choice), said, {"answer": choice.id}))
        return pieces

    def line_rows(self, line: AnswerLine, width: int) -> list[Content]:
        """What is asked for on the line, and the remark on the text."""
        keys = Content.styled(line.keys, MUTED)
        rows = [left_and_right(line.title, keys, width)] if line.keys else [line.title]
        if line.keys_may_move and line.title.cell_length + keys.cell_length + 2 > width:
            rows = [line.title, keys]
        return rows + (self.remark.wrap(max(1, width)) if self.remark else [])

    def _key(self, choice: Choice) -> str:
        context = self.question.kind.context if self.question else ""
        return key_prefix(self.labels(f"{context}.{choice.id}")).strip()
