"""Who tells the model what is left of the budget: the API, or notes of this program.

The API tells it where the server is known to do so (`catalogue.budget_hosts`), the model sees
budgets, and the API accepts the budget; the program never sends a smaller one.
"""

from tui.agent.turn_context import RunState
from tui.budget.wire_budget import MIN_TASK_BUDGET
from tui.claude.catalogue import Model
from tui.session.state import SessionState


def accepts_task_budget(model: Model, run: RunState) -> bool:
    """Whether the API takes a task budget for `model`."""
    return model.task_budget and run.server_supports_task_budget


def api_announces_budget(state: SessionState, model: Model, run: RunState) -> bool:
    """Whether the API is sent the session's budget, and so tells the model what is left of it.

    Args:
        state: The session.
        model: The model of the request.
        run: What is known of the server.
    """
    small = state.grant is not None and state.grant < MIN_TASK_BUDGET
    return accepts_task_budget(model, run) and not small


def minimum_budget(model: Model, run: RunState) -> int:
    """The smallest budget that can be given, in tokens."""
    return MIN_TASK_BUDGET if accepts_task_budget(model, run) else 1
