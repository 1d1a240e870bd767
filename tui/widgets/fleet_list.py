"""The list of all sessions on this machine, and what there is to say of the one under the mark."""

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import NamedTuple

from textual import events
from textual.content import Content
from textual.message import Message
from textual.style import Style

from tui.budget.stages import StageThresholds
from tui.number_format import count_with_noun
from tui.reports.fleet_page import (
    HEADINGS,
    RIGHT_COLUMNS,
    FleetCells,
    activity_text,
    dollars_text,
    fleet_cells,
    folder_text,
    gauge_text,
    matches,
    place_text,
    session_title,
)
from tui.session.fleet import FleetSession, FleetState
from tui.widgets.line_widget import MUTED, LineWidget

STATE_STYLES: dict[FleetState, str] = {
    "waiting": "bold $warning",
    "working": "$accent",
    "failed": "$error",
    "landed": "$success",
    "idle": "",
    "closed": MUTED,
    "crashed": "$error",
    "damaged": "$error",
}
"""Colours repeat what the word says."""
GAP = 2
"""Cells between two columns."""
LEAST_NAME = 12
MOST_NAME = 36
NO_SESSIONS = "There is no session on this machine yet."
NOTHING_FITS = "No session fits these words."
READING = "reading …"


class _Column(NamedTuple):
    """A column, in the order of the rows."""

    name: str
    """Of the field of `FleetCells`."""
    cells: int
    """Its width; 0: what the others leave."""
    least_width: int
    """Width of the list from which on it is shown."""


COLUMNS = (
    _Column("state", 13, 0),
    _Column("name", 0, 0),
    _Column("folder", 22, 110),
    _Column("left", 14, 60),
    _Column("stage", 8, 92),
    _Column("dollars", 7, 50),
    _Column("ago", 4, 0),
    _Column("doing", 0, 130),
)


def column_widths(width: int) -> dict[str, int]:
    """The columns that a list of `width` cells shows, and their cells."""
    shown = [column for column in COLUMNS if width >= column.least_width]
    fixed = sum(column.cells for column in shown) + GAP * len(shown)
    rest = max(LEAST_NAME, width - fixed)
    wide = any(column.name == "doing" for column in shown)
    name = min(rest, MOST_NAME) if wide else rest
    flexible = {"name": name, "doing": rest - name}
    return {column.name: column.cells or flexible[column.name] for column in shown}


