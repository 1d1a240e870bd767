"""What a charged token costs in this session from here on, measured on the work so far.

The price leaves out what is paid once: the first write of system text, tools, memory and prompt to
the prompt cache. Results that wait for the next request are charged already, so the price counts
what it costs to send them. After a switch of the model it uses the rates of the new one.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import NamedTuple

from tui.budget.billing import RecurringUsage
from tui.budget.dollars_to_tokens import MeasuredPrice, measure_price
from tui.claude.catalogue import Model
from tui.claude.pricing import Terms, price, rates_for
from tui.session.state import SessionState

_MILLION = Decimal(1_000_000)


class SessionPrice(NamedTuple):
    """The price of the session's work."""

    measured: MeasuredPrice
    pending_dollars: Decimal
    """Dollars, by estimate, of sending what is charged already and not sent yet."""


def session_price(state: SessionState, model: Model) -> SessionPrice | None:
    """The price of a charged token; None while too few tokens are charged to tell.

    Args:
        state: The session.
        model: The model that goes on.
    """
    day = datetime.fromtimestamp(state.at, UTC).date()
    found = {
        id: _at_rates_of(model, id, recurring, day, state.context)
        for id, recurring in state.bill.recurring.items()
    }
    dollars = {id: amount for id, amount in found.items() if amount is not None}
    ahead = Decimal(0)
    if state.sent_model in dollars:  # what waits is charged to the model that asked for it
        ahead = _pending_dollars(state, model, day)
        dollars[state.sent_model] += ahead
    price = measure_price(dollars, state.ledger.by_model)
    return SessionPrice(price, ahead) if price else None


def _at_rates_of(
    model: Model, id: str, recurring: RecurringUsage, day: date, context: int
) -> Decimal | None:
    """What the requests of model `id` would have cost at the rates of `model`.

    Another tokenizer counts tokens and charged tokens alike, so it changes no ratio.
    """
    if id == model.id:
        return recurring.dollars
    priced = price(recurring.usage, model, Terms(day=day, prompt=context))
    return priced.total if priced else None


def _pending_dollars(state: SessionState, model: Model, day: date) -> Decimal:
    """Dollars for sending the charged text that waits: written once, the rest read again."""
    waiting = sum(state.ledger.tokens(key) for key in state.conversation.pending.keys)
    rates = rates_for(model, day, state.context + waiting)
    if not waiting or rates is None:
        return Decimal(0)
    tokens = waiting * rates.cache_write_5m + state.context * rates.cache_read
    return tokens / _MILLION
