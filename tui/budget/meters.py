"""What the screen shows of the five meters, as one frozen value.

Budget, billed tokens and dollars, context fill, account rate limits and wall time are
never mixed: each field says which it belongs to, and whether it counts *used* or *left*.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from tui.budget.forecast import BudgetFit, Forecast
from tui.budget.hard_limits import HardLimits
from tui.budget.monthly_budget import BudgetStanding
from tui.budget.stages import Stage
from tui.budget.wire_budget import Scope

CountdownSource = Literal["api", "notes", "nobody"]
"""Who tells the model what is left: the API's own countdown, notes of ours, or nobody."""


@dataclass(frozen=True, slots=True)
class BudgetMeter:
    """The envelope: grant, charge, and what is left of it."""

    grant: int
    """`T`, tokens."""
    charged: int
    """`C`, tokens settled or estimated at a finished request; only grows."""
    unsettled: int = 0
    """The part of `charged` that is still an estimate."""
    live: int = 0
    """Estimated tokens of the message now streaming, on top of `charged`."""
    unannounced: int = 0
    """Tokens charged that the model has not been told of: it sees so many more left."""
    reserve: int = 0
    """Tokens kept back for the wrap-up."""
    stage: Stage = Stage.CRUISE
    scope: Scope = "session"
    countdown_source: CountdownSource = "api"
    burn_down: tuple[tuple[float, int], ...] = ()
    """Burn-down: (seconds since the grant, tokens left) after each request."""
    per_minute: float | None = None
    """Tokens charged per minute of working time, lately."""
    requests_left: int | None = None
    """About how many more requests of the recent size fit."""

    @property
    def used(self) -> int:
        """Tokens used, the streaming tail included."""
        return self.charged + self.live

    @property
    def left(self) -> int:
        """Tokens left; negative in overrun."""
        return self.grant - self.used

    @property
    def left_for_model(self) -> int:
        """Tokens left as the model sees them."""
        return self.left + self.unannounced

    @property
    def estimated(self) -> bool:
        """Whether any part of the figure is an estimate."""
        return bool(self.unsettled or self.live)


@dataclass(frozen=True, slots=True)
class DollarMeter:
    """A hard limit in dollars, where no token budget is given: the budget in force."""

    limit: Decimal
    """Of the whole session, above zero."""
    used: Decimal = Decimal(0)
    """Billed so far."""
    estimated: bool = False
    """Whether a part of `used` is an estimate."""
    stage: Stage = Stage.CRUISE
    budget_follows: bool = False
    """Whether a token budget is worked out from it later."""

    @property
    def left(self) -> Decimal:
        """Dollars left; negative beyond the limit."""
        return self.limit - self.used

    @property
    def share(self) -> float:
        """Part of the limit that is used; above 1 beyond it."""
        return float(self.used / self.limit)


@dataclass(frozen=True, slots=True)
class BilledMeter:
    """What is paid for: every token of every class, and dollars at list price."""

    input: int = 0
    """Uncached input tokens."""
    cache_write: int = 0
    cache_read: int = 0
    output: int = 0
    dollars: Decimal | None = None
    """None while nothing is priced."""
    unpriced: int = 0
    """Requests whose model has no known price, or whose end nobody saw."""
    estimated: bool = False
    """Whether some of the tokens are an estimate."""
    by_class: dict[str, Decimal] = field(default_factory=dict)
    """Dollars by class: input, cache_write, cache_read, output."""
    agent_dollars: Decimal = Decimal(0)
    """Dollars of the session's agents; their tokens are not among these."""

    @property
    def total_dollars(self) -> Decimal | None:
        """Dollars of the session and its agents; None while nothing is priced."""
        if self.dollars is None and not self.agent_dollars:
            return None
        return (self.dollars or Decimal(0)) + self.agent_dollars

    @property
    def tokens(self) -> int:
        """All billed tokens."""
        return self.input + self.cache_write + self.cache_read + self.output

    @property
    def cached_share(self) -> float | None:
        """Part of all input that came from cache, 0..1; None before any input."""
        total = self.input + self.cache_write + self.cache_read
        return self.cache_read / total if total else None


