"""What is drawn of a reached limit: which one, how far, and the ways to go on.

What finishing and extending mean depends on the limit: at the budget's reserve the model
still writes its report, at a hard limit no further request may be sent, and only limits in
tokens are extended by an amount.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from textual.content import Content
from textual.style import Style

from tui.budget.hard_limits import limit_text
from tui.budget.meters import BudgetMeter
from tui.number_format import format_countdown, format_tokens
from tui.reports.budget_words import used_and_left
from tui.reports.key_labels import KeyLabels, answer_hint, default_key_labels, key_prefix
from tui.session.events import LimitReached
from tui.widgets.line_widget import MUTED, flatten, left_and_right
from tui.widgets.question_prompt import QuestionLines

LimitChoiceId = Literal["finish", "extend", "continue", "lower", "pause", "stop"]
"""The answers; `lower` extends too, at a lower effort. `continue` is for a turn that makes no
progress: of it only `stop` is offered beside."""

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
        """Whether a turn is asked about that makes no progress, and no limit."""
        return self.reached.limit == "progress"

    @property
    def can_extend(self) -> bool:
        """Whether more is to be had; a cap may be in the way."""
        return bool(self.reached.extend_by) or self.reached.raise_to is not None


class LimitChoice(NamedTuple):
    """One of the ways to go on."""

    way: LimitChoiceId
    name: str
    effect: str
    """What it does, in a few words."""
    short: str


class LimitQuestion(QuestionLines):
    """Sentence, figures, countdown and answers. Keys are the prompt's affair."""

    DEFAULT_CSS = "LimitQuestion { height: auto; max-height: 40vh; }"

    def __init__(self, now: Callable[[], float], labels: KeyLabels = default_key_labels) -> None:
        """Args:
        now: The pane's clock, in seconds.
        labels: The keys of commands, for the answers.
        """
        super().__init__()
        self._now = now
        self._labels = labels
        self._asked: LimitAsked | None = None
        self.effort: str | None = None
        """The effort an extension being written would go on with; None keeps it."""
        self.remark = Content("")
        """What is said of the amount being written."""

    def set_question(self, asked: LimitAsked) -> None:
        """Ask about `asked`."""
        self._asked = asked
        self.rebuild()

    @property
    def choices(self) -> tuple[LimitChoice, ...]:
        """Those on offer, the one given by Enter first."""
        return tuple(_choices(self._asked)) if self._asked else ()

    @property
    def seconds_left(self) -> int | None:
        """Started seconds until it pauses by itself; None while it waits for ever."""
        if self._asked is None or self._asked.until is None:
            return None
        return max(0, -int(-(self._asked.until - self._now()) // 1))

    def lines(self, width: int, height: int | None = None) -> Sequence[Content]:
        """Sentence, figures and answers; the answers move together where rows are few."""
        if self._asked is None:
            return []
        head, foot = self._head(self._asked, width), self._foot(width)
        if height is None or len(head) + len(foot) <= height:
            return [*head, *foot]
        if not self.is_writing and height - len(foot) < _LEAST_HEAD:
            foot = self._short_choices(width)
        # The figures stand on the gauge too.
        head = self._head(self._asked, width, figures=False)
        return [*_fit_head(head, max(0, height - len(foot)), width), *foot]

    def _head(self, asked: LimitAsked, width: int, *, figures: bool = True) -> list[Content]:
        sentence = Content.styled(flatten(asked.reached.sentence, 400), "bold $warning")
        rows = list(sentence.wrap(max(1, width)))
        if asked.reached.cap and not asked.can_extend:
            words = f"It cannot be extended. {flatten(asked.reached.cap, 400)}"
            rows += Content.styled(words, "$warning").wrap(max(1, width))
        # Of the reserve the sentence itself says how much is left.
        figures = figures and asked.reached.limit != "budget"
        used = Content(used_and_left(asked.budget) if figures and asked.budget else "")
        hint = Content.styled(self._hint(), MUTED)
        if used and used.cell_length + hint.cell_length + 2 <= width:
            return [*rows, left_and_right(used, hint, width)]
        return [*rows, *(row for row in (used, hint) if row)]

    def _hint(self) -> str:
        seconds = self.seconds_left
        silence = "" if seconds is None else f"pauses by itself in {format_countdown(seconds)}"
        if seconds == 0:
            silence = "pausing"
        come = "" if self.takes_keys else answer_hint(self._labels)
        return " · ".join(part for part in (come, silence) if part)

    def _key(self, answer: LimitChoice) -> str:
        return key_prefix(self._labels(f"limit.{answer.way}"))

    def _foot(self, width: int) -> list[Content]:
        if not self.is_writing:
            return [self._row(at, answer, width) for at, answer in enumerate(self.choices)]
        then = f" then {self.effort} effort" if self.effort else ""
        asked = Content.assemble(("extend by how many tokens?", "bold"), (then, MUTED))
        keys = Content.styled("enter extends · esc goes back", MUTED)
        rows = [left_and_right(asked, keys, width)]
        if asked.cell_length + keys.cell_length + 2 > width:
            rows = [asked, keys]
        return rows + (self.remark.wrap(max(1, width)) if self.remark else [])

    def _row(self, at: int, answer: LimitChoice, width: int) -> Content:
        chosen = self.takes_keys and at == self.selected
        names = max(len(answer.name) for answer in self.choices)
        row = Content.assemble(
            ("▸ " if chosen else "  ", "$accent"),
            (self._key(answer), "bold $accent"),
            (answer.name.ljust(names), "bold" if chosen else ""),
        )
        if width - row.cell_length >= _LEAST_WHAT:
            row = Content.assemble(row, (f"  {answer.effect}", MUTED)).truncate(
                width, ellipsis=True
            )
        return row.stylize(Style.from_meta({"answer": answer.way}))

    def _short_choices(self, width: int) -> list[Content]:
        """The answers side by side, in as few rows as they fit into."""
        rows = [Content("")]
        for at, answer in enumerate(self.choices):
            style = "bold underline" if self.takes_keys and at == self.selected else ""
            piece = Content.assemble((self._key(answer), "bold $accent"), (answer.short, style))
            piece = piece.stylize(Style.from_meta({"answer": answer.way}))
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


def _choices(asked: LimitAsked) -> Iterator[LimitChoice]:
    if asked.is_standstill:
        yield LimitChoice("stop", "stop here", "the program writes the report", "stop")
        yield LimitChoice(
            "continue", "continue", "repetitions are counted from 0 again", "continue"
        )
        return
    yield LimitChoice("finish", "finish cleanly", _finish_words(asked), "finish")
    if asked.can_extend:
        yield LimitChoice("extend", *_extend_words(asked))
    if asked.can_extend and asked.lower is not None:
        lower = flatten(asked.lower, 12)
        more = f"{format_tokens(asked.reached.extend_by)} more; " if asked.extends_by_tokens else ""
        what = f"{more}{lower} effort from the next prompt on"
        yield LimitChoice("lower", "lower effort, extend", what, lower)
    yield LimitChoice("pause", "pause and save", "it goes on whenever you come back", "pause")
    yield LimitChoice("stop", "stop now", "ends the turn here", "stop")


def _extend_words(asked: LimitAsked) -> tuple[str, str, str]:
    """What extending comes to: its name, what it does, and the name in short."""
    limit, value = asked.reached.limit, asked.reached.raise_to
    if limit == "budget" or limit == "progress" or limit == "over_budget" or value is None:
        by = format_tokens(asked.reached.extend_by)
        return f"extend by {by}", "asks for the amount, then goes on in place", f"+{by}"
    return "raise the limit", f"to {limit_text(limit, value)}, for this session", "raise"


def _finish_words(asked: LimitAsked) -> str:
    """What finishing comes to."""
    if asked.reached.limit != "budget" or (asked.budget and asked.budget.left <= 0):
        return "no more requests: the program writes the report"
    if asked.budget is None:
        return "the model wraps up within the reserve"
    if asked.budget.left < asked.budget.reserve:
        return f"the model wraps up within the {format_tokens(asked.budget.left)} that are left"
    return f"the model wraps up within the reserve of {format_tokens(asked.budget.reserve)}"
