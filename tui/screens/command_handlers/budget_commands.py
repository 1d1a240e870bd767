"""Commands about the budget and what was paid."""

from typing import TYPE_CHECKING

from tui.number_format import format_tokens
from tui.reports import summary_pages
from tui.screens.budget_offers import CONTINUE_PROMPT, PendingOffer, offer_to_continue
from tui.screens.command_handlers.budget_change import change_budget, change_scope, change_team_pool
from tui.screens.command_handlers.command_arguments import (
    ChangeBudget,
    ChangePool,
    ChangeScope,
    parse_budget,
    parse_grouping,
    parse_kind,
    parse_report_grouping,
    parse_text,
)
from tui.screens.command_handlers.handler_registry import handles_in_session
from tui.session.fallback_report import suggested_more
from tui.settings.amounts import MoreTokens, NoBudget

if TYPE_CHECKING:
    from tui.agent.open_session import OpenSession
    from tui.budget.task_kinds import TaskKind
    from tui.history import usage_sums as report_groupings
    from tui.screens.chat import ChatScreen
    from tui.session.state import SessionState
    from tui.session.usage_breakdown import Grouping

UNFINISHED_ENDS = frozenset(
    {"landed", "wrapped_up", "stopped", "paused", "hard_limit", "interrupted", "crashed"}
)
"""Ends of a turn after which work may be left that a bigger budget lets go on."""


@handles_in_session("budget.show", parse_budget)
async def budget(
    chat: "ChatScreen",
    session: "OpenSession",
    change: ChangeBudget | ChangePool | ChangeScope | None,
) -> None:
    """Show the budget, or change it."""
    match change:
        case None:
            chat.show_page("Budget", lambda: summary_pages.budget_summary(chat.meters))
        case ChangePool(amount=amount):
            await change_team_pool(chat, session, amount)
        case ChangeScope(scope=scope, save=save):
            await change_scope(chat, session, scope, save)
        case ChangeBudget(amount=amount, save=save):
            changed = await change_budget(chat, session, amount, save)
            if changed and not isinstance(amount, NoBudget):
                continue_after_budget(chat, session, extended=isinstance(amount, MoreTokens))


@handles_in_session("budget.kind", parse_kind)
async def run_kind(chat: "ChatScreen", session: "OpenSession", kind: "TaskKind | None") -> None:
    """Show what the last run is filed as, or file it as another kind."""
    from tui.screens.run_kind import show_or_correct_kind

    await show_or_correct_kind(chat, session, kind)


def continue_after_budget(chat: "ChatScreen", session: "OpenSession", *, extended: bool) -> None:
    """Go on with paused work, or say how work that was left goes on.

    A turn that was paused at its budget waits for nothing else, also after a restart. Whatever
    else was left may be meant to stay so: the program only says how to go on with it.

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
        press = f" or press {key}" if key else ""
        chat.show_notice(f"To go on with the work, send “continue”{press}.")


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


@handles_in_session("budget.extend")
def extend(chat: "ChatScreen", session: "OpenSession") -> None:
    """Put `/budget` with a suggested amount into the composer, for the user to send."""
    more = "100k"
    if session.state.grant is not None:
        more = f"+{format_tokens(suggested_more(session.state, session.settings.thresholds))}"
    chat.composer.propose(f"/budget {more}")
    chat.composer.focus()


@handles_in_session("cost.show", parse_grouping)
def cost(chat: "ChatScreen", session: "OpenSession", by: "Grouping | None") -> None:
    """Show what this session cost, or what its parts cost."""
    if by is None:
        chat.show_page("Cost", lambda: summary_pages.cost_summary(chat.meters))
    else:
        _show_meters_by_part(chat, session, "Cost", by)


@handles_in_session("usage.show", parse_grouping)
def usage(chat: "ChatScreen", session: "OpenSession", by: "Grouping | None") -> None:
    """Show the five meters of the session, or those of its parts."""
    if by is None:
        chat.show_page("Usage", lambda: summary_pages.usage_summary(chat.meters, session.now()))
    else:
        _show_meters_by_part(chat, session, "Usage", by)


@handles_in_session("usage.report", parse_report_grouping)
def usage_report(
    chat: "ChatScreen", session: "OpenSession", by: "report_groupings.Grouping"
) -> None:
    """Show what all sessions used."""
    from tui.screens.usage_view import UsageView

    UsageView(chat, session).open(by)


def _show_meters_by_part(
    chat: "ChatScreen", session: "OpenSession", name: str, by: "Grouping"
) -> None:
    chat.show_page(
        f"{name} by {by}",
        lambda: summary_pages.meters_by_part(session.state, chat.usage_details, by),
    )


@handles_in_session("context.show")
def context(chat: "ChatScreen", session: "OpenSession") -> None:
    """Show what fills the context window."""
    chat.show_page("Context", lambda: summary_pages.context_summary(session, chat.meters))


@handles_in_session("wire.show")
def wire(chat: "ChatScreen", session: "OpenSession") -> None:
    """Show the last request as it was sent, in this run or in one before."""
    from tui.reports.wire_page import earlier_wire_page, wire_page

    earlier = () if session.recent_requests else session.rebuilt_requests()

    def page() -> str:
        effort = session.model.effort(session.state.effort)
        if session.recent_requests:
            return wire_page(session.recent_requests, effort)
        return earlier_wire_page(earlier, effort)

    chat.show_page("Last request", page)


@handles_in_session("session.compact", parse_text)
def compact(chat: "ChatScreen", session: "OpenSession", instructions: str) -> None:
    """Shorten the conversation to a summary."""
    if not session.state.conversation.messages:
        chat.show_notice("There is nothing to shorten yet.")
        return
    if not session.why_not_compact:  # else the runner says so, and does nothing
        chat.show_notice(session.compaction_cost_sentence)
    chat.turns.compact(instructions)
