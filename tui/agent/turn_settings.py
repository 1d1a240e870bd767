"""The settings of the turns of a session, from settings files and command line."""

from dataclasses import dataclass, field, replace
from datetime import tzinfo
from typing import Literal

from tui.budget.hard_limits import HardLimits
from tui.budget.loop_thresholds import LoopThresholds
from tui.budget.monthly_budget import MonthlyBudget
from tui.budget.stages import StageThresholds
from tui.budget.team_limits import TeamLimits
from tui.claude.retry import RetryPolicy
from tui.settings.budgets_in_force import budgets_in_force
from tui.settings.managed import Caps
from tui.settings.settings_resolver import ResolvedSettings
from tui.settings.settings_schema import (
    PLAN_BUDGET,
    CompactionSettings,
    CompactionStrategy,
    LimitSettings,
    WarningSettings,
)
from tui.settings.time_zone import chosen_zone, user_zone

LimitPolicy = Literal["ask", "wrap", "pause", "stop"]
"""What happens at a reached limit: ask the user · land with a report · put down · end."""


def compact_at(settings: CompactionSettings) -> float | None:
    """Part of the context window at which the conversation is shortened; None for never."""
    return float(settings.at) if settings.automatic else None


def hard_limits(limits: LimitSettings) -> HardLimits:
    """The hard limits of the settings, for the arithmetic of budgets."""
    return HardLimits(
        over_budget=limits.over_budget,
        dollars=limits.dollars,
        requests=limits.requests,
        minutes=limits.minutes,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnSettings:
    """The settings of the turns of a session."""

    interactive: bool = True
    """Whether there is somebody to answer a permission question."""
    host: str = "api.anthropic.com"
    """Host that requests go to, for sentences."""
    retry_policy: RetryPolicy = field(default_factory=lambda: RetryPolicy(attempts=3))
    """When to send a request again whose answer broke off."""
    refusal_policy: RetryPolicy = field(default_factory=RetryPolicy)
    """When to send a request again that the server refused for now."""
    thresholds: StageThresholds = field(default_factory=StageThresholds)
    hard_limits: HardLimits = field(default_factory=HardLimits)
    """Those of the settings; what was set in the session is laid over them."""
    caps: Caps = field(default_factory=dict)
    """What the organisation caps: nothing is laid over that."""
    loop_thresholds: LoopThresholds = field(default_factory=LoopThresholds)
    """How long a turn may go without progress before it is paused."""
    plan_budget: int = PLAN_BUDGET
    """Tokens of each prompt in mode `plan`."""
    limit_policy: LimitPolicy = "ask"
    limit_answer_seconds: float = 300.0
    """Seconds a question about a limit waits before silence means pause."""
    team: TeamLimits = field(default_factory=TeamLimits)
    """How large a team may get."""
    compact_at: float | None = compact_at(CompactionSettings())
    """Part of the context window at which the conversation is shortened; None never."""
    monthly_budgets: tuple[MonthlyBudget, ...] = ()
    """Those of all tags among them."""
    zone: tzinfo = field(default_factory=user_zone)
    """In which days and months begin."""
    compaction_strategy: CompactionStrategy = CompactionSettings().strategy
    """Who shortens it: the model with a summary for this program, or the server."""
    warnings: WarningSettings = field(default_factory=WarningSettings)
    """What is said before money is spent."""

    def with_resolved(self, resolved: ResolvedSettings) -> "TurnSettings":
        """The same with what these settings say."""
        settings = resolved.settings
        return replace(
            self,
            thresholds=settings.stages.thresholds(),
            hard_limits=hard_limits(settings.limits),
            caps=resolved.caps or {},
            plan_budget=settings.plan_budget,
            loop_thresholds=settings.loops,
            team=settings.team,
            compact_at=compact_at(settings.compaction),
            compaction_strategy=settings.compaction.strategy,
            warnings=settings.warnings,
            monthly_budgets=budgets_in_force(resolved),
            zone=chosen_zone(settings.time_zone),
        )
