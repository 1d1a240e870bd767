"""Offers between two turns: a bigger budget for a model that stopped for its own, and room to
continue.

What is offered is the same as the commands that could be typed: `/budget 75k` and the
prompt again, `/budget +25k` and "continue".
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.agent.caps import granted_most
from tui.budget.outlook import LEAST, more_to_finish
from tui.session.own_report import enough_in_all, more_to_continue, to_finish
from tui.widgets.numbers import tokens
from tui.widgets.offer_prompt import Offer

if TYPE_CHECKING:
    from tui.agent.opened import Opened
    from tui.screens.chat import ChatScreen

NEW_SESSION = 100_000
"""Tokens offered to a new session where nothing tells what the rest takes."""
CONTINUE = "Continue with what is left in the wrap-up report."


@dataclass(frozen=True, slots=True)
class Pending:
    """An offer, and what is done when it is taken."""

    offer: Offer
    take: Callable[["ChatScreen", int], Awaitable[None]]
    """With the tokens that were chosen; only in a worker."""


def bigger_budget(opened: "Opened", budget: int) -> Pending:
    """A budget of `budget` tokens in place of one that was too small, and what it is for.

    A prompt that was declined at once is asked again; work that was begun goes on.
    """
    state = opened.state
    again = state.last_end is None or state.last_end.reason == "declined"
    prompt = state.prompts[-1] if again and state.prompts else CONTINUE
    grant, left = tokens(state.grant or 0), tokens(max(0, state.left or 0))

    async def take(chat: "ChatScreen", amount: int) -> None:
        await _give(chat, str(amount), prompt)

    if again:
        sentence = f"The model stopped at once: the budget of {grant} is probably too small."
        offer = Offer(sentence, budget, "give {} and ask again", "the same prompt, with more room")
    else:
        sentence = f"The model says that the rest needs more: {left} left of {grant}."
        offer = Offer(sentence, budget, "give {} and continue", "with what is left to do")
    return Pending(offer, take)


def room_to_continue(opened: "Opened") -> Pending | str | None:
    """What continuing the work needs first.

    Returns:
        None where there is room, or no budget; an offer of more; or one sentence, where a cap
        leaves nothing to offer.
    """
    state, means = opened.state, opened.driver.means
    envelope, caps, rest = state.envelope, means.caps, to_finish(state)
    if envelope is None or not more_to_continue(state, means.thresholds):
        return None
    fresh = envelope.scope == "turn"
    grant = envelope.base if fresh else envelope.grant
    amount = (enough_in_all(state, means.thresholds, granted_most(caps)) or grant) - grant
    left = tokens(grant if fresh else max(0, state.left or 0))
    needed = f"≈ {tokens(rest)} tokens to finish, and the wrap-up: " if rest else ""
    if amount <= 0:
        return f"{needed}{left} left. {caps['task_budget'].sentence}"
    too_little = f"{left} left of {tokens(state.grant or 0)} is too little"

    async def take(chat: "ChatScreen", by: int) -> None:
        await _give(chat, str(grant + by) if fresh else f"+{by}", CONTINUE)

    offer = Offer(
        sentence=f"{needed}{too_little}." if rest else f"{too_little} to continue.",
        amount=amount,
        take="add {} and continue",
        what="for each prompt" if fresh else f"{tokens(grant + amount)} in all",
    )
    return Pending(offer, take)


def budget_for_a_new_session(opened: "Opened", prompt: str) -> Pending:
    """A budget for a new session that goes on with the work, and what is asked there.

    Nothing is sent before a budget is given.
    """
    rest, means = to_finish(opened.state), opened.driver.means
    amount = max(NEW_SESSION if rest is None else more_to_finish(rest, left=0, grant=0), LEAST)
    most = granted_most(means.caps)

    async def take(chat: "ChatScreen", by: int) -> None:
        chat.start(None)
        await chat.settled.wait()
        if chat.ready:
            await _give(chat, str(by), prompt)

    needed = f"≈ {tokens(rest)} tokens to finish: " if rest else ""
    return Pending(
        Offer(
            sentence=f"{needed}no budget would limit the new session.",
            amount=amount if most is None else min(amount, most),
            take="give {} and start the new session",
            what="for the rest and its wrap-up" if rest else "",
        ),
        take,
    )


async def _give(chat: "ChatScreen", budget: str, prompt: str) -> None:
    """Do what was typed, had it been typed: a budget, and a prompt."""
    from tui.screens.acts.granting import change_budget  # the acts make offers

    if await change_budget(chat, budget):
        chat.submit(prompt)
