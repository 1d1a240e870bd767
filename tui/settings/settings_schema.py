"""Every setting: its key, what it may hold, what it is for. The documentation is made from it.

`Settings` is what the program reads; `SETTINGS` is what is known about each of its fields.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import msgspec

from tui.budget import stages
from tui.budget.loop_thresholds import LoopThresholds
from tui.budget.team_limits import SMALLEST_AGENT, TeamLimits
from tui.budget.wire_budget import MIN_TASK_BUDGET, Scope
from tui.session.events import Mode
from tui.settings.amounts import MOST
from tui.settings.budget_settings import (
    BUDGET_SETTINGS,
    TAGS,
    BudgetSettings,
    MonthlyBudgetSettings,
    ReportSettings,
    tag_setting,
)
from tui.settings.setting import Setting, may_lower, may_raise
from tui.settings.setting_types import (
    HOSTS,
    PATHS,
    RULES,
    ChoiceType,
    FlagType,
    NameType,
    NumberType,
    PoolType,
    TokenCountType,
)

OUTPUT_LIMIT = 30_000
"""Characters of one tool result, where the settings say nothing."""
BASH_TIMEOUT = 120
"""Seconds of a shell command, where neither the settings nor the model say more."""

EFFORTS = ("low", "medium", "high", "xhigh", "max")
"""Effort levels, the cheapest first."""

MODES: tuple[Mode, ...] = ("plan", "ask", "edits", "auto")
"""Permission modes, the tightest first."""

DEFAULT_MODEL = "claude-opus-5-5"
DEFAULT_THEME = "glideslope-dark"


PLAN_BUDGET = 30_000
"""Tokens of a prompt in mode `plan`, where the settings say nothing: enough to look around in a
folder of this program's size, and a tenth of what such work takes."""


class PermissionSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the agent may do without asking."""

    mode: Mode = "ask"
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()


class SandboxSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What commands of the model may reach."""

    mode: Literal["on", "off"] = "on"
    backend: Literal["auto", "landlock", "bubblewrap", "seatbelt"] = "auto"
    network: bool = False
    read: tuple[str, ...] = ()
    """Read and executed as well."""
    write: tuple[str, ...] = ()
    """Read and changed as well."""
    hide: tuple[str, ...] = ()
    """Out of reach, although the project or a default opens it."""


REQUESTS = 200
"""Requests of one turn, unless somebody sets more.

Three times the longest turns of real work that were measured (61 and 76 requests), and few
enough that a turn that runs away costs tens of dollars, not hundreds.
"""


class LimitSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The hard limits that the program enforces. None: no such limit."""

    over_budget: int | None = None
    """Tokens charged beyond the task budget."""
    dollars: Decimal | None = None
    requests: int | None = REQUESTS
    minutes: Decimal | None = None


CompactionStrategy = Literal["summary", "server"]
"""Who shortens a conversation: the model with a summary for this program, or the server."""


class CompactionSettings(msgspec.Struct, frozen=True, kw_only=True):
    """When and how a long conversation is shortened."""

    automatic: bool = True
    at: Decimal = Decimal("0.8")
    """Part of the context window, 0..1."""
    strategy: CompactionStrategy = "summary"


class StageSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where the stages of a budget begin, and what is kept for the wrap-up."""

    descent: Decimal = stages.DESCENT
    approach: Decimal = stages.APPROACH
    reserve: Decimal = stages.RESERVE
    reserve_least: int = stages.RESERVE_LEAST
    reserve_most: int = stages.RESERVE_MOST

    def thresholds(self) -> stages.StageThresholds:
        """The same, for the arithmetic of budgets."""
        return stages.StageThresholds(
            descent=float(self.descent),
            approach=float(self.approach),
            reserve=float(self.reserve),
            reserve_least=self.reserve_least,
            reserve_most=self.reserve_most,
        )


class ToolSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of what tools do."""

    output_limit: int = OUTPUT_LIMIT
    """Characters of one tool result that the model gets to read."""
    bash_timeout: int = BASH_TIMEOUT
    """Seconds a shell command may run unless the model asks for more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamSettings(TeamLimits):
    """Agents that the model may delegate work to, and their pool."""

    pool: int | None = None
    """Tokens of the pool; None: a new session has no agents."""


class TranscriptSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How the conversation is shown."""

    calls: Literal["rows", "names", "counts"] = "names"


class WarningSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What is said before money is spent; each warning can be turned off."""

    small_budget: bool = True
    near_limit: bool = True
    growing_requests: bool = True
    drift: bool = True
    cold_cache: bool = True
    cold_cache_dollars: Decimal = Decimal("0.20")
    """From which extra price on a cold cache is said before a prompt."""


class RateLimitSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How requests keep within the rate limits of an account. None: no such limit."""

    pace: bool = True
    tokens_per_minute: int | None = None
    requests_per_minute: int | None = None
    team_size: int | None = None


class CatalogueSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the program knows of servers; models are beside it (`tui.claude.catalogue`)."""

    budget_hosts: tuple[str, ...] = ("api.anthropic.com",)
    """Hosts of servers that pass task budgets on to the model."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All settings, resolved. The defaults are the built-in layer."""

    model: str = DEFAULT_MODEL
    effort: str | None = None
    """None: the model's own default."""
    task_budget: int | None = None
    """Tokens; None: no budget."""
    budget_scope: Scope = "session"
    plan_budget: int = PLAN_BUDGET
    """Tokens of each prompt in mode `plan`."""
    budget_offer: bool = True
    """Whether a session without a budget is offered one with its first prompt."""
    burn_down: bool = True
    """Whether the sidebar draws what was left after each request."""
    theme: str = DEFAULT_THEME
    notifications: Literal["auto", "bell", "osc9", "osc777", "off"] = "auto"
    """How the user is told of a session that waits or ended while they look elsewhere."""
    permissions: PermissionSettings = PermissionSettings()
    sandbox: SandboxSettings = SandboxSettings()
    limits: LimitSettings = LimitSettings()
    loops: LoopThresholds = LoopThresholds()
    compaction: CompactionSettings = CompactionSettings()
    stages: StageSettings = StageSettings()
    tools: ToolSettings = ToolSettings()
    team: TeamSettings = TeamSettings()
    transcript: TranscriptSettings = TranscriptSettings()
    warnings: WarningSettings = WarningSettings()
    rate_limits: RateLimitSettings = RateLimitSettings()
    budgets: BudgetSettings = BudgetSettings()
    report: ReportSettings = ReportSettings()
    tag: str | None = None
    """Of a new session; None: none."""
    time_zone: str | None = None
    """The name of a time zone; None: the machine's."""
    catalogue: CatalogueSettings = CatalogueSettings()


def _threshold_type(unit: str) -> NumberType:
    """A threshold of the watch over progress; it is switched off as a whole, not by a zero."""
    return NumberType(Decimal(2), Decimal(10_000), unit, whole=True, off="loops.watch = false")


def _count_type(most: int, unit: str) -> NumberType:
    return NumberType(Decimal(1), Decimal(most), unit, whole=True)


def _dollar_type(most: int) -> NumberType:
    return NumberType(Decimal("0.01"), Decimal(most), "dollars", sign="$")


def _share_type(least: str, most: str) -> NumberType:
    return NumberType(Decimal(least), Decimal(most), "")