@dataclass(frozen=True, slots=True)
class ContextMeter:
    """How full the context window is."""

    used: int = 0
    """Tokens: total input of the last response, its output, and what waits to be sent."""
    waiting: int = 0
    """The part of `used` that no response told the size of yet, estimated."""
    window: int = 0
    """Tokens the model can hold; 0 when unknown."""
    assumed: bool = False
    """Whether `window` is a guess: neither the catalogue nor the server says it."""
    estimated: bool = False
    """Whether `used` is an estimate: while something waits, after a rewrite, or where the server
    did not say."""
    cache_until: float | None = None
    """When the prompt cache goes cold, in seconds since the Unix epoch."""
    read_price: Decimal | None = None
    """Dollars of reading it once from the prompt cache; None where no price is known."""
    cold_price: Decimal | None = None
    """Dollars that the next request costs more once the cache is cold; None as above."""


@dataclass(frozen=True, slots=True)
class LimitMeter:
    """One account rate limit, from response headers."""

    name: str
    """Such as `requests` or `input-tokens`."""
    limit: int
    left: int
    resets_at: float | None = None
    """When it is full again, in seconds since the Unix epoch."""

    def left_at(self, now: float) -> int:
        """What is left at `now`: as the server said, and all of it once it is full again.

        Args:
            now: Seconds since the Unix epoch.
        """
        is_full = self.resets_at is not None and self.resets_at <= now
        return self.limit if is_full else self.left


@dataclass(frozen=True, slots=True)
class TeamMeter:
    """The pool that agents draw from, and who draws."""

    granted: int
    """Tokens of the pool."""
    used: int
    """Tokens that its agents used, those that ended included."""
    free: int
    """Tokens that nobody holds; negative where more was used than there was."""
    living: int = 0
    """Agents whose work is not over."""
    asking: int = 0
    """Those of them that wait for the user."""
    estimated: bool = False
    """Whether a part of `used` is an estimate."""


@dataclass(frozen=True, slots=True)
class Meters:
    """The five meters of one session at one moment."""

    budget: BudgetMeter | None = None
    """None while no token budget is granted."""
    dollars: DollarMeter | None = None
    """The limit in dollars where it is the budget in force: without a token budget."""
    team: TeamMeter | None = None
    """None while there is no pool for agents."""
    billed: BilledMeter = BilledMeter()
    turn_dollars: Decimal | None = None
    """Dollars of the newest turn at list price; None where no request of it has a price."""
    turn_estimated: bool = False
    """Whether some of what `turn_dollars` pays for is an estimate."""
    context: ContextMeter = ContextMeter()
    monthly: tuple[BudgetStanding, ...] = ()
    """How far the monthly budgets were used at the last request, by all sessions."""
    limits: tuple[LimitMeter, ...] = ()
    working_seconds: float = 0.0
    """Wall time spent inside turns, up to the last event."""
    working_since: float | None = None
    """When that was, in seconds since the Unix epoch, while the turn goes on; None while nobody
    works, or while a question waits for the user."""
    paced_seconds: float = 0.0
    """Seconds in which requests waited for a rate limit; none of them is working time."""
    per_minute: float | None = None
    """Tokens charged per minute of working time, lately."""
    requests: int = 0
    spent: int = 0
    """Tokens charged in this session, whether or not a budget is granted."""
    unsettled: int = 0
    """The part of `spent` that is still an estimate."""
    by_subtask: dict[str | None, int] = field(default_factory=dict)
    """Tokens charged by subtask id; None is the unassigned row. Sums to `spent`."""
    estimated_subtasks: frozenset[str | None] = frozenset()
    """Rows of `by_subtask` that are in part an estimate."""
    forecast: Forecast | None = None
    """What the rest of the plan takes; None without a plan."""
    fit: BudgetFit | None = None
    """Whether that fits what is left; None without a budget, a plan, or anything left to do."""
    hard_limits: HardLimits = field(default_factory=HardLimits)
    """The hard limits in force."""
    priced: bool = True
    """Whether the model has a known price; without one a limit in dollars says nothing."""
