"""Commands about the budget and what was paid."""

from typing import TYPE_CHECKING

from tui.budget.wire import Scope
from tui.screens import pages
from tui.screens.acts.act import act
from tui.screens.acts.saving import save_setting
from tui.session import events as ev
from tui.settings.amounts import (
    AmountError,
    Dollars,
    MoreTokens,
    Off,
    Tokens,
    parse_amount,
    too_small,
)
from tui.settings.assignment import AssignmentError, split_save
from tui.settings.problems import Layer
from tui.settings.schema import BY_KEY
from tui.widgets.numbers import tokens

if TYPE_CHECKING:
    from tui.screens.chat import ChatScreen


@act("budget.show")
async def budget(chat: "ChatScreen", args: str) -> None:
    """Show the budget, or change it."""
    try:
        words, save = split_save(args)
    except AssignmentError as error:
        chat.say_notice(str(error), "error")
        return
    if not words:
        chat.say(pages.budget(chat.figures))
    elif words.split()[0] == "scope":
        await _scope(chat, words.split()[1:])
    else:
        await change_budget(chat, words, save)


async def change_budget(chat: "ChatScreen", words: str, save: Layer | None = None) -> None:
    """Give, extend or take away the budget of this session."""
    try:
        amount = parse_amount(words)
    except AmountError as error:
        chat.say_notice(str(error), "error")
        return
    match amount:
        case Off():
            await chat.record(ev.BudgetGranted(total=None, source="/budget"))
        case MoreTokens(count=count):
            await _extend(chat, count)
        case Tokens(count=count):
            await grant(chat, count, save)
        case Dollars():
            chat.say_notice("A budget in dollars is not supported yet: give tokens.", "error")


async def grant(chat: "ChatScreen", count: int, save: Layer | None = None) -> None:
    """Give the session a budget of `count` tokens."""
    opened = chat.opened
    if opened is None:
        return
    if refusal := too_small(count):
        chat.say_notice(refusal, "error")
        return
    cap = (opened.resolved.caps or {}).get("task_budget")
    if cap is not None and cap.exceeded_by(count):
        chat.say_notice(f"{tokens(count)} is more than allowed: {cap.words}.", "error")
        return
    scope = opened.state.envelope.scope if opened.state.envelope else _scope_setting(chat)
    spent = opened.state.ledger.charged
    if scope == "session" and count < spent:
        chat.say_notice(
            f"This session has already used {tokens(spent)}, more than {tokens(count)}. "
            f"Give more, or add to what is there with /budget +{tokens(count)}.",
            "error",
        )
        return
    await chat.record(ev.BudgetGranted(total=count, scope=scope, source="/budget"))
    if save is not None:
        await save_setting(chat, BY_KEY["task_budget"], count, save)


async def _extend(chat: "ChatScreen", count: int) -> None:
    if chat.opened is None:
        return
    if chat.opened.state.envelope is None:
        chat.say_notice("There is no budget to extend. Give one, such as /budget 200k.", "error")
        return
    await chat.record(ev.BudgetExtended(by=count))


async def _scope(chat: "ChatScreen", words: list[str]) -> None:
    if chat.opened is None:
        return
    envelope = chat.opened.state.envelope
    if words not in (["session"], ["turn"]):
        chat.say_notice("The scope is session or turn: /budget scope turn.", "error")
    elif envelope is None:
        chat.say_notice("There is no budget. Give one first, such as /budget 200k.", "error")
    else:
        scope: Scope = "turn" if words == ["turn"] else "session"
        await chat.record(
            ev.BudgetGranted(total=envelope.grant, scope=scope, source="/budget scope")
        )


def _scope_setting(chat: "ChatScreen") -> Scope:
    return chat.opened.resolved.settings.budget_scope if chat.opened else "session"


@act("budget.extend")
def extend(chat: "ChatScreen", args: str) -> None:
    """Offer the command with a suggestion: the same one that is typed."""
    budget = chat.figures.budget
    suggestion = max(20_000, (budget.grant if budget else 100_000) // 4_000 * 1_000)
    chat.composer.put(f"/budget +{tokens(suggestion)}")


@act("cost.show")
def cost(chat: "ChatScreen", args: str) -> None:
    """What this session cost."""
    chat.say(pages.cost(chat.figures))


@act("usage.show")
def usage(chat: "ChatScreen", args: str) -> None:
    """The five meters."""
    chat.say(pages.usage(chat.figures))


@act("context.show")
def context(chat: "ChatScreen", args: str) -> None:
    """What fills the context window."""
    if chat.opened is not None:
        chat.say(pages.context(chat.opened, chat.figures))


@act("wire.show")
def wire(chat: "ChatScreen", args: str) -> None:
    """The last request as it was sent."""
    from tui.screens.wire_page import wire_page

    if chat.opened is not None:
        chat.say(wire_page(list(chat.opened.driver.means.sent)))


@act("session.compact")
def compact(chat: "ChatScreen", args: str) -> None:
    """Shorten the conversation to a summary."""
    if chat.opened is None or not chat.opened.state.conversation.messages:
        chat.say_notice("There is nothing to shorten yet.")
        return
    context = chat.opened.state.context
    chat.say_notice(f"Shortening the conversation: {tokens(context)} tokens of context.")
    chat.compact(args)
