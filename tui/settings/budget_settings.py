"""The settings of monthly budgets, and of what they need: the tag of a session, the time zone.

    [budgets.month]
    dollars = 200

    [budgets.tags.client-a]
    dollars = 50
    stop = true

The keys of tags are made as they are met: the user names them.
"""

import re
from collections.abc import Iterator
from decimal import Decimal

import msgspec

from tui.settings.amounts import MOST
from tui.settings.setting import Setting, may_lower, may_raise
from tui.settings.setting_types import (
    TAG_SHAPE,
    FlagType,
    NumberType,
    TagType,
    TimeZoneType,
    TokenCountType,
)

PUBLISHED_DAY_DOLLARS = Decimal(13)
"""Dollars an active day and developer."""
DAY_DOLLARS_PUBLISHED = "September 2026"
"""When that was published."""
TAGS = "budgets.tags"
"""The table of the budgets of tags."""
_TAG_KEY = re.compile(rf"{re.escape(TAGS)}\.({TAG_SHAPE})\.(tokens|dollars|stop)")


class MonthlyBudgetSettings(msgspec.Struct, frozen=True, kw_only=True):
    """A budget for each calendar month. None: no limit in that unit."""

    tokens: int | None = None
    """Charged to budgets."""
    dollars: Decimal | None = None
    stop: bool = False
    """Whether no prompt is sent once it is used up."""


class BudgetSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The monthly budgets."""

    month: MonthlyBudgetSettings = MonthlyBudgetSettings()
    """For all sessions of the user."""
    project: MonthlyBudgetSettings = MonthlyBudgetSettings()
    """For the sessions of one project folder."""
    tags: dict[str, MonthlyBudgetSettings] = {}
    """For the sessions with a tag, by tag."""


class ReportSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What reports compare with."""

    day_dollars: Decimal = PUBLISHED_DAY_DOLLARS


def _budget_rows(table: str, what: str) -> Iterator[Setting]:
    """The settings of one budget.

    Args:
        table: Its table, such as `budgets.month`.
        what: What it covers, in words.
    """
    yield may_lower(
        f"{table}.dollars",
        NumberType(Decimal("0.01"), Decimal(10_000_000), "dollars", sign="$"),
        f"Dollars at list price in a calendar month, {what}",
    )
    yield may_lower(
        f"{table}.tokens",
        TokenCountType(1_000, MOST),
        f"Tokens charged in a calendar month, {what}",
    )
    yield may_raise(
        f"{table}.stop",
        FlagType(),
        "Whether work lands and no prompt is sent once that budget is used up",
    )


def _tag_rows(tag: str) -> tuple[Setting, ...]:
    return tuple(_budget_rows(f"{TAGS}.{tag}", "in sessions with that tag"))


BUDGET_SETTINGS: tuple[Setting, ...] = (
    *_budget_rows("budgets.month", "in all sessions"),
    *_budget_rows("budgets.project", "in one project"),
    Setting("tag", TagType(), "Tag of a new session, for the monthly budgets of tags"),
    Setting("time_zone", TimeZoneType(), "Time zone of days and months; the machine's if unset"),
    Setting(
        "report.day_dollars",
        NumberType(Decimal("0.01"), Decimal(100_000), "dollars", sign="$"),
        f"What reports compare an active day with; as published in {DAY_DOLLARS_PUBLISHED}",
    ),
)
"""Settings with fixed keys."""

TAG_SETTINGS: tuple[Setting, ...] = _tag_rows("NAME")
"""The settings of each tag, for the documentation."""


def tag_setting(key: str) -> Setting | None:
    """The setting of a tag's budget; None where the key is none."""
    match = _TAG_KEY.fullmatch(key)
    if match is None:
        return None
    return next(setting for setting in _tag_rows(match[1]) if setting.key == key)


def is_tag_table(keys: tuple[str, ...]) -> bool:
    """Whether keys lead to the budget of a tag: `budgets`, `tags`, its name."""
    *table, name = keys
    return ".".join(table) == TAGS and re.fullmatch(TAG_SHAPE, name) is not None
