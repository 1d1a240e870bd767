"""Stages of a budget, and the reserve kept back for the wrap-up.

The API documents no stages: these are ours, and configurable.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum


class Stage(IntEnum):
    """How far down the budget is; ordered, later is lower."""

    CRUISE = 0
    DESCENT = 1
    APPROACH = 2
    LANDING = 3
    OVERRUN = 4

    @property
    def word(self) -> str:
        """The name shown to people."""
        return self.name.lower()


DESCENT, APPROACH = Decimal("0.70"), Decimal("0.85")
"""Parts of the grant used where these stages begin, if the settings say nothing; 0..1."""
RESERVE = Decimal("0.08")
"""Part of the grant kept back for the wrap-up, if the settings say nothing; 0..1."""
RESERVE_LEAST, RESERVE_MOST = 2_000, 12_000
"""Tokens of the reserve at least and at most, if the settings say nothing."""


@dataclass(frozen=True, slots=True)
class StageThresholds:
    """Where the stages begin."""

    descent: float = float(DESCENT)
    """Part of the grant used, 0..1."""
    approach: float = float(APPROACH)
    """Part of the grant used, 0..1."""
    reserve: float = float(RESERVE)
    """Part of the grant kept back for the wrap-up, 0..1."""
    reserve_least: int = RESERVE_LEAST
    """Tokens."""
    reserve_most: int = RESERVE_MOST
    """Tokens."""


_MAX_RESERVE_SHARE = 0.25
"""Part of a grant that `reserve_least` may take, 0..1; a larger `reserve` is taken at its word."""


def reserve(grant: int, thresholds: StageThresholds = StageThresholds()) -> int:
    """Tokens of `grant` kept back for the wrap-up.

    Of a small grant a part of it at most, however large the least reserve is: work comes first.
    """
    share = round(grant * thresholds.reserve)
    kept = min(max(share, thresholds.reserve_least), thresholds.reserve_most)
    return min(kept, max(share, round(grant * _MAX_RESERVE_SHARE)))


def dollar_stage(share: float, thresholds: StageThresholds = StageThresholds()) -> Stage:
    """The stage of a limit in dollars, of which `share` (0..1) is used.

    It is a hard limit: nothing of it is kept back for the wrap-up, so it has no landing.
    """
    if share > 1:
        return Stage.OVERRUN
    if share >= thresholds.approach:
        return Stage.APPROACH
    return Stage.DESCENT if share >= thresholds.descent else Stage.CRUISE


def stage(grant: int, used: int, thresholds: StageThresholds = StageThresholds()) -> Stage:
    """The stage of a budget of `grant` tokens of which `used` are gone.

    Args:
        grant: Tokens granted.
        used: Tokens charged.
        thresholds: Where the stages begin.
    """
    left = grant - used
    if left < 0:
        return Stage.OVERRUN
    if left <= reserve(grant, thresholds):
        return Stage.LANDING
    if used >= grant * thresholds.approach:
        return Stage.APPROACH
    if used >= grant * thresholds.descent:
        return Stage.DESCENT
    return Stage.CRUISE
