"""Every setting: its key, what it may hold, what it is for. The documentation is made from it.

`Settings` is what the program reads; `SETTINGS` is what is known about each of its fields.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import msgspec

from tui.budget.patience import Patience
from tui.budget.stages import Thresholds
from tui.budget.wire import MINIMUM, Scope
from tui.session.events import Mode
from tui.settings.amounts import MOST
from tui.settings.kinds import Choice, Flag, Hosts, Kind, Name, Number, Paths, Rules, TokenCount

OUTPUT_LIMIT = 30_000
"""Characters of one tool result, where the settings say nothing."""

EFFORTS = ("low", "medium", "high", "xhigh", "max")
"""Effort levels, the cheapest first."""

MODES: tuple[Mode, ...] = ("plan", "ask", "edits", "auto")
"""Permission modes, the tightest first."""

DEFAULT_MODEL = "claude-opus-5-5"
DEFAULT_THEME = "glideslope-dark"


class Permissions(msgspec.Struct, frozen=True, kw_only=True):
    """What the agent may do without asking."""

    mode: Mode = "ask"
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()


class Sandbox(msgspec.Struct, frozen=True, kw_only=True):
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


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The hard limits that the program enforces. None: no such limit."""

    over_budget: int | None = None
    """Tokens charged beyond the task budget."""
    dollars: Decimal | None = None
    requests: int | None = REQUESTS
    minutes: Decimal | None = None


_PATIENCE = Patience()


class Loops(msgspec.Struct, frozen=True, kw_only=True):
    """When a turn that makes no progress is paused."""

    watch: bool = True
    same_result: int = _PATIENCE.same_result
    failed_calls: int = _PATIENCE.failed_calls
    requests_without_progress: int = _PATIENCE.requests_without_progress

    def patience(self) -> Patience:
        """The same, for the watch."""
        return Patience(
            watch=self.watch,
            same_result=self.same_result,
            failed_calls=self.failed_calls,
            requests_without_progress=self.requests_without_progress,
        )


class Compaction(msgspec.Struct, frozen=True, kw_only=True):
    """When and how a long conversation is shortened."""

    automatic: bool = True
    at: Decimal = Decimal("0.8")
    """Part of the context window, 0..1."""
    strategy: Literal["summary", "server"] = "summary"


class Stages(msgspec.Struct, frozen=True, kw_only=True):
    """Where the stages of a budget begin, and what is kept for the wrap-up."""

    descent: Decimal = Decimal("0.70")
    approach: Decimal = Decimal("0.85")
    reserve: Decimal = Decimal("0.08")
    reserve_least: int = 2_000
    reserve_most: int = 12_000

    def thresholds(self) -> Thresholds:
        """The same, for the arithmetic of budgets."""
        return Thresholds(
            descent=float(self.descent),
            approach=float(self.approach),
            reserve=float(self.reserve),
            reserve_least=self.reserve_least,
            reserve_most=self.reserve_most,
        )


