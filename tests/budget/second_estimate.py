"""The estimate a second time, with numpy and scipy, straight from its description.

Nothing here is shared with `tui.budget`: the fit repeats expectation and maximisation until nothing
moves, where the program takes Newton's steps; quantiles are scipy's.
"""

from typing import Any

import numpy as np
from scipy import stats

Array = Any
FAR = 1e300
"""The spend of a run that nothing cuts before: it makes Herd's and Johnson's curve of Kaplan's and
Meier's, since each divisor is one more."""


class SecondEstimate:
    """Quantiles and intervals from spends in tokens, and which of them were finished."""

    def __init__(self, spends: Array, finished: Array, centre: float, spread: float) -> None:
        order = np.lexsort((~finished, spends))
        self.logs, self.finished = np.log(spends[order]), finished[order]
        self.n, self.k = len(spends), int(finished.sum())
        self.mu, self.sigma = self._fitted(centre, spread)
        self.freedom = self.n + 3
        self.scale = (
            self.sigma * np.sqrt((self.n + 4) / self.freedom) * np.sqrt(1 + 1 / (self.n + 2))
        )
        at_risk = np.arange(self.n, 0, -1)[self.finished]
        self.points = self.logs[self.finished]
        self.left = np.cumprod(at_risk / (at_risk + 1))
        self.second_moments = np.cumprod(at_risk / (at_risk + 2))

    def quantile(self, p: float) -> float:
        model = self.mu + self.scale * stats.t.ppf(p, self.freedom)
        weight = 20 / (20 + self.k)
        return float(np.exp(weight * model + (1 - weight) * self._curve(p, model)))

    def interval(self, p: float) -> tuple[float | None, float | None]:
        first, second = self.left, self.second_moments
        total = first * (1 - first) / (second - first**2) - 1
        low = stats.beta.ppf(0.1, first * total, (1 - first) * total) > 1 - p
        high = stats.beta.ppf(0.9, first * total, (1 - first) * total) < 1 - p
        spends = np.exp(self.points)
        return (
            float(spends[low][-1]) if low.any() else None,
            float(spends[high][0]) if high.any() else None,
        )

    def _fitted(self, mu0: float, sigma0: float) -> tuple[float, float]:
        mu, sigma = mu0, sigma0
        for _ in range(200_000):
            a = (self.logs - mu) / sigma
            hazard = np.exp(stats.norm.logpdf(a) - stats.norm.logsf(a))
            seen = np.where(self.finished, self.logs, mu + sigma * hazard)
            extra = np.where(self.finished, 0, sigma**2 * (1 + a * hazard - hazard**2))
            new = (seen.sum() + 2 * mu0) / (self.n + 2)
            squares = ((seen - new) ** 2).sum() + extra.sum() + 2 * (new - mu0) ** 2
            wide = np.sqrt((squares + 4 * sigma0**2) / (self.n + 4))
            moved, mu, sigma = max(abs(new - mu), abs(wide - sigma)), new, wide
            if moved < 1e-13:
                break
        return float(mu), float(sigma)

    def _curve(self, p: float, model: float) -> float:
        if not self.k:
            return model
        shares = 1 - self.left
        for end in (0, -1):
            if (p <= shares[0]) if end == 0 else (p >= shares[-1]):
                beyond = stats.t.ppf(p, self.freedom) - stats.t.ppf(shares[end], self.freedom)
                return float(self.points[end] + self.scale * beyond)
        return float(np.interp(stats.norm.ppf(p), stats.norm.ppf(shares), self.points))
