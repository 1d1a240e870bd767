"""Commands about the budget and what was paid."""

from typing import TYPE_CHECKING

from tui.number_format import format_tokens
from tui.reports import summary_pages
from tui.screens.command_handlers.budget_change import change_budget, change_scope
from tui.screens.command_handlers.command_arguments import (
    ChangeBudget,
    ChangeScope,
    parse_budget,
    parse_grouping,
    parse_text,
)
from tui.screens.command_handlers.handler_registry import handles_in_session
from tui.screens.continue_work import continue_after_budget
from tui.session.fallback_report import suggested_more
from tui.settings.amounts import MoreTokens, NoBudget

if TYPE_CHECKING:
    from tui.agent.open_session import OpenSession
    from tui.screens.chat import ChatScreen
    from tui.session.usage_breakdown import Grouping


@handles_in_session("budget.show", parse_budget)
async def budget(
    chat: "ChatScreen", session: "OpenSession", change: ChangeBudget | ChangeScope | None
) -> None:
    """Show the budget, or change it."""
    match change:
        case None:
            chat.show_markdown(summary_pages.budget_summary(chat.meters))
        case ChangeScope(scope=scope, save=save):
            await change_scope(chat, session, scope, save)
        case ChangeBudget(amount=amount, save=save):
            changed = await change_budget(chat, session, amount, save)
            if changed and not isinstance(amount, NoBudget):
                continue_after_budget(chat, session, extended=isinstance(amount, MoreTokens))


@handles_in_session("budget.extend")
def extend(chat: "ChatScreen", session: "OpenSession") -> None:
    """Offer the command with a suggestion: the same one that is typed."""
    more = "100k"
    if session.state.grant is not None:
        more = f"+{format_tokens(suggested_more(session.state, session.settings.thresholds))}"
    chat.composer.propose(f"/budget {more}")
    chat.composer.focus()


@handles_in_session("cost.show", parse_grouping)
def cost(chat: "ChatScreen", session: "OpenSession", by: "Grouping | None") -> None:
    """What this session cost, or its parts."""
    if by is None:
        chat.show_markdown(summary_pages.cost_summary(chat.meters))
    else:
        _show_meters_by_part(chat, session, by)


@handles_in_session("usage.show", parse_grouping)
def usage(chat: "ChatScreen", session: "OpenSession", by: "Grouping | None") -> None:
    """The five meters, or those of its parts."""
    if by is None:
        chat.show_markdown(summary_pages.usage_summary(chat.meters))
    else:
        _show_meters_by_part(chat, session, by)


def _show_meters_by_part(chat: "ChatScreen", session: "OpenSession", by: "Grouping") -> None:
    chat.show_markdown(summary_pages.meters_by_part(session.state, chat.usage_details, by))


@handles_in_session("context.show")
def context(chat: "ChatScreen", session: "OpenSession") -> None:
    """What fills the context window."""
    chat.show_markdown(summary_pages.context_summary(session, chat.meters))


@handles_in_session("wire.show")
def wire(chat: "ChatScreen", session: "OpenSession") -> None:
    """The last request as it was sent, in this run or in one before."""
    from tui.reports.wire_page import earlier_wire_page, wire_page

    if session.recent_requests:
        chat.show_markdown(wire_page(session.recent_requests))
    else:
        chat.show_markdown(earlier_wire_page(session.rebuilt_requests()))


@handles_in_session("session.compact", parse_text)
def compact(chat: "ChatScreen", session: "OpenSession", instructions: str) -> None:
    """Shorten the conversation to a summary."""
    if not session.state.conversation.messages:
        chat.show_notice("There is nothing to shorten yet.")
        return
    if not session.why_not_compact:  # else the runner says so, and does nothing
        chat.show_notice(session.compaction_cost_sentence)
    chat.turns.compact(instructions)