class Tools(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of what tools do."""

    output_limit: int = OUTPUT_LIMIT
    """Characters of one tool result that the model gets to read."""
    bash_timeout: int = 120
    """Seconds a shell command may run unless the model asks for more."""


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
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
    theme: str = DEFAULT_THEME
    permissions: Permissions = Permissions()
    sandbox: Sandbox = Sandbox()
    limits: Limits = Limits()
    loops: Loops = Loops()
    compaction: Compaction = Compaction()
    stages: Stages = Stages()
    tools: Tools = Tools()
    catalogue: Catalogue = Catalogue()


Rule = Literal["lower", "higher", "cheaper", "stricter", "users"]
"""What a project's own files may do by themselves, trusted or not: lower the value · raise it ·
choose a model that costs no more · add to the list · nothing. All else is asked once."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What is known about one setting."""

    key: str
    """Dots separate tables: `limits.dollars`."""
    kind: Kind
    help: str
    """One line, without a full stop."""
    project: Rule = "users"
    may_be_off: bool = False
    """Whether `0` or `off`, typed for one session, means none at all."""

    @property
    def path(self) -> tuple[str, ...]:
        """The key as nested tables."""
        return tuple(self.key.split("."))

    @property
    def limits_spending(self) -> bool:
        """Whether it is the task budget or a fuse: without it, more is spent than was meant."""
        return self.key == "task_budget" or self.path[0] == "limits"

    @property
    def variable(self) -> str | None:
        """The environment variable; lists have none."""
        if isinstance(self.kind, Rules):
            return None
        return "GLIDESLOPE_" + self.key.upper().replace(".", "_")


def _times(unit: str) -> Number:
    """A threshold of the watch over progress; it is switched off as a whole, not by a zero."""
    return Number(Decimal(2), Decimal(10_000), unit, whole=True, off="loops.watch = false")


def _share(least: str, most: str) -> Number:
    return Number(Decimal(least), Decimal(most), "")


SETTINGS: tuple[Setting, ...] = (
    Setting("model", Name("model"), "Model that answers", project="cheaper"),
    Setting(
        "effort",
        Choice(EFFORTS, unset="high"),  # no model's own level is higher
        "How deep the model works; the model's own level if unset",
        project="lower",
    ),
    Setting(
        "task_budget",
        TokenCount(MINIMUM, MOST, why="the API accepts no smaller task budget"),
        "Tokens a task may use, as the model sees them; no budget if unset",
        project="lower",
        may_be_off=True,
    ),
    Setting(
        "budget_scope",
        Choice(("session", "turn")),
        "Whether one budget covers the whole session, or each prompt gets its own",
        project="lower",
    ),
    Setting("theme", Name("theme"), "Colours of the screen"),
    Setting(
        "permissions.mode",
        Choice(MODES),
        "plan: read only; ask: ask first; edits: edits in the folder go ahead; auto: all in it",
        project="lower",
    ),
    Setting("permissions.allow", Rules(), "What goes ahead without asking", project="users"),
    Setting("permissions.deny", Rules(), "What is never done", project="stricter"),
    Setting(
        "sandbox.mode",
        Choice(("on", "off")),
        "Whether commands of the model run in a sandbox",
        project="lower",
    ),
    Setting(
        "sandbox.backend",
        Choice(("auto", "landlock", "bubblewrap", "seatbelt")),
        "What holds the sandbox; auto: the best that the system has",
        project="users",
    ),
    Setting(
        "sandbox.network",
        Flag(),
        "Whether every command may use the network; without it, the user is asked each time",
        project="lower",
    ),
    Setting("sandbox.read", Paths(), "What commands may read beside the defaults", project="users"),
    Setting(
        "sandbox.write", Paths(), "What commands may change beside the defaults", project="users"
    ),
    Setting("sandbox.hide", Paths(), "What commands may never reach", project="stricter"),
    Setting(
        "limits.over_budget",
        TokenCount(1_000, MOST),
        "Hard limit: tokens beyond the task budget at which everything stops",
        project="lower",
    ),
    Setting(
        "limits.dollars",
        Number(Decimal("0.01"), Decimal(100_000), "dollars", sign="$"),
        "Hard limit: dollars at list price in one session",
        project="lower",
    ),
    Setting(
        "limits.requests",
        Number(Decimal(1), Decimal(100_000), "requests", whole=True),
        "Hard limit: requests of one turn",
        project="lower",
    ),
    Setting(
        "limits.minutes",
        Number(Decimal("0.1"), Decimal(10_080), "minutes"),
        "Hard limit: minutes of working time of one turn; it stops a request or a tool in it",
        project="lower",
    ),
    Setting(
        "loops.watch",
        Flag(),
        "Whether a turn that makes no progress is paused",
        project="higher",
    ),
    Setting(
        "loops.same_result",
        _times("times"),
        "How often in a row a call may give the same result; several in turns once less",
        project="lower",
    ),
    Setting(
        "loops.failed_calls",
        _times("requests"),
        "Requests in a row of which every call fails; a command that tells something counts half",
        project="lower",
    ),
    Setting(
        "loops.requests_without_progress",
        _times("requests"),
        "Requests in a row without a changed file, a changed subtask or a new result",
        project="lower",
    ),
    Setting("compaction.automatic", Flag(), "Shorten the conversation before the window is full"),
    Setting(
        "compaction.at", _share("0.2", "0.95"), "Part of the context window at which it starts"
    ),
    Setting(
        "compaction.strategy",
        Choice(("summary", "server")),
        "summary: written by this program; server: left to the API",
    ),
    Setting(
        "stages.descent",
        _share("0.1", "0.98"),
        "Part of the budget used at which descent begins",
        project="lower",
    ),
    Setting(
        "stages.approach",
        _share("0.1", "0.99"),
        "Part of the budget used at which approach begins",
        project="lower",
    ),
    Setting(
        "stages.reserve",
        _share("0.01", "0.5"),
        "Part of the budget kept back for the wrap-up",
        project="higher",
    ),
    Setting(
        "stages.reserve_least",
        TokenCount(500, 200_000),
        "The reserve is at least this",
        project="higher",
    ),
    Setting(
        "stages.reserve_most",
        TokenCount(500, 200_000),
        "The reserve is at most this",
        project="higher",
    ),
    Setting(
        "tools.output_limit",
        TokenCount(1_000, 1_000_000, unit="characters"),
        "How much of one tool result the model reads; the rest can be asked for",
        project="lower",
    ),
    Setting(
        "tools.bash_timeout",
        Number(Decimal(1), Decimal(600), "seconds", whole=True),
        "How long a shell command may run unless the model asks for more",
        project="lower",
    ),
    Setting(
        "catalogue.budget_hosts",
        Hosts(),
        "Servers that pass task budgets on; on others notes tell the model what is left",
    ),
)
"""Every setting, in the order in which people read about them."""

SMALL_BUDGET = TokenCount(1, MOST)
"""What `task_budget` holds where the API is sent no budget."""

BY_KEY: dict[str, Setting] = {setting.key: setting for setting in SETTINGS}


def field(settings: Settings, key: str) -> object:
    """The value of one setting, by its dotted key."""
    value: object = settings
    for name in key.split("."):
        value = getattr(value, name)
    return value


BUILT_IN = Settings()
