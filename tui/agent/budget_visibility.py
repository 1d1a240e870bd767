"""Who tells the model what is left of the budget: the API, or notes of this program.

The API does where its server is known to (`catalogue.budget_hosts`), the model sees budgets, and
the budget is one that the API accepts; a smaller one is never sent.
"""

from tui.agent.turn_context import TurnContext
from tui.budget.wire_budget import MIN_TASK_BUDGET
from tui.claude.catalogue import Model
from tui.session.state import SessionState


def accepts_task_budget(state: SessionState, ctx: TurnContext, model: Model | None = None) -> bool:
    """Whether the API takes a task budget for a model: by default the session's own."""
    model = model or ctx.catalogue.model(state.model)
    return model.task_budget and ctx.server_supports_task_budget


def api_announces_budget(state: SessionState, ctx: TurnContext, model: Model | None = None) -> bool:
    """Whether the API is sent the session's budget, and so tells the model what is left of it."""
    small = state.grant is not None and state.grant < MIN_TASK_BUDGET
    return accepts_task_budget(state, ctx, model) and not small


def minimum_budget(state: SessionState, ctx: TurnContext) -> int:
    """The smallest budget that can be given, in tokens."""
    return MIN_TASK_BUDGET if accepts_task_budget(state, ctx) else 1
