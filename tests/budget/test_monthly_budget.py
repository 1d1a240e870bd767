"""Monthly budgets: where a month begins, what counts, when the user hears of it."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.budget.monthly_budget import (
    QUARTER,
    WARNED_AT,
    BudgetStanding,
    MonthlyBudget,
    Spend,
    SpendSlice,
    month_at,
    tightest,
    used_of,
)

ALL = MonthlyBudget("month", "dollars", Decimal(100))


def at(words: str) -> float:
    return datetime.fromisoformat(words).timestamp()


@pytest.mark.parametrize(
    ("moment", "zone", "begins", "ends"),
    [
        # The last second of a month, and the first of the next.
        ("2026-12-31T22:59:59Z", "Europe/Berlin", "2026-12-01T00+01:00", "2027-01-01T00+01:00"),
        ("2026-12-31T23:00:00Z", "Europe/Berlin", "2027-01-01T00+01:00", "2027-02-01T00+01:00"),
        # A month in which the clock changes: its ends have other offsets.
        ("2026-03-15T12:00:00Z", "Europe/Berlin", "2026-03-01T00+01:00", "2026-04-01T00+02:00"),
        ("2026-10-15T12:00:00Z", "Europe/Berlin", "2026-10-01T00+02:00", "2026-11-01T00+01:00"),
        # Time zones that are not whole hours away.
        ("2026-11-30T18:29:59Z", "Asia/Kolkata", "2026-11-01T00+05:30", "2026-12-01T00+05:30"),
        ("2026-11-30T18:15:00Z", "Asia/Kathmandu", "2026-12-01T00+05:45", "2027-01-01T00+05:45"),
        # A leap February, and the date line.
        ("2028-02-29T12:00:00Z", "UTC", "2028-02-01T00Z", "2028-03-01T00Z"),
        ("2026-11-30T10:00:00Z", "Pacific/Kiritimati", "2026-12-01T00+14:00",
         "2027-01-01T00+14:00"),
        # The clock skips the midnight that would begin the month: the month begins an hour later.
        ("2017-10-15T12:00:00Z", "America/Asuncion", "2017-10-01T00-04:00",
         "2017-11-01T00-03:00"),
    ],
)  # fmt: skip
def test_a_month_begins_at_its_first_local_midnight(moment: str, zone: str, begins: str, ends: str):
    month = month_at(at(moment), ZoneInfo(zone))
    assert (month.begins, month.ends) == (at(begins), at(ends))


@given(
    seconds=st.integers(0, 4_000_000_000),
    zone=st.sampled_from(
        ["UTC", "Europe/Berlin", "America/Sao_Paulo", "Asia/Kathmandu", "Australia/Lord_Howe"]
    ),
)
def test_months_follow_each_other_without_gap_and_each_holds_its_moments(seconds: int, zone: str):
    here = ZoneInfo(zone)
    month = month_at(seconds, here)
    assert month.begins <= seconds < month.ends
    after = month_at(month.ends, here)
    assert after.begins == month.ends and after.first == month.next_first
    assert month_at(month.ends - 1, here) == month


MONTH = month_at(at("2026-12-10T00:00:00Z"), UTC)
FIRST = int(MONTH.begins // QUARTER)
slices = st.lists(
    st.builds(
        SpendSlice,
        st.integers(FIRST - 400, FIRST + 31 * 96 + 400),
        st.booleans(),
        st.sampled_from(["", "a", "b"]),
        st.builds(
            Spend,
            st.integers(0, 10**6),
            st.decimals(0, 50, places=6),
            st.integers(0, 3),
        ),
    ),
    max_size=30,
)
LIMITS = st.decimals("0.01", 500, places=2)
BUDGETS = [
    ALL,
    MonthlyBudget("project", "tokens", Decimal(1000)),
    MonthlyBudget("tag", "dollars", Decimal(5), "a"),
]


@given(spent=slices, order=st.randoms(use_true_random=False))
def test_the_days_of_a_month_add_up_to_it_in_any_order(spent: list[SpendSlice], order: object):
    shuffled = sorted(spent, key=lambda _: order.random())  # type: ignore[attr-defined]
    for budget in BUDGETS:
        whole = used_of(budget, spent, MONTH)
        assert used_of(budget, shuffled, MONTH) == whole
        by_day = Spend()
        for day in range(31):
            begins = MONTH.begins + 86_400 * day
            of_day = [each for each in spent if begins <= each.quarter * QUARTER < begins + 86_400]
            by_day += used_of(budget, of_day, MONTH)
        assert by_day == whole


@given(
    spent=slices, limit=st.decimals("0.01", 500, places=2), less=st.decimals("0.01", 500, places=2)
)
def test_a_lower_budget_never_leaves_more_and_never_warns_later(
    spent: list[SpendSlice], limit: Decimal, less: Decimal
):
    low, high = sorted((limit, less))
    tight, wide = (
        BudgetStanding(budget, used_of(budget, spent, MONTH), MONTH, MONTH.begins)
        for budget in (MonthlyBudget("month", "dollars", each, stops=True) for each in (low, high))
    )
    assert tight.left <= wide.left
    assert set(wide.percents_reached) <= set(tight.percents_reached)
    assert tight.is_stopped or not wide.is_stopped


def test_what_counts_is_what_the_budget_covers():
    spent = [
        SpendSlice(FIRST - 1, True, "a", Spend(1, Decimal(1))),  # the month before
        SpendSlice(FIRST, True, "a", Spend(10, Decimal(2))),
        SpendSlice(FIRST, False, "a", Spend(100, Decimal(4))),
        SpendSlice(FIRST, True, "", Spend(1_000, Decimal(8), 3)),
    ]
    found = [used_of(budget, spent, MONTH) for budget in BUDGETS]
    assert found == [
        Spend(1_110, Decimal(14), 3),
        Spend(1_010, Decimal(10), 3),
        Spend(110, Decimal(6)),
    ]


def standing(used: str, unpriced: int = 0, *, complete: bool = True) -> BudgetStanding:
    spend = Spend(7, Decimal(used), unpriced)
    return BudgetStanding(ALL, spend, MONTH, MONTH.begins, complete)


def test_a_percent_is_reached_when_it_is_whole():
    assert WARNED_AT == (75, 95, 100)
    reached = {used: standing(used).percents_reached for used in ("74.99", "75", "95", "100")}
    assert reached == {"74.99": (), "75": (75,), "95": (75, 95), "100": (75, 95, 100)}


def test_more_may_be_used_where_prices_are_unknown_or_sessions_are_not_counted_yet():
    assert not standing("1").is_at_least
    assert standing("1", unpriced=1).is_at_least
    assert standing("1", complete=False).is_at_least
    tokens = BudgetStanding(BUDGETS[1], Spend(1, Decimal(1), 9), MONTH, MONTH.begins)
    assert not tokens.is_at_least  # tokens are known without a price


def test_the_tightest_is_the_one_used_most():
    low, high = standing("10"), standing("80")
    assert tightest([low, high, low]) is high
    assert tightest([]) is None


def test_another_time_zone_moves_the_month_and_what_counts():
    night = int(at("2026-11-30T23:30:00Z") // QUARTER)
    spent = [SpendSlice(night, True, "", Spend(5))]
    east = month_at(at("2026-12-01T12:00:00Z"), timezone(timedelta(hours=1)))
    assert used_of(ALL, spent, east) == Spend(5)
    assert used_of(ALL, spent, MONTH) == Spend()
