"""Plots as text: the canvas, the axis, the completion curve."""

import pytest

from tests.budget.samples import distribution
from tui.reports.advice_plots import (
    completion_curve,
    cursor_words,
    percentile_bars,
    spend_classes,
    spend_histogram,
)
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


TEN = "12 15.5 18 22 25x 26 31 40x 42 50x"


def test_percentiles_stand_on_one_axis_with_their_intervals():
    """p50 lies between 18,000 and 42,000; nothing bounds p90 from above."""
    p50, *_, p90, _, p99, ticks_ = percentile_bars(distribution("bug fix", TEN), width=76)
    assert p50.split()[0] == "p50"
    assert (p50.count("├"), p50.count("●"), p50.count("┤")) == (1, 1, 1)
    assert p50.index("├") < p50.index("●") < p50.index("┤")
    assert p90.endswith("▸")
    assert "┤" not in p90
    assert p99.endswith("●")  # as far to the right as the axis goes
    assert ticks_.split() == ["20k", "50k", "100k"]


def test_without_runs_percentiles_have_no_intervals():
    lines = percentile_bars(distribution("feature", ""), width=40)
    assert [line.split() for line in lines[:-1]] == [
        [name, "●"] for name in ("p50", "p75", "p90", "p95", "p99")
    ]


def test_a_histogram_has_a_bar_for_each_run_and_marks_those_that_were_cut():
    rows = spend_histogram(distribution("bug fix", "10 10 10x 100"), width=46)
    assert rows[0] == "    3 █"
    assert rows[3] == "      █" + " " * 38 + "█"
    assert rows[4] == "      ×" + " " * 38 + "│"
    assert rows[5].split() == ["10k", "20k", "50k", "100k"]


def test_the_runs_in_words():
    assert spend_classes(distribution("bug fix", TEN)) == [
        "under 20k: 3 runs",
        "20k to 50k: 6 runs, 2 of them cut",
        "50k and more: 1 run, 1 of them cut",
    ]
    assert spend_classes(distribution("bug fix", "")) == []
    assert spend_classes(distribution("bug fix", "12")) == ["all: 1 run"]


@pytest.mark.parametrize("runs", ["100", "60x 60x 60x", "0.1 9000x", "1 1.001"])
@pytest.mark.parametrize("width", [30, 120])
def test_any_runs_have_pictures_of_the_asked_width(runs: str, width: int):
    found = distribution("feature", runs)
    pictures = [*percentile_bars(found, width=width), *spend_histogram(found, width=width)]
    assert all(len(line) <= width for line in pictures)
