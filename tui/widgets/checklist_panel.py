"""The checklist of the plan at work: what is done in one row, and the open subtasks one by one.

`✔ 4 done 3.4k` used 3.4k together, `▶ lexer.py 900 of ≈ 2k` used 900 and will take about 2k in
all, `○ io.py ≈ 1.1k` will take 1.1k. `reading, planning 20k` is what no subtask is charged with,
`✔ 6 of earlier prompts` what was planned and finished before. The rows add up to all that was used.

However long the plan, only the rows that fit are drawn, and the subtask at work stays in view
until the user scrolls away.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.style import Style

from tui.budget.forecast import Forecast
from tui.number_format import format_tokens, mark_estimate
from tui.reports.budget_words import NO_SUBTASK, subtask_count_words
from tui.session.checklist import Checklist, Subtask, SubtaskCounts, count_subtasks, current_subtask
from tui.widgets.budget_text import panel_title
from tui.widgets.line_widget import MUTED, LineWidget, first_fitting, flatten, left_and_right

_GLYPHS = {"done": "✔", "in_progress": "▶", "pending": "○", "skipped": "⊘"}
_GLYPH_STYLES = {
    "done": "$success",
    "in_progress": "bold $accent",
    "pending": MUTED,
    "skipped": MUTED,
}
_TITLE_LIMIT = 200
"""Cells of a subtask's title worth cleaning; the row cuts it further."""


class _Row(NamedTuple):
    """One row: an open subtask, or several things in one."""

    tasks: tuple[Subtask, ...]
    """Empty for what is charged to no subtask."""
    words: str = ""
    """In place of the title, where the row is about several subtasks or none."""

    @property
    def ids(self) -> tuple[str | None, ...]:
        """Whose tokens the row shows."""
        return tuple(task.id for task in self.tasks) or (None,)


def subtask_figures(used: str, expected: int | None) -> str:
    """`900 of ≈ 2k` of a subtask that has begun, `≈ 1.1k` of another one.

    Args:
        used: What it used, in words; empty where that is nothing.
        expected: Tokens that it will have used in the end; None while nothing tells.
    """
    if expected is None:
        return used
    whole = f"≈ {format_tokens(expected)}"
    return f"{used} of {whole}" if used else whole


