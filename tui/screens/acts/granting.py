"""Giving a budget, from the words that ask for one: what is refused, what is asked, what is kept.

Whether a wish is had is decided in `tui.agent.grants`; here its sentences are shown, and what
can be meant in two ways is asked.
"""

from collections.abc import Sequence
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING

from tui.agent import grants
from tui.agent.grants import BelowSpent, NotGranted
from tui.budget.wire import Scope
from tui.screens.acts.saving import save_setting
from tui.screens.changes import change_sentence
from tui.session import events as ev
from tui.settings.amounts import (
    Amount,
    AmountError,
    Dollars,
    MoreTokens,
    Off,
    Tokens,
    parse_amount,
)
from tui.settings.problems import Layer
from tui.settings.schema import BY_KEY
from tui.widgets.numbers import tokens
from tui.widgets.option_rows import Option

if TYPE_CHECKING:
    from tui.agent.opened import Opened
    from tui.screens.chat import ChatScreen

SOURCE = "/budget"


async def change_budget(chat: "ChatScreen", words: str, save: Layer | None = None) -> bool:
    """Give, extend or take away the budget of this session.

    Only in a worker: less than what is spent already is asked about.

    Args:
        chat: The chat.
        words: Such as `200k`, `+50k`, `$5`, `off`.
        save: The layer whose file keeps it too.

    Returns:
        Whether anything was changed.
    """
    opened = chat.opened
    if opened is None:
        return False
    try:
        amount = parse_amount(words)
        if save is not None and not isinstance(amount, Tokens | Dollars):
            raise NotGranted(f"Nothing to save: only a whole budget is kept, not {words}.")
        events = await _asked(chat, amount)
    except (AmountError, NotGranted) as refusal:
        chat.say_notice(str(refusal), "error")
        return False
    if not events:
        return False
    say_price(chat, events)
    await chat.record(*events)
    if save is not None:
        await _save(chat, amount, save)
    return True


async def change_scope(chat: "ChatScreen", scope: Scope, save: Layer | None = None) -> None:
    """Let one budget cover the whole session, or give each prompt its own."""
    opened = chat.opened
    if opened is None:
        return
    envelope = opened.state.envelope
    if envelope is None:
        chat.say_notice("There is no budget. Give one first, such as /budget 200k.", "error")
        return
    count = envelope.grant
    try:
        events = await _tokens(chat, count, scope, "/budget scope")
    except NotGranted as refusal:
        chat.say_notice(str(refusal), "error")
        return
    say_price(chat, events)
    await chat.record(*events)
    if save is not None and events:
        await save_setting(chat, BY_KEY["budget_scope"], scope, save)


def say_price(chat: "ChatScreen", events: Sequence[ev.Event]) -> None:
    """Say what another budget costs of the prompt cache, before it is given."""
    changes = [each for each in events if isinstance(each, ev.BudgetGranted | ev.BudgetExtended)]
    if chat.opened is None or not changes:
        return
    if price := change_sentence(chat.opened, *changes):
        chat.say_notice(price, "warning")


async def _asked(chat: "ChatScreen", amount: Amount) -> Sequence[ev.Event]:
    """The events of a wish; none where the user thought better of it.

    Raises:
        NotGranted: it is not to be had.
    """
    opened = chat.opened
    if opened is None:
        return ()
    state, caps = opened.state, opened.driver.means.caps
    match amount:
        case Off():
            return grants.take_away(state, caps, SOURCE)
        case MoreTokens(count=count):
            return [grants.add(state, caps, count)]
        case Tokens(count=count):
            return await _tokens(chat, count, scope_of(opened), SOURCE)
        case Dollars(amount=dollars):
            return await _dollars(chat, opened, dollars)


async def _tokens(chat: "ChatScreen", count: int, scope: Scope, source: str) -> Sequence[ev.Event]:
    opened = chat.opened
    if opened is None:
        return ()
    state, caps = opened.state, opened.driver.means.caps
    try:
        return [grants.give(state, caps, count, scope, source, least=opened.least_budget)]
    except BelowSpent as below:
        spent, grant = int(below.spent), state.grant
        ways = [
            Option(
                "whole",
                f"Give {tokens(spent + count)} in all",
                f"the {tokens(spent)} used, and {tokens(count)} more",
            )
        ]
        if grant is not None and state.envelope and state.envelope.scope == "session":
            ways.append(
                Option(
                    "add",
                    f"Add {tokens(count)} to what there is",
                    f"{tokens(grant)} become {tokens(grant + count)}",
                )
            )
        title = f"{tokens(spent)} tokens are used already, more than {tokens(count)}"
        match await chat.choose(title, [*ways, _KEEP]):
            case "whole":
                least = opened.least_budget
                return [grants.give(state, caps, spent + count, scope, source, least=least)]
            case "add":
                return [grants.add(state, caps, count)]
            case _:
                return ()


async def _dollars(chat: "ChatScreen", opened: "Opened", amount: Decimal) -> Sequence[ev.Event]:
    state, caps, scope = opened.state, opened.driver.means.caps, scope_of(opened)
    try:
        return grants.limit_dollars(
            state, caps, opened.model, amount, scope, SOURCE, least=opened.least_budget
        )
    except BelowSpent as below:
        whole = (below.spent + amount).quantize(Decimal("0.01"), ROUND_CEILING)
        way = Option(
            "whole",
            f"Allow ${whole:,.2f} in all",
            f"the ${below.spent:,.2f} spent, and ${amount:,.2f} more",
        )
        title = f"${below.spent:,.2f} are spent already, more than ${amount:,.2f}"
        if await chat.choose(title, [way, _KEEP]) != "whole":
            return ()
        return grants.limit_dollars(
            state, caps, opened.model, whole, scope, SOURCE, least=opened.least_budget
        )


_KEEP = Option("keep", "Leave it as it is", "nothing changes")


def scope_of(opened: "Opened") -> Scope:
    """What a new grant stretches over: as the one there is, else as the settings say."""
    envelope = opened.state.envelope
    return envelope.scope if envelope else opened.resolved.settings.budget_scope


async def _save(chat: "ChatScreen", amount: Amount, save: Layer) -> None:
    match amount:
        case Tokens(count=count):
            await save_setting(chat, BY_KEY["task_budget"], count, save)
        case Dollars(amount=dollars):
            await save_setting(chat, BY_KEY["limits.dollars"], dollars, save)
        case _:
            pass
