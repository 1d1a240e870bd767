"""Diffs in a row become one that tells the first state from the last."""

from difflib import unified_diff
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.agent.tools.change_diff import describe_change
from tui.agent.tools.tool_paths import ResolvedPath
from tui.session.unified_diff import ComposedDiff, Hunk, hunk_rows, parse_hunks

PLACE = ResolvedPath(Path("/x"), "x", outside_project=False)


def logged(before: str, after: str) -> str:
    return describe_change(PLACE, before, after).diff


def composed(*states: str) -> ComposedDiff:
    """The changes of a file that went through these states."""
    found = ComposedDiff()
    for before, after in pairwise(states):
        hunks = parse_hunks(logged(before, after))
        assert hunks is not None and found.apply(hunks)
    return found


def text(hunks: tuple[Hunk, ...]) -> str:
    return "\n".join(hunk_rows(hunks))


def patched(before: str, hunks: tuple[Hunk, ...]) -> str:
    """`before` with the hunks done to it, as `patch` does it."""
    lines, out, at = before.splitlines(keepends=True), list[str](), 0
    for hunk in hunks:
        out += lines[at : hunk.old]
        assert len("".join(out).splitlines()) == hunk.new
        at = hunk.old
        for sign, line in hunk.lines:
            whole = line.text + ("\n" if line.ended else "")
            if sign != "+":
                assert lines[at] == whole
                at += 1
            out += [whole] if sign != "-" else []
    return "".join(out + lines[at:])


LINES = "".join(f"line {number}\n" for number in range(1, 31))


def test_two_edits_of_a_file_become_one_diff():
    first = LINES.replace("line 5\n", "five\n")
    second = first.replace("line 20\n", "twenty\n20 and a half\n")
    # By hand, as `diff -u` writes it.
    assert text(composed(LINES, first, second).hunks()) == "\n".join([
        "@@ -2,7 +2,7 @@", " line 2", " line 3", " line 4", "-line 5", "+five", " line 6",
        " line 7", " line 8",
        "@@ -17,7 +17,8 @@", " line 17", " line 18", " line 19", "-line 20", "+twenty",
        "+20 and a half", " line 21", " line 22", " line 23",
    ])  # fmt: skip


def test_what_is_changed_back_leaves_no_trace():
    away = LINES.replace("line 9\n", "")
    assert composed(LINES, away, LINES).hunks() == ()
    assert composed("", "new\n", "").hunks() == ()


def test_a_line_added_and_changed_counts_once():
    (hunk,) = composed("a\n", "a\nb\n", "a\nB\n").hunks()
    assert (hunk.count("+"), hunk.count("-")) == (1, 0)


def test_edits_far_above_move_the_numbers_of_those_below():
    below = LINES.replace("line 28\n", "x\n")
    above = below.replace("line 1\n", "a\nb\nc\n")
    assert [hunk.header for hunk in composed(LINES, below, above).hunks()] == [
        "@@ -1,4 +1,6 @@",
        "@@ -25,6 +27,6 @@",
    ]


def test_a_last_line_without_its_end_is_told_apart():
    assert text(composed("a\nb", "a\nb\nc\n").hunks()).split("\n")[1:] == [
        " a",
        "-b",
        "\\ No newline at end of file",
        "+b",
        "+c",
    ]


def test_a_change_that_does_not_fit_leaves_everything_as_it_was():
    found = composed("a\nb\nc\n", "a\nB\nc\n")
    before = found.hunks()
    other = parse_hunks(logged("a\nX\nc\n", "a\nY\nc\n"))
    assert other is not None and not found.apply(other)
    assert found.hunks() == before


@pytest.mark.parametrize(
    "diff",
    [
        "--- x\n+++ x\n@@ -1,3 +1,3 @@\n a\n[… 9 lines, 90 characters left out here.]\n c\n",
        "--- x\n+++ x\n@@ -1 +1 @@\n-a\n+b\n[… 900 characters left out here.]\n",
        "--- x\n+++ x\n@@ -1,2 +1,2 @@\n-a\n",
    ],
)
def test_a_cut_diff_is_not_taken_for_a_whole_one(diff: str):
    assert parse_hunks(diff) is None


states = st.lists(
    st.lists(st.sampled_from(["a", "b", "}", "", "- x", "+ y", "@@ -1 +1 @@", "\\"]), max_size=14)
    .flatmap(lambda lines: st.sampled_from(["\n".join(lines), "\n".join([*lines, ""])])),
    min_size=2,
    max_size=6,
)  # fmt: skip


@given(states)
def test_the_composed_diff_leads_from_the_first_state_to_the_last(found: list[str]):
    hunks = composed(*found).hunks()
    assert patched(found[0], hunks) == found[-1]
    again = parse_hunks(text(hunks))
    assert again == hunks


@given(states)
def test_its_lines_are_no_more_than_those_of_the_changes(found: list[str]):
    steps = [
        list(unified_diff(before.splitlines(True), after.splitlines(True), n=0))[2:]
        for before, after in pairwise(found)
    ]
    most = sum(row[:1] in "+-" for rows in steps for row in rows)
    assert sum(hunk.count("+", "-") for hunk in composed(*found).hunks()) <= most
