"""What is drawn of a reached limit: which one, how far, and the ways to go on.

What finishing and extending mean depends on the limit: at the budget's reserve the model
still writes its report, at a hard limit no further request may be sent, and only limits in
tokens are extended by an amount.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import ClassVar

from textual.content import Content
from textual.message import Message

from tui.agent.monthly_budget_words import amount_words
from tui.budget.hard_limits import limit_text
from tui.budget.meters import BudgetMeter
from tui.number_format import format_countdown, format_tokens
from tui.reports.budget_words import used_and_left
from tui.reports.landing_block import NextWork
from tui.session.events import LimitAnswer, LimitReached
from tui.widgets.key_row import key_rows
from tui.widgets.landing_view import next_rows
from tui.widgets.line_widget import MUTED, flatten
from tui.widgets.question_view import (
    AnswerLine,
    Choice,
    Decision,
    Question,
    QuestionKind,
    QuestionView,
)
from tui.widgets.token_amount import parse_token_amount

_MOST_ANSWERS = 3
"""Rows of answers; where they take more, their words are shorter."""


@dataclass(frozen=True, slots=True)
class LimitAsked:
    """A reached limit, as the question about it needs it."""

    reached: LimitReached
    budget: BudgetMeter | None = None
    """None without a budget: a hard limit may be reached without one."""
    lower: str | None = None
    """The effort level below the one in use; None offers no lower one."""
    until: float | None = None
    """When silence becomes a pause, in seconds of the pane's clock; None never."""
    progress: tuple[str, ...] = ()
    """How far the work is: `4 of 20 done`, `$0.23`, …"""
    next: NextWork | None = None
    """What is left to do; None where nothing tells."""

    @property
    def extends_by_tokens(self) -> bool:
        """Whether an extension is so many tokens; other limits are raised as a whole."""
        return self.reached.limit in ("budget", "over_budget")

    @property
    def is_standstill(self) -> bool:
        """Whether the question is about a turn without progress, not about a limit."""
        return self.reached.limit == "progress"

    @property
    def can_extend(self) -> bool:
        """Whether the limit can be raised; a cap may forbid it."""
        return bool(self.reached.extend_by) or self.reached.raise_to is not None


@dataclass
class LimitDecided(Decision):
    """The user said how it goes on at a reached limit."""

    answer: LimitAnswer
    by: int = 0
    """Tokens to add, with `extend`; 0 at a limit that is not counted in tokens."""
    effort: str | None = None
    """The effort to go on with; None keeps it."""


@dataclass
class LimitAdviceRequested(Message):
    """The user wants to see what such tasks take; the question stays."""


