"""Advice on a budget, in words and as JSON."""

from collections.abc import Iterator

from tui.budget.budget_advice import (
    MIN_BUDGET,
    PERCENTILES,
    POLICIES,
    RUNS_FOR_P99,
    BudgetAdvice,
    budget_advice,
    is_too_small,
)
from tui.budget.drift import RECENT_DAYS
from tui.budget.spend_distribution import SpendInterval
from tui.budget.task_kinds import TYPICAL, TaskKind
from tui.history.advice_basis import AdviceBasis
from tui.history.history_warnings import DriftWarning, HistoryWarning, NearLimitWarning

ADVICE_VERSION = 1
"""Version of the JSON; fields are only ever added under one version."""
PROMISES = {
    "strict": "1 in 2",
    "bounded": "3 in 4",
    "complete": "9 in 10",
    "generous": "99 in 100",
}
"""How many tasks a policy's percentile fits."""


def advice_json(
    basis: AdviceBasis, advice: BudgetAdvice, *, kind: TaskKind, model: str, effort: str | None
) -> dict[str, object]:
    """Advice as one JSON object; tokens are whole numbers, null is an open end.

    Args:
        basis: What it rests on.
        advice: The budget.
        kind: The kind of task.
        model: The model's id; empty where the figures are anybody's.
        effort: The effort, if one was asked for.
    """
    found = basis.distribution
    p90 = budget_advice(found, headroom=advice.headroom)
    return {
        "type": "advice",
        "version": ADVICE_VERSION,
        "kind": kind,
        "model": model or None,
        "effort": effort,
        "policy": advice.policy,
        "runs": len(found.runs),
        "finished": found.finished,
        "cut": advice.cut,
        "left_out": basis.left_out,
        "rescaled": basis.rescaled,
        "certainty": advice.certainty,
        "advice": {str(p): round(found.quantile(p)) for p in PERCENTILES},
        "interval_80": _ends(p90.interval),
        "intervals_80": {str(p): _ends(found.interval(p)) for p in PERCENTILES},
        "headroom": round(advice.headroom, 6),
        "budget_p90": p90.budget,
        "budget": advice.budget,
        "beyond_measured": advice.is_beyond_measured,
        "warnings": [_warning_json(each) for each in basis.warnings],
    }


def advice_lines(
    basis: AdviceBasis, advice: BudgetAdvice, *, kind: TaskKind, model: str, effort: str | None
) -> Iterator[str]:
    """Advice in words: a sentence with the budget, the percentiles, what it rests on.

    Args:
        basis: What it rests on.
        advice: The budget.
        kind: The kind of task.
        model: The model's name; empty where the figures are anybody's.
        effort: The effort, if one was asked for.
    """
    found = basis.distribution
    yield " · ".join(filter(None, (kind, model, effort)))
    yield ""
    yield advice_sentence(advice)
    yield ""
    yield "fits         tokens   8 in 10 between"
    for p in PERCENTILES:
        guess = "  a guess" if p > 0.95 and 0 < len(found.runs) < RUNS_FOR_P99 else ""
        between = interval_words(found.interval(p)) if found.runs else "–"
        yield f"p{p * 100:<3.0f} {found.quantile(p):>14,.0f}   {between}{guess}"
    yield ""
    yield from basis_lines(basis, kind)
    yield from warning_lines(advice, basis)


def interval_words(interval: SpendInterval) -> str:
    """An interval in words: `52,000–140,000`, `90,000–open`, `open`."""
    if interval.low is None and interval.high is None:
        return "open"
    low = "open" if interval.low is None else f"{interval.low:,.0f}"
    high = "open" if interval.high is None else f"{interval.high:,.0f}"
    return f"{low}–{high}"


