"""Monthly budgets: what may be spent in a calendar month, over many sessions.

One covers all sessions of the user, one those of a project, one those with a tag. A month begins
at midnight of its first day in the user's time zone. Spending is kept by quarters of an hour,
because the midnight of every time zone in use begins one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Literal

BudgetCover = Literal["month", "project", "tag"]
"""What a monthly budget is for: all sessions · those of a project · those with a tag."""
BudgetUnit = Literal["dollars", "tokens"]

WARNED_AT = (75, 95, 100)
"""Percent used at which the user hears of it, once a month each."""
QUARTER = 900
"""Seconds of a quarter of an hour."""


@dataclass(frozen=True, slots=True)
class CalendarMonth:
    """One month in one time zone."""

    first: date
    begins: float
    """Seconds since 1970, as is `ends`."""
    ends: float
    """When the next one begins."""

    @property
    def name(self) -> str:
        """Such as `2026-12`."""
        return f"{self.first:%Y-%m}"

    @property
    def next_first(self) -> date:
        """The first day of the next month."""
        return _next_month(self.first)


def month_at(at: float, zone: tzinfo) -> CalendarMonth:
    """The month that a moment is in.

    Args:
        at: Seconds since 1970.
        zone: The user's time zone.
    """
    first = datetime.fromtimestamp(at, zone).date().replace(day=1)
    return CalendarMonth(first, _midnight(first, zone), _midnight(_next_month(first), zone))


def _next_month(first: date) -> date:
    years, month = divmod(first.month, 12)
    return date(first.year + years, month + 1, 1)


def _midnight(day: date, zone: tzinfo) -> float:
    # Where the clock skips midnight, `datetime` gives the moment of the skip: the day's first.
    return datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()


@dataclass(frozen=True, slots=True)
class Spend:
    """What was spent."""

    tokens: int = 0
    """Charged to budgets."""
    dollars: Decimal = Decimal(0)
    """At list price."""
    unpriced: int = 0
    """Requests without a known price: they are in no dollars."""

    def __add__(self, other: "Spend") -> "Spend":
        return Spend(
            self.tokens + other.tokens,
            self.dollars + other.dollars,
            self.unpriced + other.unpriced,
        )

    def __sub__(self, other: "Spend") -> "Spend":
        return self + Spend(-other.tokens, -other.dollars, -other.unpriced)

    def amount(self, unit: BudgetUnit) -> Decimal:
        """Dollars or tokens."""
        return self.dollars if unit == "dollars" else Decimal(self.tokens)


@dataclass(frozen=True, slots=True)
class SpendSlice:
    """What was spent in a quarter of an hour, in one place."""

    quarter: int
    """Quarters of an hour since 1970."""
    in_project: bool
    """Whether it was spent in the project at hand."""
    tag: str
    """The tag of the session at that time; empty without one."""
    spend: Spend


@dataclass(frozen=True, slots=True)
class MonthlyBudget:
    """A budget for a month, in one unit."""

    cover: BudgetCover
    unit: BudgetUnit
    limit: Decimal
    """Above zero."""
    tag: str = ""
    """Whose spending counts, with cover `tag`."""
    stops: bool = False
    """Whether no prompt is sent once it is used up."""
    owner: str = ""
    """The organisation that sets or caps it; empty where the user set it."""
    is_cap: bool = False
    """Whether it is a cap: nobody may raise it."""
    origin: str = ""
    """Where it is set, in words."""

    @property
    def key(self) -> str:
        """What tells it from the others, amounts included: `project dollars 50`."""
        words = (self.cover, self.tag, self.unit, f"{self.limit.normalize():f}")
        return " ".join(filter(None, words))

    def covers(self, spent: SpendSlice) -> bool:
        """Whether it is charged with that."""
        match self.cover:
            case "month":
                return True
            case "project":
                return spent.in_project
            case "tag":
                return spent.tag == self.tag


def used_of(budget: MonthlyBudget, spent: Iterable[SpendSlice], month: CalendarMonth) -> Spend:
    """What a budget was charged with in a month.

    Args:
        budget: The budget.
        spent: What was spent, in any order.
        month: The month.
    """
    return sum(
        (
            each.spend
            for each in spent
            if month.begins <= each.quarter * QUARTER < month.ends and budget.covers(each)
        ),
        Spend(),
    )


@dataclass(frozen=True, slots=True)
class BudgetStanding:
    """How far a monthly budget is used."""

    budget: MonthlyBudget
    spend: Spend
    month: CalendarMonth
    at: float
    """When that was so, in seconds since 1970."""
    is_complete: bool = True
    """Whether all sessions were counted; else more may be spent."""

    @property
    def used(self) -> Decimal:
        """In the budget's unit."""
        return self.spend.amount(self.budget.unit)

    @property
    def left(self) -> Decimal:
        """In the budget's unit; negative beyond it."""
        return self.budget.limit - self.used

    @property
    def share(self) -> float:
        """Part of it that is used; above 1 beyond it."""
        return float(self.used / self.budget.limit)

    @property
    def is_at_least(self) -> bool:
        """Whether more may be used than is known."""
        unpriced = self.budget.unit == "dollars" and self.spend.unpriced > 0
        return unpriced or not self.is_complete

    @property
    def percents_reached(self) -> tuple[int, ...]:
        """Those of `WARNED_AT` that are reached, the lowest first."""
        return tuple(each for each in WARNED_AT if 100 * self.used >= each * self.budget.limit)

    @property
    def is_used_up(self) -> bool:
        """Whether nothing is left."""
        return self.left <= 0

    @property
    def is_stopped(self) -> bool:
        """Whether it forbids another prompt."""
        return self.budget.stops and self.is_used_up


def tightest(standings: Iterable[BudgetStanding]) -> BudgetStanding | None:
    """The one of which the largest part is used; None of none."""
    return max(standings, key=lambda standing: standing.share, default=None)
