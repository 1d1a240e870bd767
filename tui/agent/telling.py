"""Who tells the model what is left of the budget: the API, or notes of this program.

The API does where its server is known to (`catalogue.budget_hosts`), the model sees budgets, and
the budget is one that the API accepts; a smaller one is never sent.
"""

from tui.agent.means import Means
from tui.budget.wire import MINIMUM
from tui.claude.catalogue import Model
from tui.session.state import SessionState


def takes_budgets(state: SessionState, means: Means, model: Model | None = None) -> bool:
    """Whether the API takes a task budget for a model: by default the session's own."""
    model = model or means.catalogue.model(state.model)
    return model.task_budget and means.knows_budgets


def api_tells(state: SessionState, means: Means, model: Model | None = None) -> bool:
    """Whether the API is sent the session's budget, and so tells the model what is left of it."""
    small = state.grant is not None and state.grant < MINIMUM
    return takes_budgets(state, means, model) and not small


def least_budget(state: SessionState, means: Means) -> int:
    """The smallest budget that can be given, in tokens."""
    return MINIMUM if takes_budgets(state, means) else 1
