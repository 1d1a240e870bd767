"""Budgets that people ask for: the events that grant them, or the sentence that refuses them.

The command line and the commands of the screen both come here, so both respect the caps, the API's
minimum and what the session has used.
"""

from datetime import UTC, datetime
from decimal import Decimal

from msgspec import structs

from tui.agent.agent_ends import may_delegate
from tui.agent.budget_visibility import accepts_task_budget, api_announces_budget
from tui.agent.effective_limits import GRANT_KEY, POOL_KEY, cap_value, limit_key
from tui.agent.session_price import SessionPrice, session_price
from tui.agent.turn_context import RunState
from tui.budget.dollars_to_tokens import MIN_CHARGED, budget_for_dollars
from tui.budget.hard_limits import HARD_LIMITS, HardLimits, limit_text
from tui.budget.team_limits import SMALLEST_AGENT
from tui.budget.wire_budget import MIN_TASK_BUDGET, Scope
from tui.claude.catalogue import Model
from tui.claude.pricing import has_price
from tui.number_format import format_dollars, mark_estimate
from tui.session import events as ev
from tui.session.state import SessionState
from tui.settings.amounts import MOST, MoreTokens, Tokens, too_small_reason
from tui.settings.managed import Caps, cap_refusal


class BudgetRefused(Exception):
    """The program refuses a budget that somebody asked for; the text is one sentence for people."""


class BudgetBelowUsage(BudgetRefused):
    """The budget is less than the session has used: ask the user what they meant."""

    def __init__(self, wish: int | Decimal, spent: int | Decimal) -> None:
        """Args:
        wish: The budget asked for: tokens as an integer, dollars as a `Decimal`.
        spent: What the session has used, in the same unit.
        """
        self.requested = wish
        self.used = spent
        if isinstance(wish, int):
            words = f"{spent:,} tokens, more than {wish:,}"
        else:
            words = f"${spent:,.2f}, more than ${wish:,.2f}"
        super().__init__(f"This session has already used {words}.")


def grant_tokens(
    state: SessionState,
    caps: Caps,
    count: int,
    scope: Scope,
    source: str,
    *,
    minimum: int = MIN_TASK_BUDGET,
) -> ev.BudgetGranted:
    """A grant of `count` tokens in all.

    Args:
        state: The session.
        caps: What the organisation caps.
        count: Tokens.
        scope: What it covers.
        source: Who asked for it.
        minimum: The smallest that can be given: less than the API's where it is sent none.

    Raises:
        BudgetRefused: it is too small, or above a cap.
        BudgetBelowUsage: the session has used more than that.
    """
    if refusal := too_small_reason(count, minimum) or cap_refusal(caps, GRANT_KEY, count):
        raise BudgetRefused(refusal)
    spent = state.ledger.charged
    if scope == "session" and count <= spent:
        raise BudgetBelowUsage(count, spent)
    return ev.BudgetGranted(total=count, scope=scope, source=source)


def extend_tokens(state: SessionState, caps: Caps, by: int) -> ev.BudgetExtended | ev.BudgetGranted:
    """`by` tokens more; between two prompts that have a budget each, more for each of them.

    Args:
        state: The session.
        caps: What the organisation caps.
        by: Tokens to add.

    Raises:
        BudgetRefused: there is nothing to add to, or it would be above a cap.
    """
    if state.grant is None:
        raise BudgetRefused("There is no budget to extend. Set one, for example /budget 200k.")
    envelope = state.envelope
    each = envelope is not None and envelope.scope == "turn" and not state.turn_open
    whole = (envelope.base if envelope and each else state.grant) + by
    if refusal := cap_refusal(caps, GRANT_KEY, whole):
        raise BudgetRefused(refusal)
    if each:
        return ev.BudgetGranted(total=whole, scope="turn", source="/budget")
    return ev.BudgetExtended(by=by)


def change_pool(state: SessionState, caps: Caps, amount: Tokens | MoreTokens) -> ev.PoolSet:
    """Another pool for the agents of the session.

    Args:
        state: The session.
        caps: What the organisation caps.
        amount: The pool, or what is added to it.

    Raises:
        BudgetRefused: its model cannot ask for agents, or it is too small, or above a cap.
    """
    if not may_delegate(state):
        raise BudgetRefused(
            "This session began without agents. Start another one with --team 300k, or set "
            "team.pool."
        )
    more = state.team.pool.granted if isinstance(amount, MoreTokens) else 0
    total = more + amount.count
    if refusal := too_small_reason(total, SMALLEST_AGENT) or cap_refusal(caps, POOL_KEY, total):
        raise BudgetRefused(refusal)
    return ev.PoolSet(total=total, source="/budget --team")


