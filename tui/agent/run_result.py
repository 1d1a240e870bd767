"""The result of a headless run, as one versioned object and as an exit code."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from msgspec.structs import asdict

from tui.agent.effective_limits import max_grant
from tui.agent.sandbox.enforcement import Enforcement
from tui.agent.team_result import agent_facts, team_facts
from tui.agent.turn_settings import TurnSettings
from tui.budget.hard_limits import HARD_LIMITS
from tui.budget.meters import Meters
from tui.budget.monthly_budget import BudgetStanding
from tui.session import events as ev
from tui.session.fallback_report import session_forecast, sufficient_budget, tokens_to_finish
from tui.session.plan_quotes import QuoteBill
from tui.session.prompt_receipt import Receipt
from tui.session.state import SessionState

RESULT_VERSION = 3
"""Version of the result object; fields are only ever added under one version."""

EXIT_CODES: dict[str, int] = {
    "completed": 0,
    "landed": 3,
    "wrapped_up": 3,
    "declined": 3,
    "hard_limit": 4,
    "no_progress": 4,
    "paused": 3,
    "stopped": 3,
    "refused": 5,
    "error": 5,
    "denied": 6,
    "interrupted": 130,
    "crashed": 1,
}
"""Exit code by how the turn ended; 2 is for usage, 129 for SIGHUP and 143 for SIGTERM."""
CONTINUABLE_ENDS: frozenset[str] = frozenset({"landed", "wrapped_up", "stopped", "paused"})
"""Ends after which a bigger budget lets the work continue."""


def exit_code(state: SessionState) -> int:
    """The exit code of a run that ended in `state`.

    A run that paused or stopped at a limit has the code of that limit.
    """
    end, reached = state.last_end, state.last_limit
    if end is None:
        return 1
    if end.reason in ("paused", "stopped") and reached is not None and reached.limit != "budget":
        return EXIT_CODES["hard_limit"]
    return EXIT_CODES[end.reason]


def _is_at_other_limit(state: SessionState) -> bool:
    """Whether the turn ended at a limit that no bigger budget moves."""
    return state.last_limit is not None and state.last_limit.limit not in ("budget", "over_budget")


def failure_result(sentence: str, code: int) -> dict[str, Any]:
    """What is printed in place of a result where there is none.

    Args:
        sentence: Why there is none.
        code: The exit code.
    """
    reason = {2: "usage", 129: "interrupted", 130: "interrupted", 143: "interrupted"}
    return {
        "type": "error",
        "version": RESULT_VERSION,
        "answer": "",
        "end": {"reason": reason.get(code, "error"), "sentence": sentence, "exit_code": code},
    }


def suggested_budget(state: SessionState, settings: TurnSettings) -> int | None:
    """Tokens of a budget that should do for the work that is left; None where none is needed.

    It is the budget that the end of the turn suggests, if it does, else what the landing block
    offers to continue with, within the cap on budgets.
    """
    end = state.last_end
    if end is None or state.envelope is None or end.budget is not None:
        return end.budget if end else None
    if end.reason not in CONTINUABLE_ENDS or _is_at_other_limit(state):
        return None
    return sufficient_budget(state, settings.thresholds, max_grant(settings.caps))


def run_result(
    state: SessionState,
    answer: str,
    meters: Meters,
    sandbox: Enforcement,
    code: int,
    suggested: int | None,
    receipt: Receipt,
    standings: Sequence[BudgetStanding] = (),
) -> dict[str, Any]:
    """The whole result: answer, session, end, meters, checklist, wrap-up, agents, sandbox.

    Args:
        state: The session.
        answer: The last words of the model.
        meters: The meters at the end.
        sandbox: What held the commands.
        code: The exit code.
        suggested: See `suggested_budget`.
        receipt: What the prompt cost and did.
        standings: How far the monthly budgets are used.
    """
    end = state.last_end
    filed = state.wrap_ups[-1] if state.last_wrap_up else None
    return {
        "type": "result",
        "version": RESULT_VERSION,
        "answer": answer,
        **_fields(state, "session", "name", "folder", "model", "effort"),
        "end": {
            "reason": end.reason if end else "crashed",
            "sentence": end.sentence if end else "",
            "exit_code": code,
            "suggested_budget": suggested,
        },
        "meters": _meters(state, meters),
        "checklist": [
            asdict(task) | {"charged": state.ledger.by_subtask.get(task.id, 0)}
            for task in state.checklist.values()
        ],
        "to_finish": _rest_of_work(state, meters),
        "wrap_up": None if filed is None else _wrap_up(state, filed),
        "files": [
            {"path": path, "added": added, "removed": removed}
            for path, (added, removed) in state.touched_files.items()
        ],
        "bill": None if (bill := state.quote_bill) is None else _bill(bill),
        "receipt": _receipt(receipt),
        "team": team_facts(state),
        "agents": agent_facts(state),
        "monthly_budgets": [*map(standing_json, standings)],
        "sandbox": sandbox_facts(sandbox),
    }


def standing_json(standing: BudgetStanding) -> dict[str, Any]:
    """How far a monthly budget is used; amounts are decimal strings in its unit."""
    budget = standing.budget
    return {
        "covers": budget.cover,
        "tag": budget.tag,
        "unit": budget.unit,
        "limit": f"{budget.limit:f}",
        "used": f"{standing.used:f}",
        "left": f"{standing.left:f}",
        "at_least": standing.is_at_least,
        "unpriced_requests": standing.spend.unpriced,
        "stops": budget.stops,
        "owner": budget.owner,
        "set_by": budget.origin,
        "month": standing.month.name,
        "starts_again": standing.month.next_first.isoformat(),
    }


def _rest_of_work(state: SessionState, meters: Meters) -> dict[str, Any]:
    """What the rest of the plan will take; the parts sum up to `tokens`."""
    ahead = session_forecast(state)
    filed = state.wrap_ups[-1] if state.last_wrap_up else None
    by_model = filed is not None and filed.by == "model"
    return {
        "tokens": tokens_to_finish(state),
        "by_subtask": dict(ahead.by_subtask) if ahead else {},
        "measured": ahead.measured if ahead else 0,
        "beyond_plan": ahead is not None and ahead.beyond_plan,
        "model_says": filed.report.estimate_to_finish if filed and by_model else None,
        "verdict": meters.fit.verdict if meters.fit else None,
        "short_by": meters.fit.short_by if meters.fit else 0,
    }


def _wrap_up(state: SessionState, filed: ev.WrappedUp) -> dict[str, Any]:
    """The report of the turn; its estimate is the program's figure, whoever filed it."""
    return asdict(filed.report) | {"estimate_to_finish": tokens_to_finish(state), "by": filed.by}


