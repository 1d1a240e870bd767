"""What it costs to shorten a conversation, said before it is done: tokens, dollars, the cache.

The request that asks for the summary reads the conversation once more, from the prompt cache
as far as it holds it. Afterwards what stands there is of no use: other messages come first.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

from tui.agent.compaction import ASK, compaction_budget, parameter_effort
from tui.agent.compaction_policy import USUAL_SUMMARY, summary_limit
from tui.agent.means import Means
from tui.agent.tools.estimate import estimate_tokens
from tui.claude.pricing import rates_for
from tui.numbers import approximately, dollars, tokens
from tui.session.state import SessionState
from tui.session.warmth import Lost


class CompactionPrice(NamedTuple):
    """What shortening takes, as far as can be told."""

    read: int
    """Tokens of context that are read once more."""
    anew: int
    """Those of them that the prompt cache has not, or not any more, and that are written to it."""
    dollars: Decimal | None
    """Of the request, its summary included; None where no price is known."""
    dropped: int
    """Tokens of the conversation in the prompt cache, which nobody can read afterwards."""


def compaction_price(
    state: SessionState, means: Means, summary: int = USUAL_SUMMARY
) -> CompactionPrice:
    """What shortening the conversation costs now.

    Args:
        state: The session; between two requests.
        means: What a turn works with.
        summary: Tokens the summary takes.
    """
    warmth, now = state.warmth, means.now()
    lost = max(_loses(state, means), warmth.lost(now), key=("nothing", "messages", "all").index)
    kept = {"nothing": warmth.left, "messages": warmth.preamble, "all": 0}[lost]
    preamble = warmth.preamble if lost == "all" else 0
    # The last answer has not been sent yet, and the question comes on top.
    read = state.context_used
    fresh = max(0, read - kept) + estimate_tokens(ASK)
    model = means.catalogue.model(state.model)
    rates = rates_for(model, datetime.fromtimestamp(now, UTC).date(), read)
    amount = None
    if rates is not None:
        written = (fresh - preamble) * rates.cache_write_5m + preamble * rates.cache_write_1h
        amount = (kept * rates.cache_read + written + summary * rates.output) / 1_000_000
    missed = max(0, warmth.left - kept)
    dropped = max(0, warmth.left - warmth.preamble) if lost == "nothing" else 0
    return CompactionPrice(read, missed, amount, dropped)


def compaction_sentence(state: SessionState, means: Means) -> str:
    """The same in one or two sentences.

    `Shortening costs ≈ 2.5k tokens of the budget (8,000 at most) and ≈ $0.05: …`
    """
    price = compaction_price(state, means)
    of_budget = "" if state.envelope is None else " of the budget"
    gone = f", {price.anew:,} of them no longer in the prompt cache," if price.anew else ""
    usual = approximately(tokens(USUAL_SUMMARY))
    said = (
        f"Shortening costs {usual} tokens{of_budget} ({summary_limit(state, means):,} at most) and "
        f"{_about(price.dollars)}: the model reads {price.read:,} tokens once more{gone} and "
        "writes a summary."
    )
    if not price.dropped:
        return said
    return (
        f"{said} The next request writes {usual} tokens to the prompt cache instead of reading "
        f"{tokens(price.dropped)} from it."
    )


def _about(amount: Decimal | None) -> str:
    """An estimated price in words, to the cent."""
    return "dollars that are not known" if amount is None else approximately(dollars(amount))


def _loses(state: SessionState, means: Means) -> Lost:
    """What the request cannot read from the cache, for what changed since the last one."""
    last = next((each for each in reversed(state.requests) if each.purpose != "compaction"), None)
    if last is None:
        return "nothing"
    if last.model != state.model:
        return "all"
    before = last.top_effort or last.effort, last.budget
    now = parameter_effort(state), compaction_budget(state, means)
    return "nothing" if before == now else "messages"
