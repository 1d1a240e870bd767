"""Checks of the monthly budgets: which are in force, where each is set, how far it is used."""

from pathlib import Path

from tui.agent.health.health_finding import HealthFinding
from tui.agent.monthly_budget_words import budget_title, reset_words, standing_words
from tui.agent.monthly_budgets import read_standings
from tui.budget.monthly_budget import BudgetStanding
from tui.budget.wire_budget import CountingRules
from tui.session.store_errors import StoreError
from tui.settings.budgets_in_force import budgets_in_force
from tui.settings.settings_resolver import ResolvedSettings
from tui.settings.time_zone import chosen_zone
from tui.settings.user_folders import UserFolders

SUBJECT = "budgets"


def check_monthly_budgets(
    resolved: ResolvedSettings, folders: UserFolders, folder: Path, now: float
) -> list[HealthFinding]:
    """A finding for each monthly budget; none where there is none.

    Args:
        resolved: The settings.
        folders: The user's folders.
        folder: The project folder.
        now: Seconds since 1970.
    """
    budgets = budgets_in_force(resolved)
    zone = chosen_zone(resolved.settings.time_zone)
    try:
        found = read_standings(folders.data, folder, CountingRules(), budgets, at=now, zone=zone)
    except StoreError as error:
        return [HealthFinding(SUBJECT, "bad", error.sentence.rstrip("."))]
    return [_finding(standing) for standing in found]


def _finding(standing: BudgetStanding) -> HealthFinding:
    budget = standing.budget
    then = "work stops at it" if budget.stops else "it only warns"
    words = (
        f"{budget_title(budget)}: {standing_words(standing)}, {reset_words(standing)}; {then};"
        f" set by {budget.origin}"
    )
    if not standing.is_stopped:
        return HealthFinding(SUBJECT, "ok", words)
    who = f"Ask {budget.owner}" if budget.owner else "Raise it in the settings"
    return HealthFinding(SUBJECT, "warn", words, f"{who}, or wait until it starts again.")