class LimitQuestion(Question):
    """How it goes on at a reached limit: sentence, figures, countdown and answers."""

    kind: ClassVar = QuestionKind("limit", escape="pause", delays_enter=True)

    def __init__(self, asked: LimitAsked) -> None:
        """Args: asked: the limit that was reached."""
        self._asked = asked
        self.until = asked.until

    @property
    def subject(self) -> LimitReached:
        """The limit that was reached."""
        return self._asked.reached

    @property
    def choices(self) -> tuple[Choice, ...]:
        """Those on offer, the one given by Enter first."""
        return tuple(_choices(self._asked))

    def answer(self, id: str) -> Message | AnswerLine:
        """An extension by tokens asks for its amount first."""
        match id:
            case "advise":
                return LimitAdviceRequested()
            case "finish" | "pause" | "stop":
                return LimitDecided(id)
            case "continue":
                return LimitDecided("extend")
            case _:
                effort = self._asked.lower if id == "lower" else None
                if self._asked.extends_by_tokens:
                    return self._amount_line(effort)
                return LimitDecided("extend", 0, effort)

    def _amount_line(self, effort: str | None) -> AnswerLine:
        then = f", then {effort} effort" if effort else ""

        def extend(text: str) -> Decision | str:
            by = self._amount(text)
            return LimitDecided("extend", by, effort) if isinstance(by, int) else by

        return AnswerLine(
            Content.assemble(("extend by how many tokens?", "bold"), (then, MUTED)),
            submit=extend,
            text=format_tokens(self._asked.reached.extend_by),
            keys="enter extends · esc goes back",
            keys_may_move=True,
            remark=self._outcome,
        )

    def _outcome(self, text: str) -> Content:
        """What the amount would come to."""
        by, budget = self._amount(text), self._asked.budget
        if budget is None or not isinstance(by, int):
            return Content("")
        words = f"→ {used_and_left(replace(budget, grant=budget.grant + by))}"
        if budget.left + by > budget.reserve:
            return Content.styled(words, MUTED)
        return Content.styled(f"{words}: still no more than the reserve", "$warning")

    def _amount(self, text: str) -> int | str:
        """The tokens that `text` amounts to; else the sentence that says why not."""
        reached = self._asked.reached
        by = parse_token_amount(text, " to extend by")
        if isinstance(by, int) and by > (reached.extend_most or by):
            most = format_tokens(reached.extend_most or 0)
            return f"{format_tokens(by)} is more than may be added ({most}). {reached.cap}"
        return by

    def lines(self, view: QuestionView, width: int, height: int | None) -> Sequence[Content]:
        """Sentence, how far, what is left, and the answers, which are the last to go."""
        foot = (
            view.line_rows(view.line, width)
            if view.line
            else view.answer_rows(width, most=_MOST_ANSWERS, beside=self._silence(view))
        )
        sentence = self._sentence(width)
        room = None if height is None else height - len(foot)
        for facts in (self._facts(width), []):
            if room is None or len(sentence) + len(facts) <= room:
                return [*sentence, *facts, *foot]
        return [*_cut(sentence, max(0, room or 0), width), *foot]

    def _sentence(self, width: int) -> list[Content]:
        asked = self._asked
        sentence = Content.styled(flatten(asked.reached.sentence, 400), "bold $warning")
        rows = list(sentence.wrap(max(1, width)))
        if asked.reached.cap and not asked.can_extend:
            words = f"It cannot be extended. {flatten(asked.reached.cap, 400)}"
            rows += Content.styled(words, "$warning").wrap(max(1, width))
        return rows

    def _facts(self, width: int) -> list[Content]:
        """How far the work is, and what is left."""
        asked = self._asked
        facts = list(asked.progress)
        # Of the budget the sentence itself says how much is used.
        if asked.budget is not None and asked.reached.limit not in ("budget", "over_budget"):
            facts.append(used_and_left(asked.budget))
        rows = key_rows([Content(fact) for fact in facts], width)
        return [*rows, *(next_rows(asked.next, width) if asked.next else ())]

    def _silence(self, view: QuestionView) -> str:
        seconds = self.seconds_left(view.now())
        if seconds is None:
            return ""
        return f"pauses in {format_countdown(seconds)}" if seconds else "pausing"


def _cut(sentence: list[Content], room: int, width: int) -> list[Content]:
    """The sentence in `room` rows."""
    kept = sentence[:room]
    if kept and len(kept) < len(sentence):
        kept[-1] = Content.assemble(kept[-1].truncate(max(0, width - 2)), " …")
    return kept


def _choices(asked: LimitAsked) -> Iterator[Choice]:
    if asked.is_standstill:
        yield Choice("stop", "stop here", "stop")
        yield Choice("continue", "go on all the same", "continue")
        return
    yield Choice("finish", f"finish ({_finish_words(asked)})", "finish")
    if asked.can_extend:
        yield Choice("extend", *_extend_words(asked))
    if asked.can_extend and asked.lower is not None:
        lower = flatten(asked.lower, 12)
        yield Choice("lower", f"extend, {lower} effort", lower)
    yield Choice("pause", "pause", "pause")
    if asked.can_extend and asked.extends_by_tokens:
        yield Choice("advise", "advise", "advise")
    yield Choice("stop", "stop", "stop")


def _extend_words(asked: LimitAsked) -> tuple[str, str]:
    """What extending comes to, and the same in short."""
    limit, value = asked.reached.limit, asked.reached.raise_to
    if limit == "monthly":
        amount = amount_words(value or Decimal(0), asked.reached.raise_unit or "dollars")
        return f"raise it to {amount} for this session", "raise"
    if limit == "budget" or limit == "progress" or limit == "over_budget" or value is None:
        by = format_tokens(asked.reached.extend_by)
        return f"extend by {by}", f"+{by}"
    return f"raise it to {limit_text(limit, value)}", "raise"


def _finish_words(asked: LimitAsked) -> str:
    """What happens if the user finishes here."""
    if asked.reached.limit == "monthly":
        return "the prompt is not sent" if asked.reached.unsent else "the model reports"
    if asked.reached.limit != "budget" or (asked.budget and asked.budget.left <= 0):
        return "the program reports"
    if asked.budget is None:
        return "with a report"
    if asked.budget.left < asked.budget.reserve:
        return f"report within the {format_tokens(asked.budget.left)} left"
    return f"report within {format_tokens(asked.budget.reserve)}"
