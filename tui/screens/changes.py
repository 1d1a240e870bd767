"""What a change of model or effort costs: the conversation read anew instead of from the cache."""

from decimal import Decimal
from typing import TYPE_CHECKING

from tui.widgets.numbers import dollars, tokens

if TYPE_CHECKING:
    from tui.agent.opened import Opened


def effort_note(opened: "Opened") -> str:
    """What another effort costs; empty where it costs nothing.

    Models that can be told of it in the conversation keep their cache (Messages API, effort
    within a conversation).
    """
    return "" if opened.model.per_turn_effort else rebuild_note(opened)


def rebuild_note(opened: "Opened") -> str:
    """What throwing the conversation out of the prompt cache costs; empty while it is empty."""
    context = opened.state.context
    if not context:
        return ""
    price = rebuild_price(opened)
    if price is None:
        return f"≈ {tokens(context)} tokens re-read uncached"
    return f"≈ {dollars(price)} to re-read {tokens(context)} tokens"


def rebuild_price(opened: "Opened") -> Decimal | None:
    """Dollars for reading the whole context anew instead of from the cache."""
    from tui.claude.pricing import rates_for
    from tui.screens.moments import today

    context = opened.state.context
    rates = rates_for(opened.model, today(opened.driver.means.now()), context)
    if rates is None:
        return None
    return context * (rates.cache_write_5m - rates.cache_read) / 1_000_000
