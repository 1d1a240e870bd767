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
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from operator import itemgetter
from statistics import NormalDist
from typing import NamedTuple

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
_MAX_ROUNDS, _MAX_HALVINGS = 100, 60
_FLAT = 1e-13
"""Change of the log likelihood, as a part of it, that is only rounding."""
_THIN = 30.0
_ROOT = math.sqrt(2 * math.pi)
_NORMAL = NormalDist()


class MeasuredRun(NamedTuple):
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


class CurvePoint(NamedTuple):
    """A finished run on the curve."""

    spend: float
    log_survivors: tuple[float, float]
    """Logarithms of the first two moments of the share that needs more."""

    @property
    def share(self) -> float:
        """`F`: the share of tasks that this spend suffices for."""
        return -math.expm1(self.log_survivors[0])


class SpendDistribution:
    """The estimate from runs; from the published range alone where there are none."""

    def __init__(self, runs: Iterable[MeasuredRun], published: PublishedRange) -> None:
        """Estimate from the newest of these runs.

        Args:
            runs: Oldest first; each spend above zero.
            published: The range of their kind, in the tokens of the same model.
        """
        newest = list(runs)[-NEWEST:]
        finished_first = [run for run in newest if run.finished]
        finished_first += [run for run in newest if not run.finished]
        self.runs = sorted(finished_first, key=itemgetter(0))
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
    def _ends(self) -> tuple[float, float]:
        """Student's quantiles of the curve's ends."""
        ends = self.curve[0].share, self.curve[-1].share
        return t_quantile(ends[0], self._freedom), t_quantile(ends[1], self._freedom)

    def _log_curve(self, p: float, t: float) -> float:
        """The logarithm of the curve's quantile; beyond its ends it goes on as the model does."""
        points = self.curve
        if not points:
            return self._centre + self._scale * t
        if p <= points[0].share:
            return math.log(points[0].spend) + self._scale * (t - self._ends[0])
        if p >= points[-1].share:
            return math.log(points[-1].spend) + self._scale * (t - self._ends[1])
        after = bisect_right(points, p, key=lambda point: point.share)
        below, above = points[after - 1], points[after]
        low_z, high_z = _NORMAL.inv_cdf(below.share), _NORMAL.inv_cdf(above.share)
        low, high = math.log(below.spend), math.log(above.spend)
        return low + (high - low) * (_NORMAL.inv_cdf(p) - low_z) / (high_z - low_z)


def herd_johnson(runs: Sequence[MeasuredRun]) -> list[CurvePoint]:
    """The finished runs, each with the share of tasks that its spend suffices for.

    Args:
        runs: Ordered by spend, finished ones first where spends are equal.
    """
    points: list[CurvePoint] = []
    first = second = 0.0
    for (spend, finished), (one, two) in zip(runs, _log_steps(len(runs)), strict=True):
        if finished:
            first += one
            second += two
            points.append(CurvePoint(spend, (first, second)))
    return points


@lru_cache(maxsize=8)
def _log_steps(count: int) -> list[tuple[float, float]]:
    """What each finished run adds to the logarithms of the moments, by its place among `count`."""
    return [
        (math.log(at_risk / (at_risk + 1)), math.log(at_risk / (at_risk + 2)))
        for at_risk in range(count, 0, -1)
    ]


def fit_log_normal(runs: Sequence[MeasuredRun], published: PublishedRange) -> tuple[float, float]:
    """Centre and spread of log spend: the most likely ones beside the published range.

    A cut run adds the probability that its need is above its spend. In the units `1 / spread` and
    `centre / spread` the likelihood has one peak (Olsen 1978), so Newton's steps find it.

    Args:
        runs: At least one.
        published: The range that counts as `PRIOR_RUNS` and `PRIOR_SPREAD_RUNS` runs.
    """
    origin = published.log_centre
    seen = _LogSpends.of(runs, origin)
    at, prior = seen.beginning(published.log_spread), published.log_spread
    found = _slope(seen, prior, *at)
    for _ in range(_MAX_ROUNDS):
        step = found.newton_step()
        before, (at, found) = at, _uphill(seen, prior, at, found, step)
        moved = max(abs(at[0] / at[1] - before[0] / before[1]), abs(1 / at[1] - 1 / before[1]))
        if moved < _CONVERGED:
            break
    return origin + at[0] / at[1], 1 / at[1]


