"""The sentences of the warnings before money is spent."""

from typing import TYPE_CHECKING

from tui.agent.spend_warnings import ColdCache, SpendWarning
from tui.budget.drift import RECENT_DAYS
from tui.budget.request_growth import NEXT_REQUESTS, RequestGrowth
from tui.budget.task_kinds import TaskKind
from tui.history.history_warnings import DriftWarning, NearLimitWarning, SmallBudgetWarning
from tui.number_format import format_dollars, format_percent, format_tokens, mark_estimate
from tui.reports.cache_cost_text import cold_cache_sentence
from tui.reports.key_labels import KeyLabels

if TYPE_CHECKING:
    from decimal import Decimal

    from tui.agent.open_session import OpenSession


def spend_warning_sentence(opened: "OpenSession", warning: SpendWarning) -> str:
    """A warning in one to three sentences, with what can be done about it.

    Args:
        opened: The session.
        warning: The warning.
    """
    kind = warning.kind or "other"
    match warning.facts:
        case SmallBudgetWarning() as small:
            return small_budget_sentence(small, kind)
        case NearLimitWarning() as near:
            return near_limit_sentence(near, kind)
        case DriftWarning() as moved:
            return drift_sentence(moved, kind)
        case RequestGrowth() as growth:
            return request_growth_sentence(growth)
        case ColdCache(sent=sent):
            return cold_cache_sentence(opened, sent=sent)


def small_budget_sentence(found: SmallBudgetWarning, kind: TaskKind) -> str:
    """That a budget is small for its kind, with the share of the runs that it fits."""
    return (
        f"{format_tokens(found.budget)} tokens are left for this work, less than twice the median "
        f"of your {kind} runs ({format_tokens(round(found.median))}): that fits "
        f"{format_percent(found.share)} of them ({found.runs} runs). {_advice(kind)}"
    )


def near_limit_sentence(found: NearLimitWarning, kind: TaskKind) -> str:
    """That the last budgets of a kind were used up, and why."""
    used = f"{found.near} of your last {found.runs} {kind} budgets were used up, or nearly"
    if found.cause == "tight":
        fits = format_percent(1 - found.expected)
        why = f": a budget of {format_tokens(round(found.budget))} tokens fits {fits} of such runs."
    else:
        expected = format_percent(found.expected)
        why = f", where {expected} were to be expected: these tasks grow."
    return f"{used}{why} {_advice(kind)}"


def drift_sentence(found: DriftWarning, kind: TaskKind) -> str:
    """That the need of a kind has moved."""
    before, now = (format_tokens(round(p90)) for p90 in (found.earlier_p90, found.recent_p90))
    return (
        f"The p90 of your {kind} runs moved from {before} to {now} tokens in the last "
        f"{RECENT_DAYS} days. {_advice(kind)}"
    )


def request_growth_sentence(growth: RequestGrowth) -> str:
    """That requests grow dear by their history, and what shortening and forking cost."""
    return (
        f"A request now costs {_about(growth.now)}, {growth.times:.1f} times the first ones: "
        f"{format_percent(float(growth.share))} of it is history read again. Between two prompts, "
        f"/compact costs {_about(growth.shortening)} once and saves {_about(growth.saved)} over "
        f"the next {NEXT_REQUESTS} requests; /fork costs $0.00 and saves nothing by itself: "
        "compact the copy to keep this conversation whole."
    )


def warning_hint(labels: KeyLabels) -> str:
    """What the user can do with a warning: behind its sentence, in the transcript.

    Args: labels: The keys of commands.
    """
    key = next(iter(labels("warning.dismiss")), "") or "/dismiss"
    return f"{key} puts this away · /warnings off: never again"


def _advice(kind: TaskKind) -> str:
    return f"/advise {kind} shows what fits."


def _about(dollars: "Decimal") -> str:
    return mark_estimate(format_dollars(dollars))
