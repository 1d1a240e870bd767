"""The checklist: what each subtask used, and what it still needs.

`✔ parse.py 2.1k` used 2.1k, `▶ lexer.py 900 + ≈ 1.1k` used 900 and needs about 1.1k more,
`✔ io.py with parse.py` was done with another one, which has the tokens of both.

However long the list, only the rows that fit are drawn, and the subtask at work stays in
view until the user scrolls away.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.style import Style

from tui.budget.forecast import Forecast
from tui.number_format import format_tokens, mark_estimate
from tui.session.checklist import Checklist, Subtask, count_subtasks, current_subtask
from tui.widgets.budget_text import panel_title
from tui.widgets.line_widget import MUTED, LineWidget, flatten, left_and_right

_GLYPHS = {"done": "✔", "in_progress": "▶", "pending": "○", "skipped": "⊘"}
_GLYPH_STYLES = {
    "done": "$success",
    "in_progress": "bold $accent",
    "pending": MUTED,
    "skipped": MUTED,
}
_TITLE_LIMIT = 200
"""Cells of a subtask's title worth cleaning; the row cuts it further."""
_LEADER_TITLE_CELLS = 14
"""Cells of the title of another subtask, in the row of one that was done with it."""


class ChecklistPanel(LineWidget, can_focus=True):
    """Subtasks with their tokens, the unassigned rest and the total."""

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

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._tasks: tuple[Subtask, ...] = ()
        self._heading = "SUBTASKS"
        self._spent: Mapping[str | None, int] = {}
        self._streaming_tokens = 0
        self._estimated: Collection[str | None] = ()
        self._outlook: Forecast | None = None
        self._done_with: Mapping[str, str] = {}
        self._current: str | None = None
        self._top: int | None = None
        """First row the user scrolled to; None follows the subtask at work."""
        self._marked_at: int | None = None
        """The row that Enter opens, the unassigned one behind all others; None: the one at work."""

    def show(
        self,
        checklist: Checklist,
        spent: Mapping[str | None, int],
        *,
        live: int = 0,
        estimated: Collection[str | None] = (),
        ahead: Forecast | None = None,
        done_with: Mapping[str, str] | None = None,
    ) -> None:
        """Show `checklist`.

        Args:
            checklist: The subtasks.
            spent: Charged tokens by id, None for the unassigned rest.
            live: Estimated tokens of what is streaming now, on top of them.
            estimated: Ids whose `spent` is in part an estimate.
            ahead: What the open subtasks still need; None when nothing tells.
            done_with: Subtasks without tokens of their own, by id: the one they were done with.
        """
        self._streaming_tokens, self._estimated = live, estimated
        self._outlook, self._done_with = ahead, done_with or {}
        at_work = current_subtask(checklist)
        if (at_work.id if at_work else None) != self._current:
            self._current = at_work.id if at_work else None
            self._top = self._marked_at = None
        self._tasks, self._spent = tuple(checklist.values()), spent
        self._heading = _heading(checklist)
        self.rebuild()

    def lines(self, width: int, height: int | None = None) -> Sequence[Content]:
        """The heading, the rows that fit, the unassigned row and the total."""
        if not self._tasks:
            return [panel_title("SUBTASKS", "", width), Content.styled("none planned yet", MUTED)]
        heading = panel_title(self._heading, "", width)
        foot = self._foot(width)
        room = len(self._tasks) if height is None else max(1, height - 1 - len(foot))
        return [heading, *self._window(width, room), *foot]

    def line_count(self, width: int) -> int | None:
        """Known without drawing hundreds of rows."""
        return 1 + len(self._tasks) + len(self._foot(width)) if self._tasks else None

    def _window(self, width: int, room: int) -> list[Content]:
        """The rows in view, with a word on what is above and below."""
        if len(self._tasks) <= room:
            return [self._row(at, width) for at in range(len(self._tasks))]
        top = self._first_row(room)
        rows = [self._row(at, width) for at in range(top, top + room)]
        below = len(self._tasks) - top - room
        if top and room > 2:
            rows[0] = Content.styled(f"↑ {top + 1} more", MUTED)
        if below and room > 2:
            rows[-1] = Content.styled(f"↓ {below + 1} more", MUTED)
        return rows

    def _first_row(self, room: int) -> int:
        most = len(self._tasks) - room
        if self._top is not None:
            self._top = min(max(0, self._top), most)
            return self._top
        return min(max(0, self._row_at_work() - room // 2), most)

    def _row_at_work(self) -> int:
        """Where to look: the subtask at work, else the first one open, else the end."""
        for wanted in ("in_progress", "pending"):
            for at, task in enumerate(self._tasks):
                if task.state == wanted:
                    return at
        return len(self._tasks)

    def _row(self, at: int, width: int) -> Content:
        task = self._tasks[at]
        name = flatten(task.title, _TITLE_LIMIT)
        at_work = task.id == self._current
        style = "bold" if at_work else "strike" if task.state == "skipped" else ""
        if task.state in ("done", "skipped"):
            style = f"{MUTED} {style}".strip()
        left = Content.assemble(
            (_GLYPHS[task.state], _GLYPH_STYLES[task.state]), " ", (name, style)
        )
        return self._clickable_row(left_and_right(left, self._figures(task), width), at)

    def _clickable_row(self, line: Content, at: int) -> Content:
        """Row `at`, told apart while it is marked; a click on it names it."""
        line = line.stylize(Style.from_meta({"subtask": at}))
        return line.stylize("reverse") if self.has_focus and at == self._marked_row else line

    def _figures(self, task: Subtask) -> Content:
        """What it used, and while it is open what it still needs."""
        live = self._streaming_tokens if task.id == self._current else 0
        cost = self._spent.get(task.id, 0) + live
        used = mark_estimate(format_tokens(cost), live > 0 or task.id in self._estimated)
        if not task.is_open:
            return Content.styled(used if cost else self._without_tokens(task), MUTED)
        rest = self._outlook.by_subtask.get(task.id) if self._outlook else None
        parts = [used] if cost else []
        parts += [] if rest is None else [f"≈ {format_tokens(rest)}"]
        return Content.styled(" + ".join(parts), MUTED)

    def _without_tokens(self, task: Subtask) -> str:
        """The words in place of tokens for a closed subtask that nothing was charged to."""
        if task.state == "skipped":
            return ""  # its heading and glyph say it
        leads = next(
            (each for each in self._tasks if each.id == self._done_with.get(task.id)), None
        )
        return f"with {flatten(leads.title, _LEADER_TITLE_CELLS)}" if leads else "0"

    def _foot(self, width: int) -> list[Content]:
        """What is in no subtask, and the total: the rows add up to it."""
        live = self._streaming_tokens if self._current is None else 0
        rest = self._spent.get(None, 0) + live
        rows = []
        if rest:
            estimated = live > 0 or None in self._estimated
            figure = Content.styled(mark_estimate(format_tokens(rest), estimated), MUTED)
            line = left_and_right(Content.styled("· unassigned", MUTED), figure, width)
            rows.append(self._clickable_row(line, len(self._tasks)))
        return rows + self._total(width)

    def _total(self, width: int) -> list[Content]:
        """`total 6.2k used + ≈ 4.1k to finish`; the second where there is room for it."""
        total = sum(self._spent.values()) + self._streaming_tokens
        if not total:
            return []
        name = Content.styled("  total", MUTED)
        whole = mark_estimate(
            format_tokens(total), bool(self._estimated) or self._streaming_tokens > 0
        )
        figure = Content.assemble((whole, "bold"), (" used", MUTED))
        ahead = self._outlook.to_finish if self._outlook else None
        longer = figure.append(Content.styled(f" + ≈ {format_tokens(ahead or 0)} to finish", MUTED))
        fits = ahead and name.cell_length + 1 + longer.cell_length <= width
        return [left_and_right(name, longer if fits else figure, width)]

    @property
    def _marked_row(self) -> int:
        """The row that Enter opens."""
        return min(self._row_at_work() if self._marked_at is None else self._marked_at, self._last)

    @property
    def _last(self) -> int:
        """The last row there is to open."""
        unassigned = bool(self._spent.get(None)) or (
            self._current is None and self._streaming_tokens > 0
        )
        return max(0, len(self._tasks) - (not unassigned))

    @property
    def _room(self) -> int:
        """Rows there are for subtasks."""
        return max(1, self.size.height - 1 - len(self._foot(self.size.width)))

    def on_focus(self) -> None:
        """The mark is seen while keys move it."""
        self.rebuild()

    def on_blur(self) -> None:
        """Without keys there is no mark."""
        self.rebuild()

    def action_move(self, by: int) -> None:
        """Mark a row further down, and keep it in view."""
        self._marked_at = min(max(0, self._marked_row + by), self._last)
        room = self._room
        if len(self._tasks) > room:
            # The first and the last row in view may say how many more there are.
            at, edge = min(self._marked_at, len(self._tasks) - 1), int(room > 2)
            top = min(self._first_row(room), at - edge)
            self._top = max(top, at + edge - room + 1)
        self.rebuild()

    def action_open(self) -> None:
        """Open what the marked row is charged with."""
        self._open(self._marked_row)

    def on_click(self, event: events.Click) -> None:
        """A click opens what the row under it is charged with."""
        at = event.style.meta.get("subtask")
        if at is not None:
            event.stop()
            self._open(at)

    def _open(self, at: int) -> None:
        if self._tasks:
            subtask = self._tasks[at].id if at < len(self._tasks) else None
            self.post_message(self.SubtaskChosen(subtask))

    def action_scroll(self, by: int) -> None:
        """Look `by` rows further down."""
        room = self._room
        if len(self._tasks) > room:
            self._top = self._first_row(room) + by
            self.rebuild()


def _heading(checklist: Checklist) -> str:
    """`SUBTASKS 5/6 · 2 skipped`: what is done of what is still meant to be."""
    counts = count_subtasks(checklist)
    done = f"{counts.done}/{counts.total}" if counts.total else ""
    skipped = f"{counts.skipped} skipped" if counts.skipped else ""
    return f"SUBTASKS {' · '.join(filter(None, (done, skipped)))}"
