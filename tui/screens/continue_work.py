"""What comes after a bigger budget between two turns: paused work goes on, other work is named.

A turn that was paused at its budget waits for nothing else, also after a restart. Whatever else
was left may be meant to stay so: there it is only said how it goes on.
"""

from typing import TYPE_CHECKING

from tui.screens.budget_offers import CONTINUE_PROMPT, PendingOffer, offer_to_continue

if TYPE_CHECKING:
    from tui.agent.open_session import OpenSession
    from tui.screens.chat import ChatScreen
    from tui.session.state import SessionState

UNFINISHED_ENDS = frozenset(
    {"landed", "wrapped_up", "stopped", "paused", "hard_limit", "interrupted", "crashed"}
)
"""Ends of a turn after which work may be left that a bigger budget lets go on."""


def continue_after_budget(chat: "ChatScreen", session: "OpenSession", *, extended: bool) -> None:
    """Go on with paused work, or say how work that was left goes on.

    Args:
        chat: The chat.
        session: The open session, with the bigger budget given.
        extended: Whether tokens were added; else another whole budget was given.
    """
    if chat.running or not _work_is_left(session.state):
        return
    needed = offer_to_continue(session)
    if needed:
        chat.show_notice(
            needed.offer.sentence if isinstance(needed, PendingOffer) else needed, "warning"
        )
    elif extended and _is_paused_at_its_budget(session.state):
        chat.submit(CONTINUE_PROMPT)
    else:
        key = next(iter(chat.key_labels("report.continue")), "")
        card = f", or with {key} on the wrap-up card" if key else ""
        chat.show_notice(f"The work goes on with “continue”{card}.")


def _work_is_left(state: "SessionState") -> bool:
    """Whether the last turn ended with work left, as far as its report says."""
    end, report = state.last_end, state.last_wrap_up
    return (
        end is not None
        and end.reason in UNFINISHED_ENDS
        and report is not None
        and bool(report.in_progress or report.not_started or report.next_step)
    )


def _is_paused_at_its_budget(state: "SessionState") -> bool:
    paused = state.last_end is not None and state.last_end.reason == "paused"
    reached = state.last_limit
    return paused and reached is not None and reached.limit in ("budget", "over_budget")