SETTINGS: tuple[Setting, ...] = (
    Setting("model", NameType("model"), "Model that answers", project_rule="cheaper"),
    may_lower(
        "effort",
        ChoiceType(EFFORTS, unset="high"),  # no model's own level is higher
        "How deep the model works; the model's own level if unset",
    ),
    may_lower(
        "task_budget",
        TokenCountType(MIN_TASK_BUDGET, MOST, why="the API accepts no smaller task budget"),
        "Token budget of a session; no budget if unset",
        may_be_off=True,
    ),
    may_lower(
        "budget_scope",
        ChoiceType(("session", "turn")),
        "Whether one budget covers the whole session, or each prompt gets its own",
    ),
    may_lower(
        "plan_budget",
        TokenCountType(MIN_TASK_BUDGET, MOST, why="the API accepts no smaller task budget"),
        "Token budget of each prompt in mode plan; where less is left, that is the limit",
    ),
    Setting(
        "budget_offer",
        FlagType(),
        "Whether a session without a budget is offered one with its first prompt",
    ),
    Setting(
        "burn_down",
        FlagType(),
        "Whether the sidebar draws the burn-down, on screens of 30 rows or more",
    ),
    Setting("theme", NameType("theme"), "Colours of the screen"),
    Setting(
        "notifications",
        ChoiceType(("auto", "bell", "osc9", "osc777", "off")),
        "How the terminal tells you that a session waits or ended; auto: what it understands",
    ),
    may_lower(
        "permissions.mode",
        ChoiceType(MODES),
        "plan: read only; ask: ask first; edits: edit in the folder without asking; auto: all",
    ),
    Setting("permissions.allow", RULES, "What is allowed without asking"),
    Setting("permissions.deny", RULES, "What is never allowed", project_rule="stricter"),
    may_lower(
        "sandbox.mode", ChoiceType(("on", "off")), "Whether commands of the model run in a sandbox"
    ),
    Setting(
        "sandbox.backend",
        ChoiceType(("auto", "landlock", "bubblewrap", "seatbelt")),
        "What enforces the sandbox; auto: the best that the system has",
    ),
    may_lower(
        "sandbox.network",
        FlagType(),
        "Whether every command may use the network; without it, the user is asked each time",
    ),
    Setting("sandbox.read", PATHS, "What commands may read, besides the defaults"),
    Setting("sandbox.write", PATHS, "What commands may change, besides the defaults"),
    Setting("sandbox.hide", PATHS, "What commands may never reach", project_rule="stricter"),
    may_lower(
        "limits.over_budget",
        TokenCountType(1_000, MOST),
        "Hard limit: tokens beyond the task budget at which everything stops",
    ),
    may_lower(
        "limits.dollars", _dollar_type(100_000), "Hard limit: dollars at list price in one session"
    ),
    may_lower(
        "limits.requests", _count_type(100_000, "requests"), "Hard limit: requests of one turn"
    ),
    may_lower(
        "limits.minutes",
        NumberType(Decimal("0.1"), Decimal(10_080), "minutes"),
        "Hard limit: minutes of working time of one turn; it stops a request or a tool in it",
    ),
    *BUDGET_SETTINGS,
    may_raise("loops.watch", FlagType(), "Whether a turn that makes no progress is paused"),
    may_lower(
        "loops.same_result",
        _threshold_type("times"),
        "How often a call may give the same result, with nothing changed between",
    ),
    may_lower(
        "loops.failed_calls",
        _threshold_type("calls"),
        "Calls in a row that fail; one that was denied or interrupted is none",
    ),
    may_lower(
        "loops.requests_without_progress",
        _threshold_type("requests"),
        "Requests in a row without a changed file, a changed subtask or a new result",
    ),
    Setting(
        "compaction.automatic",
        FlagType(),
        "Whether to shorten the conversation before the context window is full",
    ),
    Setting(
        "compaction.at",
        _share_type("0.2", "0.95"),
        "Part of the context window in use at which that starts",
    ),
    Setting(
        "compaction.strategy",
        ChoiceType(("summary", "server")),
        "summary: the program asks the model for one; server: the API shortens",
    ),
    may_lower(
        "stages.descent",
        _share_type("0.1", "0.98"),
        "Part of the budget used at which descent begins",
    ),
    may_lower(
        "stages.approach",
        _share_type("0.1", "0.99"),
        "Part of the budget used at which approach begins",
    ),
    may_raise(
        "stages.reserve", _share_type("0.01", "0.5"), "Part of the budget kept back for the wrap-up"
    ),
    may_raise("stages.reserve_least", TokenCountType(500, 200_000), "The reserve is at least this"),
    may_raise("stages.reserve_most", TokenCountType(500, 200_000), "The reserve is at most this"),
    may_lower(
        "tools.output_limit",
        TokenCountType(1_000, 1_000_000, unit="characters"),
        "How much of one tool result the model reads; it can ask for the rest",
    ),
    may_lower(
        "tools.bash_timeout",
        _count_type(600, "seconds"),
        "How long a shell command may run unless the model asks for more",
    ),
    Setting(
        "team.pool",
        PoolType(SMALLEST_AGENT, MOST, why="no agent can be given less"),
        "Token pool of a new session's agents, beside its own budget; no agents if unset",
        may_be_off=True,
    ),
    may_lower(
        "team.at_once",
        _count_type(20, "agents"),
        "Agents that work at the same time; the others wait",
    ),
    may_lower(
        "team.depth",
        _count_type(3, "levels"),
        "Levels of agents; with 1, agents have no agents of their own",
    ),
    may_lower(
        "team.in_turn",
        _count_type(100, "agents"),
        "Agents of one turn that need no answer from you",
    ),
    may_lower(
        "team.in_session",
        _count_type(1_000, "agents"),
        "Agents of one session that need no answer from you",
    ),
    may_lower("team.requests", _count_type(1_000, "requests"), "Hard limit: requests of one agent"),
    may_lower(
        "team.minutes",
        _count_type(600, "minutes"),
        "Hard limit: minutes of working time of one agent",
    ),
    may_lower(
        "team.report_tokens",
        TokenCountType(200, 50_000),
        "How much of an agent's report the model reads that asked for it",
    ),
    may_lower(
        "team.ask_above",
        TokenCountType(1_000, MOST),
        "Tokens that the agents of one turn may reserve before you are asked",
    ),
    Setting(
        "team.slices",
        FlagType(),
        "Whether each agent has its slice of the pool; else all draw on it, request by request",
    ),
    Setting(
        "transcript.calls",
        ChoiceType(("rows", "names", "counts")),
        "rows: each tool call has one; names: reads share one, with names; counts: numbers only",
    ),
    Setting(
        "warnings.small_budget",
        FlagType(),
        "Warn of a budget below twice the median of at least 5 runs of its kind",
    ),
    Setting(
        "warnings.near_limit",
        FlagType(),
        "Warn where a kind begins whose last budgets were used up more often than to be expected",
    ),
    Setting(
        "warnings.growing_requests",
        FlagType(),
        "Warn where requests grow dear because each reads the history again",
    ),
    Setting(
        "warnings.drift",
        FlagType(),
        "Warn where the need of a kind has moved; tested once a month for each kind",
    ),
    Setting(
        "warnings.cold_cache", FlagType(), "Warn before a prompt that finds the prompt cache cold"
    ),
    Setting(
        "warnings.cold_cache_dollars",
        _dollar_type(1_000),
        "The extra price of that prompt from which on it is said",
    ),
    may_raise(
        "rate_limits.pace",
        FlagType(),
        "Whether requests wait for a rate limit of the account instead of being refused",
    ),
    may_lower(
        "rate_limits.tokens_per_minute",
        TokenCountType(1_000, MOST),
        "Tokens a minute that all requests together may take: uncached input and output",
    ),
    may_lower(
        "rate_limits.requests_per_minute",
        _count_type(100_000, "requests"),
        "Requests a minute that all agents together may send",
    ),
    Setting(
        "rate_limits.team_size",
        _count_type(1_000_000, "people"),
        "People who share the account: published limits hold until the server tells its own",
    ),
    Setting(
        "catalogue.budget_hosts",
        HOSTS,
        "Servers that support task budgets; on others notes tell the model what is left",
    ),
)
"""Every setting, in the order in which people read about them."""

SMALL_BUDGET_TYPE = TokenCountType(1, MOST)
"""What `task_budget` holds where the API is sent no budget."""

SETTINGS_BY_KEY: dict[str, Setting] = {setting.key: setting for setting in SETTINGS}


def find_setting(key: str) -> Setting | None:
    """The setting of a key, those of tags included; None where there is none."""
    return SETTINGS_BY_KEY.get(key) or tag_setting(key)


def setting_value(settings: Settings, key: str) -> object:
    """The value of one setting, by its dotted key; of a tag that has no budget as built in."""
    if key.startswith(f"{TAGS}.") and key.split(".")[2] not in settings.budgets.tags:
        return getattr(MonthlyBudgetSettings(), key.rpartition(".")[2])
    value: object = settings
    for name in key.split("."):
        value = value[name] if isinstance(value, dict) else getattr(value, name)
    return value


BUILT_IN = Settings()
