"""Lines fit, lose nothing, and text that grows wraps as if it had come at once."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len, set_cell_size

from tui.widgets.transcript.wrapping import (
    cell_width,
    is_single,
    truncate,
    truncate_middle,
    wrap,
    wrap_at_cells,
)

CLUSTERS = [
    "a",
    "b",
    "c",
    " ",
    " ",
    "  ",
    "\n",
    "–",
    "“",
    "…",
    "-",
    "中",
    "文",
    "字",
    "、",
    "。",
    "（",
]
CLUSTERS += ["e\u0301", "👩\u200d💻", "👍🏽", "❤\ufe0f", "🇪🇺"]
WORDS = st.lists(st.sampled_from(CLUSTERS), max_size=60).map("".join)
WIDTH = st.integers(2, 24)


@given(WORDS, WIDTH)
@settings(max_examples=200)
def test_every_line_fits_and_only_space_is_lost(text: str, width: int):
    breaks = wrap(text, width)
    assert all(cell_width(text[a:b]) <= width for a, b in breaks)
    at = 0
    for start, end in breaks:
        assert text[at:start].strip(" \n") == ""
        at = end
    assert text[at:].strip(" \n") == ""


@given(WORDS, st.lists(WORDS, min_size=1, max_size=4), WIDTH)
def test_text_that_grows_wraps_like_text_that_came_at_once(
    text: str, pieces: list[str], width: int
):
    single = [piece for piece in [text, *pieces] if is_single(piece)]
    text, breaks = "", wrap("", width)
    for piece in single:
        text += piece
        breaks = wrap(text, width, breaks)
    assert breaks == wrap(text, width)


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("the quick brown fox", 10, ["the quick", "brown fox"]),
        ("exactly ten", 11, ["exactly ten"]),
        ("averyveryverylongword", 8, ["averyver", "yverylon", "gword"]),
        ("one\n\nthree", 10, ["one", "", "three"]),
        ("中文字符测试没有空格", 8, ["中文字符", "测试没有", "空格"]),
        ("说中文，对。", 6, ["说中", "文，", "对。"]),
        ("👨‍👩‍👧‍👦 fam 👩🏽‍💻", 8, ["👨‍👩‍👧‍👦 fam", "👩🏽‍💻"]),
        ("", 5, [""]),
    ],
)
def test_lines_break_where_people_would_break_them(text: str, width: int, lines: list[str]):
    assert [text[a:b] for a, b in wrap(text, width)] == lines


@given(WORDS.map(lambda text: text.replace("\n", "")), WIDTH)
def test_folding_keeps_every_character(text: str, width: int):
    breaks = wrap_at_cells(text, width)
    assert "".join(text[a:b] for a, b in breaks) == text
    assert all(cell_len(text[a:b]) <= width for a, b in breaks)


@given(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")))
def test_what_counts_as_single_is_one_cell_for_the_terminal_too(character: str):
    if is_single(character):
        assert cell_len(character) == 1


@given(WORDS.map(lambda text: text.replace("\n", "")), st.integers(1, 30))
def test_what_is_cut_fits(text: str, width: int):
    assert cell_len(truncate(text, width)) <= width
    assert cell_len(truncate_middle(text, width)) <= width


def test_a_path_is_cut_in_the_middle():
    shown = truncate_middle("src/some/where/deep/inside/name.py", 20)
    assert shown.startswith("src/")
    assert shown.endswith("inside/name.py")
    assert "…" in shown
    assert set_cell_size(shown, 20).rstrip() == shown
