"""A task run: a prompt and what followed, until the user moved on."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from tui.budget.ledger import Usage
from tui.budget.near_limit import NEAR
from tui.budget.quote import EstimateOutcome
from tui.budget.spend_distribution import MeasuredRun
from tui.budget.task_kinds import TaskKind
from tui.importers.imported_run import BilledTokens, RunLink

RunEnd = Literal[
    "completed",
    "landed",
    "wrapped_up",
    "paused",
    "hard_limit",
    "stopped",
    "no_progress",
    "declined",
    "interrupted",
    "denied",
    "error",
    "refused",
    "crashed",
    "planned",
    "open",
]
"""How a run ended: the reasons of turns, `planned` for one that only filed a plan that was not
agreed to, and `open` for one whose log just stops."""
FINISHED = "completed"
_HOUR = 3600
TOO_SHORT = 0.1
"""Part of the median of its kind below which a cut run says nothing."""


class HourUsage(msgspec.Struct, frozen=True):
    """What a run used in one hour of the clock with one model."""

    hour: int
    """Hours since 1970, UTC."""
    model: str
    requests: int
    input: int
    cache_write_5m: int
    cache_write_1h: int
    cache_read: int
    output: int


class HourCounts:
    """What one run used, hour by hour, while its requests are counted."""

    def __init__(self) -> None:
        self._counts: dict[tuple[int, str], list[int]] = {}

    def add(self, at: float, model: str, tokens: Usage | BilledTokens) -> None:
        """Count a request.

        Args:
            at: When it was answered, in seconds since 1970.
            model: The one that answered.
            tokens: What it was billed for.
        """
        counts = self._counts.setdefault((int(at) // _HOUR, model), [0] * 6)
        counts[0] += 1
        for place, name in enumerate(HourUsage.__struct_fields__[3:], 1):
            counts[place] += getattr(tokens, name)

    def usage(self) -> tuple[HourUsage, ...]:
        """What was used, in the order in which the hours began."""
        return tuple(HourUsage(hour, model, *n) for (hour, model), n in self._counts.items())


class TaskRun(msgspec.Struct, frozen=True, kw_only=True):
    """What one task took."""

    source: str
    """`glideslope`, or the agent whose logs it comes from."""
    session: str
    started: float
    """Seconds since 1970, UTC, as is `ended`."""
    ended: float
    kind: TaskKind
    model: str
    """The model that was charged most; empty where it is unknown."""
    end: RunEnd
    spend: int
    """Charged tokens, in those of its model."""
    project: str = ""
    branch: str = ""
    effort: str = ""
    budget: int | None = None
    """The tokens it had; None without a budget."""
    requests: int = 0
    tools: dict[str, int] = {}
    is_agent: bool = False
    is_estimated: bool = False
    """Whether `spend` misses what a broken context had gained."""
    low_output: bool = False
    """Whether its log has less output than was written: a bill made of it is too low."""
    usage: tuple[HourUsage, ...] = ()
    estimated: float = 0.0
    """Tokens by the estimates of its plan or checklist, without what was given up; 0 without."""
    estimate_spend: int = 0
    """Tokens charged from that plan on."""
    plan_done: bool = False
    """Whether the plan was carried out to its end."""
    tags: tuple[str, ...] = ()
    """The tags that its session had while it ran; mostly one or none."""
    leaf: int = 0
    """Stands for the last row that its log has of it; 0 where that is of no use."""
    follows: RunLink | None = None
    """The run of another file that it goes on with; not stored once it is a part of that one."""
    title: str = ""
    """The beginning of its prompt, where the user wanted titles to be kept."""

    @property
    def outcome(self) -> EstimateOutcome | None:
        """How its estimate turned out; None where it had none."""
        if not self.estimated or not self.estimate_spend or self.is_agent:
            return None
        finished = self.plan_done and self.end == FINISHED and not self.was_near_limit
        return EstimateOutcome(self.estimated, self.estimate_spend, finished)

    @property
    def was_near_limit(self) -> bool:
        """Whether it used so much of its budget that it was probably hurried."""
        return self.budget is not None and self.spend >= NEAR * self.budget


def measured_run(run: TaskRun, factor: float = 1.0) -> MeasuredRun | None:
    """A run as the estimate needs it: finished, or cut at its spend; None where it says nothing.

    One that completed near its budget was hurried, and counts as cut. One that declined is cut at
    its budget: the model said it would not fit. One that repeated itself is left out,
    and one that only filed a plan.

    Args:
        run: The run.
        factor: What one of its tokens is in those of the model that the estimate is for.
    """
    if run.end in ("no_progress", "planned") or run.is_agent:
        return None
    if run.end == "declined" and run.budget:
        return MeasuredRun(run.budget * factor, finished=False)
    if run.spend <= 0:
        return None
    finished = run.end == FINISHED and not run.was_near_limit
    return MeasuredRun(run.spend * factor, finished)


# The same rules over the columns of a table of runs.
_NEAR_SQL = f"budget IS NOT NULL AND spend >= {NEAR!r} * budget"
FINISHED_SQL = f"(end = '{FINISHED}' AND spend > 0 AND NOT ({_NEAR_SQL}))"
SPEND_SQL = (
    "(CASE end WHEN 'no_progress' THEN 0 WHEN 'planned' THEN 0"
    " WHEN 'declined' THEN CASE WHEN budget > 0 THEN budget ELSE spend END ELSE spend END)"
)
"""Zero for a run that says nothing."""


def without_short_cuts(runs: Sequence[MeasuredRun]) -> list[MeasuredRun]:
    """The runs without those that were cut below a tenth of the median of all."""
    if not runs:
        return []
    spends = sorted(run.spend for run in runs)
    middle = len(spends) // 2
    median = spends[middle] if len(spends) % 2 else (spends[middle - 1] + spends[middle]) / 2
    return [run for run in runs if run.finished or run.spend >= TOO_SHORT * median]