class FleetList(LineWidget, can_focus=True):
    """All sessions, one of them marked; draws the rows that there is room for."""

    DEFAULT_CSS = "FleetList { height: 1fr; min-height: 4; }"
    WHEEL_ROWS = 1

    @dataclass
    class MarkMoved(Message):
        """Another session is marked now."""

    @dataclass
    class SessionChosen(Message):
        """The user clicked the marked session."""

    def __init__(self, thresholds: StageThresholds = StageThresholds()) -> None:
        """Args: thresholds: where the stages of budgets begin."""
        super().__init__()
        self._thresholds = thresholds
        self._every: Sequence[FleetSession] | None = None
        """All sessions; None while nobody has looked."""
        self._sessions: Sequence[FleetSession] = ()
        """Those that fit the filter."""
        self._words = ""
        self._minute = 0
        """Of the ages that were drawn last."""
        self._now = 0.0
        self._at = 0
        self._top = 0

    @property
    def marked(self) -> FleetSession | None:
        """The session under the mark."""
        return self._sessions[self._at] if self._sessions else None

    def show(self, sessions: Sequence[FleetSession], now: float) -> None:
        """Show sessions; the mark stays with its session.

        Args:
            sessions: In their order.
            now: Seconds since the Unix epoch.
        """
        minute = int(now // 60)
        if sessions == self._every and minute == self._minute:
            return
        self._every, self._minute, self._now = sessions, minute, now
        self._select()

    def filter(self, words: str) -> None:
        """Show only sessions that hold some words; empty shows all."""
        if words != self._words:
            self._words, self._at = words, 0
            self._select()
            self.post_message(self.MarkMoved())

    def _select(self) -> None:
        """Find the sessions to show; a mark that was moved stays with its session."""
        before, every = self.marked, self._every or ()
        shown = [each for each in every if matches(each, self._words)] if self._words else every
        paths = [each.path for each in shown]
        if before is not None and before.path in paths and self._at:
            self._at = paths.index(before.path)
        self._sessions, self._at = shown, min(self._at, max(0, len(shown) - 1))
        self.rebuild()

    def move(self, by: int) -> None:
        """Move the mark by so many sessions."""
        last = len(self._sessions) - 1
        wanted = min(max(0, self._at + by), max(0, last))
        if wanted != self._at:
            self._at = wanted
            self.rebuild()
            self.post_message(self.MarkMoved())

    def action_scroll(self, by: int) -> None:
        """Move the mark by the mouse wheel."""
        self.move(by)

    @property
    def page(self) -> int:
        """Sessions in view, less one to read on from."""
        return max(1, self.size.height - 3)

    def line_count(self, width: int) -> int | None:
        """A heading, and a row for each session."""
        return len(self._sessions) + 1

    def lines(self, width: int, height: int | None = None) -> Sequence[Content]:
        """The heading, and the rows around the mark."""
        if not self._sessions:
            empty = NOTHING_FITS if self._every else NO_SESSIONS
            return [Content.styled(READING if self._every is None else empty, MUTED)]
        count = len(self._sessions)
        room = count if height is None else max(1, height - 1)
        if room < count:
            room = max(1, room - 1)  # the last row says how many are below
        most = max(0, count - room)
        self._top = min(max(self._top, self._at - room + 1), self._at, most)
        widths = column_widths(width - GAP)
        shown = range(self._top, min(self._top + room, count))
        rows = [
            Content.assemble("  ", _row(HEADINGS, widths, MUTED, MUTED)),
            *(self._session_row(at, widths) for at in shown),
        ]
        if room < count:
            below = count - shown.stop
            words = f"  ↓ {below:,} more" if below else f"  the end · {count:,} sessions"
            rows.append(Content.styled(words, MUTED))
        return rows

    def _session_row(self, at: int, widths: dict[str, int]) -> Content:
        session, here = self._sessions[at], at == self._at
        style = STATE_STYLES[session.state]
        rest = MUTED if not session.is_open and not here else ""
        row = _row(fleet_cells(session, self._now, self._thresholds), widths, style, rest)
        line = Content.assemble(("▸ " if here else "  ", "$accent"), row)
        return (line.stylize("bold") if here else line).stylize(Style.from_meta({"session": at}))

    def on_click(self, event: events.Click) -> None:
        """Mark what is under the mouse; choose it where it is marked already."""
        at = event.style.meta.get("session")
        if at is None:
            return
        event.stop()
        if at == self._at:
            self.post_message(self.SessionChosen())
        else:
            self.move(at - self._at)


def _row(cells: FleetCells, widths: dict[str, int], state: str, rest: str) -> Content:
    """The cells of a row in their columns."""
    parts: list[str | Content] = []
    for name, width in widths.items():
        cell = Content.styled(getattr(cells, name), state if name == "state" else rest)
        cell = cell.truncate(width, ellipsis=True)
        pad = " " * max(0, width - cell.cell_length)
        parts += [pad, cell] if name in RIGHT_COLUMNS else [cell, pad]
        parts.append(" " * GAP)
    return Content.assemble(*parts)


class FleetDetails(LineWidget):
    """What there is to say of one session; below it a remark on what was just done."""

    DEFAULT_CSS = "FleetDetails { height: auto; max-height: 9; padding: 0 0 0 2; }"
    MOST_ROWS = 3
    """Rows of what a session does."""

    def __init__(self, own_pid: int, thresholds: StageThresholds = StageThresholds()) -> None:
        """Args:
        own_pid: Number of this process.
        thresholds: Where the stages of budgets begin.
        """
        super().__init__()
        self._own_pid = own_pid
        self._thresholds = thresholds
        self._session: FleetSession | None = None
        self._is_asked = False
        self._remark = ""

    @property
    def remark(self) -> str:
        """What was said last."""
        return self._remark

    def show(self, session: FleetSession | None, *, is_asked: bool = False) -> None:
        """Show a session.

        Args:
            session: The one under the mark; None for none.
            is_asked: Whether its question is shown below, so that it is not said here.
        """
        if (session, is_asked) != (self._session, self._is_asked):
            self._session, self._is_asked = session, is_asked
            self.rebuild()

    def say(self, remark: str) -> None:
        """Say something below the session."""
        if remark != self._remark:
            self._remark = remark
            self.rebuild()

    def lines(self, width: int, height: int | None = None) -> list[Content]:
        """Name, what it does, figures, and where it is."""
        remark = [Content.styled(line, "$warning") for line in wrap(self._remark, max(20, width))]
        session = self._session
        if session is None:
            return remark
        summary = session.summary
        done = f"{summary.subtasks_done} of {summary.subtasks} done" if summary.subtasks else ""
        figures = [
            done,
            gauge_text(session, self._thresholds),
            dollars_text(session),
            count_with_noun(summary.turns, "turn"),
            f"mode {summary.mode}" if summary.mode else "",
            summary.model,
        ]
        place = place_text(session, self._own_pid)
        folder = folder_text(session, max(LEAST_NAME, width - len(place) - 3))
        doing = [] if self._is_asked else wrap(activity_text(session, 600), max(20, width))
        return [
            Content.styled(session_title(session, max(20, width)), "bold"),
            *(Content(line) for line in doing[: self.MOST_ROWS]),
            Content(" · ".join(filter(None, figures))),
            Content.styled(" · ".join(filter(None, (folder, place))), MUTED),
            *remark,
        ]