class ChecklistPanel(LineWidget, can_focus=True):
    """The subtasks of the plan with their tokens, and what was spent beside them."""

    FOCUS_ON_CLICK = False  # whoever clicks on a subtask goes on writing afterwards
    WHEEL_ROWS = 2
    DEFAULT_CSS = """
    ChecklistPanel { height: 1fr; }
    ChecklistPanel:focus { background: $boost; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Up", show=False),
        Binding("down", "move(1)", "Down", show=False),
        Binding("pageup", "move(-10)", "Page up", show=False),
        Binding("pagedown", "move(10)", "Page down", show=False),
        Binding("home", "move(-1000000)", "To the first", show=False),
        Binding("end", "move(1000000)", "To the last", show=False),
        Binding("enter,space", "open", "Entries of the subtask", show=False),
    ]

    @dataclass
    class SubtaskChosen(Message):
        """The user wants to see what a subtask is charged with."""

        subtask: str | None
        """Its id; None for what is charged to none."""

    @dataclass
    class SeveralChosen(Message):
        """The user wants to see what the subtasks behind a row for several are charged with."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._rows: tuple[_Row, ...] = ()
        self._counts = SubtaskCounts()
        self._spent: Mapping[str | None, int] = {}
        self._streaming_tokens = 0
        self._estimated: Collection[str | None] = ()
        self._outlook: Forecast | None = None
        self._current: str | None = None
        self._top: int | None = None
        """First row the user scrolled to; None follows the subtask at work."""
        self._marked_at: int | None = None
        """The row that Enter opens; None: the one at work."""

    def show(
        self,
        checklist: Checklist,
        spent: Mapping[str | None, int],
        *,
        plan: Collection[str] | None = None,
        live: int = 0,
        estimated: Collection[str | None] = (),
        ahead: Forecast | None = None,
    ) -> None:
        """Show the plan at work.

        Args:
            checklist: All subtasks of the session.
            spent: Charged tokens by id, None for the unassigned rest.
            plan: Ids of the subtasks that belong to the plan at work; None: all.
            live: Estimated tokens of what is streaming now, on top of them.
            estimated: Ids whose `spent` is in part an estimate.
            ahead: What the open subtasks still need; None when nothing tells.
        """
        self._streaming_tokens, self._estimated, self._outlook = live, estimated, ahead
        at_work = current_subtask(checklist)
        if (at_work.id if at_work else None) != self._current:
            self._current = at_work.id if at_work else None
            self._top = self._marked_at = None
        self._spent = spent
        tasks = checklist if plan is None else {id: checklist[id] for id in plan if id in checklist}
        self._counts = count_subtasks(tasks)
        earlier = tuple(task for id, task in checklist.items() if id not in tasks)
        self._rows = tuple(self._rows_of(tuple(tasks.values()), earlier)) if tasks else ()
        self.rebuild()

    def _rows_of(self, tasks: Sequence[Subtask], earlier: tuple[Subtask, ...]) -> Iterable[_Row]:
        """The rows from top to bottom: what is over, then what is open."""
        if self._used((None,)):
            yield _Row((), NO_SUBTASK)
        if earlier:
            yield _Row(earlier, f"{len(earlier)} of earlier prompts")
        for state in ("done", "skipped"):
            over = tuple(task for task in tasks if task.state == state)
            if len(over) > 1 and (state == "done" or self._used([task.id for task in over])):
                yield _Row(over, f"{len(over)} {state}")
            elif over and (state == "done" or self._used([over[0].id])):
                yield _Row(over)
        for task in tasks:
            if task.is_open:
                yield _Row((task,))

    def _used(self, ids: Collection[str | None]) -> int:
        """Tokens charged to these, with what is streaming now."""
        live = self._streaming_tokens if self._current in ids else 0
        return sum(self._spent.get(id, 0) for id in ids) + live

    def lines(self, width: int, height: int | None = None) -> Sequence[Content]:
        """The heading and the rows that fit; nothing without a plan."""
        if not any(self._counts):
            return []
        counted = subtask_count_words(self._counts)
        ways = (
            panel_title("SUBTASKS", said, width) for said in (counted, counted.replace(" done", ""))
        )
        heading = first_fitting(width, *ways)
        room = len(self._rows) if height is None else max(1, height - 1)
        return [heading, *self._window(width, room)]

    def line_count(self, width: int) -> int | None:
        """Known without drawing hundreds of rows."""
        return 1 + len(self._rows) if any(self._counts) else None

    def _window(self, width: int, room: int) -> list[Content]:
        """The rows in view, with a word on what is above and below."""
        if len(self._rows) <= room:
            return [self._row(at, width) for at in range(len(self._rows))]
        top = self._first_row(room)
        rows = [self._row(at, width) for at in range(top, top + room)]
        if top and room > 2:
            rows[0] = self._rest_line("↑", self._rows[: top + 1], width)
        if top + room < len(self._rows) and room > 2:
            rows[-1] = self._rest_line("↓", self._rows[top + room - 1 :], width)
        return rows

    def _rest_line(self, arrow: str, rows: Sequence[_Row], width: int) -> Content:
        """`↓ 12 more    ≈ 2.5k`: rows out of view, and what the open ones of them will take."""
        rest = self._outlook.by_subtask if self._outlook else {}
        tokens = sum(rest.get(task.id, 0) for row in rows for task in row.tasks)
        figure = Content.styled(f"≈ {format_tokens(tokens)}" if tokens else "", MUTED)
        return left_and_right(Content.styled(f"{arrow} {len(rows)} more", MUTED), figure, width)

    def _first_row(self, room: int) -> int:
        most = len(self._rows) - room
        if self._top is not None:
            self._top = min(max(0, self._top), most)
            return self._top
        return min(max(0, self._row_at_work() - room // 2), most)

    def _row_at_work(self) -> int:
        """Where to look: the subtask at work, else the first one open, else the end."""
        for wanted in ("in_progress", "pending"):
            for at, row in enumerate(self._rows):
                if any(task.state == wanted for task in row.tasks):
                    return at
        return max(0, len(self._rows) - 1)

    def _row(self, at: int, width: int) -> Content:
        row = self._rows[at]
        state = row.tasks[0].state if row.tasks else None
        name = row.words or flatten(row.tasks[0].title, _TITLE_LIMIT)
        over = state not in ("in_progress", "pending")
        style = MUTED if over else "bold" if row.ids == (self._current,) else ""
        glyph = (_GLYPHS[state], _GLYPH_STYLES[state]) if state else ("·", MUTED)
        left = Content.assemble(glyph, " ", (name, style))
        figures = Content.styled(self._figures(row), MUTED)
        return self._clickable_row(left_and_right(left, figures, width), at)

    def _clickable_row(self, line: Content, at: int) -> Content:
        """Row `at`, told apart while it is marked; a click on it names it."""
        line = line.stylize(Style.from_meta({"row": at}))
        return line.stylize("reverse") if self.has_focus and at == self._marked_row else line

    def _figures(self, row: _Row) -> str:
        """What it used, and while it is open what it will use in all."""
        cost = self._used(row.ids)
        live = self._streaming_tokens > 0 and self._current in row.ids
        guessed = live or any(id in self._estimated for id in row.ids)
        used = mark_estimate(format_tokens(cost), guessed) if cost else ""
        rest = (
            self._outlook.by_subtask.get(row.tasks[0].id) if row.tasks and self._outlook else None
        )
        whole = None if rest is None else cost - (self._streaming_tokens if live else 0) + rest
        # An answer may take more than was expected before the forecast knows of it.
        return subtask_figures(used, whole if whole and whole > cost else None)

    @property
    def figures_at_work(self) -> str:
        """What the subtask at work used, and will use in all, in words; empty without one."""
        found = (row for row in self._rows if row.ids == (self._current,) and row.tasks)
        return next((self._figures(row) for row in found), "")

    @property
    def _marked_row(self) -> int:
        """The row that Enter opens."""
        at = self._row_at_work() if self._marked_at is None else self._marked_at
        return min(at, max(0, len(self._rows) - 1))

    @property
    def _room(self) -> int:
        """Rows there are for subtasks."""
        return max(1, self.size.height - 1)

    def on_focus(self) -> None:
        """The mark is seen while keys move it."""
        self.rebuild()

    def on_blur(self) -> None:
        """Without keys there is no mark."""
        self.rebuild()

    def action_move(self, by: int) -> None:
        """Mark a row further down, and keep it in view."""
        self._marked_at = min(max(0, self._marked_row + by), max(0, len(self._rows) - 1))
        room = self._room
        if len(self._rows) > room:
            # The first and the last row in view may say how many more there are.
            at, edge = self._marked_at, int(room > 2)
            top = min(self._first_row(room), at - edge)
            self._top = max(top, at + edge - room + 1)
        self.rebuild()

    def action_open(self) -> None:
        """Open what the marked row is charged with."""
        self._open(self._marked_row)

    def on_click(self, event: events.Click) -> None:
        """A click opens what the row under it is charged with."""
        at = event.style.meta.get("row")
        if at is not None:
            event.stop()
            self._open(at)

    def _open(self, at: int) -> None:
        if at >= len(self._rows):
            return
        row = self._rows[at]
        self.post_message(
            self.SeveralChosen() if len(row.tasks) > 1 else self.SubtaskChosen(row.ids[0])
        )

    def action_scroll(self, by: int) -> None:
        """Look `by` rows further down."""
        room = self._room
        if len(self._rows) > room:
            self._top = self._first_row(room) + by
            self.rebuild()
