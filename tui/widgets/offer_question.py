"""An offer that waits for a yes: more tokens, and the work goes on.

Made between two turns, when the program has something better to say than a sentence: a
bigger budget for a model that declined, an extension for work that is not finished. It asks
nothing that must be answered: another prompt takes it away.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.content import Content

from tui.number_format import format_tokens
from tui.widgets.line_widget import flatten
from tui.widgets.question_view import (
    AnswerLine,
    Choice,
    Decision,
    Question,
    QuestionKind,
    QuestionView,
)
from tui.widgets.token_amount import parse_token_amount


@dataclass(frozen=True, slots=True)
class Offer:
    """More tokens that the program offers, and what it does with them."""

    sentence: str
    """Why, in one sentence."""
    amount: int
    """Tokens."""
    take: str
    """What is done with so many tokens, with `{}` for them: `give {} and ask again`."""
    what: str = ""
    """What that comes to, in a few words."""
    without: str = ""
    """Going on without more, in words: `work with the 7k left`; empty where that makes no sense."""


@dataclass
class OfferDecided(Decision):
    """The user took what was offered, or did not."""

    amount: int | None
    """Tokens, where it is taken, 0 to go on without more; None where it is not."""


class OfferQuestion(Question):
    """Whether an offer is taken."""

    kind: ClassVar = QuestionKind("offer", escape="decline")

    def __init__(self, offer: Offer) -> None:
        """Args: offer: the offer that the user may take."""
        self._offer = offer

    @property
    def subject(self) -> Offer:
        """The offer."""
        return self._offer

    @property
    def choices(self) -> tuple[Choice, ...]:
        """Those on offer, the one given by Enter first."""
        offer = self._offer
        take = offer.take.format(format_tokens(offer.amount))
        what = f" ({offer.what})" if offer.what else ""
        more = (Choice("take", f"{take}{what}", take), Choice("other", "another amount"))
        return (
            *(more if offer.amount else ()),
            *((Choice("without", offer.without),) if offer.without else ()),
            Choice("decline", "not now"),
        )

    def answer(self, id: str) -> Decision | AnswerLine:
        """Another amount is asked for first."""
        if id == "other":
            return AnswerLine(
                Content.styled("how many tokens?", "bold"),
                submit=_taken_with,
                text=format_tokens(self._offer.amount),
                keys="enter confirms · esc goes back",
            )
        amounts = {"take": self._offer.amount, "without": 0}
        return OfferDecided(amounts.get(id))

    def lines(self, view: QuestionView, width: int, height: int | None) -> Sequence[Content]:
        """The sentence gives way to the answers where rows are few."""
        sentence = Content.styled(flatten(self._offer.sentence, 400), "bold")
        foot = view.line_rows(view.line, width) if view.line else view.answer_rows(width)
        head = list(sentence.wrap(max(1, width)))
        room = len(head) if height is None else max(0, height - len(foot))
        return [*head[:room], *foot]


def _taken_with(text: str) -> Decision | str:
    """The offer taken with the amount typed; else why it is none."""
    amount = parse_token_amount(text)
    return OfferDecided(amount) if isinstance(amount, int) else amount