def remove_budget(state: SessionState, caps: Caps, source: str) -> list[ev.Event]:
    """The events that remove the budget, and the session's limit in dollars with it.

    Args:
        state: The session.
        caps: What the organisation caps.
        source: Who removes it.

    Raises:
        BudgetRefused: there is a cap, and no budget at all would be above it.
    """
    if refusal := cap_refusal(caps, GRANT_KEY, None):
        raise BudgetRefused(refusal)
    events: list[ev.Event] = [ev.BudgetGranted(total=None, source=source)]
    if state.hard_limits.dollars is not None:
        events.append(ev.LimitSet(limit="dollars", value=None, source=source))
    return events


# Dollars -----------------------------------------------------------------------------


def set_dollar_limit(
    state: SessionState,
    caps: Caps,
    model: Model,
    amount: Decimal,
    scope: Scope,
    source: str,
    *,
    minimum: int = MIN_TASK_BUDGET,
) -> list[ev.Event]:
    """The events of a limit in dollars and of the token budget that follows from it.

    Args:
        state: The session.
        caps: Of the organisation.
        model: The model that goes on.
        amount: Dollars of the whole session.
        scope: What the token budget is for.
        source: Who gives it.
        minimum: Tokens of the smallest budget that whoever tells the model of it accepts.

    Raises:
        BudgetRefused: it is above a cap.
        BudgetBelowUsage: the session has cost more than that.
    """
    if refusal := cap_refusal(caps, limit_key("dollars"), amount):
        raise BudgetRefused(refusal)
    spent = state.bill.dollars or Decimal(0)
    if amount <= spent:
        raise BudgetBelowUsage(amount, spent)
    limit = ev.LimitSet(limit="dollars", value=amount, source=source)
    if not has_price(model, datetime.fromtimestamp(state.at, UTC).date()):
        return [limit, ev.NoticeShown(sentence=_no_price_sentence(model, source))]
    limit, price = structs.replace(limit, budget=scope), session_price(state, model)
    if price is None:
        return [limit, ev.NoticeShown(sentence=unmeasured_price_sentence(amount))]
    return [limit, *_grant_from_dollars(state, caps, limit, price, minimum)]


def pending_dollar_grant(
    state: SessionState, caps: Caps, model: Model, *, minimum: int = MIN_TASK_BUDGET
) -> list[ev.Event]:
    """The token budget of a limit in dollars that was set before its price was known.

    Nothing without such a limit, or while too few tokens are charged to tell the price; else the
    grant, or a notice that only the limit in dollars holds.

    Args:
        state: The session.
        caps: Of the organisation.
        model: The model that goes on.
        minimum: Tokens of the smallest budget that whoever tells the model of it accepts.
    """
    limit = state.pending_dollar_limit
    if limit is None:
        return []
    price = session_price(state, model)
    if price is not None:
        return _grant_from_dollars(state, caps, limit, price, minimum)
    if state.bill.unpriced and state.ledger.charged >= MIN_CHARGED:
        return [
            _without_pending_grant(limit),
            ev.NoticeShown(sentence=_no_price_sentence(model, limit.source)),
        ]
    return []


def unpriced_limit_warning(model: Model, limits: HardLimits, at: float) -> str:
    """A warning that a limit in dollars limits nothing, for a model without a price; else empty.

    Args:
        model: The model that goes on.
        limits: The hard limits in force.
        at: Now, in seconds since the Unix epoch.
    """
    if has_price(model, datetime.fromtimestamp(at, UTC).date()) or limits.dollars is None:
        return ""
    return f"The price of {model.name} is not known, so the limit in dollars cannot be checked."


def unsupported_budget_warning(state: SessionState, model: Model, run: RunState, host: str) -> str:
    """A warning that the model cannot see the budget by itself; empty where it can.

    Args:
        state: The session.
        model: Its model.
        run: What is known of the server.
        host: The server, for the sentence.
    """
    if state.envelope is None or api_announces_budget(state, model, run):
        return ""
    if accepts_task_budget(model, run):
        return (
            f"A budget of {state.grant or 0:,} tokens is under the API's minimum of "
            f"{MIN_TASK_BUDGET:,}, so the API does not count it down: the program tells "
            f"{model.name} in notes what is left."
        )
    if run.server_supports_task_budget:
        return (
            f"{model.name} cannot see a budget by itself: the program tells it in notes what is "
            "left."
        )
    more = f" If {host} passes task budgets on, add it to catalogue.budget_hosts."
    return (
        "On this server the model cannot see a budget by itself: the program tells it in notes "
        "what is left."
    ) + (more if model.task_budget or not model.known else "")


