"""How many tokens a task of a kind takes, estimated from the runs of the past.

A run that was finished tells its need; one that was cut (it landed, was interrupted, …) tells only
that its need is larger than its spend. Two views of the runs are blended, both on the logarithmic
scale:

- The *curve* follows the runs: Herd's and Johnson's estimate of the share of tasks that a spend
  suffices for, the Kaplan–Meier product with one more in the divisor.
- The *model* is a log-normal distribution that respects the cuts and begins with the published
  range. That counts as much as `PRIOR_RUNS` runs for the centre and `PRIOR_SPREAD_RUNS` for the
  spread.

The fewer runs were finished, the more the model weighs. A plain percentile of the spends would
count a cut run as finished and fits only three tasks in four where a third of the runs is cut.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist

from tui.budget.quantiles import beta_cdf, t_quantile
from tui.budget.task_kinds import PublishedRange

NEWEST = 1_000
"""Runs that are used at most: the newest."""
PRIOR_RUNS = 2
"""Runs that the published centre counts for."""
PRIOR_SPREAD_RUNS = 4
"""Runs that the published spread counts for."""
MODEL_RUNS = 20
"""Finished runs at which the curve weighs as much as the model."""
GRID = 129
"""Quantiles between which a picture is interpolated."""
INTERVAL = 0.8
"""How often an interval holds the value it is for: "8 in 10"."""
_CONVERGED = 1e-12
_MAX_ROUNDS = 10_000
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class MeasuredRun:
    """What one task took."""

    spend: float
    """Charged tokens, above zero."""
    finished: bool
    """False for a run that was cut: it would have taken more."""


@dataclass(frozen=True, slots=True)
class SpendInterval:
    """Between which spends a quantile lies, 8 times in 10; None for an end that is open."""

    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """A finished run on the curve."""

    spend: float
    share: float
    """`F`: the share of tasks that this spend suffices for."""
    log_survivors: tuple[float, float]
    """Logarithms of the first two moments of the share that needs more."""


class SpendDistribution:
    """The estimate from runs; from the published range alone where there are none."""

    def __init__(self, runs: Iterable[MeasuredRun], published: PublishedRange) -> None:
        """Estimate from the newest of these runs.

        Args:
            runs: Oldest first; each spend above zero.
            published: The range of their kind, in the tokens of the same model.
        """
        newest = list(runs)[-NEWEST:]
        self.runs = sorted(newest, key=lambda run: (run.spend, not run.finished))
        self.published = published
        self.finished = sum(run.finished for run in self.runs)
        self.curve = herd_johnson(self.runs)

    def quantile(self, p: float) -> float:
        """The charged tokens that suffice for a part `p` of all tasks; 0 < p < 1.

        It never falls with `p`. It does not depend on the order of runs.
        """
        if not self.runs:
            centre, spread = self.published.log_centre, self.published.log_spread
            return math.exp(centre + spread * _NORMAL.inv_cdf(p))
        t = t_quantile(p, self._freedom)
        model = self._centre + self._scale * t
        weight = MODEL_RUNS / (MODEL_RUNS + self.finished)
        return math.exp(weight * model + (1 - weight) * self._log_curve(p, t))

    def share(self, tokens: float) -> float:
        """The share of tasks that a budget suffices for, 0..1: the `p` whose quantile it is."""
        low, high = 0.0, 1.0
        while high - low > 1e-9:
            middle = (low + high) / 2
            low, high = (middle, high) if self.quantile(middle) <= tokens else (low, middle)
        return low

    def shares(self, budgets: Sequence[float]) -> list[float]:
        """The shares of many budgets, for a picture: read off `GRID` quantiles, within 0.01."""
        grid = self._grid
        logs = [log for log, _ in grid]
        found = []
        for budget in budgets:
            after = min(len(grid) - 1, max(1, bisect_left(logs, math.log(budget))))
            (low, low_z), (high, high_z) = grid[after - 1], grid[after]
            part = (math.log(budget) - low) / (high - low) if high > low else 1.0
            found.append(_NORMAL.cdf(low_z + (high_z - low_z) * part))
        return found

    @cached_property
    def _grid(self) -> list[tuple[float, float]]:
        """Logarithms of quantiles, each with the normal quantile of its share."""
        ends = _NORMAL.inv_cdf(0.001), _NORMAL.inv_cdf(0.999)
        steps = (ends[0] + (ends[1] - ends[0]) * at / (GRID - 1) for at in range(GRID))
        return [(math.log(self.quantile(_NORMAL.cdf(z))), z) for z in steps]

    def interval(self, p: float) -> SpendInterval:
        """Where the `p`-quantile lies 8 times in 10 (product of betas, matched by its moments)."""
        margin = (1 - INTERVAL) / 2

        def certainty(point: CurvePoint) -> float:
            """How surely this spend suffices for a part `p`; it rises from run to run."""
            return beta_cdf(1 - p, *_beta_shapes(point))

        below = bisect_left(self.curve, margin, key=certainty)
        above = bisect_right(self.curve, 1 - margin, key=certainty)
        return SpendInterval(
            self.curve[below - 1].spend if below else None,
            self.curve[above].spend if above < len(self.curve) else None,
        )

    def is_beyond_measured(self, p: float) -> bool:
        """Whether so large a spend was never let through: the quantile is an extrapolation."""
        return not self.curve or self.curve[-1].share < p

    @cached_property
    def _fit(self) -> tuple[float, float]:
        return fit_log_normal(self.runs, self.published)

    @property
    def _centre(self) -> float:
        return self._fit[0]

    @property
    def _freedom(self) -> float:
        return len(self.runs) + PRIOR_SPREAD_RUNS - 1

    @cached_property
    def _scale(self) -> float:
        """The spread of one more run, with what is not known of centre and spread."""
        n = len(self.runs)
        widened = math.sqrt((n + PRIOR_SPREAD_RUNS) / self._freedom)
        return self._fit[1] * widened * math.sqrt(1 + 1 / (n + PRIOR_RUNS))

    @cached_property
    def _curve_points(self) -> list[tuple[float, float, float]]:
        """Share, its normal quantile and the logarithm of the spend of each finished run."""
        return [(at.share, _NORMAL.inv_cdf(at.share), math.log(at.spend)) for at in self.curve]

    @cached_property
    def _ends(self) -> tuple[float, float]:
        """Student's quantiles of the curve's ends."""
        ends = self.curve[0].share, self.curve[-1].share
        return t_quantile(ends[0], self._freedom), t_quantile(ends[1], self._freedom)

    def _log_curve(self, p: float, t: float) -> float:
        """The logarithm of the curve's quantile; beyond its ends it goes on as the model does."""
        points = self._curve_points
        if not points:
            return self._centre + self._scale * t
        if p <= points[0][0]:
            return points[0][2] + self._scale * (t - self._ends[0])
        if p >= points[-1][0]:
            return points[-1][2] + self._scale * (t - self._ends[1])
        after = bisect_right(points, p, key=lambda point: point[0])
        (_, low_z, low), (_, high_z, high) = points[after - 1], points[after]
        return low + (high - low) * (_NORMAL.inv_cdf(p) - low_z) / (high_z - low_z)


