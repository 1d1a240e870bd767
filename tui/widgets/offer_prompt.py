"""An offer that waits for a yes: more tokens, and the work goes on.

Made between two turns, when the program has something better to say than a sentence: a
bigger budget for a model that declined, an extension for work that is not finished. It asks
nothing that must be answered: another prompt takes it away.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.style import Style
from textual.widgets import Input

from tui.number_format import format_tokens
from tui.reports.key_labels import KeyLabels, answer_hint, default_key_labels, key_prefix
from tui.widgets.command_bindings import command_binding
from tui.widgets.line_widget import MUTED, flatten, left_and_right
from tui.widgets.question_prompt import QuestionLines, QuestionPrompt
from tui.widgets.token_amount import parse_token_amount

OfferChoiceId = Literal["take", "other", "decline"]


@dataclass(frozen=True, slots=True)
class Offer:
    """What is offered."""

    sentence: str
    """Why, in one sentence."""
    amount: int
    """Tokens."""
    take: str
    """What is done with so many tokens, with `{}` for them: `give {} and ask again`."""
    what: str = ""
    """What that comes to, in a few words."""


class OfferChoice(NamedTuple):
    """One of the answers."""

    way: OfferChoiceId
    name: str
    effect: str


class OfferQuestion(QuestionLines):
    """Sentence and answers. Keys are the prompt's affair."""

    DEFAULT_CSS = "OfferQuestion { height: auto; max-height: 40vh; }"

    def __init__(self, labels: KeyLabels = default_key_labels) -> None:
        """Args: labels: the keys of commands, for the answers."""
        super().__init__()
        self._labels = labels
        self._offer: Offer | None = None
        self.remark = ""
        """What is said of an amount that is none."""

    def set_offer(self, offer: Offer) -> None:
        """Make `offer`."""
        self._offer = offer
        self.rebuild()

    @property
    def choices(self) -> tuple[OfferChoice, ...]:
        """Those on offer, the one given by Enter first."""
        if self._offer is None:
            return ()
        take = self._offer.take.format(format_tokens(self._offer.amount))
        return (
            OfferChoice("take", take, self._offer.what),
            OfferChoice("other", "another amount", "asks how many tokens, then does the same"),
            OfferChoice("decline", "not now", "nothing changes"),
        )

    def lines(self, width: int, height: int | None = None) -> Sequence[Content]:
        """The sentence gives way to the answers where rows are few."""
        if self._offer is None:
            return []
        sentence = Content.styled(flatten(self._offer.sentence, 400), "bold")
        foot = self._written(width) if self.is_writing else self._foot(width)
        head = list(sentence.wrap(max(1, width)))
        room = len(head) if height is None else max(0, height - len(foot))
        return [*head[:room], *foot]

    def _written(self, width: int) -> list[Content]:
        keys = Content.styled("enter takes it · esc goes back", MUTED)
        rows = [left_and_right(Content.styled("how many tokens?", "bold"), keys, width)]
        if self.remark:
            rows += Content.styled(self.remark, "$error").wrap(max(1, width))
        return rows

    def _foot(self, width: int) -> list[Content]:
        rows = [self._row(at, answer, width) for at, answer in enumerate(self.choices)]
        if not self.takes_keys:
            rows[-1] = left_and_right(
                rows[-1], Content.styled(answer_hint(self._labels), MUTED), width
            )
        return rows

    def _row(self, at: int, answer: OfferChoice, width: int) -> Content:
        chosen = self.takes_keys and at == self.selected
        names = max(len(each.name) for each in self.choices)
        row = Content.assemble(
            ("▸ " if chosen else "  ", "$accent"),
            (key_prefix(self._labels(f"offer.{answer.way}")), "bold $accent"),
            (answer.name.ljust(names), "bold" if chosen else ""),
            (f"  {answer.effect}", MUTED),
        ).truncate(width, ellipsis=True)
        return row.stylize(Style.from_meta({"answer": answer.way}))


class OfferPrompt(QuestionPrompt):
    """Makes one offer; `Answered` says whether it is taken."""

    HELP: ClassVar[str | None] = "y takes the offer, o takes it with another amount, n declines."
    BINDINGS: ClassVar[list[BindingType]] = [
        command_binding("offer.take", "answer('take')"),
        command_binding("offer.other", "answer('other')"),
        command_binding("offer.decline", "decline"),
        Binding("enter", "answer_selected", "Answer", show=False),
        Binding("up", "select(-1)", "Up", show=False),
        Binding("down", "select(1)", "Down", show=False),
    ]

    @dataclass
    class OfferDecided(Message):
        """The user decided."""

        amount: int | None
        """Tokens, where it is taken; None where it is not."""

    def __init__(
        self, *, clock: Callable[[], float] = time.monotonic, labels: KeyLabels = default_key_labels
    ) -> None:
        """Args:
        clock: In seconds: keys are no answers for a moment after an offer came.
        labels: The keys of commands, for the answers.
        """
        question = OfferQuestion(labels)
        super().__init__(question, "50k, 120_000, …", clock=clock)
        self._question = question
        self._offer: Offer | None = None

    @property
    def is_asking(self) -> bool:
        """Whether something is offered."""
        return self._offer is not None

    def ask(self, offer: Offer, *, take_focus: bool) -> None:
        """Make an offer.

        Args:
            offer: What is offered.
            take_focus: Whether keys may go here: only while the composer is empty.
        """
        if self._offer != offer:
            self.start_question()
        self._offer = offer
        self._question.set_offer(offer)
        self.take_focus_if_allowed(take_focus)

    def withdraw(self) -> None:
        """Nothing is offered any more."""
        self._offer = None
        self.close_line()

    # Answers ---------------------------------------------------------------------

    def on_click(self, event: events.Click) -> None:
        """A click on an answer is that answer."""
        way = event.style.meta.get("answer")
        if way is not None:
            event.stop()
            self.action_answer(way)

    def action_answer(self, way: OfferChoiceId) -> None:
        """Give an answer; another amount is asked for first."""
        if self._offer is None:
            return
        if way == "other":
            self._question.remark = ""
            self.open_line(format_tokens(self._offer.amount))
        else:
            self._answer(self._offer.amount if way == "take" else None)

    def action_decline(self) -> None:
        """Decline; while an amount is written, only back to the answers."""
        if self.is_writing:
            self.close_line()
            self.take_focus_now()
        else:
            self._answer(None)

    def action_answer_selected(self) -> None:
        """Give the marked answer."""
        answers = self._question.choices
        if answers:
            self.action_answer(answers[self._question.selected].way)

    def action_select(self, by: int) -> None:
        """Mark another answer."""
        self.move_mark(by, len(self._question.choices))

    def on_input_changed(self, event: Input.Changed) -> None:
        """What was wrong is being mended."""
        event.stop()
        self._question.remark = ""
        self._question.rebuild()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """The amount is written."""
        event.stop()
        amount = parse_token_amount(event.value)
        if isinstance(amount, int):
            self._answer(amount)
        else:
            self._question.remark = amount
            self._question.rebuild()

    def _answer(self, amount: int | None) -> None:
        if self._offer is not None:
            self.withdraw()
            self.post_message(self.OfferDecided(amount))
