"""What is drawn of a reached limit: which one, how far, and the ways to go on.

What finishing and extending mean depends on the limit: at the budget's reserve the model
still writes its report, at a hard limit no further request may be sent, and only limits in
tokens are extended by an amount.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from textual.content import Content

from tui.budget.hard_limits import limit_text
from tui.budget.meters import BudgetMeter
from tui.number_format import format_countdown, format_tokens
from tui.reports.budget_words import used_and_left
from tui.reports.key_labels import answer_hint
from tui.session.events import LimitAnswer, LimitReached
from tui.widgets.line_widget import MUTED, flatten, left_and_right
from tui.widgets.question_view import (
    AnswerLine,
    Choice,
    Decision,
    Question,
    QuestionKind,
    QuestionView,
)
from tui.widgets.token_amount import parse_token_amount

_LEAST_HEAD = 3
"""Rows of sentence, figures and countdown below which the answers move together."""

_LEAST_WHAT = 14
"""Cells for what an answer does below which it is left out."""


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


class LimitQuestion(Question):
    """How it goes on at a reached limit: sentence, figures, countdown and answers."""

    kind: ClassVar = QuestionKind("limit", max_height="40vh", escape="pause", delays_enter=True)

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

    def answer(self, id: str) -> Decision | AnswerLine:
        """An extension by tokens asks for its amount first."""
        match id:
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
        """Sentence, figures and answers; the answers move together where rows are few."""
        head = self._head(view, width)
        if view.line:
            foot = view.line_rows(view.line, width)
        else:
            foot = view.choice_rows(width, least_effect=_LEAST_WHAT)
        if height is None or len(head) + len(foot) <= height:
            return [*head, *foot]
        if not view.line and height - len(foot) < _LEAST_HEAD:
            foot = _in_few_rows(view.short_choices(), width)
        # The gauge shows the figures too.
        head = self._head(view, width, figures=False)
        return [*_fit_head(head, max(0, height - len(foot)), width), *foot]

    def _head(self, view: QuestionView, width: int, *, figures: bool = True) -> list[Content]:
        asked = self._asked
        sentence = Content.styled(flatten(asked.reached.sentence, 400), "bold $warning")
        rows = list(sentence.wrap(max(1, width)))
        if asked.reached.cap and not asked.can_extend:
            words = f"It cannot be extended. {flatten(asked.reached.cap, 400)}"
            rows += Content.styled(words, "$warning").wrap(max(1, width))
        # Of the reserve the sentence itself says how much is left.
        figures = figures and asked.reached.limit != "budget"
        used = Content(used_and_left(asked.budget) if figures and asked.budget else "")
        hint = Content.styled(self._hint(view), MUTED)
        if used and used.cell_length + hint.cell_length + 2 <= width:
            return [*rows, left_and_right(used, hint, width)]
        return [*rows, *(row for row in (used, hint) if row)]

    def _hint(self, view: QuestionView) -> str:
        seconds = self.seconds_left(view.now())
        silence = "" if seconds is None else f"pauses by itself in {format_countdown(seconds)}"
        if seconds == 0:
            silence = "pausing"
        come = "" if view.takes_keys else answer_hint(view.labels)
        return " · ".join(part for part in (come, silence) if part)


def _in_few_rows(pieces: Sequence[Content], width: int) -> list[Content]:
    """Answers side by side, in as few rows as they fit into."""
    rows = [Content("")]
    for piece in pieces:
        joined = Content.assemble(rows[-1], "  ", piece) if rows[-1] else piece
        if joined.cell_length <= width or not rows[-1]:
            rows[-1] = joined
        else:
            rows.append(piece)
    return rows


def _fit_head(head: list[Content], room: int, width: int) -> list[Content]:
    """`head` in `room` rows: the end of the sentence gives way, the countdown is last to go."""
    if len(head) <= room:
        return head
    kept = head[: room - 1] if room > 1 else []
    if kept:
        kept[-1] = Content.assemble(kept[-1].truncate(max(0, width - 2)), " …")
    return [*kept, *head[len(head) - min(room, 1) :]]


def _choices(asked: LimitAsked) -> Iterator[Choice]:
    if asked.is_standstill:
        yield Choice("stop", "stop here", "the program writes the report", "stop")
        yield Choice("continue", "continue", "the count of repetitions starts from 0", "continue")
        return
    yield Choice("finish", "finish cleanly", _finish_words(asked), "finish")
    if asked.can_extend:
        yield Choice("extend", *_extend_words(asked))
    if asked.can_extend and asked.lower is not None:
        lower = flatten(asked.lower, 12)
        more = f"{format_tokens(asked.reached.extend_by)} more; " if asked.extends_by_tokens else ""
        what = f"{more}{lower} effort from your next prompt on"
        yield Choice("lower", "lower effort, extend", what, lower)
    yield Choice("pause", "pause and save", "you can go on later, also after a restart", "pause")
    yield Choice("stop", "stop now", "ends the turn here, without a report", "stop")


def _extend_words(asked: LimitAsked) -> tuple[str, str, str]:
    """What extending comes to: its name, what it does, and the name in short."""
    limit, value = asked.reached.limit, asked.reached.raise_to
    if limit == "budget" or limit == "progress" or limit == "over_budget" or value is None:
        by = format_tokens(asked.reached.extend_by)
        return f"extend by {by}", "you type the amount, then the work goes on", f"+{by}"
    return "raise the limit", f"to {limit_text(limit, value)}, for this session", "raise"


def _finish_words(asked: LimitAsked) -> str:
    """What happens if the user finishes here."""
    if asked.reached.limit != "budget" or (asked.budget and asked.budget.left <= 0):
        return "no more requests: the program writes the report"
    if asked.budget is None:
        return "the model's report may use the reserve"
    if asked.budget.left < asked.budget.reserve:
        return f"the model's report may use the {format_tokens(asked.budget.left)} left"
    return f"the model's report may use the reserve of {format_tokens(asked.budget.reserve)}"
