"""The prompt cache and a turn: what keeps it, what it is asked, what is said of a miss."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from tui.agent.compaction_policy import server_threshold
from tui.agent.means import Means
from tui.agent.telling import api_tells
from tui.budget.wire import WireBudget
from tui.claude.cache_price import Anew, anew, missed
from tui.claude.catalogue import Model
from tui.claude.request import has_image
from tui.numbers import approximately, extra_dollars, tokens
from tui.session import events as ev
from tui.session.conversation import Conversation
from tui.session.state import SessionState
from tui.session.warmth import PENDING, SAME, UNASKED, Lost

Change = ev.BudgetGranted | ev.BudgetExtended | ev.EffortChanged | ev.ModelChanged | ev.Rewritten
"""What the user may change between two requests that the cached prefix depends on."""

_REASONS = {
    "model_changed": "The API says that the model or its speed changed.",
    "system_changed": "The API says that the system text changed.",
    "tools_changed": "The API says that the tools changed.",
    "messages_changed": "The API says that earlier messages changed.",
    "previous_message_not_found": "The API does not know the request before it any more.",
    "unavailable": "The API cannot say why.",
    SAME: "The server gave no reason.",
    PENDING: "The next request asks the API why.",
    UNASKED: "This server cannot be asked why.",
}
"""Why, by the reason in the event (Messages API, "cache diagnostics")."""


def can_tell_effort(state: SessionState, model: Model) -> bool:
    """Whether another effort can be told in the conversation, so that the cache holds.

    A system message behind all that was sent changes it (Messages API, "per-message effort").
    """
    spoken = bool(state.conversation.messages)
    return model.per_turn_effort and state.top_effort is not None and spoken


def told_budget(state: SessionState, means: Means, model: Model) -> WireBudget | None:
    """The task budget that the API tells `model` with a request made now."""
    if not api_tells(state, means, model):
        return None
    return state.wire_budget(by_server=server_threshold(state, means) is not None)


def loses(
    state: SessionState,
    means: Means,
    *changes: Change,
    prompt: bool = False,
    image: bool = False,
) -> Lost:
    """What the next request cannot read from the cache, for what changed since the last one.

    Args:
        state: The session.
        means: What a turn works with.
        changes: What is about to be changed; it counts as if it were already.
        prompt: Ask about the first request of the next prompt, even while a turn is open.
        image: Whether an image is sent with it.
    """
    last = next((each for each in reversed(state.requests) if each.purpose != "compaction"), None)
    if last is None:
        return "nothing"
    after = state.supposing(*changes)
    under_way = state.turn_open and last.turn == state.turn and not prompt
    # A turn goes on with the model and the effort it began with.
    model = means.catalogue.model(last.model if under_way else after.model)
    if model.id != last.model:
        return "all"
    effort = state.top_effort if under_way else _next_effort(after, model)
    before = last.top_effort or last.effort, last.budget
    now = effort, told_budget(after, means, model)
    pictured = _has_image(state.conversation) != (image or _has_image(after.conversation))
    changed = now != before or pictured or _grows(after, now[1])
    return "messages" if changed else "nothing"


def price_of(
    state: SessionState,
    means: Means,
    *changes: Change,
    prompt: bool = False,
    image: bool = False,
) -> Anew:
    """What `changes` make the next request write to the cache, beyond what it writes anyway.

    That is what is cold, and what was lost without them: in scope `turn` each prompt brings
    another budget, whatever else changes. Arguments as those of `loses`.
    """
    lost = loses(state, means, *changes, prompt=prompt, image=image)
    anyway = _anew(state, means, loses(state, means, prompt=prompt), ())
    return _anew(state, means, lost, changes).beyond(anyway)


def rewind_price(state: SessionState, means: Means, keep: int) -> Anew:
    """What the next prompt writes anew of what a rewind keeps, and would have read without it.

    With a task budget that is all of it: what was charged leaves the conversation, so another
    value goes over the wire. Else it is little: the last answer that is kept, which stood in
    the cache only as a part of what came after it.

    Args:
        state: The session.
        means: What a turn works with.
        keep: How many leading messages stay.
    """
    now, rewind = means.now(), ev.Rewritten(reason="rewind", keep=keep)
    useless = state.warmth.lost(now) != "nothing" or state.warmth.only_read
    if useless or loses(state, means, prompt=True) != "nothing":
        return Anew()
    after = state.supposing(rewind)
    kept = loses(state, means, rewind, prompt=True), after.warmth.lost(now)
    readable = after.warmth.left if kept == ("nothing", "nothing") else after.warmth.preamble
    lost = max(0, after.context - readable)
    model = means.catalogue.model(state.warmth.model or state.model)
    return Anew(lost, missed(lost, model, now, after.context)) if lost else Anew()


def price_now(state: SessionState, means: Means) -> Anew:
    """What the next request writes anew if it is sent now: what went cold, and what changed."""
    return _anew(state, means, loses(state, means), ())


def image_sentence(state: SessionState, means: Means) -> str:
    """What it costs to send an image with the prompt, as a sentence; empty where it is free.

    The first one of a conversation leaves nothing of its messages readable in the cache, and
    system text and tools as they are (Messages API, "what invalidates the cache").
    """
    loss = price_of(state, means, prompt=True, image=True)
    if not loss:
        return ""
    return (
        "The first picture of a conversation makes the prompt cache of its messages useless. "
        + written_again("Your prompt", loss)
    )


def change_sentence(state: SessionState, means: Means, *changes: Change) -> str:
    """What `changes` make the next request of the open turn cost more; empty where nothing."""
    loss = price_of(state, means, *changes)
    return written_again("The next request", loss) if loss else ""


def written_again(who: str, loss: Anew) -> str:
    """`The next request costs ≈ $0.20 more: it writes 41k tokens to the prompt cache again.`

    Args:
        who: What writes them, such as `your next prompt`.
        loss: What is written that could have been read.
    """
    count = approximately(tokens(loss.tokens), loss.estimated)
    again = f"{count} tokens to the prompt cache again"
    if loss.dollars is None:
        return f"{who} writes {again}, price unknown."
    return f"{who} costs {extra_dollars(loss.dollars)} more: it writes {again}."


def tells_vanished(state: SessionState, means: Means, before: int) -> Iterator[ev.NoticeShown]:
    """What is said where a prompt tells the model of tokens that vanished, which costs the cache.

    Args:
        state: The session, with the prompt in it.
        means: What a turn works with.
        before: Tokens that had vanished untold before the prompt.
    """
    scoped = state.envelope is None or state.envelope.scope == "turn"
    if scoped or not before or state.vanished:
        return
    loss = price_now(state, means)
    if not loss:
        return
    yield ev.NoticeShown(
        sentence=f"The model is told now of {before:,} tokens that were used and are not in the "
        f"conversation. {written_again('Your prompt', loss)}"
    )


def _anew(state: SessionState, means: Means, lost: Lost, changes: Sequence[Change]) -> Anew:
    catalogue, warmth = means.catalogue, state.warmth
    model = catalogue.model(warmth.model or state.model)
    if warmth.only_read:
        return Anew()
    reader = catalogue.model(state.supposing(*changes).model) if lost == "all" else None
    return anew(warmth, model, means.now(), lost, reader, thinking=_cached_thinking(state))


def _cached_thinking(state: SessionState) -> int:
    """Tokens of thinking that the last request left in the cache: all but the last answer's."""
    sent = state.conversation.messages
    if sent and sent[-1].role == "assistant":
        sent = sent[:-1]
    return sum(state.account.thinking.get(key, 0) for message in sent for key in message.keys)


