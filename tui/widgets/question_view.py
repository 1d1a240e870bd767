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
from textual.style import Style

from tui.commands import KeyContext
from tui.reports.key_labels import KeyLabels, key_prefix
from tui.widgets.line_widget import MUTED, LineWidget, left_and_right


class Choice(NamedTuple):
    """One of the answers on offer."""

    id: str
    """The action of the command that gives it: `once` of `prompt.once`."""
    name: str
    effect: str = ""
    """What it does, in a few words."""
    short: str = ""
    """The name where answers are shown side by side."""
    key: str = ""
    """The key to show if the command has it; else its first."""


class Decision(Message):
    """An answer after which nothing is asked any more."""


@dataclass(frozen=True)
class AnswerLine:
    """A line that is typed to a question: an amount, a reason."""

    title: Content
    """What is asked for."""
    submit: Callable[[str], Decision | str]
    """Makes an answer of what was typed; else one sentence that says why it is none."""
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
    max_height: str
    """Of what is drawn."""
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

    DEFAULT_CSS = "QuestionView { height: auto; }"

    def __init__(self, max_height: str, clock: Callable[[], float], labels: KeyLabels) -> None:
        """Args:
        max_height: In a unit of styles, such as `40vh`.
        clock: In seconds.
        labels: The keys of commands, for the answers.
        """
        super().__init__()
        self.styles.max_height = max_height
        self.now = clock
        self.labels = labels
        self.question: Question | None = None
        self.takes_keys = False
        """Whether keys answer it: it has the focus."""
        self.line: AnswerLine | None = None
        """The line that is typed below it."""
        self.remark = Content("")
        """The remark on the line being typed."""
        self.selected = 0
        """Place of the marked answer among those on offer."""

    def lines(self, width: int, height: int | None = None) -> Sequence[Content]:
        """The question, in the rows there are."""
        return [] if self.question is None else self.question.lines(self, width, height)

    def choice_rows(self, width: int, *, least_effect: int | None = None) -> list[Content]:
        """The answers below each other, names and effects in columns.

        Args:
            width: Cells of a row.
            least_effect: Cells for what an answer does below which it is left out; None always
                says it, cut to the room there is.
        """
        choices = self.question.choices if self.question else ()
        names = max((len(choice.name) for choice in choices), default=0)
        rows = []
        for at, choice in enumerate(choices):
            row = self.choice_start(at, choice, names)
            if least_effect is None or width - row.cell_length >= least_effect:
                row = Content.assemble(row, (f"  {choice.effect}", MUTED))
                row = row.truncate(width, ellipsis=True)
            rows.append(row.stylize(Style.from_meta({"answer": choice.id})))
        return rows

    def choice_start(self, at: int, choice: Choice, names: int = 0) -> Content:
        """Mark, key and name of an answer.

        Args:
            at: Its place.
            choice: The answer.
            names: Cells of the column of names.
        """
        chosen = self.takes_keys and at == self.selected
        return Content.assemble(
            ("▸ " if chosen else "  ", "$accent"),
            (self._key(choice), "bold $accent"),
            (choice.name.ljust(names), "bold" if chosen else ""),
        )

    def short_choices(self) -> list[Content]:
        """The answers by their short names, to be shown side by side."""
        pieces = []
        for at, choice in enumerate(self.question.choices if self.question else ()):
            style = "bold underline" if self.takes_keys and at == self.selected else ""
            piece = Content.assemble((self._key(choice), "bold $accent"), (choice.short, style))
            pieces.append(piece.stylize(Style.from_meta({"answer": choice.id})))
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
        return key_prefix(self.labels(f"{context}.{choice.id}"), choice.key)
