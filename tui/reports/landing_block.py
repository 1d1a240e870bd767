"""The landing block: how far the work is, what is left and for how much, and the keys to go on.

While it waits for the user it is the last thing above the composer. After the next prompt its
first two rows stay in the transcript. Texts of the report are foreign: they stay as they are, on
one line each, and are cleaned on the way to the screen.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from tui.budget.dollars_to_tokens import MeasuredPrice
from tui.number_format import (
    MINUS,
    count_with_noun,
    format_dollars,
    format_tokens,
    mark_estimate,
)
from tui.reports.budget_words import subtask_count_words
from tui.session.events import TurnEndReason
from tui.session.landing_figures import LandingFigures

LANDED_WORDS: dict[TurnEndReason, str] = {
    "completed": "Wrapped up",
    "landed": "Landed",
    "wrapped_up": "Wrapped up with work left",
    "declined": "Declined",
    "hard_limit": "Stopped at a limit",
    "no_progress": "Stopped without progress",
    "interrupted": "Interrupted",
    "refused": "Refused",
    "error": "Stopped by an error",
    "denied": "Stopped without permission",
    "paused": "Paused",
    "stopped": "Stopped",
    "crashed": "Cut short",
}
"""How a turn ended, in front of how far the work is."""

NEEDS_PLAN: frozenset[TurnEndReason] = frozenset({"interrupted", "refused", "error", "crashed"})
"""Ends after which there is a block only if some of a plan is left: else the row of the end says
all."""


class BlockAction(NamedTuple):
    """One thing that the block offers."""

    command: str
    label: str


class NextWork(NamedTuple):
    """What is left to do."""

    words: str
    """`docstrings in parse.py and 15 more`. Foreign text."""
    rest: str
    """`≈ 108k, ≈ $0.90`; empty where nothing tells."""


@dataclass(frozen=True, slots=True)
class LandingBlock:
    """What the block says and offers."""

    facts: tuple[str, ...]
    """`Landed`, `4 of 20 done`, `23k used of 30k`, …"""
    next: NextWork | None
    """None where nothing is left."""
    actions: tuple[BlockAction, ...] = ()

    @property
    def progress(self) -> tuple[str, ...]:
        """How far the work is, without how it ended and what was used of the budget."""
        return tuple(fact for fact in self.facts[1:] if " used" not in fact)


def has_landing_block(reason: TurnEndReason, figures: LandingFigures) -> bool:
    """Whether a turn that ended so leaves a block."""
    return reason not in NEEDS_PLAN or bool(figures.open_pieces)


def landing_block(
    reason: TurnEndReason,
    figures: LandingFigures,
    *,
    price: MeasuredPrice | None = None,
    more: int = 0,
) -> LandingBlock:
    """The block.

    Args:
        reason: How the turn ended.
        figures: How far the work is.
        price: What a charged token costs; None while that is not known.
        more: Tokens that continuing adds to the budget; 0 where it needs none.
    """
    return LandingBlock(
        tuple(_facts(reason, figures)),
        _next_work(figures, price),
        tuple(_actions(figures, more)),
    )


def landing_words(block: LandingBlock) -> str:
    """The block in one or two lines, without what it offers: what stays in the transcript."""
    rows = [" · ".join(block.facts)]
    if block.next:
        rest = f"   {block.next.rest}" if block.next.rest else ""
        rows.append(f"next: {block.next.words}{rest}")
    return "\n".join(rows)


def _facts(reason: TurnEndReason, figures: LandingFigures) -> Iterator[str]:
    finished = reason == "wrapped_up" and not figures.is_work_left
    yield "Wrapped up" if finished else LANDED_WORDS[reason]
    if counted := subtask_count_words(figures.counts):
        yield counted
    yield _used_words(figures)
    if figures.dollars is not None:
        yield format_dollars(figures.dollars)
    if figures.files:
        files = count_with_noun(figures.files, "file")
        lines = f"+{figures.added:,} {MINUS}{figures.removed:,}"
        yield f"{files} changed {mark_estimate(lines, figures.lines_are_sums)}"


def _used_words(figures: LandingFigures) -> str:
    """`23k used of 30k`, and how much is over."""
    used = f"{mark_estimate(format_tokens(figures.used), figures.estimated)} used"
    if figures.grant is None:
        return used
    over = figures.used - figures.grant
    beyond = f", {mark_estimate(format_tokens(over), figures.estimated)} over" if over > 0 else ""
    return f"{used} of {format_tokens(figures.grant)}{beyond}"


def _next_work(figures: LandingFigures, price: MeasuredPrice | None) -> NextWork | None:
    if not figures.is_work_left:
        return None
    first, *others = figures.open_pieces or (figures.next_step,)
    more = f" and {len(others)} more" if others else ""
    return NextWork(f"{' '.join(first.split())}{more}", rest_price_words(figures.to_finish, price))


def rest_price_words(tokens: int | None, price: MeasuredPrice | None) -> str:
    """What the rest takes, in tokens and dollars: `≈ 108k, ≈ $0.90`.

    Args:
        tokens: By the forecast; None where it is too early to say.
        price: What a charged token costs; None while that is not known.
    """
    if not tokens:
        return ""
    words = f"≈ {format_tokens(tokens)}"
    if price is None:
        return words
    return f"{words}, ≈ {format_dollars(tokens * price.per_million / Decimal(1_000_000))}"


def _actions(figures: LandingFigures, more: int) -> Iterator[BlockAction]:
    if figures.is_work_left:
        added = f" with +{format_tokens(more)}" if more else ""
        yield BlockAction("report.continue", f"continue{added}")
    if figures.files:
        yield BlockAction("report.diff", "diff")
    yield BlockAction("report.handoff", "hand over")
    yield BlockAction("report.restart", "new session")
    yield BlockAction("report.leave", "leave it")
