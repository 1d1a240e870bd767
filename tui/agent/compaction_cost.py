"""What it will cost to shorten a conversation: tokens, dollars, what leaves the cache.

The request that asks for the summary reads the conversation once more, from the prompt cache
as far as it holds it. Afterwards the cached prefix is of no use: other messages come first.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

from tui.agent.compaction_policy import TYPICAL_SUMMARY_TOKENS, CompactionPolicy
from tui.agent.summary_messages import SUMMARY_REQUEST
from tui.agent.turn_context import TurnContext
from tui.agent.turn_request import summary_budget, summary_effort
from tui.budget.token_estimate import estimate_tokens
from tui.budget.wire_budget import WireBudget
from tui.claude.pricing import rates_for
from tui.number_format import format_dollars, format_tokens, mark_estimate
from tui.session.prompt_cache import LostCache
from tui.session.state import SessionState


class CompactionCost(NamedTuple):
    """What shortening takes, as far as can be told."""

    tokens_read: int
    """Tokens of context that are read once more."""
    tokens_rewritten: int
    """Those of them that the prompt cache has not, or not any more, and that are written to it."""
    dollars: Decimal | None
    """Of the request, its summary included; None where no price is known."""
    tokens_dropped: int
    """Tokens of the conversation in the prompt cache, which nobody can read afterwards."""


def compaction_cost(
    state: SessionState, ctx: TurnContext, summary: int = TYPICAL_SUMMARY_TOKENS
) -> CompactionCost:
    """What shortening the conversation costs now.

    Args:
        state: The session; between two requests.
        ctx: What a turn works with.
        summary: Tokens the summary takes.
    """
    warmth, now = state.prompt_cache, ctx.services.now()
    by_server = ctx.settings.compaction_strategy == "server"
    changed = _invalidated_cache(state, summary_budget(state, ctx, by_server=by_server))
    lost = max(changed, warmth.lost(now), key=("nothing", "messages", "all").index)
    kept = {"nothing": warmth.cached_tokens, "messages": warmth.preamble, "all": 0}[lost]
    preamble = warmth.preamble if lost == "all" else 0
    # The last answer has not been sent yet, and the question comes on top.
    read = state.context_used
    fresh = max(0, read - kept) + estimate_tokens(SUMMARY_REQUEST)
    model = ctx.services.catalogue.model(state.model)
    rates = rates_for(model, datetime.fromtimestamp(now, UTC).date(), read)
    amount = None
    if rates is not None:
        written = (fresh - preamble) * rates.cache_write_5m + preamble * rates.cache_write_1h
        amount = (kept * rates.cache_read + written + summary * rates.output) / 1_000_000
    missed = max(0, warmth.cached_tokens - kept)
    dropped = max(0, warmth.cached_tokens - warmth.preamble) if lost == "nothing" else 0
    return CompactionCost(read, missed, amount, dropped)


def tokens_saved_by_summary(state: SessionState) -> int:
    """By how many tokens each request gets shorter once a summary takes the conversation's place.

    Roughly: system text, tools and memory files stay, and so does a summary of typical length.
    """
    told = len(state.preamble.context) // 4 if state.preamble else 0
    sent = state.prompt_cache.cached_tokens or state.context
    fixed = state.prompt_cache.preamble or state.preamble_tokens
    return sent - (fixed + told + TYPICAL_SUMMARY_TOKENS)


def saved_by_summary(state: SessionState, ctx: TurnContext) -> Decimal | None:
    """Dollars that each request costs less after a summary, while the cache is warm.

    None where no price is known.
    """
    day = datetime.fromtimestamp(ctx.services.now(), UTC).date()
    rates = rates_for(ctx.services.catalogue.model(state.model), day, state.context)
    if rates is None:
        return None
    rate = rates.cache_read if state.prompt_cache.cached_tokens else rates.input
    return max(0, tokens_saved_by_summary(state)) * rate / 1_000_000


def compaction_cost_sentence(state: SessionState, ctx: TurnContext) -> str:
    """The same in one or two sentences.

    `Shortening costs ≈ 2.5k tokens of the budget (8,000 at most) and ≈ $0.05: …`
    """
    price = compaction_cost(state, ctx)
    of_budget = "" if state.envelope is None else " of the budget"
    gone = (
        f", {price.tokens_rewritten:,} of them no longer in the prompt cache,"
        if price.tokens_rewritten
        else ""
    )
    most = CompactionPolicy.of(state, ctx).summary_limit
    usual = mark_estimate(format_tokens(TYPICAL_SUMMARY_TOKENS))
    said = (
        f"Shortening costs {usual} tokens{of_budget} ({most:,} at most) and "
        f"{_estimated_dollars(price.dollars)}: the model reads {price.tokens_read:,} tokens "
        f"once more{gone} and "
        "writes a summary."
    )
    if not price.tokens_dropped:
        return said
    return (
        f"{said} The next request writes {usual} tokens to the prompt cache instead of reading "
        f"{format_tokens(price.tokens_dropped)} from it."
    )


def _estimated_dollars(amount: Decimal | None) -> str:
    """An estimated price in words, to the cent."""
    return "dollars that are not known" if amount is None else mark_estimate(format_dollars(amount))


def _invalidated_cache(state: SessionState, budget: WireBudget | None) -> LostCache:
    """What a request with this budget cannot read from the cache, for what changed since."""
    last = next((each for each in reversed(state.requests) if each.purpose != "compaction"), None)
    if last is None:
        return "nothing"
    if last.model != state.model:
        return "all"
    before = last.top_effort or last.effort, last.budget
    now = summary_effort(state), budget
    return "nothing" if before == now else "messages"
