"""Which words a change replaced, worked out by hand."""

import pytest

from tui.reports.changed_words import changed_words, paired_rows


def words(line: str, ranges: tuple[tuple[int, int], ...]) -> list[str]:
    return [line[start:end] for start, end in ranges]


@pytest.mark.parametrize(
    ("old", "new", "gone", "come"),
    [
        ("def add(tags=[]):", "def add(tags=None):", ["[]"], ["None"]),
        ("total = price * qty", "total = price * quantity", ["qty"], ["quantity"]),
        ("return a", "return a + b", [], [" + b"]),
        ("    return a", "return a", ["    "], []),
        ("import os", "class Cart:", [], []),
        ("", "x", [], []),
        ("same", "same", [], []),
        ("x" * 401, "x" * 400 + "y", [], []),
    ],
)
def test_the_words_that_differ_are_named(old: str, new: str, gone: list[str], come: list[str]):
    before, after = changed_words(old, new)
    assert (words(old, before), words(new, after)) == (gone, come)


@pytest.mark.parametrize(
    ("kinds", "pairs"),
    [
        ("-+", {0: 1, 1: 0}),
        ("--++", {0: 2, 2: 0, 1: 3, 3: 1}),
        ("--+", {0: 2, 2: 0}),
        ("-++", {0: 1, 1: 0}),
        ("+-", {}),
        ("- +", {}),
        ("-+ -+", {0: 1, 1: 0, 3: 4, 4: 3}),
    ],
)
def test_an_added_row_belongs_to_the_removed_row_it_follows(kinds: str, pairs: dict[int, int]):
    names = {"-": "removed", "+": "added", " ": "same"}
    assert paired_rows([names[kind] for kind in kinds]) == pairs
