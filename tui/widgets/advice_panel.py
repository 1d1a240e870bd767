"""The budget advisor: what tasks of a kind take, with a cursor at the budget to give."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message

from tui.budget.budget_advice import budget_advice, rounded_budget
from tui.budget.task_kinds import KINDS, TaskKind
from tui.history.advice_basis import AdviceBasis
from tui.history.effort_matrix import EffortMatrix
from tui.reports.advice_page import advice_sentence, basis_lines, warning_lines
from tui.reports.advice_plots import AXIS, axis_ends, completion_curve, run_pictures, run_words
from tui.reports.effort_matrix_page import matrix_page
from tui.settings.problems import Layer
from tui.widgets.line_widget import MUTED, LineWidget
from tui.widgets.panel import Panel

CURVE_ROWS, LEAST_CURVE_ROWS = 8, 4
FIXED_ROWS = 5
"""Rows beside the curve that are always in view: advice, cursor, keys, runs, axis."""
MIN_CURVE_CELLS = 30
STEPS = 50
"""Steps of the cursor from one end of the axis to the other."""
KEYS = "←/→ · 579g p50–p99 · k kind · m effort · h runs · enter gives"
MATRIX_KEYS = "k kind · m budget · h runs · esc closes"
RUNS_KEYS = "k kind · h budget · m effort · esc closes"
"""Keys that the frame names; the status line names Escape where there is no room."""
READING = "Reading the history …"
GIVES = "gives {} tokens"
"""What Enter does with a budget, where nothing else is said."""
SAVES = "p saves it for this project too · u for all your sessions"
ApplyBudget = Callable[[int, Layer | None], None]
"""Takes the tokens, and the layer whose file is to keep them: the project's or the user's."""
_JUMPS = {"5": 0.5, "7": 0.75, "9": 0.9, "g": 0.99}


@dataclass(frozen=True, slots=True)
class AdvisorPage:
    """What the advisor shows."""

    kind: TaskKind
    model: str
    """The name of the model."""
    basis: AdviceBasis
    matrix: EffortMatrix | None = None
    """The same kind at every effort; None where the model has no efforts."""
    is_reading: bool = False
    """Whether the history is still being read: there is nothing to show or to give yet."""


class AdvicePicture(LineWidget):
    """The advice in words, the completion curve, and what it rests on."""

    DEFAULT_CSS = "AdvicePicture { height: auto; max-height: 100%; }"
    WHEEL_ROWS = 3

    @dataclass
    class BudgetChosen(Message):
        """The user clicked into the curve or dragged the cursor."""

        tokens: float

    def __init__(self, page: AdvisorPage, use: str = GIVES) -> None:
        super().__init__()
        self._use = use
        self._top = 0
        self.is_matrix = False
        """Whether every effort is shown, in place of the curve."""
        self.shows_runs = False
        """Whether percentiles and runs are shown, in place of the curve."""
        self.show_page(page)

    @property
    def has_cursor(self) -> bool:
        """Whether a budget can be chosen: the curve is shown."""
        return not (self.is_matrix or self.shows_runs or self.page.is_reading)

    def show_matrix(self, shown: bool) -> None:
        """Show every effort, or the curve."""
        self.is_matrix, self.shows_runs, self._top = shown, False, 0
        self.rebuild()

    def show_runs(self, shown: bool) -> None:
        """Show percentiles and runs, or the curve."""
        self.is_matrix, self.shows_runs, self._top = False, shown, 0
        self.rebuild()

    def show_page(self, page: AdvisorPage) -> None:
        """Show the advice for another kind; the cursor goes to the advised budget."""
        self.page = page
        self.advice = budget_advice(page.basis.distribution)
        self.ends = axis_ends(page.basis.distribution, self.advice.budget)
        self.budget = float(self.advice.budget)
        self.rebuild()

    def move_to(self, tokens: float) -> None:
        """Put the cursor at a budget, as far as the axis goes; nothing where it is not shown."""
        if not self.has_cursor:
            return
        low, high = self.ends
        self.budget = min(high, max(low, tokens))
        self.rebuild()

    def move(self, steps: int) -> None:
        """Move the cursor by so many steps of the axis."""
        low, high = self.ends
        self.move_to(self.budget * math.exp(steps * math.log(high / low) / STEPS))

    def lines(self, width: int, height: int | None = None) -> list[Content]:
        """See `LineWidget`."""
        page = self.page
        if page.is_reading:
            rows = [Content.styled(READING, MUTED)]
        elif self.is_matrix and page.matrix is not None:
            said = matrix_page(page.matrix, page.model, [page.kind])
            rows = [Content(each) for line in said for each in _wrapped_table(line, width)]
        elif self.shows_runs:
            rows = self._run_rows(width)
        else:
            rows = self._curve_rows(width, height)
        if height is None or len(rows) <= height:
            self._top = 0
            return rows
        self._top = min(self._top, len(rows) - height)
        return rows[self._top : self._top + height]

    def _run_rows(self, width: int) -> list[Content]:
        found, cells = self.page.basis.distribution, max(MIN_CURVE_CELLS, width)
        said = [
            *_wrapped(advice_sentence(self.advice), width),
            *run_pictures(found, width=cells),
            *(each for line in run_words(found) for each in _wrapped(line, width)),
        ]
        if not found.runs:
            said += ["", "There are no runs of this kind yet."]
        return [*map(Content, said)]

    def _curve_rows(self, width: int, height: int | None) -> list[Content]:
        found = self.page.basis.distribution
        room = CURVE_ROWS if height is None else height - FIXED_ROWS
        *picture, cursor = completion_curve(
            found,
            self.budget,
            width=max(MIN_CURVE_CELLS, width),
            height=min(CURVE_ROWS, max(LEAST_CURVE_ROWS, room)),
            ends=self.ends,
        )
        chosen = f"{cursor} · enter {self._use.format(f'{rounded_budget(self.budget):,}')}"
        basis = self.page.basis
        below = [*basis_lines(basis, self.page.kind), *warning_lines(self.advice, basis)]
        return [
            *(Content(each) for each in _wrapped(advice_sentence(self.advice), width)),
            Content.styled(chosen, "bold"),
            Content.styled(SAVES, MUTED).truncate(width, ellipsis=True),
            *(Content(line) for line in picture),
            Content(""),
            *(Content.styled(each, MUTED) for line in below for each in _wrapped(line, width)),
        ]

    def action_scroll(self, by: int) -> None:
        """Look `by` rows further down."""
        self._top = max(0, self._top + by)
        self.rebuild()

    def refresh_content(self) -> None:
        """Nothing of it changes by itself."""

    def text_to_copy(self) -> str:
        """The page as text."""
        return "\n".join(line.plain for line in self.lines(self.size.width or 80))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Begin to drag the cursor."""
        self.capture_mouse()
        self._choose_at(event.x)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """End dragging."""
        self.release_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Drag the cursor."""
        if event.button:
            self._choose_at(event.x)

    def _choose_at(self, x: int) -> None:
        cells = max(1, self.size.width - AXIS - 1)
        part = min(1.0, max(0.0, (x - AXIS) / cells))
        low, high = self.ends
        self.move_to(low * math.exp(part * math.log(high / low)))


class AdvicePanel(Panel):
    """The advisor's frame and keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right", "move_cursor(1)", "More", show=False),
        Binding("left", "move_cursor(-1)", "Less", show=False),
        Binding("shift+right", f"move_cursor({STEPS // 10})", "Much more", show=False),
        Binding("shift+left", f"move_cursor({-STEPS // 10})", "Much less", show=False),
        Binding("home", f"move_cursor({-STEPS})", "The least", show=False),
        Binding("end", f"move_cursor({STEPS})", "The most", show=False),
        *(Binding(key, f"jump('{key}')", "Percentile", show=False) for key in _JUMPS),
        Binding("k", "next_kind", "Another kind", show=False),
        Binding("m", "toggle_matrix", "Every effort", show=False),
        Binding("h", "toggle_runs", "Percentiles and runs", show=False),
        Binding("enter", "apply", "Give this budget", show=False),
        Binding("p", "apply('project')", "Save it for the project", show=False),
        Binding("u", "apply('user')", "Save it for all sessions", show=False),
    ]

    def __init__(
        self,
        page: AdvisorPage,
        *,
        on_kind: Callable[[TaskKind], None],
        on_apply: ApplyBudget,
        use: str = GIVES,
    ) -> None:
        """Args:
        page: What to show first.
        on_kind: The user wants to see another kind.
        on_apply: The user takes a budget.
        use: What Enter does with it; `{}` stands for the tokens.
        """
        self.picture = AdvicePicture(page, use)
        super().__init__("Budget advisor", self.picture)
        self._on_kind, self._on_apply = on_kind, on_apply
        self._entitle()

    def show_page(self, page: AdvisorPage) -> None:
        """Show the advice for another kind."""
        self.picture.show_page(page)
        self._entitle()

    def action_move_cursor(self, steps: int) -> None:
        """Move the cursor."""
        self.picture.move(steps)

    def action_jump(self, key: str) -> None:
        """Put the cursor at a percentile."""
        self.picture.move_to(self.picture.page.basis.distribution.quantile(_JUMPS[key]))

    def action_next_kind(self) -> None:
        """Show the next kind of task."""
        at = KINDS.index(self.picture.page.kind)
        self._on_kind(KINDS[(at + 1) % len(KINDS)])

    def action_toggle_matrix(self) -> None:
        """Show every effort, or the curve again; nothing for a model without efforts."""
        if self.picture.page.matrix is None:
            return
        self.picture.show_matrix(not self.picture.is_matrix)
        self._entitle()

    def action_toggle_runs(self) -> None:
        """Show percentiles and runs, or the curve again."""
        if self.picture.page.is_reading:
            return
        self.picture.show_runs(not self.picture.shows_runs)
        self._entitle()

    def action_apply(self, save: str = "") -> None:
        """Take the budget that the cursor is at; nothing where none is shown.

        The key is taken all the same: left over, it would be typed into the composer.

        Args: save: The layer whose file keeps it, too.
        """
        if not self.picture.has_cursor:
            return
        layers = {"project": Layer.PROJECT, "user": Layer.USER}
        self._on_apply(rounded_budget(self.picture.budget), layers.get(save))
        self.action_leave()

    def _entitle(self) -> None:
        page = self.picture.page
        self.border_title = Content.assemble(
            ("Budget advisor", "bold"), (f" · {page.kind} · {page.model}", MUTED)
        )
        keys = MATRIX_KEYS if self.picture.is_matrix else KEYS
        keys = RUNS_KEYS if self.picture.shows_runs else keys
        self.border_subtitle = Content.styled(keys, MUTED)


def _wrapped(text: str, width: int) -> list[str]:
    """A sentence in lines of at most `width` characters."""
    from textwrap import wrap

    return wrap(text, max(20, width)) or [""]


def _wrapped_table(text: str, width: int) -> list[str]:
    """A row of a table as it is, with its gaps, where it fits; otherwise in lines of `width`."""
    return [text] if len(text) <= width else _wrapped(text, width)
