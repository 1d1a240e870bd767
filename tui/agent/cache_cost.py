"""The prompt cache in a turn: what a change of the session costs, and why the API missed it."""

from collections.abc import Sequence
from decimal import Decimal

from tui.agent.turn_context import RunState, TurnContext
from tui.agent.turn_request import announced_budget, effort_parameter
from tui.budget.wire_budget import WireBudget
from tui.claude.cache_price import RewriteCost, full_rewrite_cost, missed_read_price
from tui.claude.catalogue import Model
from tui.claude.request import has_image
from tui.number_format import format_extra_dollars, format_tokens, mark_estimate
from tui.session import events as ev
from tui.session.conversation import Conversation
from tui.session.event_fold import preview
from tui.session.prompt_cache import PENDING, SAME, UNASKED, LostCache
from tui.session.state import SessionState

Change = ev.BudgetGranted | ev.BudgetExtended | ev.EffortChanged | ev.ModelChanged | ev.Rewritten
"""What the user may change between two requests that the cached prefix depends on."""

_REASONS = {
    "model_changed": "The API says that the model or its speed changed.",
    "system_changed": "The API says that the system text changed.",
    "tools_changed": "The API says that the tools changed.",
    "messages_changed": "The API says that earlier messages changed.",
    "previous_message_not_found": "The API no longer knows the request before it.",
    "unavailable": "The API cannot say why.",
    SAME: "The server gave no reason.",
    PENDING: "The next request asks the API why.",
    UNASKED: "This server does not say why.",
}
"""Why, by the reason in the event (Messages API, "cache diagnostics")."""


def can_announce_effort(state: SessionState, model: Model) -> bool:
    """Whether another effort can be told in the conversation, so that the cache holds.

    A system message behind all that was sent changes it (Messages API, "per-message effort").
    """
    spoken = bool(state.conversation.messages)
    return model.per_turn_effort and state.top_effort is not None and spoken


class CacheCosts:
    """What the next request loses of the prompt cache of a session, and why."""

    def __init__(self, state: SessionState, ctx: TurnContext) -> None:
        self._state = state
        self._ctx = ctx
        self._catalogue = ctx.services.catalogue
        self._now = ctx.services.now

    def invalidated(self, *changes: Change, prompt: bool = False, image: bool = False) -> LostCache:
        """What the next request cannot read from the cache, for what changed since the last one.

        Args:
            changes: What is about to be changed; it counts as if it were already.
            prompt: Ask about the first request of the next prompt, even while a turn is open.
            image: Whether an image is sent with it.
        """
        state = self._state
        last = next(
            (each for each in reversed(state.requests) if each.purpose != "compaction"), None
        )
        if last is None:
            return "nothing"
        after = preview(state, *changes)
        under_way = state.turn_open and last.turn == state.turn and not prompt
        # A turn goes on with the model and the effort it began with.
        model = self._catalogue.model(last.model if under_way else after.model)
        if model.id != last.model:
            return "all"
        effort = state.top_effort if under_way else _next_effort(after, model)
        before = last.top_effort or last.effort, last.budget
        now = effort, announced_budget(after, self._ctx, model)
        pictured = _changes_pictures(state.conversation, after.conversation, adds=image)
        changed = now != before or pictured or _budget_changes_with_prompt(after, now[1])
        return "messages" if changed else "nothing"

    def rewrite(self, *changes: Change, prompt: bool = False, image: bool = False) -> RewriteCost:
        """What `changes` make the next request write to the cache, beyond what it writes anyway.

        That is what is cold, and what was lost without them: in scope `turn` each prompt brings
        another budget, whatever else changes. Arguments as those of `invalidated`.
        """
        lost = self.invalidated(*changes, prompt=prompt, image=image)
        anyway = self._of_rewrite(self.invalidated(prompt=prompt), ())
        return self._of_rewrite(lost, changes).minus(anyway)

    def rewind(self, keep: int) -> RewriteCost:
        """What the next prompt writes of what a rewind keeps, and would have read without it.

        With a task budget that is all of it: what was charged leaves the conversation, so another
        value goes over the wire. Else it is little: the last answer that is kept, which was in
        the cache only as a part of what came after it.

        Args:
            keep: How many leading messages stay.
        """
        state, now, rewind = self._state, self._now(), ev.Rewritten(reason="rewind", keep=keep)
        useless = state.prompt_cache.lost(now) != "nothing" or state.prompt_cache.only_read
        if useless or self.invalidated(prompt=True) != "nothing":
            return RewriteCost()
        after = preview(state, rewind)
        kept = self.invalidated(rewind, prompt=True), after.prompt_cache.lost(now)
        readable = (
            after.prompt_cache.cached_tokens
            if kept == ("nothing", "nothing")
            else after.prompt_cache.preamble
        )
        lost = max(0, after.context - readable)
        if not lost:
            return RewriteCost()
        model = self._catalogue.model(state.prompt_cache.model or state.model)
        return RewriteCost(lost, missed_read_price(lost, model, now, after.context))

    def resend(self) -> RewriteCost:
        """What the next request writes if it is sent now: what went cold, and what changed."""
        return self._of_rewrite(self.invalidated(), ())

    def image_sentence(self) -> str:
        """What it costs to send an image with the prompt, as a sentence; empty where it is free.

        The first one of a conversation leaves nothing of its messages readable in the cache, and
        system text and tools as they are (Messages API, "what invalidates the cache").
        """
        loss = self.rewrite(prompt=True, image=True)
        if not loss:
            return ""
        return (
            "With its first picture a conversation loses the prompt cache of its messages. "
            + rewrite_cost_sentence("Your prompt", loss)
        )

    def change_sentence(self, *changes: Change) -> str:
        """What `changes` make the next request of the open turn cost more; empty for nothing."""
        loss = self.rewrite(*changes)
        return rewrite_cost_sentence("The next request", loss) if loss else ""

    def dropped_tokens_notices(self, before: int) -> list[ev.Event]:
        """A notice for a prompt that tells the model of dropped tokens, which costs the cache.

        Args:
            before: Dropped tokens that no request had told of before the prompt.
        """
        state = self._state
        scoped = state.envelope is None or state.envelope.scope == "turn"
        if scoped or not before or state.dropped_tokens:
            return []
        loss = self.resend()
        if not loss:
            return []
        sentence = (
            f"The program now tells the model of {before:,} used tokens that are no longer in the "
            f"conversation. {rewrite_cost_sentence('Your prompt', loss)}"
        )
        return [ev.NoticeShown(sentence=sentence)]

    def miss_events(self) -> list[ev.Event]:
        """The events about the cache after a response; mostly none."""
        cache = self._state.prompt_cache
        model = self._catalogue.model(cache.model or self._state.model)
        return [
            ev.CacheMissed(
                request=miss.request,
                tokens=miss.tokens,
                dollars=missed_read_price(miss.tokens, model, self._now(), cache.cached_tokens),
                reason=miss.reason,
            )
            for miss in cache.unreported_misses
        ]

    def _of_rewrite(self, lost: LostCache, changes: Sequence[Change]) -> RewriteCost:
        state, warmth = self._state, self._state.prompt_cache
        model = self._catalogue.model(warmth.model or state.model)
        if warmth.only_read:
            return RewriteCost()
        after = preview(state, *changes)
        reader = self._catalogue.model(after.model) if lost == "all" else None
        thinking = _cached_thinking(state)
        return full_rewrite_cost(warmth, model, self._now(), lost, reader, thinking=thinking)


