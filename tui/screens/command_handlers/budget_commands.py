"""Commands about the budget and what was paid."""

from typing import TYPE_CHECKING

from tui.budget.wire_budget import Scope
from tui.number_format import format_tokens
from tui.reports import summary_pages
from tui.screens.command_handlers.budget_change import change_budget, change_scope
from tui.screens.command_handlers.handler_registry import handles
from tui.screens.continue_work import continue_after_budget
from tui.session.fallback_report import suggested_more
from tui.session.usage_breakdown import GROUPINGS
from tui.settings.config_arguments import ConfigArgumentsError, split_save_option

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.budget.meters import Meters
    from tui.screens.chat import ChatScreen
    from tui.settings.problems import Layer


@handles("budget.show")
async def budget(chat: "ChatScreen", args: str) -> None:
    """Show the budget, or change it."""
    try:
        words, save = split_save_option(args)
    except ConfigArgumentsError as error:
        chat.show_notice(str(error), "error")
        return
    if not words and save is None:
        chat.show_markdown(summary_pages.budget_summary(chat.meters))
    elif words.split()[:1] == ["scope"]:
        await _scope(chat, words.split()[1:], save)
    elif await change_budget(chat, words, save) and words != "off":
        continue_after_budget(chat, extended=words.startswith("+"))


async def _scope(chat: "ChatScreen", words: list[str], save: "Layer | None") -> None:
    if words not in (["session"], ["turn"]):
        chat.show_notice("The scope is session or turn: /budget scope turn.", "error")
        return
    scope: Scope = "turn" if words == ["turn"] else "session"
    await change_scope(chat, scope, save)


@handles("budget.extend")
def extend(chat: "ChatScreen", args: str) -> None:
    """Offer the command with a suggestion: the same one that is typed."""
    opened = chat.session
    more = "100k"
    if opened is not None and opened.state.grant is not None:
        more = f"+{format_tokens(suggested_more(opened.state, opened.runner.ctx.thresholds))}"
    chat.composer.propose(f"/budget {more}")
    chat.composer.focus()


@handles("cost.show")
def cost(chat: "ChatScreen", args: str) -> None:
    """What this session cost, or its parts."""
    _meters(chat, args, summary_pages.cost_summary)


@handles("usage.show")
def usage(chat: "ChatScreen", args: str) -> None:
    """The five meters, or those of its parts."""
    _meters(chat, args, summary_pages.usage_summary)


def _meters(chat: "ChatScreen", args: str, whole: "Callable[[Meters], str]") -> None:
    words = args.lower().split()
    by = next((each for each in GROUPINGS if words in ([each], ["by", each])), None)
    if not words:
        chat.show_markdown(whole(chat.meters))
    elif by is None:
        chat.show_notice(f"The meters can be taken apart by {', '.join(GROUPINGS)}.", "error")
    elif chat.controller is not None:
        chat.show_markdown(
            summary_pages.meters_by_part(
                chat.controller.session.state, chat.controller.statement, by
            )
        )


@handles("context.show")
def context(chat: "ChatScreen", args: str) -> None:
    """What fills the context window."""
    if chat.session is not None:
        chat.show_markdown(summary_pages.context_summary(chat.session, chat.meters))


@handles("wire.show")
def wire(chat: "ChatScreen", args: str) -> None:
    """The last request as it was sent, in this run or in one before."""
    from tui.agent.request_replay import rebuild_requests
    from tui.reports.wire_page import earlier_wire_page, wire_page

    opened = chat.session
    if opened is None:
        return
    ctx = opened.runner.ctx
    if ctx.recent_requests:
        chat.show_markdown(wire_page(list(ctx.recent_requests)))
    else:
        chat.show_markdown(earlier_wire_page(rebuild_requests(opened.records, ctx)))


@handles("session.compact")
def compact(chat: "ChatScreen", args: str) -> None:
    """Shorten the conversation to a summary."""
    from tui.agent.compaction_cost import compaction_cost_sentence
    from tui.agent.limit_checks import why_not_compact

    if chat.session is None or not chat.session.state.conversation.messages:
        chat.show_notice("There is nothing to shorten yet.")
        return
    state, ctx = chat.session.state, chat.session.runner.ctx
    if not why_not_compact(state, ctx):  # else the driver says so, and does nothing
        chat.show_notice(compaction_cost_sentence(state, ctx))
    chat.compact(args)
