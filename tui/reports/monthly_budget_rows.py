"""Monthly budgets on pages: how far each is used, and where it is set."""

from collections.abc import Iterable, Sequence

from tui.agent.monthly_budget_words import (
    budget_title,
    reset_words,
    standing_words,
    unpriced_words,
)
from tui.budget.monthly_budget import BudgetStanding
from tui.sanitize import clean_line


def used_rows(standings: Iterable[BudgetStanding]) -> list[tuple[str, str]]:
    """The name of each budget, and how far it is used."""
    return [(budget_title(each.budget), _used(each)) for each in standings]


def origin_rows(standings: Iterable[BudgetStanding]) -> list[tuple[str, str]]:
    """The name of each budget, how far it is used, what happens then, and where it is set."""
    return [
        (
            budget_title(each.budget),
            f"{_used(each)}; {_then(each)}; set by {clean_line(each.budget.origin)}",
        )
        for each in standings
    ]


def standing_sentences(standings: Sequence[BudgetStanding]) -> list[str]:
    """How far each budget is used, a sentence or two each."""
    return [
        " ".join(
            filter(None, (f"{_capital(budget_title(each.budget))}: {_used(each)}.", _rest(each)))
        )
        for each in standings
    ]


def tag_sentences(tag: str, standings: Iterable[BudgetStanding]) -> list[str]:
    """Which tag a session has, and how far the budget of the tag is used.

    Args:
        tag: The tag; empty without one.
        standings: The monthly budgets of the session.
    """
    if not tag:
        return ["The session has no tag; /tag NAME gives it one."]
    found = standing_sentences([each for each in standings if each.budget.cover == "tag"])
    none = f"It has no monthly budget; budgets.tags.{tag}.dollars in the settings gives it one."
    return [f"The session has the tag {tag}.", *(found or [none])]


def _used(standing: BudgetStanding) -> str:
    return f"{standing_words(standing)}; {reset_words(standing)}"


def _then(standing: BudgetStanding) -> str:
    return "work stops there" if standing.budget.stops else "a warning only"


def _rest(standing: BudgetStanding) -> str:
    return unpriced_words(standing)


def _capital(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"
