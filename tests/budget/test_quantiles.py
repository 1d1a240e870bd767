"""Quantiles of Student's t and of the beta distribution, beside scipy's."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tui.budget.quantiles import beta_cdf, beta_quantile, t_cdf, t_quantile

SHARES = st.floats(0.001, 0.999)
SHAPES = st.floats(0.3, 2_000.0)


@given(p=SHARES, freedom=st.integers(1, 1_005))
def test_quantiles_of_students_t_are_those_of_scipy(p: float, freedom: int):
    assert t_quantile(p, freedom) == pytest.approx(stats.t.ppf(p, freedom), rel=1e-7, abs=1e-7)


@given(t=st.floats(-50, 50), freedom=st.integers(1, 1_005))
def test_shares_of_students_t_are_those_of_scipy(t: float, freedom: int):
    assert t_cdf(t, freedom) == pytest.approx(stats.t.cdf(t, freedom), abs=1e-8)  # scipy's digits


@pytest.mark.parametrize("t", [0.0, 1e-8, -1e-8, 0.3, -2.0, 50.0])
def test_with_one_degree_of_freedom_it_is_cauchys_distribution(t: float):
    assert t_cdf(t, 1) == pytest.approx(0.5 + math.atan(t) / math.pi, abs=1e-15)


@given(p=SHARES, a=SHAPES, b=SHAPES)
def test_quantiles_of_the_beta_distribution_are_those_of_scipy(p: float, a: float, b: float):
    assert beta_quantile(p, a, b) == pytest.approx(stats.beta.ppf(p, a, b), abs=1e-7)


@given(x=st.floats(0, 1), a=SHAPES, b=SHAPES)
def test_shares_of_the_beta_distribution_are_those_of_scipy(x: float, a: float, b: float):
    assert beta_cdf(x, a, b) == pytest.approx(stats.beta.cdf(x, a, b), abs=1e-9)


def test_the_median_of_students_t_is_zero_and_its_end_is_open():
    assert t_quantile(0.5, 7) == 0.0
    assert t_quantile(1.0, 7) == math.inf