def herd_johnson(runs: Sequence[MeasuredRun]) -> list[CurvePoint]:
    """The finished runs, each with the share of tasks that its spend suffices for.

    Args:
        runs: Ordered by spend, finished ones first where spends are equal.
    """
    points: list[CurvePoint] = []
    first = second = 0.0
    for at, run in enumerate(runs):
        if run.finished:
            at_risk = len(runs) - at
            first += math.log(at_risk / (at_risk + 1))
            second += math.log(at_risk / (at_risk + 2))
            points.append(CurvePoint(run.spend, -math.expm1(first), (first, second)))
    return points


def fit_log_normal(runs: Sequence[MeasuredRun], published: PublishedRange) -> tuple[float, float]:
    """Centre and spread of log spend: the most likely ones beside the published range.

    The expectation of each cut run, given that it is above its spend, takes the place of the need
    that nobody saw; repeated until nothing changes (expectation–maximisation).

    Args:
        runs: At least one.
        published: The range that counts as `PRIOR_RUNS` and `PRIOR_SPREAD_RUNS` runs.
    """
    centre0 = centre = published.log_centre
    spread0 = spread = published.log_spread
    logs = [(math.log(run.spend), run.finished) for run in runs]
    for _ in range(_MAX_ROUNDS):
        seen = [(log, 0.0) if done else _beyond(log, centre, spread) for log, done in logs]
        new = (sum(log for log, _ in seen) + PRIOR_RUNS * centre0) / (len(seen) + PRIOR_RUNS)
        squares = sum((log - new) ** 2 + extra for log, extra in seen)
        squares += PRIOR_RUNS * (new - centre0) ** 2 + PRIOR_SPREAD_RUNS * spread0**2
        wide = math.sqrt(squares / (len(seen) + PRIOR_SPREAD_RUNS))
        moved = max(abs(new - centre), abs(wide - spread))
        centre, spread = new, wide
        if moved < _CONVERGED:
            break
    return centre, spread


def _beyond(log: float, centre: float, spread: float) -> tuple[float, float]:
    """Mean and variance of a normal variable, given that it is above `log`."""
    a = (log - centre) / spread
    hazard = _hazard(a)
    return centre + spread * hazard, spread**2 * max(0.0, 1 + a * hazard - hazard**2)


def _hazard(a: float) -> float:
    """`φ(a) / (1 − Φ(a))`; by its asymptotic series where the tail is too thin for floats."""
    tail = math.erfc(a / math.sqrt(2)) / 2
    if a > 30 or tail <= 0.0:
        return a + 1 / a - 2 / a**3
    return math.exp(-a * a / 2) / math.sqrt(2 * math.pi) / tail


def _beta_shapes(point: CurvePoint) -> tuple[float, float]:
    """The beta distribution with the first two moments of the share that needs more."""
    first, second = (math.exp(each) for each in point.log_survivors)
    total = first * (1 - first) / (second - first**2) - 1
    return first * total, (1 - first) * total
