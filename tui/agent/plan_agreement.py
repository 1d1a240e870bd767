"""Agreeing to a quote: it becomes the budget, the checklist and the mode, and the work begins.

All of it is committed at once, so a crash leaves either a plan that waits or one that is agreed.
"""

from collections.abc import Sequence

from tui.agent.budget_requests import BudgetRefused, grant_tokens
from tui.agent.effective_limits import GRANT_KEY
from tui.budget.wire_budget import MIN_TASK_BUDGET, Scope
from tui.session import events as ev
from tui.session.checklist import SubtaskUpdate
from tui.session.filed_plan import AgreedQuote, FiledPlan
from tui.session.state import SessionState
from tui.settings.managed import Caps, cap_refusal

SOURCE = "the agreed plan"
"""The source of the budget that an agreed quote becomes."""
WORK_MODES: tuple[ev.Mode, ...] = ("ask", "edits", "auto")
"""Modes in which a plan is carried out."""


def agreement_events(
    state: SessionState,
    caps: Caps,
    quote: AgreedQuote,
    mode: ev.Mode,
    scope: Scope,
    *,
    minimum: int = MIN_TASK_BUDGET,
) -> list[ev.Event]:
    """The events of an agreement.

    Args:
        state: The session.
        caps: What the organisation caps.
        quote: What the user agreed to.
        mode: The permission mode of the work.
        scope: What a budget covers in this session.
        minimum: The smallest budget that can be given.

    Raises:
        BudgetRefused: a cap forbids the budget, or nothing is left of the plan; nothing is agreed.
    """
    if not quote.items:
        raise BudgetRefused("Nothing is left of the plan: take an item back first.")
    before = state.ledger.charged if scope == "session" else 0
    budget = max(quote.budget, minimum)
    if refusal := cap_refusal(caps, GRANT_KEY, before + budget):
        raise BudgetRefused(refusal)
    granted = grant_tokens(state, caps, before + budget, scope, SOURCE, minimum=minimum)
    updates = tuple(
        SubtaskUpdate(id=item.id, title=item.title, state="pending", estimate=item.quoted)
        for item in quote.items
    )
    effort: list[ev.Event] = []
    if quote.effort is not None and quote.effort != state.effort:
        effort = [ev.EffortChanged(effort=quote.effort)]
    return [
        ev.QuoteAgreed(quote=quote),
        ev.ChecklistChanged(updates=updates),
        granted,
        ev.ModeChanged(mode=mode),
        *effort,
    ]


def budget_scope(state: SessionState, usual: Scope) -> Scope:
    """What a budget covers in this session: as the one before the plan's own, else as usual.

    Args:
        state: The session.
        usual: What the settings say.
    """
    if state.budget_before_plan is not None:
        before = state.budget_before_plan
        return usual if before.total is None else before.scope
    return state.envelope.scope if state.envelope else usual


def work_prompt(quote: AgreedQuote, plan: FiledPlan) -> str:
    """The prompt with which the work on an agreed plan begins; the simulator reads its lines.

    Args:
        quote: What the user agreed to.
        plan: The plan, with what was left out of it.
    """
    rows = [f"- {item.id}: {item.title} · ≈ {item.quoted:,} tokens" for item in quote.items]
    left_out = _left_out(quote, plan)
    without = f"\n\nNot agreed, so leave it out: {'; '.join(left_out)}." if left_out else ""
    goal = f": {plan.goal}" if plan.goal else ""
    return (
        f"Go ahead with the agreed plan{goal.rstrip('.')}. Its items are in the checklist; set "
        "each to in_progress before you start it and to done as soon as it is.\n\n"
        + "\n".join(rows)
        + without
    )


def _left_out(quote: AgreedQuote, plan: FiledPlan) -> Sequence[str]:
    kept = {item.title for item in quote.items}
    return [item.title for item in plan.items if item.title not in kept]