def unmeasured_price_sentence(amount: Decimal) -> str:
    """The sentence about a limit in dollars while the price of the work is not measured."""
    return (
        f"${amount:,.2f} is the hard limit now. The program works out a token budget after "
        f"{MIN_CHARGED:,} used tokens."
    )


def _grant_from_dollars(
    state: SessionState, caps: Caps, limit: ev.LimitSet, price: SessionPrice, least: int
) -> list[ev.Event]:
    amount, scope = limit.value or Decimal(0), limit.budget or "session"
    spent = (state.bill.dollars or Decimal(0)) + price.pending_dollars
    charged = _charged_before(state, scope)
    tokens = min(MOST, budget_for_dollars(amount, price.measured, spent=spent, charged=charged))
    how = _price_explanation(amount, price)
    if tokens < max(1, least):
        kept = f"; the budget of {state.grant:,} tokens stays" if state.grant else ""
        sentence = (
            f"{how} makes {tokens:,} tokens, less than the {least:,} that the API accepts: "
            f"only the limit of ${amount:,.2f} applies{kept}."
        )
        return [_without_pending_grant(limit), ev.NoticeShown(sentence=sentence)]
    cap = cap_value(caps, GRANT_KEY)
    lowered = ""
    if cap is not None and tokens > cap:
        tokens, lowered = int(cap), f", lowered because {caps[GRANT_KEY].description}"
    granted = ev.BudgetGranted(total=tokens, scope=scope, source=limit.source, dollars=amount)
    for_each = "" if scope == "session" else " for each prompt"
    sentence = f"Budget: {tokens:,} tokens{for_each}, computed once: {how}{lowered}."
    return [granted, ev.NoticeShown(sentence=sentence)]


def _charged_before(state: SessionState, scope: Scope) -> int:
    """Tokens that a budget given now is charged with already."""
    if scope == "session":
        return state.ledger.charged
    return state.ledger.by_turn.get(state.turn, 0) if state.turn_open else 0


def _price_explanation(amount: Decimal, price: SessionPrice) -> str:
    """At what price a limit buys tokens, and how that was measured."""
    measured, estimated = price.measured, price.pending_dollars > 0
    million = mark_estimate(f"${measured.per_million:,.2f}", estimated)
    cost = mark_estimate(format_dollars(measured.dollars), estimated)
    return (
        f"${amount:,.2f} at {million} a million tokens, as measured so far "
        f"({cost} for {measured.charged:,}, without the first write to the prompt cache)"
    )


def _without_pending_grant(limit: ev.LimitSet) -> ev.LimitSet:
    """The same limit, from which no budget follows any more."""
    return structs.replace(limit, budget=None)


def _no_price_sentence(model: Model, source: str) -> str:
    """The sentence that a model has no price; it names the way to give a budget in tokens."""
    give = "/budget 200k" if source.startswith("/") else "--budget 200k"
    return (
        f"The price of {model.name} is not known, so a limit in dollars cannot be checked and "
        f"gives no token budget. {give} sets one."
    )


# Resuming ----------------------------------------------------------------------------


def apply_caps(state: SessionState, caps: Caps, scope: Scope) -> tuple[list[ev.Event], list[str]]:
    """What a cap changes in a session that is resumed, and the sentences for the user.

    Args:
        state: The session.
        caps: What the organisation caps.
        scope: What a budget covers where the session had none.
    """
    events: list[ev.Event] = []
    sentences: list[str] = []
    envelope, cap = state.envelope, cap_value(caps, GRANT_KEY)
    grant = None if envelope is None else envelope.grant
    if envelope is not None and envelope.scope == "turn":
        grant, scope = envelope.base, "turn"
    if cap is not None and (grant is None or grant > cap):
        events.append(ev.BudgetGranted(total=int(cap), scope=scope, source="managed"))
        had = "had no budget" if grant is None else f"had a budget of {grant:,} tokens"
        sentences.append(f"This session {had}. {caps[GRANT_KEY].sentence} It applies now.")
    for name in HARD_LIMITS:
        value, key = state.hard_limits.value(name), limit_key(name)
        if value is not None and cap_refusal(caps, key, value):
            had = limit_text(name, value)
            sentences.append(
                f"This session had a limit of {had}. {caps[key].sentence} It applies now."
            )
    return events, sentences