def _has_image(conversation: Conversation) -> bool:
    waiting = conversation.waiting.message()
    return has_image({"content": each.content} for each in (*conversation.messages, waiting))


def _next_effort(state: SessionState, model: Model) -> str | None:
    """The effort in the parameters of the next turn's first request."""
    effort = model.effort(state.effort)
    told = state.top_effort is not None and state.told_effort == effort
    return state.top_effort if told or can_tell_effort(state, model) else effort


def _grows(state: SessionState, budget: WireBudget | None) -> bool:
    """Whether the next prompt brings another wire value: in scope `turn` it does, each time."""
    scoped = state.envelope is not None and state.envelope.scope == "turn"
    return scoped and budget is not None and not state.turn_open


def follows(state: SessionState, means: Means) -> str | None:
    """Id of the message whose request the API is to compare the next one with."""
    return state.warmth.follows if asks(means) else None


def asking(state: SessionState, means: Means) -> ev.JSON:
    """The parameter that asks why the cache was missed, if it is.

    It has to be asked each time: the API remembers only requests that asked ("cache
    diagnostics"). Only servers known to be the API, or our simulator, are asked.
    """
    if not asks(means):
        return {}
    return {"diagnostics": {"previous_message_id": follows(state, means)}}


def asks(means: Means) -> bool:
    """Whether the server is asked why its cache was missed."""
    return means.knows_budgets and means.asks_why


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
    again = sum(each.tokens for each in missed)
    prices = [each.dollars for each in missed if each.dollars is not None]
    price = "price unknown"
    if len(prices) == len(missed):
        price = f"${sum(prices, Decimal(0)):,.4f} more than reading them"
    word = missed[-1].reason
    reason = _REASONS.get(word, f"The API says: {word}.")
    return f"The prompt cache was missed{often}: {again:,} tokens written again, {price}. {reason}"
