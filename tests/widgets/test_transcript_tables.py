"""Tables fit, align and measure themselves again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.widgets.transcript.markdown_stream import MarkdownStream
from tui.widgets.transcript.styled_text import StyledText
from tui.widgets.transcript.table_blocks import TableGrid, share_width, table_slices
from tui.widgets.transcript.wrapping import cell_width


def drawn(text: str, width: int) -> list[str]:
    stream = MarkdownStream()
    stream.feed(text)
    stream.finish()
    return [line.text.rstrip() for block in stream.blocks for line in block.lines(width)]


TABLE = (
    "| file | lines | what was done |\n| :--- | ---: | --- |\n"
    "| src/a.py | 7 | a few words about it |\n| b | 1234 | ok |\n"
)


def test_a_table_that_fits_is_as_wide_as_its_cells():
    assert drawn(TABLE, 80) == [
        "file      lines  what was done",
        "────────  ─────  ────────────────────",
        "src/a.py      7  a few words about it",
        "b          1234  ok",
    ]


def test_a_narrow_table_wraps_its_widest_column():
    assert drawn(TABLE, 29) == [
        "file      lines  what was",
        "                 done",
        "────────  ─────  ────────────",
        "src/a.py      7  a few words",
        "                 about it",
        "b          1234  ok",
    ]


def test_where_there_is_no_room_for_columns_rows_become_lists():
    assert drawn(TABLE, 14) == [
        "file: src/a.py",
        "lines: 7",
        "what was done:",
        "a few words",
        "about it",
        "file: b",
        "lines: 1234",
        "what was done:",
        "ok",
    ]


def test_the_rule_below_the_head_is_unbroken_where_a_column_has_no_heading():
    rows = drawn("| meter |  |\n| --- | --- |\n| budget | 180 used |", 60)
    assert rows == ["meter", "────────────────", "budget  180 used"]


def test_wide_characters_keep_columns_straight():
    rows = drawn("| 名前 | n |\n| --- | --- |\n| 中文字符 | 1 |\n| ab👩‍💻 | 2 |\n", 40)
    assert rows == ["名前      n", "────────  ─", "中文字符  1", "ab👩‍💻      2"]
    assert {cell_width(row) for row in rows} == {11}


def test_rows_that_are_too_short_or_too_long_keep_the_columns():
    assert drawn("| a | b |\n| --- | --- |\n| 1 |\n| 1 | 2 | 3 |\n", 40)[2:] == ["1", "1  2"]


def test_escaped_bars_and_styles_stay_in_their_cell():
    assert drawn("| a | b |\n| --- | --- |\n| `x \\| y` | **z** |\n", 40)[2] == "x | y  z"


@given(st.lists(st.integers(1, 60), min_size=1, max_size=6), st.integers(1, 200))
def test_shared_room_is_neither_exceeded_nor_wasted(wanted: list[int], room: int):
    widths = share_width(wanted, room)
    assert all(got <= want for got, want in zip(widths, wanted, strict=True))
    if room >= len(wanted):
        assert sum(widths) == min(room, sum(wanted))


@given(st.lists(st.text("ab 中", max_size=30), min_size=2, max_size=12), st.integers(10, 60))
def test_no_line_of_a_table_is_wider_than_the_room(texts: list[str], width: int):
    grid = TableGrid((StyledText("head"), StyledText("more")), ["left", "right"])
    for one, two in zip(texts[::2], texts[1::2], strict=False):
        grid.add([StyledText(one), StyledText(two)])
    for block in table_slices(grid, 2):
        assert all(cell_width(line.text) <= width for line in block.lines(width))
        assert block.height(width) == len(block.lines(width))


def test_only_a_wider_cell_changes_what_is_drawn_already():
    grid = TableGrid((StyledText("a"), StyledText("b")), ["left", "left"])
    before = grid.version
    grid.add([StyledText("x"), StyledText("y")])
    assert grid.version == before
    grid.add([StyledText("xx"), StyledText("y")])
    assert grid.version > before


@pytest.mark.parametrize("offset", [0, 3, 8])
def test_a_selection_in_a_table_takes_whole_rows(offset: int):
    grid = TableGrid((StyledText("aa"), StyledText("bb")), ["left", "left"])
    grid.add([StyledText("cc"), StyledText("dd")])
    block = table_slices(grid, 2)[0]
    start, end = block.atomic_range(offset)
    assert block.text[start:end] == ("cc\tdd" if offset > 5 else "aa\tbb")