class _LogSpends(NamedTuple):
    """What the likelihood needs of the runs: log spends, measured from the published centre."""

    finished: int
    total: float
    squares: float
    cut: list[tuple[float, int]]
    """The log spends of cut runs, each with how many there are: many had the same budget."""

    @classmethod
    def of(cls, runs: Sequence[MeasuredRun], origin: float) -> "_LogSpends":
        done = [math.log(run.spend) - origin for run in runs if run.finished]
        cut = Counter(run.spend for run in runs if not run.finished)
        logs = [(math.log(spend) - origin, count) for spend, count in cut.items()]
        return cls(len(done), math.fsum(done), math.fsum(log * log for log in done), logs)

    def beginning(self, prior: float) -> tuple[float, float]:
        """Where to begin: the most likely place if every run had been finished."""
        n = self.finished + sum(count for _, count in self.cut)
        total = self.total + sum(log * count for log, count in self.cut)
        squares = self.squares + sum(log * log * count for log, count in self.cut)
        centre = total / (n + PRIOR_RUNS)
        spread = squares - centre * total + PRIOR_SPREAD_RUNS * prior * prior
        inverse = math.sqrt((n + PRIOR_SPREAD_RUNS) / spread)
        return centre * inverse, inverse


class _Slope(NamedTuple):
    """The log likelihood at one place, with its first and second derivatives."""

    value: float
    by_centre: float
    by_inverse: float
    centre_twice: float
    mixed: float
    inverse_twice: float

    def newton_step(self) -> tuple[float, float]:
        """Where Newton's method goes from here."""
        size = self.centre_twice * self.inverse_twice - self.mixed**2
        return (
            (self.mixed * self.by_inverse - self.inverse_twice * self.by_centre) / size,
            (self.mixed * self.by_centre - self.centre_twice * self.by_inverse) / size,
        )


def _slope(seen: _LogSpends, prior: float, centre: float, inverse: float) -> _Slope:
    """The log likelihood beside the published range.

    Args:
        seen: The runs.
        prior: The published spread.
        centre: The centre in spreads, from the published one on.
        inverse: One divided by the spread.
    """
    n, total, squares, _ = seen
    weight = n + PRIOR_SPREAD_RUNS
    spread_term = PRIOR_SPREAD_RUNS * prior * prior
    value = weight * math.log(inverse) - spread_term * inverse * inverse / 2
    value -= (squares * inverse - 2 * total * centre) * inverse / 2
    value -= (n + PRIOR_RUNS) * centre * centre / 2
    by_centre = total * inverse - (n + PRIOR_RUNS) * centre
    by_inverse = weight / inverse - squares * inverse + total * centre - spread_term * inverse
    centre_twice = -float(n + PRIOR_RUNS)
    mixed = total
    inverse_twice = -weight / (inverse * inverse) - squares - spread_term
    for log, count in seen.cut:
        a = log * inverse - centre
        above, hazard = _log_tail_and_hazard(a)
        bend = count * hazard * (hazard - a)
        value += count * above
        by_centre += count * hazard
        by_inverse -= count * log * hazard
        centre_twice -= bend
        mixed += log * bend
        inverse_twice -= log * log * bend
    return _Slope(value, by_centre, by_inverse, centre_twice, mixed, inverse_twice)


def _uphill(
    seen: _LogSpends,
    prior: float,
    at: tuple[float, float],
    here: _Slope,
    step: tuple[float, float],
) -> tuple[tuple[float, float], _Slope]:
    """The place one step on, a shorter one where the whole of it would lead down.

    Args:
        seen: The runs.
        prior: The published spread.
        at: Where the step begins.
        here: The likelihood there.
        step: Newton's step.
    """
    for halvings in range(_MAX_HALVINGS):
        part = 0.5**halvings
        centre, inverse = at[0] + part * step[0], at[1] + part * step[1]
        if inverse > 0:
            there = _slope(seen, prior, centre, inverse)
            # At the top the value no longer moves, but the place still becomes more exact.
            if there.value >= here.value - _FLAT * abs(here.value):
                return (centre, inverse), there
    return at, here


def _log_tail_and_hazard(a: float) -> tuple[float, float]:
    """`ln(1 − Φ(a))` and `φ(a) / (1 − Φ(a))`, by a series where the tail is too thin for floats."""
    if a > _THIN:
        square = a * a
        ratio = 1 - 1 / square + 3 / square**2 - 15 / square**3 + 105 / square**4
        return -square / 2 - math.log(a * _ROOT) + math.log(ratio), a / ratio
    tail = math.erfc(a / math.sqrt(2)) / 2
    return math.log(tail), math.exp(-a * a / 2) / _ROOT / tail


def _beta_shapes(point: CurvePoint) -> tuple[float, float]:
    """The beta distribution with the first two moments of the share that needs more."""
    first, second = (math.exp(each) for each in point.log_survivors)
    total = first * (1 - first) / (second - first**2) - 1
    return first * total, (1 - first) * total
