"""The scroll bar: it looks as Textual draws it, and paints only what moved."""

import pytest
from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.geometry import Region
from textual.scrollbar import ScrollBar

from tui.widgets.transcript.scroll_bar import TranscriptScrollBar

ROWS = 10


class Bars(App[None]):
    """A bar of ours beside one of Textual's."""

    CSS = f"Horizontal, ScrollBar {{ height: {ROWS}; }} ScrollBar {{ width: 1; }}"

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield TranscriptScrollBar()
            yield ScrollBar(thickness=1)

    def looks(self) -> tuple[list[str], list[str]]:
        """Both bars, row by row, with their styles."""
        ours, theirs = self.query_one(TranscriptScrollBar), self.query("ScrollBar").last(ScrollBar)
        region = Region(0, 0, 1, ROWS)
        return [str(row) for row in ours.render_lines(region)], [
            str(row) for row in theirs.render_lines(region)
        ]


@pytest.mark.parametrize(
    ("total", "top"),
    [(5, 0), (10, 0), (11, 0), (11, 1), (40, 0), (40, 13), (40, 30), (9_999, 5_000), (90, 80)],
)
async def test_it_looks_as_textual_draws_it(total: int, top: int):
    app = Bars()
    async with app.run_test(size=(20, 12)) as pilot:
        await pilot.pause()
        app.query_one(TranscriptScrollBar).show_position(total, ROWS, top)
        bar = app.query("ScrollBar").last(ScrollBar)
        bar.window_virtual_size, bar.window_size, bar.position = total, ROWS, top
        await pilot.pause()
        ours, theirs = app.looks()
        assert ours == theirs


async def test_it_looks_as_textual_draws_it_after_any_way(monkeypatch: pytest.MonkeyPatch):
    app = Bars()
    async with app.run_test(size=(20, 12)) as pilot:
        bar = app.query("ScrollBar").last(ScrollBar)
        for total, top in [(40, 0), (40, 3), (41, 31), (200, 190), (200, 0), (4, 0), (80, 33)]:
            app.query_one(TranscriptScrollBar).show_position(total, ROWS, top)
            bar.window_virtual_size, bar.window_size, bar.position = total, ROWS, top
            await pilot.pause()
            ours, theirs = app.looks()
            assert ours == theirs


async def test_only_rows_that_look_different_are_painted(monkeypatch: pytest.MonkeyPatch):
    app = Bars()
    async with app.run_test(size=(20, 12)) as pilot:
        thumb = app.query_one(TranscriptScrollBar)
        thumb.show_position(1_000, ROWS, 500)
        await pilot.pause()
        painted: list[Region] = []
        original = thumb.refresh
        monkeypatch.setattr(thumb, "refresh", lambda *a, **k: painted.extend(a) or original(*a))
        thumb.show_position(1_000, ROWS, 501)
        assert painted == []
        thumb.show_position(1_000, ROWS, 520)
        assert 1 <= len(painted) <= 2
        assert {region.height for region in painted} == {1}


def test_a_bar_without_a_place_on_the_screen_draws_nothing():
    """A last tick of the clock may come after the transcript was removed."""
    TranscriptScrollBar().show_position(100, 10, 50)
