"""What a task takes, estimated from finished and cut runs."""

import math
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from tests.budget.samples import BUG_FIXES, WORKED, distribution, runs_of
from tui.budget.budget_advice import PERCENTILES, budget_advice
from tui.budget.spend_distribution import (
    MeasuredRun,
    SpendDistribution,
    SpendInterval,
    fit_log_normal,
    herd_johnson,
)
from tui.budget.task_kinds import TYPICAL, PublishedRange, TaskKind


@pytest.mark.parametrize(("kind", "runs", "advice", "p90", "p50", "budget"), WORKED)
def test_worked_examples_hold_to_the_token(
    kind: TaskKind, runs: str, advice: str, p90: SpendInterval, p50: SpendInterval, budget: int
):
    found = distribution(kind, runs)
    assert [round(found.quantile(p)) for p in PERCENTILES] == [int(t) for t in advice.split()]
    assert (found.interval(0.9), found.interval(0.5)) == (p90, p50)
    assert budget_advice(found).budget == budget


def test_each_step_of_one_example():
    """The row 38 … 140: curve, fit, model, blend."""
    found = distribution("feature", "38 52 61 75x 90 100x 140")
    assert [round(point.share, 6) for point in found.curve] == [
        0.125,
        0.25,
        0.375,
        0.53125,
        0.765625,
    ]
    centre, spread = fit_log_normal(found.runs, TYPICAL["feature"])
    assert (round(centre, 6), round(spread, 6)) == (11.382752, 0.616264)
    assert found.is_beyond_measured(0.9)
    assert not found.is_beyond_measured(0.75)


def test_shares_of_budgets_on_the_completion_curve():
    found = distribution("bug fix", BUG_FIXES)
    shares = [round(found.share(budget), 3) for budget in (20_000, 30_000, 50_000, 80_000)]
    assert shares == [0.325, 0.552, 0.798, 0.927]


def test_the_curve_follows_kaplan_and_meier():
    """Scipy's Kaplan–Meier estimate of the same runs differs by the one more in the divisor."""
    runs = sorted(runs_of(BUG_FIXES), key=lambda run: run.spend)
    done = [run.spend for run in runs if run.finished]
    cut = [run.spend for run in runs if not run.finished]
    theirs = stats.ecdf(stats.CensoredData(uncensored=done, right=cut)).sf
    survivors = [float(theirs.evaluate(spend)) for spend in done]
    assert [round(each, 6) for each in survivors] == [0.9, 0.8, 0.7, 0.6, 0.48, 0.36, 0.18]
    ours = [point.share for point in herd_johnson(runs)]
    assert all(1 - left <= share + 0.11 for left, share in zip(survivors, ours, strict=True))
    assert [round(share, 6) for share in ours] == [
        0.090909,
        0.181818,
        0.272727,
        0.363636,
        0.469697,
        0.575758,
        0.717172,
    ]


RUNS = st.lists(
    st.builds(MeasuredRun, st.floats(1_000, 2_000_000), st.booleans()), min_size=1, max_size=40
)
KINDS = st.sampled_from(list(TYPICAL.values()))


@settings(deadline=None, max_examples=40)
@given(runs=RUNS, published=KINDS)
def test_the_fit_is_the_most_likely_one(runs: list[MeasuredRun], published: PublishedRange):
    """A general minimiser finds no better centre and spread for the penalised likelihood."""
    mu0, sigma0 = published.log_centre, published.log_spread

    def loss(at: tuple[float, float]) -> float:
        mu, log_sigma = at
        sigma = math.exp(log_sigma)
        total = 0.0
        for run in runs:
            a = (math.log(run.spend) - mu) / sigma
            total += a * a / 2 + log_sigma if run.finished else -float(stats.norm.logsf(a))
        total += (mu - mu0) ** 2 / sigma**2
        return float(total + 4 * log_sigma + 2 * (sigma0 / sigma) ** 2)

    mu, sigma = fit_log_normal(runs, published)
    best = optimize.minimize(loss, (mu, math.log(sigma)), method="Nelder-Mead")
    assert loss((mu, math.log(sigma))) <= best.fun + 1e-6


@settings(deadline=None, max_examples=60)
@given(runs=RUNS, published=KINDS)
def test_advice_never_falls_with_the_percentile(runs: list[MeasuredRun], published: PublishedRange):
    found = SpendDistribution(runs, published)
    advice = [found.quantile(p / 100) for p in range(1, 100)]
    assert all(low <= high * (1 + 1e-12) for low, high in pairwise(advice))


@settings(deadline=None, max_examples=60)
@given(runs=RUNS, published=KINDS, seed=st.integers(0, 1_000))
def test_the_order_of_runs_does_not_matter(
    runs: list[MeasuredRun], published: PublishedRange, seed: int
):
    mixed = list(runs)
    Random(seed).shuffle(mixed)
    one, other = SpendDistribution(runs, published), SpendDistribution(mixed, published)
    assert one.quantile(0.9) == pytest.approx(other.quantile(0.9), rel=1e-9)
    assert one.interval(0.5) == other.interval(0.5)


@settings(deadline=None, max_examples=60)
@given(runs=RUNS, factor=st.floats(0.1, 10))
def test_runs_and_ranges_times_a_factor_give_the_advice_times_it(
    runs: list[MeasuredRun], factor: float
):
    published = PublishedRange(10_000_000, 40_000_000, 50_000_000)
    larger = published.scaled(factor)
    scaled = [MeasuredRun(run.spend * factor, run.finished) for run in runs]
    one, other = SpendDistribution(runs, published), SpendDistribution(scaled, larger)
    for p in PERCENTILES:
        assert other.quantile(p) == pytest.approx(factor * one.quantile(p), rel=1e-4)


@settings(deadline=None, max_examples=100)
@given(runs=RUNS, published=KINDS, above=st.floats(1.0, 5.0))
def test_a_run_cut_at_the_advice_or_above_never_lowers_it(
    runs: list[MeasuredRun], published: PublishedRange, above: float
):
    advice = SpendDistribution(runs, published).quantile(0.9)
    more = SpendDistribution([*runs, MeasuredRun(advice * above, False)], published)
    assert more.quantile(0.9) >= advice * (1 - 1e-9)


@settings(deadline=None, max_examples=60)
@given(runs=RUNS, published=KINDS, p=st.floats(0.02, 0.98))
def test_the_share_of_a_quantile_is_its_percentile(
    runs: list[MeasuredRun], published: PublishedRange, p: float
):
    found = SpendDistribution(runs, published)
    assert found.quantile(found.share(found.quantile(p))) == pytest.approx(
        found.quantile(p), rel=1e-5
    )


def test_only_the_newest_thousand_runs_count():
    old = [MeasuredRun(1_000_000.0, True)] * 500
    new = [MeasuredRun(10_000.0 + at, True) for at in range(1_000)]
    published = TYPICAL["bug fix"]
    assert SpendDistribution(old + new, published).quantile(0.9) == SpendDistribution(
        new, published
    ).quantile(0.9)


def test_runs_far_beyond_the_published_range_are_no_trouble():
    """A cut run of ten billion tokens, or of one, beside a range of thousands."""
    for text in ("10000000x", "0.001", "0.001 10000000x", "10000000x 10000000x 0.001x"):
        advice = [distribution("bug fix", text).quantile(p) for p in PERCENTILES]
        assert all(math.isfinite(tokens) and tokens > 0 for tokens in advice)
        assert advice == sorted(advice)
