"""A filed plan and the quote that the user agreed to. Every text in them is foreign text."""

from decimal import Decimal

import msgspec

from tui.budget.task_kinds import TaskKind


class PlanItem(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """One piece of a plan."""

    id: str
    """Unique in its plan; the id of the subtask that it becomes."""
    title: str
    estimate: int | None = None
    """Tokens it is expected to take; None where the plan does not say."""
    files: tuple[str, ...] = ()
    """Files it is about, as the plan names them."""
    checks: tuple[str, ...] = ()
    """How to see that it is done."""


class FiledPlan(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """What the model proposes to do."""

    items: tuple[PlanItem, ...]
    goal: str = ""
    """What all of it is for, in one sentence."""


class AgreedItem(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """One item of a plan as the user agreed to it."""

    id: str
    """Id of its subtask."""
    title: str
    estimate: int
    """Tokens by the plan, or what the program put in its place."""
    quoted: int
    """Tokens by the quote: its share of what belongs to no item is in it."""


class AgreedQuote(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """A quote that the user agreed to."""

    items: tuple[AgreedItem, ...]
    low: int
    """Tokens; the spend lies between `low` and `high` 8 times in 10."""
    high: int
    estimated: int
    """Tokens by the estimates alone, at the agreed effort: what the ratio is learnt against."""
    budget: int
    """Tokens given for the work."""
    kind: TaskKind
    effort: str | None = None
    """None where the model has no levels."""
    dollars: Decimal | None = None
    """Price of the quoted tokens; None where it was not known."""
    plans: int = 0
    """Earlier plans that the ratio rests on."""

    @property
    def quoted(self) -> int:
        """Tokens of all items."""
        return sum(item.quoted for item in self.items)