def basis_lines(basis: AdviceBasis, kind: TaskKind) -> Iterator[str]:
    """What advice rests on, a line each."""
    found = basis.distribution
    published = TYPICAL[kind]
    origin = "a published range" if published.is_published else "an assumed range"
    typical = f"{published.low:,} to {published.high:,} tokens, up to {published.top:,}"
    if not found.runs:
        yield f"It rests on {origin}: {typical}. There are no runs of this kind yet."
        return
    cut = len(found.runs) - found.finished
    runs = f"{len(found.runs):,} run{'' if len(found.runs) == 1 else 's'}"
    yield f"It rests on {runs}, {cut:,} of them cut, and on {origin}: {typical}."
    if basis.rescaled:
        by = ", ".join(f"× {factor:.2f}" for factor in basis.tokenizer_factors)
        yield f"{basis.rescaled:,} of them are of models with other tokens: {by}."
    for effort, count, factor in basis.other_efforts:
        yield f"{count:,} of them ran at {effort}: × {factor:.2f}."
    if basis.from_other_agents:
        yield f"{basis.from_other_agents:,} of them are of an agent with other tokens and habits."
    if basis.left_out:
        yield f"{basis.left_out:,} left out: cut too early to tell anything, or repeating itself."


def advice_sentence(advice: BudgetAdvice) -> str:
    """The advice in one sentence, with where it comes from."""
    name = f"p{POLICIES[advice.policy] * 100:.0f}"
    if not advice.runs:
        source = "published range"
    else:
        between = interval_words(advice.interval)
        cut = f", {advice.cut} cut" if advice.cut else ""
        source = f"{between}, {advice.runs} run{'' if advice.runs == 1 else 's'}{cut}"
    headroom = f" + {advice.headroom * 100:.0f} %" if advice.headroom else ""
    guess = {"guess": " A guess.", "few runs": " Few runs."}.get(advice.certainty, "")
    return (
        f"{name} {advice.tokens:,.0f} ({source}){headroom} = {advice.budget:,}. "
        f"Fits about {PROMISES[advice.policy]}.{guess}"
    )


def warning_lines(advice: BudgetAdvice, basis: AdviceBasis) -> Iterator[str]:
    """What speaks against the advice, and what the runs warn of; a line each."""
    found = basis.distribution
    median = found.quantile(0.5)
    if advice.budget == MIN_BUDGET and advice.tokens * (1 + advice.headroom) < MIN_BUDGET:
        yield f"The API takes no budget under {MIN_BUDGET:,} tokens."
    # A published range is a recommendation, however close its ends are.
    if advice.runs and is_too_small(advice.budget, found):
        yield (
            f"That is less than twice the median ({median:,.0f}): it fits "
            f"{found.share(advice.budget) * 100:.0f} % of such runs."
        )
    if advice.is_beyond_measured:
        yield (
            "No run was ever let past this: what lies beyond is a guess. Let the next run of this"
            " kind go without a budget (a limit in dollars stays), or let glideslope measure make"
            " some."
        )
    yield from map(_warning_words, basis.warnings)


def _warning_words(warning: HistoryWarning) -> str:
    match warning:
        case DriftWarning():
            moved = "has moved" if warning.is_sure else "has perhaps moved"
            return (
                f"p90 of the last {RECENT_DAYS} days {moved}: from {warning.earlier_p90:,.0f} to "
                f"{warning.recent_p90:,.0f} tokens."
            )
        case NearLimitWarning(cause="tight"):
            return (
                f"{warning.near} of the last {warning.runs} budgets were used up, or nearly: a"
                f" budget of {warning.budget:,.0f} fits {(1 - warning.expected) * 100:.0f} % of"
                " such runs."
            )
        case NearLimitWarning():
            return (
                f"{warning.near} of the last {warning.runs} budgets were used up, or nearly,"
                f" where {warning.expected * 100:.0f} % were to be expected: these tasks grow."
            )


def _warning_json(warning: HistoryWarning) -> dict[str, object]:
    if isinstance(warning, DriftWarning):
        return {
            "type": "drift",
            "sure": warning.is_sure,
            "earlier_p90": round(warning.earlier_p90),
            "recent_p90": round(warning.recent_p90),
        }
    return {
        "type": "near_limit",
        "cause": warning.cause,
        "near": warning.near,
        "runs": warning.runs,
        "budget": round(warning.budget),
        "expected": round(warning.expected, 4),
    }


def _ends(interval: SpendInterval) -> list[int | None]:
    return [None if end is None else round(end) for end in (interval.low, interval.high)]
