"""Offers between two turns: a bigger budget for a model that stopped for its own, and room to
continue.

What is offered is the same as the commands that could be typed: `/budget 75k` and the
prompt again, `/budget +25k` and "continue".
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.agent.caps import granted_most
from tui.budget.outlook import more_to_finish
from tui.budget.stages import Stage
from tui.session.own_report import to_finish
from tui.widgets.numbers import tokens
from tui.widgets.offer_prompt import Offer

if TYPE_CHECKING:
    from tui.agent.opened import Opened
    from tui.screens.chat import ChatScreen

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
    missing, rest = _missing(opened)
    if not missing:
        return None
    state, caps = opened.state, opened.driver.means.caps
    most, grant = granted_most(caps), _grant(opened)
    amount = missing if most is None else min(missing, most - grant)
    left = tokens(max(0, _left(opened)))
    needed = f"≈ {tokens(rest)} tokens to finish, and the wrap-up" if rest else "The work goes on"
    if amount <= 0:
        return f"{needed}: {left} left. {caps['task_budget'].sentence}"
    fresh = state.envelope is not None and state.envelope.scope == "turn"

    async def take(chat: "ChatScreen", by: int) -> None:
        await _give(chat, str(grant + by) if fresh else f"+{by}", CONTINUE)

    offer = Offer(
        sentence=f"{needed}: {left} left of {tokens(state.grant or 0)} is too little.",
        amount=amount,
        take="add {} and continue",
        what="for each prompt" if fresh else f"{tokens(grant + amount)} in all",
    )
    return Pending(offer, take)


async def _give(chat: "ChatScreen", budget: str, prompt: str) -> None:
    """Do what was typed, had it been typed: a budget, and a prompt."""
    from tui.screens.acts.granting import change_budget  # the acts make offers

    if await change_budget(chat, budget):
        chat.submit(prompt)


def _missing(opened: "Opened") -> tuple[int, int | None]:
    """Tokens to add before continuing, and what the rest of the work will take."""
    state, thresholds = opened.state, opened.driver.means.thresholds
    rest = to_finish(state)
    if state.envelope is None:
        return 0, rest
    if rest is not None:
        grant, left = _grant(opened), _left(opened)
        return more_to_finish(rest, left=left, grant=grant, thresholds=thresholds), rest
    meter = opened.meters().budget
    fresh = state.envelope.scope == "turn"
    if meter is None or fresh or meter.stage < Stage.LANDING:
        return 0, None
    return max(20_000, meter.grant // 4_000 * 1_000), None


def _grant(opened: "Opened") -> int:
    """What the next prompt is granted."""
    envelope = opened.state.envelope
    if envelope is None:
        return 0
    return envelope.base if envelope.scope == "turn" else envelope.grant


def _left(opened: "Opened") -> int:
    """What the next prompt begins with."""
    envelope = opened.state.envelope
    if envelope is None or envelope.scope == "turn":
        return _grant(opened)
    return opened.state.left or 0