def _bill(bill: QuoteBill) -> dict[str, Any]:
    """The bill as JSON; tokens are whole numbers, dollars text."""
    quote = bill.quote
    return {
        "open": bill.is_open,
        **_fields(quote, "quoted", "low", "high"),
        "dollars_quoted": _decimal(quote.dollars),
        "used": bill.took,
        "dollars": _decimal(bill.dollars),
        "beside_items": bill.beside,
        "items": [
            {
                **_fields(each.item, "id", "title"),
                "state": each.state,
                **_fields(each.item, "estimate", "quoted"),
                "used": each.took,
                "done_with": each.done_with,
            }
            for each in bill.items
        ],
    }


def _fields(value: object, *names: str) -> dict[str, Any]:
    """Some fields of a value, under their own names."""
    return {name: getattr(value, name) for name in names}


def _decimal(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:.4f}"


def _receipt(receipt: Receipt) -> dict[str, Any]:
    """What the prompt cost and did; the tokens of `went_on` add up to `tokens`."""
    return {
        "dollars": None if receipt.dollars is None else str(receipt.dollars),
        "unpriced_requests": receipt.unpriced,
        **_fields(receipt, "tokens", "estimated", "agents_tokens", "agents_estimated"),
        "files": [_fields(file, "path", "added", "removed", "exact") for file in receipt.files],
        "went_on": [
            {
                "activity": cost.activity.kind,
                "subject": cost.activity.subject,
                "tokens": cost.tokens,
                "estimated": cost.estimated,
                "percent": 100 * cost.tokens // receipt.tokens,
            }
            for cost in receipt.costs
        ],
    }


def sandbox_facts(sandbox: Enforcement) -> dict[str, Any]:
    """What held the commands of the run, as facts and in words."""
    return {
        "words": sandbox.summary,
        **_fields(sandbox, "backend", "files"),
        "network": "open" if sandbox.allowed_network else sandbox.network,
        **_fields(sandbox, "masks", "attributes", "processes", "sockets"),
        "sentences": list(sandbox.sentences),
    }


def answer_text(blocks: tuple[ev.JSON, ...]) -> str:
    """The words of a message, without its thinking and its calls."""
    texts = [block["text"] for block in blocks if block.get("type") == "text"]
    return "\n\n".join(text.strip() for text in texts if text.strip())


def _meters(state: SessionState, meters: Meters) -> dict[str, Any]:
    budget, billed = meters.budget, meters.billed
    return {
        "budget": None
        if budget is None
        else {
            "scope": budget.scope,
            "grant": budget.grant,
            "used": budget.charged,
            "left": budget.left,
            "over": max(0, -budget.left),
            "estimated": budget.unsettled,
            "stage": budget.stage.word,
            "told_by": budget.countdown_source,
        },
        "charged": meters.spent,
        "billed": {
            **_fields(billed, "input", "cache_write", "cache_read", "output"),
            "dollars": None if billed.dollars is None else str(billed.dollars),
            "unpriced_requests": billed.unpriced,
            "estimated": billed.estimated,
        },
        "limits": {
            name: None if (value := meters.hard_limits.value(name)) is None else str(value)
            for name in HARD_LIMITS
        },
        "context": _fields(meters.context, "used", "waiting", "window", "estimated"),
        "rate_limits": [
            _fields(limit, "name", "limit", "left", "resets_at") for limit in meters.limits
        ],
        "working_seconds": round(meters.working_seconds, 3),
        "paced_seconds": round(meters.paced_seconds, 3),
        "requests": meters.requests,
        "turns": state.turn,
    }
