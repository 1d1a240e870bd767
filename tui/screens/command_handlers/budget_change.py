"""Giving a budget: what is refused, what is asked, what is kept.

`tui.agent.budget_requests` decides whether a budget is granted; this module shows its sentences
and asks where words can be meant in two ways.
"""

from collections.abc import Sequence
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING

from tui.agent import budget_requests
from tui.agent.budget_requests import BudgetBelowUsage, BudgetRefused
from tui.budget.wire_budget import Scope
from tui.number_format import format_tokens
from tui.reports.cache_cost_text import cache_cost_sentence
from tui.screens.command_handlers.setting_file import save_setting
from tui.session import events as ev
from tui.settings.amounts import Amount, Dollars, MoreTokens, NoBudget, Tokens
from tui.settings.problems import Layer
from tui.settings.settings_schema import SETTINGS_BY_KEY
from tui.widgets.option_rows import Option

if TYPE_CHECKING:
    from tui.agent.open_session import OpenSession
    from tui.screens.chat import ChatScreen

SOURCE = "/budget"


async def change_budget(
    chat: "ChatScreen",
    session: "OpenSession",
    amount: Amount,
    save: Layer | None = None,
    *,
    typed: bool = True,
) -> bool:
    """Give, extend or take away the budget of this session.

    Only in a worker: less than what is spent already is asked about.

    Args:
        chat: The chat.
        session: The open session.
        amount: The budget, or more of it, or none.
        save: The layer whose file keeps it too.
        typed: Whether the user typed it just now: what refuses it goes with the next key.

    Returns:
        Whether anything was changed.
    """
    try:
        events = await _budget_events(chat, session, amount)
    except BudgetRefused as refusal:
        if typed:
            chat.show_input_error(str(refusal))
        else:
            chat.show_notice(str(refusal), "error")
        return False
    if not events:
        return False
    show_cache_cost(chat, session, events)
    await chat.record_events(*events)
    if save is not None:
        await _save(chat, session, amount, save)
    return True


async def change_scope(
    chat: "ChatScreen", session: "OpenSession", scope: Scope, save: Layer | None = None
) -> None:
    """Let one budget cover the whole session, or give each prompt its own.

    Args:
        chat: The chat.
        session: The open session.
        scope: What one grant stretches over.
        save: The layer whose file keeps it too.
    """
    envelope = session.state.envelope
    if envelope is None:
        chat.show_input_error("There is no budget. Set one first, for example /budget 200k.")
        return
    try:
        events = await _token_budget_events(chat, session, envelope.grant, scope, "/budget scope")
    except BudgetRefused as refusal:
        chat.show_input_error(str(refusal))
        return
    show_cache_cost(chat, session, events)
    await chat.record_events(*events)
    if save is not None and events:
        await save_setting(chat, session, SETTINGS_BY_KEY["budget_scope"], scope, save)


async def change_team_pool(
    chat: "ChatScreen", session: "OpenSession", amount: Tokens | MoreTokens
) -> None:
    """Give the agents of this session another pool, or more of it.

    Args:
        chat: The chat.
        session: The open session.
        amount: The pool, or what is added.
    """
    try:
        event = budget_requests.change_pool(session.state, session.settings.caps, amount)
    except BudgetRefused as refusal:
        chat.show_input_error(str(refusal))
        return
    await chat.record_events(event)
    pool = session.state.team.pool
    chat.show_notice(f"The team's pool: {pool.free:,} free of {pool.granted:,} tokens.")


def show_cache_cost(chat: "ChatScreen", session: "OpenSession", events: Sequence[ev.Event]) -> None:
    """Say what another budget costs of the prompt cache, before it is given.

    Args:
        chat: The chat.
        session: The open session.
        events: What gives the budget.
    """
    changes = [each for each in events if isinstance(each, ev.BudgetGranted | ev.BudgetExtended)]
    if changes and (price := cache_cost_sentence(session, *changes)):
        chat.show_notice(price, "warning")


async def _budget_events(
    chat: "ChatScreen", session: "OpenSession", amount: Amount
) -> Sequence[ev.Event]:
    """The events of a wish; none where the user thought better of it.

    Raises:
        BudgetRefused: it is not to be had.
    """
    state, caps = session.state, session.settings.caps
    match amount:
        case NoBudget():
            return budget_requests.remove_budget(state, caps, SOURCE)
        case MoreTokens(count=count):
            return [budget_requests.extend_tokens(state, caps, count)]
        case Tokens(count=count):
            return await _token_budget_events(chat, session, count, current_scope(session), SOURCE)
        case Dollars(amount=dollars):
            return await _dollar_limit_events(chat, session, dollars)


async def _token_budget_events(
    chat: "ChatScreen", session: "OpenSession", count: int, scope: Scope, source: str
) -> Sequence[ev.Event]:
    state, caps = session.state, session.settings.caps
    try:
        return [
            budget_requests.grant_tokens(
                state, caps, count, scope, source, minimum=session.minimum_budget
            )
        ]
    except BudgetBelowUsage as below:
        spent, grant = int(below.used), state.grant
        ways = [
            Option(
                "whole",
                f"Give {format_tokens(spent + count)} in all",
                f"the {format_tokens(spent)} used, and {format_tokens(count)} more",
            )
        ]
        if grant is not None and state.envelope and state.envelope.scope == "session":
            ways.append(
                Option(
                    "add",
                    f"Add {format_tokens(count)} to the budget",
                    f"{format_tokens(grant)} becomes {format_tokens(grant + count)}",
                )
            )
        title = f"{format_tokens(spent)} tokens are used already, more than {format_tokens(count)}"
        match await chat.choose(title, [*ways, _KEEP]):
            case "whole":
                least = session.minimum_budget
                return [
                    budget_requests.grant_tokens(
                        state, caps, spent + count, scope, source, minimum=least
                    )
                ]
            case "add":
                return [budget_requests.extend_tokens(state, caps, count)]
            case _:
                return ()


async def _dollar_limit_events(
    chat: "ChatScreen", session: "OpenSession", amount: Decimal
) -> Sequence[ev.Event]:
    state, caps, scope = session.state, session.settings.caps, current_scope(session)
    try:
        return budget_requests.set_dollar_limit(
            state, caps, session.model, amount, scope, SOURCE, minimum=session.minimum_budget
        )
    except BudgetBelowUsage as below:
        whole = (below.used + amount).quantize(Decimal("0.01"), ROUND_CEILING)
        way = Option(
            "whole",
            f"Allow ${whole:,.2f} in all",
            f"the ${below.used:,.2f} spent, and ${amount:,.2f} more",
        )
        title = f"${below.used:,.2f} are spent already, more than ${amount:,.2f}"
        if await chat.choose(title, [way, _KEEP]) != "whole":
            return ()
        return budget_requests.set_dollar_limit(
            state, caps, session.model, whole, scope, SOURCE, minimum=session.minimum_budget
        )


_KEEP = Option("keep", "Leave it as it is", "nothing changes")


def current_scope(session: "OpenSession") -> Scope:
    """What a new grant stretches over: as the one there is, else as the settings say."""
    envelope = session.state.envelope
    return envelope.scope if envelope else session.resolved.settings.budget_scope


async def _save(chat: "ChatScreen", session: "OpenSession", amount: Amount, save: Layer) -> None:
    match amount:
        case Tokens(count=count):
            await save_setting(chat, session, SETTINGS_BY_KEY["task_budget"], count, save)
        case Dollars(amount=dollars):
            await save_setting(chat, session, SETTINGS_BY_KEY["limits.dollars"], dollars, save)
        case _:
            pass
