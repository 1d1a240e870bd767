"""Offers between two turns: a bigger budget for a model that stopped for its own, and room to
continue.

What is offered is the same as the commands that could be typed: `/budget 75k` and the
prompt again, `/budget +25k` and "continue".
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.agent.effective_limits import max_grant
from tui.agent.session_price import session_price
from tui.budget.forecast import MIN_EXTENSION, extension_to_finish
from tui.budget.stages import reserve
from tui.number_format import format_tokens
from tui.reports.landing_block import LandingBlock, has_landing_block, landing_block
from tui.session.fallback_report import (
    landing_figures,
    more_to_finish_work,
    sufficient_budget,
    tokens_to_finish,
)
from tui.session.wrapup import WrapUp
from tui.settings.amounts import Amount, MoreTokens, Tokens
from tui.widgets.offer_question import Offer

if TYPE_CHECKING:
    from tui.agent.open_session import OpenSession
    from tui.screens.session_chat import SessionChat

NEW_SESSION_TOKENS = 100_000
"""Tokens offered to a new session where nothing tells what the rest takes."""
CONTINUE_PROMPT = "Continue with what is left in the wrap-up report."


@dataclass(frozen=True, slots=True)
class PendingOffer:
    """An offer, and what is done when it is taken."""

    offer: Offer
    accept: Callable[["SessionChat", int], Awaitable[None]]
    """With the tokens that were chosen; only in a worker."""


def offer_bigger_budget(opened: "OpenSession", budget: int) -> PendingOffer:
    """A budget of `budget` tokens in place of one that was too small, and what it is for.

    A prompt that was declined at once is asked again; work that was begun goes on.
    """
    state = opened.state
    again = state.last_end is None or state.last_end.reason == "declined"
    prompt = state.prompts[-1] if again and state.prompts else CONTINUE_PROMPT
    grant, left = format_tokens(state.grant or 0), format_tokens(max(0, state.left or 0))

    async def take(chat: "SessionChat", amount: int) -> None:
        await _grant_and_submit(chat, Tokens(amount), prompt)

    if again:
        sentence = f"The model stopped at once: the budget of {grant} is probably too small."
        offer = Offer(sentence, budget, "give {} and ask again", "the same prompt, with more room")
    else:
        sentence = f"The model says that the rest needs more: {left} left of {grant}."
        offer = Offer(sentence, budget, "give {} and continue", "with what is left to do")
    return PendingOffer(offer, take)


def offer_to_continue(opened: "OpenSession") -> PendingOffer | str | None:
    """What continuing the work needs first.

    Returns:
        None where there is room, or no budget; an offer of more; or one sentence, where a cap
        leaves nothing to offer.
    """
    state, settings = opened.state, opened.settings
    envelope, caps, rest = state.envelope, settings.caps, tokens_to_finish(state)
    if envelope is None:
        return None
    fresh = envelope.scope == "turn"
    grant = envelope.base if fresh else envelope.grant
    needs_more = more_to_finish_work(state, settings.thresholds) > 0
    asked_for = _asked_for_by_model(opened)
    if not needs_more and asked_for <= grant:
        return None
    enough = sufficient_budget(state, settings.thresholds, max_grant(caps)) or grant
    amount = max(enough, asked_for) - grant
    left = format_tokens(grant if fresh else max(0, state.left or 0))
    needed = f"The rest needs ≈ {format_tokens(rest)} tokens and the wrap-up: " if rest else ""
    if not needs_more:
        needed = "The model says that the rest needs more: "
    usable = _usable(opened)

    async def take(chat: "SessionChat", by: int) -> None:
        if not by:
            chat.submit(CONTINUE_PROMPT)
            return
        budget = Tokens(grant + by) if fresh else MoreTokens(by)
        await _grant_and_submit(chat, budget, CONTINUE_PROMPT)

    if amount <= 0:
        sentence = f"{needed}{left} left. {caps['task_budget'].sentence}"
        return PendingOffer(Offer(sentence, 0, "", without=usable), take) if usable else sentence
    too_little = f"{left} left of {format_tokens(state.grant or 0)} is too little"

    offer = Offer(
        sentence=f"{needed}{too_little}." if needed else f"{too_little} to continue.",
        amount=amount,
        take="add {} and continue",
        what="for each prompt" if fresh else f"{format_tokens(grant + amount)} in all",
        without=usable,
    )
    return PendingOffer(offer, take)


def _asked_for_by_model(opened: "OpenSession") -> int:
    """The budget that should do, where the model ended the last turn for want of tokens; else 0."""
    end, most = opened.state.last_end, max_grant(opened.settings.caps)
    if end is None or end.budget is None or end.reason == "declined":
        return 0
    return end.budget if most is None else min(end.budget, most)


def _usable(opened: "OpenSession") -> str:
    """Working with what is left above the reserve, in words; empty where that is nothing."""
    state, envelope = opened.state, opened.state.envelope
    if envelope is None:
        return ""
    left = envelope.base if envelope.scope == "turn" else state.left or 0
    kept = reserve(envelope.grant, opened.settings.thresholds)
    return f"work with the {format_tokens(left)} left" if left > kept else ""


def limit_progress(opened: "OpenSession") -> LandingBlock:
    """How far the work is at a reached limit, and what is left."""
    price = session_price(opened.state, opened.model)
    figures = landing_figures(opened.state, WrapUp())
    return landing_block("paused", figures, price=price.measured if price else None)


def waiting_landing(opened: "OpenSession") -> LandingBlock | None:
    """The landing block of a session that nobody works on; None where its last turn left none."""
    state = opened.state
    end, report = state.last_end, state.last_wrap_up
    if state.turn_open or end is None or report is None or end.turn != state.turn:
        return None
    figures = landing_figures(state, report)
    if not has_landing_block(end.reason, figures):
        return None
    needed = offer_to_continue(opened)
    price = session_price(state, opened.model)
    return landing_block(
        end.reason,
        figures,
        price=price.measured if price else None,
        more=needed.offer.amount if isinstance(needed, PendingOffer) else 0,
    )


def offer_for_new_session(opened: "OpenSession", prompt: str) -> PendingOffer:
    """A budget for a new session that goes on with the work, and what is asked there.

    Nothing is sent before a budget is given.
    """
    rest = tokens_to_finish(opened.state)
    amount = max(
        NEW_SESSION_TOKENS if rest is None else extension_to_finish(rest, left=0, grant=0),
        MIN_EXTENSION,
    )
    most = max_grant(opened.settings.caps)

    async def take(chat: "SessionChat", by: int) -> None:
        chat.open_session(None)
        await chat.opening_done.wait()
        if chat.session_ready:
            await _grant_and_submit(chat, Tokens(by), prompt)

    unlimited = "no budget would limit the new session."
    needed = f"≈ {format_tokens(rest)} tokens to finish: {unlimited}" if rest else ""
    return PendingOffer(
        Offer(
            sentence=needed or unlimited.capitalize(),
            amount=amount if most is None else min(amount, most),
            take="give {} and start the new session",
            what="for the rest and its wrap-up" if rest else "",
        ),
        take,
    )


async def _grant_and_submit(chat: "SessionChat", budget: Amount, prompt: str) -> None:
    """Give a budget, and submit a prompt if it was given."""
    if chat.session is not None and await chat.host.change_budget(chat.session, budget):
        chat.submit(prompt)
