"""Quantiles of Student's t and shares of the beta distribution, beside scipy's."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tui.budget.quantiles import beta_cdf, t_quantile

SHARES = st.floats(0.001, 0.999)
SHAPES = st.floats(0.3, 2_000.0)


@given(p=SHARES, freedom=st.integers(1, 1_005))
def test_quantiles_of_students_t_are_those_of_scipy(p: float, freedom: int):
    assert t_quantile(p, freedom) == pytest.approx(stats.t.ppf(p, freedom), rel=1e-7, abs=1e-7)


@given(x=st.floats(0, 1), a=SHAPES, b=SHAPES)
def test_shares_of_the_beta_distribution_are_those_of_scipy(x: float, a: float, b: float):
    assert beta_cdf(x, a, b) == pytest.approx(stats.beta.cdf(x, a, b), abs=1e-9)


@pytest.mark.parametrize("p", [0.001, 0.3, 0.75, 0.999])
def test_with_one_degree_of_freedom_it_is_cauchys_distribution(p: float):
    assert t_quantile(p, 1) == pytest.approx(math.tan(math.pi * (p - 0.5)), rel=1e-9)


def test_the_median_of_students_t_is_zero_and_its_end_is_open():
    assert t_quantile(0.5, 7) == 0.0
    assert t_quantile(1.0, 7) == math.inf
