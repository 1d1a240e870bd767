"""The base of the panels: rows fit the width, unchanged rows are not painted again."""

import pytest
from textual.containers import Vertical
from textual.content import Content
from textual.screen import Screen
from textual.strip import Strip

from tests.widgets.widget_app import WidgetApp
from tui.widgets.line_widget import LineWidget, first_fitting, flatten, left_and_right


class Listing(LineWidget):
    """Shows the rows it is given and counts how often one is painted."""

    def __init__(self, *rows: str) -> None:
        super().__init__()
        self.rows = list(rows)
        self.painted = 0

    def lines(self, width: int, height: int | None = None) -> list[Content]:
        return [Content(row) for row in self.rows]

    def _draw(self, y: int) -> Strip:
        self.painted += 1
        return super()._draw(y)

    def show(self, *rows: str) -> None:
        self.rows = list(rows)
        self.rebuild()


async def test_only_changed_rows_are_painted_again(widget_app: type[WidgetApp]):
    listing = Listing("a", "b", "c")
    app = widget_app(listing)
    async with app.run_test(size=(20, 6)) as pilot:
        await pilot.pause()
        listing.painted = 0
        listing.show("a", "B", "c")
        await pilot.pause()
        assert app.rows()[:3] == ["a", "B", "c"]
        assert listing.painted == 1


async def test_more_or_fewer_rows_change_the_height(widget_app: type[WidgetApp]):
    listing = Listing("a")
    app = widget_app(listing, Listing("below"))
    async with app.run_test(size=(20, 6)) as pilot:
        await pilot.pause()
        listing.show("a", "b", "c")
        await pilot.pause()
        assert app.rows()[:4] == ["a", "b", "c", "below"]
        listing.show("z")
        await pilot.pause()
        assert app.rows()[:2] == ["z", "below"]


async def test_rows_shown_before_the_first_frame_are_there(
    widget_app: type[WidgetApp],
):
    listing = Listing()
    listing.show("early")
    app = widget_app(listing)
    async with app.run_test(size=(20, 6)) as pilot:
        await pilot.pause()
        assert app.rows()[0] == "early"


async def test_a_new_theme_paints_everything_again(widget_app: type[WidgetApp]):
    listing = Listing("a", "b")
    app = widget_app(listing)
    async with app.run_test(size=(20, 6)) as pilot:
        await pilot.pause()
        listing.painted = 0
        app.theme = "textual-light"
        await pilot.pause()
        assert listing.painted >= 2


async def test_colours_that_change_behind_the_same_ground_are_painted_again(
    widget_app: type[WidgetApp],
):
    listing = Listing("a")
    app = widget_app(listing)
    async with app.run_test(size=(20, 6)) as pilot:
        await pilot.pause()
        listing.painted = 0
        listing.notify_style_update()
        listing.refresh()
        await pilot.pause()
        assert listing.painted == 1


async def test_what_is_hidden_costs_no_layout_and_is_right_when_shown(
    widget_app: type[WidgetApp], monkeypatch: pytest.MonkeyPatch
):
    listing, below = Listing("a"), Listing("below")
    inside = Vertical(listing)
    app = widget_app(inside, below, css="Vertical { height: auto; }")
    async with app.run_test(size=(20, 6)) as pilot:
        await pilot.pause()
        inside.display = False
        await pilot.pause()
        layouts = []
        original = Screen._refresh_layout
        monkeypatch.setattr(
            Screen, "_refresh_layout", lambda *a, **k: layouts.append(1) or original(*a, **k)
        )
        for rows in (["b"], ["b", "c"], ["b", "c", "d"]):
            listing.show(*rows)
            await pilot.pause()
        assert layouts == []
        inside.display = True
        await pilot.pause()
        assert app.rows()[:4] == ["b", "c", "d", "below"]


async def test_what_was_hidden_from_the_start_is_right_when_shown(
    widget_app: type[WidgetApp],
):
    listing = Listing("a")
    listing.display = False
    app = widget_app(listing, Listing("below"))
    async with app.run_test(size=(20, 6)) as pilot:
        await pilot.pause()
        listing.show("b", "c")
        await pilot.pause()
        listing.display = True
        await pilot.pause()
        assert app.rows()[:3] == ["b", "c", "below"]


async def test_another_width_cuts_rows_anew(widget_app: type[WidgetApp]):
    listing = Listing("abcdefghij")
    app = widget_app(listing)
    async with app.run_test(size=(5, 6)) as pilot:
        await pilot.pause()
        assert app.rows()[0] == "abcd…"
        await pilot.resize_terminal(20, 6)
        await pilot.pause()
        assert app.rows()[0] == "abcdefghij"


def test_spread_keeps_the_right_end_and_cuts_the_left():
    row = left_and_right(Content("漢字漢字漢字"), Content("2.1k"), 12)
    assert row.cell_length == 12
    assert row.plain.endswith("2.1k")


def test_the_first_that_fits_is_taken_and_the_last_is_cut():
    assert first_fitting(5, Content("too long"), Content("fits")).plain == "fits"
    assert first_fitting(3, Content("long"), Content("longer")).cell_length == 3


def test_foreign_text_becomes_one_short_clean_line():
    assert flatten("a\x1b[2J\n  b\tc", 100) == "a b c"
    assert len(flatten("x" * 10_000_000, 50)) == 50
