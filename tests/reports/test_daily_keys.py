"""The keys of every day: those of the keymap, in columns that fit."""

from dataclasses import replace

import pytest

from tui.commands import COMMANDS
from tui.reports.daily_keys import GAP_CELLS, DailyKey, daily_commands, daily_keys, in_columns
from tui.settings.keymap import resolve_keymap

KEYMAP = resolve_keymap(COMMANDS)


def test_what_one_needs_every_day_is_there():
    keys = {each.words: each.key for each in daily_keys(KEYMAP)}
    assert keys["interrupt"] == "esc"
    assert keys["rewind"] == "esc esc"
    assert keys["mode"] == "shift+tab"
    assert keys["effort"] == "alt+↑/↓"
    assert {"/undo", "/budget", "/usage", "/model"} <= set(daily_commands())


def test_other_keys_are_shown_and_what_has_none_is_left_out():
    rebound = {**KEYMAP.keys, "mode.cycle": ("f9",), "view.sidebar": (), "effort.up": ("f6",)}
    keys = {each.words: each.key for each in daily_keys(replace(KEYMAP, keys=rebound))}
    assert keys["mode"] == "f9"
    assert "sidebar" not in keys
    assert keys["effort"] == "f6/alt+↓"


ENTRIES = [DailyKey("a", "x" * cells) for cells in (8, 3, 10, 2, 8)]
"""Of 10, 5, 12, 4 and 10 cells."""


@pytest.mark.parametrize(
    ("width", "columns"),
    [(53, 5), (52, 3), (39, 3), (37, 2), (1, 1)],
)
def test_there_are_the_fewest_columns_that_take_no_more_rows(width: int, columns: int):
    rows = in_columns(ENTRIES, width)
    assert [each for row in rows for each, _ in row] == ENTRIES
    assert len(rows[0]) == columns
    if columns > 1:
        assert all(
            sum(cells for _, cells in row) + GAP_CELLS * (len(row) - 1) <= width for row in rows
        )


def test_no_entries_are_no_rows():
    assert in_columns([], 80) == []
