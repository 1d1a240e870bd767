"""Plots as text: the canvas, the axis, the completion curve."""

import pytest

from tests.budget.samples import distribution
from tui.reports.advice_plots import completion_curve, cursor_words, histogram
from tui.reports.braille_canvas import BrailleCanvas, bar_line, ticks


def test_dots_of_a_cell():
    canvas = BrailleCanvas(2, 1)
    for dot in ((0, 0), (1, 3), (2, 1), (99, 0), (-1, 0)):
        canvas.dot(*dot)
    assert canvas.lines() == ["⢁⠂"]


def test_a_line_and_a_dotted_one():
    canvas = BrailleCanvas(2, 2)
    canvas.line((0, 0), (3, 0))
    canvas.line((0, 7), (3, 7), every=2)
    assert canvas.lines() == ["⠉⠉", "⡀⡀"]


def test_ticks_are_round():
    assert ticks(8_000, 600_000) == [10_000, 20_000, 50_000, 100_000, 200_000, 500_000]


def test_bars_of_nothing_and_of_little():
    assert bar_line([0, 1, 50, 100]) == " ▁▄█"
    assert bar_line([]) == ""


def test_the_completion_curve_of_ten_runs():
    """Finished runs and cut ones stand below the curve; beyond 42,000 it is dotted."""
    found = distribution("bug fix", "12 15.5 18 22 25x 26 31 40x 42 50x")
    lines = completion_curve(found, 50_000, width=76, height=10)
    assert all(len(line) <= 76 for line in lines)
    assert [line[:5].strip() for line in lines[:10]] == [
        "100 %", "90 %", "75 %", "", "50 %", "", "", "25 %", "", "0 %",
    ]  # fmt: skip
    assert (lines[10].count("│"), lines[10].count("×")) == (7, 3)
    assert lines[11].split() == ["10k", "20k", "50k"]
    assert lines[12] == "fits 79 % at 50k"


@pytest.mark.parametrize("runs", ["", "100", "60x 60x 60x", "0.1 9000x"])
@pytest.mark.parametrize(("width", "height"), [(30, 4), (120, 20)])
def test_any_history_has_a_curve_of_the_asked_size(runs: str, width: int, height: int):
    lines = completion_curve(distribution("feature", runs), 250_000, width=width, height=height)
    assert len(lines) == height + 3
    assert all(len(line) <= width for line in lines)


@pytest.mark.parametrize("text", ["", "12 15.5 18 22 25x 26 31 40x 42 50x", "100"])
def test_shares_for_pictures_are_near_the_exact_ones(text: str):
    found = distribution("bug fix", text)
    budgets = [8_000.0, 20_000.0, 30_000.0, 50_000.0, 90_000.0]
    exact = [found.share(budget) for budget in budgets]
    assert found.shares(budgets) == pytest.approx(exact, abs=0.01)


def test_the_cursor_in_words():
    assert cursor_words(distribution("feature", ""), 250_000) == "fits 90 % at 250k"


def test_a_histogram():
    assert histogram([1_000, 1_000, 90_000], width=10)[0] == "█        ▄"
    assert histogram([5_000], width=10)[0].strip() == "█"
