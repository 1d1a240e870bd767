"""The panel of `/model`: one list, the effort below it, and what the change costs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.style import Style

from tui.reports.model_list import ModelList, ModelRow
from tui.widgets.line_widget import MUTED, LineWidget, left_and_right
from tui.widgets.panel import Panel

OTHERS = "others"
"""Id of the row that the other models are behind."""
_HEADS = ("in / out per M", "session so far", "window")
_SHORT_HEADS = ("in / out per M", "so far", "window")


@dataclass(frozen=True, slots=True)
class ModelSource:
    """What the list asks of the session, again whenever figures change."""

    models: Callable[[], ModelList]
    efforts: Callable[[str], Sequence[str]]
    """Levels of a model by its id, lowest first."""
    effort: Callable[[str], str | None]
    """The level that a model would start with."""
    price: Callable[[str, str | None], str]
    """What a change to a model and an effort costs, as words."""


class ModelChoice(NamedTuple):
    """What the user chose."""

    model: str
    effort: str | None
    """None where the model has no levels."""
    keep: bool
    """Whether it is to be the default of new sessions."""
    with_effort: bool
    """Whether the user chose the level, too."""


class ModelRows(LineWidget):
    """The list, the levels of the marked model, and the price of changing to it."""

    DEFAULT_CSS = "ModelRows { height: auto; max-height: 100%; padding: 0 1; }"
    WHEEL_ROWS = 1

    @dataclass
    class ModelChosen(Message):
        """The user clicked a row."""

    def __init__(self, source: ModelSource, current: str) -> None:
        """Args: source: what is shown; current: id of the model in use."""
        super().__init__()
        self._source = source
        self._models = source.models()
        self._unfolded = False
        self._marked = current
        self._effort: str | None = None
        """What the user chose here; None: what the marked model would start with."""
        self._first_shown = 0

    @property
    def marked(self) -> str:
        """Id of the marked model; `OTHERS` on the row that unfolds."""
        return self._marked

    @property
    def effort(self) -> str | None:
        """The level for the marked model; None where it has none."""
        levels = self._source.efforts(self._marked)
        if self._effort in levels:
            return self._effort
        return self._source.effort(self._marked) if levels else None

    @property
    def is_effort_chosen(self) -> bool:
        """Whether the user chose the level here."""
        return self._effort is not None

    def _ids(self) -> list[str]:
        ids = [row.id for row in self._models.newest]
        if self._models.others:
            ids.append(OTHERS)
        return [*ids, *(row.id for row in self._models.others if self._unfolded)]

    def lines(self, width: int, height: int | None = None) -> Sequence[Content]:
        """The rows in view around the mark, between heading and foot."""
        shown = (*self._models.newest, *(self._models.others if self._unfolded else ()))
        columns = _Columns(shown, width)
        by_id = {row.id: row for row in shown}
        ids = self._ids()
        at = ids.index(self._marked) if self._marked in ids else 0
        head, foot = columns.head(), self._foot(width, columns, by_id.get(self._marked))
        room = len(ids) if height is None else max(1, height - 1 - len(foot))
        most = max(0, len(ids) - room)
        self._first_shown = min(max(self._first_shown, at - room + 1), at, most)
        rows = [
            self._row(id, by_id.get(id), columns, here=id == self._marked)
            for id in ids[self._first_shown : self._first_shown + room]
        ]
        return [head, *rows, *foot]

    def _row(self, id: str, row: ModelRow | None, columns: "_Columns", *, here: bool) -> Content:
        mark = ("▸ " if here else "  ", "$accent")
        if row is None:
            verb = "fewer" if self._unfolded else f"{len(self._models.others)} older …"
            line = Content.assemble(mark, (verb, "bold" if here else MUTED))
        else:
            line = Content.assemble(mark, columns.row(row, bold=here))
        return line.stylize(Style.from_meta({"model": id}))

    def _foot(self, width: int, columns: "_Columns", row: ModelRow | None) -> list[Content]:
        """What is to be known of the marked model, its levels, and what the change costs."""
        if self._marked == OTHERS:
            act = "enter hides them" if self._unfolded else "enter shows them"
            below = [Content("")] * (1 if columns.is_whole else 2)
            return [Content(""), Content.styled(act, MUTED), *below]
        levels = self._source.efforts(self._marked)
        words = Content.styled("none for this model", MUTED)
        if levels:
            words = Content("  ").join(
                Content.styled(f"▐{each}▌", "bold $accent")
                if each == self.effort
                else Content(each)
                for each in levels
            )
        effort = Content.assemble(("effort  ", MUTED), words)
        price = self._source.price(self._marked, self.effort)
        notes = [] if columns.is_whole or row is None else [_noted(row)]
        return [
            Content(""),
            *notes,
            left_and_right(effort, Content.styled("←/→" if levels else "", MUTED), width),
            *Content.styled(price, MUTED).wrap(max(1, width)),
        ]

    def action_scroll(self, by: int) -> None:
        """Move the mark by `by` rows."""
        ids = self._ids()
        at = ids.index(self._marked) if self._marked in ids else 0
        self._marked = ids[min(max(0, at + by), len(ids) - 1)]
        self.rebuild()

    def step_effort(self, by: int) -> None:
        """Choose the next higher or lower level."""
        levels, now = list(self._source.efforts(self._marked)), self.effort
        if now in levels:
            self._effort = levels[min(max(0, levels.index(now) + by), len(levels) - 1)]
            self.rebuild()

    def unfold(self) -> None:
        """Show the other models, or hide them again."""
        self._unfolded = not self._unfolded
        self.rebuild()

    def refresh_content(self) -> None:
        """Show the prices as they are now."""
        self._models = self._source.models()
        self.rebuild()

    def text_to_copy(self) -> str:
        """All models, a row a line."""
        rows = (*self._models.newest, *self._models.others)
        return "\n".join("\t".join((row.name, " · ".join(row.notes), *row[3:])) for row in rows)

    def on_click(self, event: events.Click) -> None:
        """Take the row under the mouse."""
        id = event.style.meta.get("model")
        if isinstance(id, str):
            event.stop()
            self._marked = id
            self.rebuild()
            self.post_message(self.ModelChosen())


def _noted(row: ModelRow) -> Content:
    return Content.assemble(row.name, ("  ", ""), (" · ".join(row.notes), MUTED))


class _Columns:
    """The columns of the list in a number of cells; notes that do not fit whole give way."""

    def __init__(self, rows: Sequence[ModelRow], width: int) -> None:
        self._width = width
        self._name = max(len(row.name) for row in rows)
        cells = list(zip(*(row[3:] for row in rows), strict=True))
        for heads in (_HEADS, _SHORT_HEADS):
            self._heads = heads
            self._wide = [
                max(len(head), *map(len, column)) for head, column in zip(heads, cells, strict=True)
            ]
            self._notes = width - 2 - self._name - 2 - sum(self._wide) - 2 * len(self._wide)
            self.is_whole = all(self._fitting(row) == list(row.notes) for row in rows)
            """Whether every note of every model has room."""
            if self.is_whole:
                break

    def _fitting(self, row: ModelRow) -> list[str]:
        """The notes of a model that have room beside its figures, in their order."""
        found: list[str] = []
        for note in row.notes:
            if len(" · ".join([*found, note])) <= self._notes:
                found.append(note)
        return found

    def _figures(self, cells: Sequence[str]) -> str:
        return "".join(
            "  " + cell.rjust(wide) for cell, wide in zip(cells, self._wide, strict=True)
        )

    def head(self) -> Content:
        """The headings."""
        figures = Content.styled(self._figures(self._heads), MUTED)
        return left_and_right(Content.styled("  model", MUTED), figures, self._width)

    def row(self, row: ModelRow, *, bold: bool) -> Content:
        """One model, without its mark."""
        name = Content.styled(row.name.ljust(self._name), "bold" if bold else "")
        notes = Content.styled(" · ".join(self._fitting(row)), MUTED)
        figures = Content(self._figures(row[3:])[1:])  # a blank stands before it anyway
        return left_and_right(Content.assemble(name, "  ", notes), figures, self._width - 2)


class ModelPanel(Panel):
    """The list in its panel: Enter takes the model for this session, `d` keeps it as default."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose(False)", "For this session", show=False),
        Binding("d", "choose(True)", "As default", show=False),
        Binding("left,h", "step_effort(-1)", "Lower effort", show=False),
        Binding("right,l", "step_effort(1)", "Higher effort", show=False),
    ]

    def __init__(
        self, source: ModelSource, current: str, on_chosen: Callable[[ModelChoice], None]
    ) -> None:
        """Make the panel.

        Args:
            source: What is shown.
            current: Id of the model in use.
            on_chosen: Called once with what the user chose.
        """
        self.rows = ModelRows(source, current)
        self._on_chosen = on_chosen
        keys = "enter this session · d as default"
        super().__init__("Model", self.rows, keys=keys)

    def action_step_effort(self, by: int) -> None:
        """Choose the next higher or lower level."""
        self.rows.step_effort(by)

    def action_choose(self, keep: bool) -> None:
        """Take what is marked, or unfold the other models."""
        rows = self.rows
        if rows.marked == OTHERS:
            rows.unfold()
            return
        self.action_leave()
        self._on_chosen(ModelChoice(rows.marked, rows.effort, keep, rows.is_effort_chosen))

    def on_model_rows_model_chosen(self, message: ModelRows.ModelChosen) -> None:
        """A click takes the row for this session."""
        message.stop()
        self.action_choose(False)
