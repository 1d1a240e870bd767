"""The effort of the next requests, chosen in one line: `EFFORT  low med▐high▌xhi max`.

Moving proposes a level and shows in the same row what changing to it costs, and below what it
would take where that is known; only Enter, a digit
or a click chooses. Levels the model does not have are not shown.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.style import Style

from tui.widgets.line_widget import MUTED, LineWidget, first_fitting, left_and_right

EFFORT_LABELS = {"low": "low", "medium": "med", "high": "high", "xhigh": "xhi", "max": "max"}
"""Short names; a level this table does not know is shown by its own."""

_TITLE = "EFFORT "
DIGITS = range(1, 10)
"""Keys that choose by place."""


class EffortSelector(LineWidget, can_focus=True):
    """One row of levels, with the cost while a change is proposed."""

    DEFAULT_CSS = """
    EffortSelector { height: auto; }
    EffortSelector:focus { background: $boost; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "move(-1)", "Lower effort", show=False),
        Binding("right", "move(1)", "Higher effort", show=False),
        Binding("enter,space", "choose", "Choose this effort", show=False),
        Binding("escape", "forget", "Keep the effort", show=False),
        *(Binding(str(n), f"choose_place({n})", "Choose by place", show=False) for n in DIGITS),
    ]

    @dataclass
    class Chosen(Message):
        """The user chose a level other than the one shown as current."""

        level: str

    @dataclass
    class Proposed(Message):
        """The user looks at a level: whoever knows what it would take may work that out."""

        level: str

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._levels: tuple[str, ...] = ()
        self._current: str | None = None
        self._proposed: str | None = None
        self._note: Callable[[], str] = str
        self._forecast: Callable[[str], str] = _nothing_known

    def show(
        self,
        levels: Sequence[str],
        current: str | None,
        note: Callable[[], str] = str,
        forecast: Callable[[str], str] | None = None,
    ) -> None:
        """Show `levels`, lowest first, with `current` selected.

        Args:
            levels: Those the model supports; none hides the choice.
            current: The effort of the next request.
            note: What changing costs now: `≈ $0.20 more (41k tokens written again)`; asked for
                when it is shown, because it changes with time.
            forecast: What a level would take, empty while unknown; None: nothing is known.
        """
        self._forecast = forecast or _nothing_known
        self._levels, self._current, self._note = tuple(levels), current, note
        if self._proposed not in self._levels or self._proposed == current:
            self._proposed = None
        self.rebuild()

    def lines(self, width: int, height: int | None = None) -> Sequence[Content]:
        """The levels in one row, with what the proposed change costs in place of the title.

        Below it is what the proposed level would take, where that is known.
        """
        if not self._levels:
            title = Content.styled(_TITLE, "bold")
            return [title.append(Content.styled("none for this model", MUTED))]
        rows = [self._row(width, title) for title in (_TITLE, "")]
        if self._proposed is None:
            return [first_fitting(width, *rows)]
        forecast = Content.styled(self._forecast(self._proposed), MUTED)
        below = forecast.wrap(max(1, width)) if forecast else []
        return [*self._proposal(width, rows), *below]

    def _proposal(self, width: int, rows: Sequence[Content]) -> Sequence[Content]:
        """The levels with what the change costs, in one row or with the cost below."""
        said = self._note() or "costs nothing extra"
        ways = [Content.styled(words, MUTED) for words in (said, _without_remark(said))]
        for row in rows:
            for note in ways:
                if row.cell_length + 1 + note.cell_length <= width:
                    return [left_and_right(row, note, width)]
        return [rows[1], *ways[1].wrap(max(1, width))]

    def _row(self, width: int, title: str) -> Content:
        """The levels behind the title, with gaps of two cells where there is room."""
        labels = [EFFORT_LABELS.get(level, level) for level in self._levels]
        bare = len(title) + sum(map(len, labels)) + len(labels) + 1
        # Marks are in the gaps, so that no label moves when another is selected.
        gap = 2 if title and bare + len(labels) - 1 <= width else 1
        row = Content.styled(title, "bold")
        for at, (level, label) in enumerate(zip(self._levels, labels, strict=True)):
            row = Content.assemble(row, self._gap(at, gap), self._label(level, label))
        return row.append(self._gap(len(labels), gap))

    def _gap(self, at: int, cells: int) -> Content:
        """The cells before label `at`: the marks of the selection and of the proposal."""
        before = self._levels[at - 1] if at else None
        after = self._levels[at] if at < len(self._levels) else None
        closing = {self._current: "▌", self._proposed: "›"}.get(before, "") if before else ""
        opening = {self._current: "▐", self._proposed: "‹"}.get(after, "") if after else ""
        if at in (0, len(self._levels)):
            cells = 1
        style = "$block-cursor-background" if self._current in (before, after) else "$accent"
        if cells == 1:
            return Content.styled(opening or closing or " ", style)
        return Content.styled((closing or " ") + (opening or " "), style)

    def _label(self, level: str, label: str) -> Content:
        if level == self._current:
            style = "bold $block-cursor-foreground on $block-cursor-background"
        elif level == self._proposed:
            style = "bold $accent"
        else:
            style = MUTED
        return Content.styled(label, style).stylize(Style.from_meta({"level": level}))

    def action_move(self, by: int) -> None:
        """Propose the level `by` steps higher."""
        if not self._levels:
            return
        here = self._proposed or self._current
        at = self._levels.index(here) if here in self._levels else 0
        wanted = self._levels[min(max(at + by, 0), len(self._levels) - 1)]
        self._proposed = None if wanted == self._current else wanted
        self.rebuild()
        if self._proposed is not None:
            self.post_message(self.Proposed(self._proposed))

    def action_choose(self) -> None:
        """Choose the level that is proposed."""
        if self._proposed is not None:
            self._choose(self._proposed)

    def action_forget(self) -> None:
        """Propose no other level any more."""
        self._proposed = None
        self.rebuild()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Without a proposal, Escape does what it does elsewhere; a digit too many is text."""
        if action == "choose_place":
            return parameters[0] in range(1, len(self._levels) + 1)
        return action != "forget" or self._proposed is not None

    def on_enter(self) -> None:
        """Under the mouse it says what a change costs, and works it out no sooner."""
        words = self._note()
        self.tooltip = Content(f"Another effort: {words}") if words else None

    def action_choose_place(self, place: int) -> None:
        """Choose the level at a place, counted from 1."""
        self._choose(self._levels[place - 1])

    def on_click(self, event: events.Click) -> None:
        """A click chooses the level under it."""
        level = event.style.meta.get("level")
        if level in self._levels:
            event.stop()
            self._choose(level)

    def on_blur(self) -> None:
        """A proposal does not outlive the attention."""
        self.action_forget()

    def _choose(self, level: str) -> None:
        self.action_forget()
        if level != self._current:
            self.post_message(self.Chosen(level))


def _nothing_known(level: str) -> str:
    return ""


def _without_remark(words: str) -> str:
    """The words without what is in brackets or behind a colon: `≈ $0.20 more`, `free`."""
    return words.partition(" (")[0].partition(":")[0]
