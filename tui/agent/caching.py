"""The prompt cache and a turn: what keeps it, what it is asked, what is said of a miss."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from tui.agent.means import Means
from tui.claude.cache_price import missed
from tui.claude.catalogue import Model
from tui.session import events as ev
from tui.session.state import SessionState
from tui.session.warmth import PENDING, SAME, UNASKED

_REASONS = {
    "model_changed": "The API says that the model or its speed changed.",
    "system_changed": "The API says that the system text changed.",
    "tools_changed": "The API says that the tools changed.",
    "messages_changed": "The API says that earlier messages changed.",
    "previous_message_not_found": "The API does not know the request before it any more.",
    "unavailable": "The API cannot say why.",
    SAME: "Nothing had changed: the API had let go of it.",
    PENDING: "The API is asked why with the next request.",
    UNASKED: "This server cannot be asked why.",
}
"""Why, by the reason in the event (Messages API, "cache diagnostics")."""


def can_tell_effort(state: SessionState, model: Model) -> bool:
    """Whether another effort can be told in the conversation, so that the cache holds.

    A system message that changes it stands between two turns of the API: not beside results
    (Messages API, "effort within a conversation").
    """
    conversation = state.conversation
    return (
        model.per_turn_effort
        and state.top_effort is not None
        and bool(conversation.messages)
        and not conversation.waiting
        and not conversation.open_calls
    )


def follows(state: SessionState, means: Means) -> str | None:
    """Id of the message whose request the API is to compare the next one with."""
    return state.warmth.follows if means.knows_budgets else None


def asking(state: SessionState, means: Means) -> ev.JSON:
    """The parameter that asks why the cache was missed, if it is.

    It has to be asked each time: the API remembers only requests that asked ("cache
    diagnostics"). Only servers known to be the API, or our simulator, are asked.
    """
    if not means.knows_budgets:
        return {}
    return {"diagnostics": {"previous_message_id": follows(state, means)}}


def misses(state: SessionState, means: Means) -> Iterator[ev.CacheMissed]:
    """What is to be said of the cache after a response; mostly nothing."""
    for miss in state.warmth.untold:
        model = means.catalogue.model(state.warmth.model or state.model)
        price = missed(miss.tokens, model, means.now(), state.warmth.left)
        yield ev.CacheMissed(
            request=miss.request, tokens=miss.tokens, dollars=price, reason=miss.reason
        )


def miss_sentence(missed: Sequence[ev.CacheMissed]) -> str:
    """What is said of misses that follow each other, the reason being that of the last."""
    often = "" if len(missed) == 1 else f" {len(missed)} times"
    tokens = sum(each.tokens for each in missed)
    prices = [each.dollars for each in missed if each.dollars is not None]
    price = "price unknown"
    if len(prices) == len(missed):
        price = f"${sum(prices, Decimal(0)):,.4f} more than reading them"
    word = missed[-1].reason
    reason = _REASONS.get(word, f"The API says: {word}.")
    return f"The prompt cache was missed{often}: {tokens:,} tokens written again, {price}. {reason}"
