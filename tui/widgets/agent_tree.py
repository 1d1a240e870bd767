"""The team as a tree: one row for each agent, and what there is to know of the marked one below.

However many agents there are, this is one widget: it makes the rows in view, and repaints those
that changed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.message import Message
from textual.style import Style

from tui.budget.meters import BudgetMeter
from tui.budget.stages import StageThresholds, reserve, stage
from tui.number_format import count_with_noun
from tui.reports.team_page import AgentRow
from tui.widgets.budget_bar import bar
from tui.widgets.line_widget import MUTED, LineWidget, first_fitting
from tui.widgets.transcript import transcript_styles

NO_AGENTS = "No agents yet: the model has delegated nothing in this session."
BAR_CELLS = 6
RATE_WIDTH, DETAILS_ROOM = 96, 3
"""Cells from which on a rate has its column; rows below the tree that are worth details."""
_INDENT = "  "
_AGENT_META = "agent_row"
_ATTENTION = "$warning"


@dataclass(frozen=True, slots=True)
class TeamView:
    """What the tree shows."""

    rows: tuple[AgentRow, ...] = ()
    gauge: tuple[str, ...] = ()
    """The gauge of the pool, the longest form first; empty without one."""
    details: tuple[str, ...] = ()
    """What there is to know of the marked agent, a line each."""


class AgentTree(LineWidget):
    """The rows; the body of a panel."""

    DEFAULT_CSS = "AgentTree { height: auto; max-height: 100%; }"
    WHEEL_ROWS = 1

    @dataclass
    class AgentMarked(Message):
        """Another agent is marked: its details are wanted."""

        path: tuple[str, ...]

    def __init__(
        self,
        view: TeamView,
        thresholds: StageThresholds = StageThresholds(),
        *,
        marked: tuple[str, ...] = (),
    ) -> None:
        """Args:
        view: What to show first.
        thresholds: Of the stages of a budget.
        marked: The names that lead to the agent that is marked at first; empty for the first row.
        """
        super().__init__()
        self._view = view
        self._thresholds = thresholds
        self._marked: tuple[str, ...] = marked or (view.rows[0].path if view.rows else ())
        self._drawn_mark = self._marked
        """Where the cursor was drawn: it moves together with the details below."""
        self._first_shown = 0

    @property
    def marked(self) -> AgentRow | None:
        """The agent that the cursor is on."""
        rows = self._view.rows
        return rows[self._index] if rows else None

    @property
    def _index(self) -> int:
        paths = [row.path for row in self._view.rows]
        return paths.index(self._marked) if self._marked in paths else 0

    def show_view(self, view: TeamView) -> None:
        """Show the team as it is now; the cursor stays on its agent."""
        if (view, self._marked) == (self._view, self._drawn_mark):
            return
        self._view = view
        if view.rows and self._marked not in [row.path for row in view.rows]:
            self._marked = view.rows[0].path
        self._drawn_mark = self._marked
        self.rebuild()

    def action_scroll(self, by: int) -> None:
        """Mark the agent `by` rows further down."""
        rows = self._view.rows
        if rows:
            self._mark(rows[min(max(0, self._index + by), len(rows) - 1)].path)

    def refresh_content(self) -> None:
        """The view shows it again when something changed."""

    def text_to_copy(self) -> str:
        """The tree as text, whole."""
        return "\n".join(line.plain.rstrip() for line in self.lines(160))

    def on_click(self, event: events.Click) -> None:
        """Mark the agent that was clicked."""
        at = event.style.meta.get(_AGENT_META)
        if isinstance(at, int) and at < len(self._view.rows):
            event.stop()
            self._mark(self._view.rows[at].path)

    def _mark(self, path: tuple[str, ...]) -> None:
        if path != self._marked:
            self._marked = path
            self.post_message(self.AgentMarked(path))  # the answer is a view with its details

    # Lines -----------------------------------------------------------------------

    def lines(self, width: int, height: int | None = None) -> Sequence[Content]:
        """The gauge, the agents in view, and the details of the marked one."""
        rows = self._view.rows
        if not rows:
            return list(Content.styled(NO_AGENTS, MUTED).wrap(max(1, width)))
        gauge = [first_fitting(width, *map(_bold, self._view.gauge))] if self._view.gauge else []
        details = [
            line
            for each in self._view.details
            for line in Content.styled(each, MUTED).wrap(max(1, width))
        ]
        shown = self._rows_in_view(None if height is None else height - len(gauge))
        columns = _tree_columns(rows)
        tree = [self._row(at, columns, width) for at in shown]
        if len(shown) < len(rows):
            tree.append(self._rest(shown))
        room = None if height is None else height - len(gauge) - len(tree) - 1
        if not details or (room is not None and room < DETAILS_ROOM):
            return [*gauge, *tree]
        return [*gauge, *tree, Content(""), *details[:room]]

    def _rows_in_view(self, room: int | None) -> range:
        """Indexes of the rows around the marked one that fit, with a row for how many more."""
        count = len(self._view.rows)
        if room is None or count <= room:
            self._first_shown = 0
            return range(count)
        shown = max(1, room - 1)
        at = self._index
        first = min(max(self._first_shown, at - shown + 1), at)
        self._first_shown = min(first, count - shown)
        return range(self._first_shown, self._first_shown + shown)

    def _rest(self, shown: range) -> Content:
        """`↑ 2 agents · ↓ 14 agents`: those that are not in view."""
        above, below = shown.start, len(self._view.rows) - shown.stop
        said = [
            f"{sign} {count_with_noun(count, 'agent')}"
            for sign, count in (("↑", above), ("↓", below))
            if count
        ]
        return Content.styled(f"  {' · '.join(said)}", MUTED)

    def _row(self, at: int, columns: "_TreeColumns", width: int) -> Content:
        row, here = self._view.rows[at], at == self._index
        words = _ATTENTION if row.state == "asking" else ""
        rate = [(f"{row.rate:>{columns.rate}}  ", MUTED)] if width >= RATE_WIDTH else []
        line = Content.assemble(
            ("▸ " if here else "  ", transcript_styles.CURSOR),
            (f"{_INDENT * row.depth}{row.name}".ljust(columns.name), "bold" if here else ""),
            "  ",
            bar(self._meter(row), BAR_CELLS),
            "  ",
            (row.figures.rjust(columns.figures), ""),
            "  ",
            (row.state_words.ljust(columns.state), words),
            "  ",
            *rate,
            (row.doing, MUTED),
        )
        return line.stylize(Style.from_meta({_AGENT_META: at}))

    def _meter(self, row: AgentRow) -> BudgetMeter:
        return BudgetMeter(
            grant=row.reserved,
            charged=row.charged,
            reserve=reserve(row.reserved, self._thresholds),
            stage=stage(row.reserved, row.charged, self._thresholds),
        )


def _bold(words: str) -> Content:
    return Content.styled(words, "bold")


@dataclass(frozen=True, slots=True)
class _TreeColumns:
    """Cells of the columns."""

    name: int
    figures: int
    state: int
    rate: int


def _tree_columns(rows: Sequence[AgentRow]) -> _TreeColumns:
    return _TreeColumns(
        name=min(24, max(len(row.name) + len(_INDENT) * row.depth for row in rows)),
        figures=max(len(row.figures) for row in rows),
        state=max(len(row.state_words) for row in rows),
        rate=max(len(row.rate) for row in rows),
    )
