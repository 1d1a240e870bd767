"""What each effort level means for the scripted model's work."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WorkEffort:
    """How thoroughly to work."""

    level: str
    depth: int
    """How much is thought, from 0 to 4."""
    batch: int
    """Files read at once."""
    together: int
    """Files changed in one reply."""
    factor: float
    """What a subtask costs, as a multiple of the cost at medium."""
    checks: bool
    """Whether a check is run at the end."""
    rereads: int
    """How many changed files are read again at the end."""


_LEVELS = {
    "low": WorkEffort("low", 0, 8, 4, 0.85, checks=False, rereads=0),
    "medium": WorkEffort("medium", 1, 8, 2, 1.0, checks=True, rereads=2),
    "high": WorkEffort("high", 2, 6, 1, 1.2, checks=True, rereads=4),
    "xhigh": WorkEffort("xhigh", 3, 5, 1, 1.35, checks=True, rereads=6),
    "max": WorkEffort("max", 4, 4, 1, 1.5, checks=True, rereads=8),
}


def work_effort(level: str) -> WorkEffort:
    """The meaning of a level; an unknown one works like medium."""
    return _LEVELS.get(level, _LEVELS["medium"])
