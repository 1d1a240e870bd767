"""Mode `plan`: its own budget, what the model is told, and when a turn in it is over.

Each prompt in mode `plan` gets a budget of its own (`plan_budget`), so that a plan that nobody
agrees to costs no more than that. Where less is left of the session's budget, that is the limit.
Leaving the mode gives back the budget from before.
"""

from collections.abc import Sequence

from tui.agent.effective_limits import GRANT_KEY, cap_value
from tui.agent.model_notes import note
from tui.agent.tools.file_plan_tool import FILE_PLAN
from tui.agent.turn_settings import TurnSettings
from tui.session import events as ev
from tui.session.state import SessionState

SOURCE = "mode plan"
"""The source of its budget."""
PLAN_NOTE = (
    "Plan mode: look only, change and run nothing. Find out what the work takes, then file the "
    "plan with file_plan: items that can be done and checked one by one, each with the tokens it "
    "will take (reading, thinking and writing). The turn ends there."
)
END_NOTE = "Plan mode is over: you may change files and run commands again, as far as permitted."
LANDING_NOTE = (
    "Landing: the budget for the plan is down to its reserve ({left} tokens left). Look no "
    "further: file the plan now with file_plan, from what you know."
)


def opening_grant(state: SessionState, settings: TurnSettings) -> list[ev.BudgetGranted]:
    """The budget that a prompt in mode `plan` begins with, where it gets one of its own.

    A prompt in another mode begins with the budget from before, where that still has to come back.
    """
    if state.mode != "plan":
        return leaving_grant(state)  # the mode was left in the middle of a turn
    if state.budget_before_plan is not None or not can_file_plan(state):
        return []
    total, cap = settings.plan_budget, cap_value(settings.caps, GRANT_KEY)
    total = total if cap is None else min(total, int(cap))
    envelope = state.envelope
    left = envelope.base if envelope and envelope.scope == "turn" else state.left
    if left is not None and left <= total:
        return []
    return [ev.BudgetGranted(total=total, scope="turn", source=SOURCE, purpose="plan")]


def leaving_grant(state: SessionState) -> list[ev.BudgetGranted]:
    """What gives back the budget from before the plan's own; nothing where that is not in force."""
    before = state.budget_before_plan
    if before is None:
        return []
    return [
        ev.BudgetGranted(
            total=before.total, scope=before.scope, source=before.source, purpose="restored"
        )
    ]


def mode_note(state: SessionState) -> list[ev.Event]:
    """What the model is told of the mode with a prompt; nothing where it knows, or no note is due.

    A session of an older program has no tool to file a plan with: there the model only reads.
    """
    if state.mode == "plan" and can_file_plan(state):
        return [note(PLAN_NOTE, "mode")]
    return [note(END_NOTE, "mode")] if state.told_mode == "plan" != state.mode else []


def can_file_plan(state: SessionState) -> bool:
    """Whether the model was told of the tool that files a plan; an agent of a team files none."""
    tools = state.preamble.tools if state.preamble and state.agent_of is None else ()
    return any(tool.get("name") == FILE_PLAN for tool in tools)


def files_plan(calls: Sequence[ev.JSON]) -> bool:
    """Whether an answer asks for nothing but to file its plan."""
    return bool(calls) and all(call.get("name") == FILE_PLAN for call in calls)


def plan_was_filed(state: SessionState) -> bool:
    """Whether the last answer filed a plan: the turn is over then."""
    quotes = state.plan_quotes
    waiting = quotes.waiting
    return waiting is not None and quotes.filed_in_request == state.request > 0
