"""The monthly budgets that the settings give, with those who cap them."""

from collections.abc import Iterator
from decimal import Decimal

from tui.budget.monthly_budget import BudgetCover, BudgetUnit, MonthlyBudget
from tui.settings.budget_settings import TAGS
from tui.settings.problems import Layer
from tui.settings.settings_resolver import ResolvedSettings

_UNITS: tuple[BudgetUnit, ...] = ("dollars", "tokens")


def budgets_in_force(resolved: ResolvedSettings) -> tuple[MonthlyBudget, ...]:
    """All monthly budgets, of every tag too; a cap is one of its own, and stops."""
    tables: list[tuple[str, BudgetCover, str]] = [
        ("budgets.month", "month", ""),
        ("budgets.project", "project", ""),
        *((f"{TAGS}.{tag}", "tag", tag) for tag in resolved.settings.budgets.tags),
    ]
    return tuple(
        budget
        for table, cover, tag in tables
        for unit in _UNITS
        for budget in _of_unit(resolved, table, MonthlyBudget(cover, unit, Decimal(1), tag))
    )


def _of_unit(
    resolved: ResolvedSettings, table: str, bare: MonthlyBudget
) -> Iterator[MonthlyBudget]:
    """The budget of one table in one unit, and its cap.

    Args:
        resolved: The settings.
        table: Such as `budgets.month`.
        bare: What the table covers and the unit; its amount says nothing.
    """
    key = f"{table}.{bare.unit}"
    held, cap = resolved.values.get(key), (resolved.caps or {}).get(key)
    stop = resolved.values.get(f"{table}.stop")
    if held is not None and held.value is not None and (cap is None or held.value != cap.value):
        managed = held.origin.layer is Layer.MANAGED
        yield MonthlyBudget(
            cover=bare.cover,
            unit=bare.unit,
            limit=Decimal(str(held.value)),
            tag=bare.tag,
            stops=bool(stop and stop.value),
            owner=resolved.owner if managed else "",
            origin=held.origin.description,
        )
    if cap is not None:
        yield MonthlyBudget(
            cover=bare.cover,
            unit=bare.unit,
            limit=Decimal(str(cap.value)),
            tag=bare.tag,
            stops=True,
            owner=cap.owner,
            is_cap=True,
            origin=cap.origin.description,
        )
