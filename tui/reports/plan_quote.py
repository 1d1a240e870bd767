"""The quote of the plan that waits in a session, from its log and the user's history."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from tui.agent.open_session import OpenSession
from tui.agent.session_price import session_price
from tui.budget.task_kind_rules import guess_before
from tui.budget.task_kinds import TaskKind
from tui.budget.wire_budget import CountingRules
from tui.claude.work_on_models import matrix_model
from tui.history.history_store import HistoryStore
from tui.history.own_history import refresh_own_runs
from tui.history.plan_pricing import PlanPricing, PricingHistory, price_plan
from tui.session import events as ev
from tui.session.state import SessionState
from tui.session.store_errors import StoreError


def read_pricing_history(
    data: Path, state: Path, counting: CountingRules
) -> tuple[PricingHistory, Mapping[str, TaskKind]]:
    """What past runs say of prices, and which head verbs the user's corrections taught.

    A history that cannot be read says nothing: the quote then rests on published ranges. Takes a
    while: not for the event loop.

    Args:
        data: The user's data folder.
        state: The user's state folder.
        counting: What the server counts against a budget.
    """
    try:
        with HistoryStore(data) as store:
            refresh_own_runs(store, data, counting, state=state)
            past = PricingHistory(store.newest_runs(), store.billed_totals())
            return past, store.corrections.verbs
    except StoreError:
        return PricingHistory(), {}


def price_filed_plan(
    session: OpenSession,
    filed: ev.PlanFiled,
    past: PricingHistory,
    verbs: Mapping[str, TaskKind],
) -> PlanPricing:
    """What the price of a filed plan rests on, for the model that the session has now.

    Args:
        session: The session.
        filed: The plan.
        past: The user's history.
        verbs: See `read_pricing_history`.
    """
    state = session.state
    day = datetime.fromtimestamp(session.now(), UTC).date()
    measured = session_price(state, session.model)
    return price_plan(
        filed.plan,
        guess_before(plan_prompt(state, filed), verbs).kind,
        past,
        matrix_model(session.catalogue, session.model, day),
        effort=_planned_effort(state, filed),
        token_price=measured.measured.per_million / 1_000_000 if measured else None,
        thresholds=session.settings.thresholds,
        scale=session.model.tokenizer / _planning_tokenizer(session, filed),
    )


def plan_prompt(state: SessionState, filed: ev.PlanFiled) -> str:
    """What the user asked for when the plan was made; its goal where the log has no prompt."""
    if 0 < filed.turn <= len(state.prompts):
        return state.prompts[filed.turn - 1]
    return filed.plan.goal


def _planning_tokenizer(session: OpenSession, filed: ev.PlanFiled) -> float:
    """Tokens of a text for the model that made the plan, relative to a common one."""
    made = (each.model for each in reversed(session.state.requests) if each.turn == filed.turn)
    model = next(made, session.state.model)
    return session.catalogue.model(model).tokenizer


def _planned_effort(state: SessionState, filed: ev.PlanFiled) -> str | None:
    """The effort at which the plan was made; None where the model has no levels."""
    if state.effort is None:
        return None
    made = (each.effort for each in reversed(state.requests) if each.turn == filed.turn)
    return next(made, None) or state.effort
