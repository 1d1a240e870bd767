"""What a project's own settings files may set, and what they only ask for.

A project's files come with its code, so they may only tighten what the user has. For anything
else the program asks the user once; a yes holds only while the files do not change.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from tui.settings.layer_sources import SettingEntry, SettingOrigin
from tui.settings.problems import Problem
from tui.settings.setting import Setting
from tui.settings.toml_document import TomlDocument


class PriceComparison(Protocol):
    """What is known about models: a project may only choose one that costs no more."""

    def costs_no_more(self, model: str, than: str, effort: str | None) -> bool:
        """Whether `model` costs no more than another one at an effort; False where unknown.

        Args:
            model: The model to judge.
            than: The model to compare it with.
            effort: The effort that is set; None for each model's own.
        """

    def price_ratio(self, model: str, than: str) -> Decimal | None:
        """How many times the price of the other model it has; None where unknown."""

    def default_effort(self, model: str) -> str | None:
        """The effort at which a model works if none is set; None where it has no levels."""


PriceComparisonFactory = Callable[[Mapping[str, Any]], PriceComparison]
"""Makes them, with the user's corrections to the list of models."""


@dataclass(frozen=True, slots=True)
class Tightening:
    """A value of a project's file that needs no question, because it is tighter."""

    setting: Setting
    value_text: str
    """The value."""
    before: str
    """The value that it replaces."""

    @property
    def sentence(self) -> str:
        """Such as `task_budget 60,000 tokens instead of none`."""
        return f"{self.setting.key} {self.value_text} instead of {self.before}"


@dataclass(frozen=True, slots=True)
class Loosening:
    """A value of a project's file that has an effect only if the user accepts it."""

    setting: Setting
    value_text: str
    """The value."""
    before: str
    """The value without it."""
    origin: SettingOrigin
    price_ratio: Decimal | None = None
    """For a model: how many times the price of the one before."""

    @property
    def sentence(self) -> str:
        """Such as `model claude-opus-5-5 instead of claude-haiku-4-5 (5 times the price)`."""
        if self.setting.project_rule == "users" and self.setting.key == "permissions.allow":
            return f"without asking: {self.value_text}"
        price = f" ({self.price_ratio.normalize():f} times the price)" if self.price_ratio else ""
        return f"{self.setting.key} {self.value_text} instead of {self.before}{price}"


@dataclass(frozen=True, slots=True)
class ProjectFiles:
    """A project's settings files, read, and what they say."""

    documents: tuple[TomlDocument, ...] = ()
    problems: tuple[Problem, ...] = ()
    """Files that could not be read."""
    tightenings: tuple[Tightening, ...] = ()
    loosenings: tuple[Loosening, ...] = ()
    digest: str = ""
    """Of all files; empty where there is none."""
    accepted: bool = False
    """Whether the user accepted what exactly these files ask for."""
    declined: bool = False
    """Whether the user refused what they ask for."""


def is_looser(
    entry: SettingEntry, value: object, before: object, context: "ComparisonContext"
) -> bool:
    """Whether a value of a project's file needs the user's consent.

    Args:
        entry: What the file says.
        value: The same, understood.
        before: The value without it.
        context: What else it depends on.
    """
    setting = entry.setting
    rank = setting.value_type.rank
    match setting.project_rule:
        case "stricter":
            return False
        case "cheaper":
            return value != before and not context.costs_no_more(str(value), str(before))
        case "lower" if setting.key == "effort":
            own = context.default_effort()
            return rank(value) > rank(own if before is None and own else before)
        case "lower":
            return rank(value) > rank(before)
        case "higher":
            return rank(value) < rank(before)
        case "users" if isinstance(value, tuple) and isinstance(before, tuple):
            return bool(set(value) - set(before))
        case "users":
            return value != before


@dataclass(frozen=True, slots=True)
class ComparisonContext:
    """What the comparison of two values depends on beside them."""

    model: str
    effort: str | None
    costs: PriceComparison | None = None

    def costs_no_more(self, model: str, than: str) -> bool:
        """Whether a model is known to cost no more than another one."""
        return self.costs is not None and self.costs.costs_no_more(model, than, self.effort)

    def price_ratio(self, model: str, than: str) -> Decimal | None:
        """How many times its price a model has."""
        return self.costs.price_ratio(model, than) if self.costs else None

    def default_effort(self) -> str | None:
        """The effort at which the model works if none is set."""
        return self.costs.default_effort(self.model) if self.costs else None
