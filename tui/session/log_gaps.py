"""What the state makes of events that its log lost, and of those that a newer program wrote."""

from tui.session import events as ev
from tui.session.event_codec import kind_of
from tui.session.state import SessionState

LOST_RESULT = "[A part of this session is missing here: its file was damaged.]"
"""What the model reads in the place of what was lost."""
CLOSES_GAP = (
    ev.PromptSubmitted,
    ev.NoteSent,
    ev.ShellRan,
    ev.RequestStarted,
    ev.RequestFinished,
    ev.EffortTold,
    ev.TurnEnded,
)
"""Events with which the conversation goes on."""


def on_events_lost(state: SessionState, event: ev.EventsLost) -> None:
    """Events are missing here. The state keeps what it knows and invents nothing.

    When the conversation goes on, calls without a result get a closing one, results without
    a call stay out, and no size is compared across the hole. Nobody knows the tokens spent
    in the hole: the ledger keeps what it has, and a sentence tells the user.
    """
    state.lost_events += 1
    state.after_gap = True
    state.turn = max(state.turn, 1)  # a session without a prompt loses nothing
    state.open_request = state.open_limit = None
    state.open_questions.clear()
    state.running_tools.clear()
    state.budget_account.settlement.forget()


def on_unknown_event(state: SessionState, event: ev.Unknown) -> None:
    """A newer program wrote it; what it ended by its kind is not open any more."""
    match kind_of(event):
        case "turn_ended":
            state.turn_open, state.last_end = False, None
            state.open_questions.clear()
        case "request_finished" | "request_failed":
            state.open_request = None
        case "limit_answered":
            state.open_limit = None
        case "permission_answered":
            state.open_questions.clear()
        case _:
            pass


def close_gap(state: SessionState) -> None:
    """The conversation goes on behind a hole: close what is open, and tell the model."""
    state.after_gap = False
    for call in list(state.conversation.open_calls):
        block = {
            "type": "tool_result",
            "tool_use_id": call,
            "content": LOST_RESULT,
            "is_error": True,
        }
        state.conversation.put_result(block, f"lost-{call}")
    state.conversation.put_text([{"type": "text", "text": LOST_RESULT}], f"lost-{state.seq}")
    state.conversation.commit_pending()