def rewrite_cost_sentence(who: str, loss: RewriteCost) -> str:
    """`The next request costs ≈ $0.20 more: it writes 41k tokens to the prompt cache again.`

    Args:
        who: What writes them, such as `your next prompt`.
        loss: What is written that could have been read.
    """
    count = mark_estimate(format_tokens(loss.tokens), loss.estimated)
    again = f"{count} tokens to the prompt cache again"
    if loss.dollars is None:
        return f"{who} writes {again}, price unknown."
    return f"{who} costs {format_extra_dollars(loss.dollars)} more: it writes {again}."


def _cached_thinking(state: SessionState) -> int:
    """Tokens of thinking that the last request left in the cache: all but the last answer's."""
    sent = state.conversation.messages
    if sent and sent[-1].role == "assistant":
        sent = sent[:-1]
    return sum(
        state.budget_account.thinking.get(key, 0) for message in sent for key in message.keys
    )


def _changes_pictures(now: Conversation, after: Conversation, *, adds: bool) -> bool:
    """Whether a conversation has images only now, or only later.

    Args:
        now: The conversation.
        after: What it becomes.
        adds: Whether an image comes to that.
    """
    if after is now and not adds:  # no need to look through all of it
        return False
    return _has_image(now) != (adds or _has_image(after))


def _has_image(conversation: Conversation) -> bool:
    waiting = conversation.pending.to_message()
    return has_image({"content": each.content} for each in (*conversation.messages, waiting))


def _next_effort(state: SessionState, model: Model) -> str | None:
    """The effort in the parameters of the next turn's first request."""
    effort = model.effort(state.effort)
    if can_announce_effort(state, model):
        return state.top_effort
    return effort_parameter(state, effort)


def _budget_changes_with_prompt(state: SessionState, budget: WireBudget | None) -> bool:
    """Whether the next prompt brings another wire value: in scope `turn` it does, each time."""
    scoped = state.envelope is not None and state.envelope.scope == "turn"
    return scoped and budget is not None and not state.turn_open


def previous_message_id(state: SessionState, run: RunState) -> str | None:
    """Id of the message whose request the API is to compare the next one with."""
    return state.prompt_cache.previous_message_id if asks_cache_diagnostics(run) else None


def cache_diagnostics_parameter(state: SessionState, run: RunState) -> ev.JSON:
    """The parameter that asks why the cache was missed, if it is.

    It has to be asked each time: the API remembers only requests that asked ("cache
    diagnostics"). Only servers known to be the API, or our simulator, are asked.
    """
    if not asks_cache_diagnostics(run):
        return {}
    return {"diagnostics": {"previous_message_id": previous_message_id(state, run)}}


def asks_cache_diagnostics(run: RunState) -> bool:
    """Whether requests ask the server why its cache was missed."""
    return run.server_supports_task_budget and run.cache_diagnostics_enabled


def cache_miss_sentence(missed: Sequence[ev.CacheMissed]) -> str:
    """A sentence about misses that follow each other, with the reason of the last."""
    often = "" if len(missed) == 1 else f" {len(missed)} times"
    again = sum(each.tokens for each in missed)
    prices = [each.dollars for each in missed if each.dollars is not None]
    price = "price unknown"
    if len(prices) == len(missed):
        price = f"${sum(prices, Decimal(0)):,.4f} more than reading them"
    word = missed[-1].reason
    reason = _REASONS.get(word, f"The API says: {word}.")
    return f"The prompt cache was missed{often}: {again:,} tokens written again, {price}. {reason}"
