"""Whether tasks of a kind have begun to take more or less than before.

Peto's and Peto's test of two samples with cut runs: each finished run of the recent ones counts
against what chance would give, weighted by the pooled curve, so that the bulk of the runs decides
and not the tail.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tui.budget.spend_distribution import MeasuredRun

SURE = 2.576
"""|z| above which a change counts as sure: one false alarm in a hundred kinds and months."""
PERHAPS = 1.96
"""|z| above which a change is possible; only the advisor mentions it."""
LEAST_CHANGE = 0.2
"""The part by which the 90th percentile must have moved."""
RECENT_DAYS, EARLIER_DAYS = 30, 150
"""The last days are compared with those before them."""
MIN_RECENT, MIN_EARLIER = 10, 20
"""Runs that each side must have."""

Verdict = Literal["none", "perhaps", "moved"]


@dataclass(frozen=True, slots=True)
class _Entry:
    spend: float
    finished: bool
    recent: bool


def peto_peto(earlier: Sequence[MeasuredRun], recent: Sequence[MeasuredRun]) -> float:
    """`z` of the difference; negative where the recent runs need more; 0 where nothing tells."""
    entries = sorted(
        [
            *(_Entry(run.spend, run.finished, recent=False) for run in earlier),
            *(_Entry(run.spend, run.finished, recent=True) for run in recent),
        ],
        key=lambda entry: (entry.spend, not entry.finished),
    )
    at_risk, recent_at_risk = len(entries), len(recent)
    weight, moved, variance = 1.0, 0.0, 0.0
    for entry in entries:
        if entry.finished:
            weight *= at_risk / (at_risk + 1)
            expected = recent_at_risk / at_risk
            moved += weight * (entry.recent - expected)
            variance += weight**2 * expected * (1 - expected)
        at_risk -= 1
        recent_at_risk -= entry.recent
    return moved / math.sqrt(variance) if variance > 0 else 0.0


def drift_verdict(z: float, old_p90: float, new_p90: float) -> Verdict:
    """Whether the need has moved, by the test and by how far the 90th percentile went.

    Args:
        z: From `peto_peto`.
        old_p90: Tokens that fit nine of ten earlier tasks.
        new_p90: The same of the recent tasks.
    """
    if abs(z) <= PERHAPS:
        return "none"
    needs_more = z < 0
    change = new_p90 - old_p90 if needs_more else old_p90 - new_p90
    return "moved" if abs(z) > SURE and change >= LEAST_CHANGE * old_p90 else "perhaps"
