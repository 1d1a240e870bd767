"""The list of `/model` in a number of cells: no word of it is cut."""

import pytest

from tui.reports.model_list import ModelList, ModelRow
from tui.widgets.model_panel import ModelRows, ModelSource

OPUS = ModelRow("o", "Opus 5.5", ("default", "everyday, hard tasks"), "$4 / $20", "$0.44", "1M")
FABLE = ModelRow(
    "f", "Fable 5.2", ("told its budget by notes", "the largest"), "$8 / $40", "≈ $0.88", "1M"
)
SOURCE = ModelSource(
    models=lambda: ModelList((OPUS, FABLE), ()),
    efforts=lambda _: ("low", "medium"),
    effort=lambda _: "medium",
    price=lambda *_: "works in this session",
)


@pytest.mark.parametrize(
    ("width", "rows", "foot"),
    [
        (110, ("default · everyday, hard tasks", "told its budget by notes · the largest"), False),
        (76, ("default · everyday, hard tasks", "told its budget by notes"), True),
        (62, ("default", "the largest"), True),
        (54, ("default", ""), True),
    ],
)
def test_notes_are_shown_whole_or_below_the_list(width: int, rows: tuple[str, str], foot: bool):
    head, opus, fable, *below = [line.plain for line in ModelRows(SOURCE, "o").lines(width)]
    assert opus[2:].removeprefix("Opus 5.5").partition("$")[0].strip() == rows[0]
    assert fable[2:].removeprefix("Fable 5.2").partition("$")[0].strip() == rows[1]
    whole = "Opus 5.5  default · everyday, hard tasks"
    assert (whole in below) is foot
    assert len(head) <= width and "…" not in opus + fable
