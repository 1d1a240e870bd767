"""Sentences about what it costs to write the prompt cache again: tokens and dollars.

The amounts come from `tui.agent.cache_cost`; here they become words. Where nothing is lost, the
text is empty.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.number_format import (
    count_with_noun,
    format_countdown,
    format_dollars,
    format_duration,
    format_extra_dollars,
    format_tokens,
    mark_estimate,
)

if TYPE_CHECKING:
    from decimal import Decimal

    from tui.agent.cache_cost import Change
    from tui.agent.open_session import OpenSession
    from tui.claude.cache_price import RewriteCost

FREE_CACHE_WARM = "free: the prompt cache stays warm"
FREE_CACHE_COLD = "free: the prompt cache is cold"
FREE_REWRITTEN_ANYWAY = "free: the next prompt writes it again in any case"


def loss_words(loss: "RewriteCost") -> str:
    """`≈ $0.20 more (41k tokens written again)`; empty where nothing is."""
    if not loss:
        return ""
    more = "" if loss.dollars is None else " more"
    count = mark_estimate(format_tokens(loss.tokens), loss.estimated)
    return f"{format_extra_dollars(loss.dollars)}{more} ({count} tokens written again)"


def without_count(words: str) -> str:
    """The price of `loss_words` alone: `≈ $0.20 more`."""
    return words.partition(" (")[0]


def effort_change_note(opened: "OpenSession") -> str:
    """What another effort costs from the next prompt on; empty while there is no cache."""
    from tui.session.events import EffortChanged

    model = opened.model
    now = model.effort(opened.state.effort)
    other = next((level for level in model.efforts if level != now), None)
    return _note(opened, EffortChanged(effort=other)) if other else ""


def switch_words(opened: "OpenSession", model: str, effort: str | None) -> str:
    """What going on with `model` at `effort` costs now; which they are where nothing changes.

    Args:
        opened: The session.
        model: Id of a model.
        effort: The level that it is to work at; None where it has none.
    """
    from tui.session.events import EffortChanged, ModelChanged

    wanted = opened.catalogue.model(model)
    if model == opened.state.model and effort == wanted.effort(opened.state.effort):
        return f"{wanted.name} works in this session"
    change = (
        ModelChanged(model=model, effort=effort)
        if model != opened.state.model
        else EffortChanged(effort=effort or "")
    )
    loss = opened.cache_costs.rewrite(change, prompt=True)
    if not loss:
        return "switching now costs nothing: the prompt cache holds nothing that it would lose"
    count = mark_estimate(format_tokens(loss.tokens), loss.estimated)
    dollars = format_extra_dollars(loss.dollars)
    return f"switching now writes {count} tokens to the cache: {dollars}"


def _note(opened: "OpenSession", change: "Change") -> str:
    state, costs = opened.state, opened.cache_costs
    if not state.prompt_cache.cached_tokens or state.prompt_cache.only_read:
        return ""
    if said := loss_words(costs.rewrite(change, prompt=True)):
        return said
    if state.prompt_cache.lost(opened.now()) != "nothing":
        return FREE_CACHE_COLD
    return FREE_CACHE_WARM if costs.invalidated(prompt=True) == "nothing" else FREE_REWRITTEN_ANYWAY


def cache_cost_sentence(opened: "OpenSession", *changes: "Change") -> str:
    """What `changes` cost with the next request, as a sentence; empty where they cost nothing.

    Call it before they are recorded: it compares them with the state as it is.
    """
    from tui.agent.cache_cost import rewrite_cost_sentence
    from tui.session.events import BudgetExtended, BudgetGranted

    at_once = all(isinstance(change, BudgetExtended | BudgetGranted) for change in changes)
    at_once = at_once and opened.state.turn_open
    loss = opened.cache_costs.rewrite(*changes, prompt=not at_once)
    if not loss:
        return ""
    scoped = [each.scope for each in changes if isinstance(each, BudgetGranted) and each.total]
    who = "The next request" if at_once else "Your next prompt"
    if scoped[-1:] == ["turn"]:
        who = "Each prompt from the next one on"
    return rewrite_cost_sentence(who, loss)


def rewind_note(opened: "OpenSession", keep: int) -> str:
    """What going back to the first `keep` messages costs of the cache; empty while it is little."""
    loss = _rewind_loss(opened, keep)
    return loss_words(loss) if loss else ""


def rewind_sentence(opened: "OpenSession", keep: int) -> str:
    """The same as a sentence; call it before the rewind."""
    from tui.agent.cache_cost import rewrite_cost_sentence

    loss = _rewind_loss(opened, keep)
    return rewrite_cost_sentence("Your next prompt", loss) if loss else ""


def _rewind_loss(opened: "OpenSession", keep: int) -> "RewriteCost | None":
    from tui.session.prompt_cache import MIN_MISSED_TOKENS

    loss = opened.cache_costs.rewind(keep)
    return loss if loss.tokens >= MIN_MISSED_TOKENS else None


def cold_cache_sentence(opened: "OpenSession", *, sent: bool = False) -> str:
    """What the next prompt costs more because the cache is cold or no longer fits; empty else.

    It also says what `/compact` would save, which has to read everything once itself.

    Args:
        opened: The session.
        sent: Whether that prompt is on its way: shortening comes too late for it.
    """
    from tui.agent.cache_cost import rewrite_cost_sentence
    from tui.session.prompt_cache import MIN_MISSED_TOKENS

    state, costs = opened.state, opened.cache_costs
    loss = costs.resend()
    if loss.tokens < MIN_MISSED_TOKENS:
        return ""
    since = opened.now() - (state.prompt_cache.cold_at(state.prompt_cache.last_used) or 0.0)
    if costs.invalidated() == "all":
        why = "The prompt cache belongs to another model"
    elif state.prompt_cache.emptied is not None:
        why = "The simulator was started again, and its prompt cache is empty"
    elif since > 0:
        why = f"The prompt cache has been cold for {format_duration(since)}"
    else:
        why = "The prompt cache was written with another budget or effort"
    if sent:
        return f"{why}: {rewrite_cost_sentence('this prompt', loss)}"
    return f"{why}: {rewrite_cost_sentence('your next prompt', loss)}{_compaction_sentence(opened)}"


def cache_status_sentences(opened: "OpenSession") -> str:
    """The state of the prompt cache: warm for how long, what it costs then, how often missed."""
    from tui.agent.cache_cost import rewrite_cost_sentence
    from tui.claude.cache_price import cold_cost

    state, now = opened.state, opened.now()
    warmth, until = state.prompt_cache, state.prompt_cache.cold_at(now)
    if until is None:
        said = "The prompt cache holds nothing of the conversation yet."
    elif until <= now:
        said = cold_cache_sentence(opened) or "The prompt cache is cold."
    else:
        said = f"The prompt cache stays warm for {format_countdown(until - now)}"
        if changed := opened.cache_costs.resend():
            cost = rewrite_cost_sentence("your next prompt", changed)
            said += f", but what is sent has changed: {cost}"
        else:
            later = cold_cost(warmth, opened.catalogue.model(warmth.model))
            said += f". {rewrite_cost_sentence('After that the next request', later)}"
    if not warmth.misses:
        return said
    often = count_with_noun(warmth.misses, "time")
    again = f"{format_tokens(warmth.missed)} tokens were written again"
    return f"{said} The cache was missed {often} in this session: {again}."


def _compaction_sentence(opened: "OpenSession") -> str:
    """What a summary would save with every request after it, and when the cache is cold."""
    from tui.agent.compaction_cost import tokens_saved_by_summary
    from tui.agent.compaction_policy import TYPICAL_SUMMARY_TOKENS
    from tui.claude.cache_price import cache_read_price, cold_cost

    state = opened.state
    saved = tokens_saved_by_summary(state)
    if saved < TYPICAL_SUMMARY_TOKENS:
        return ""
    model = opened.catalogue.model(state.prompt_cache.model)
    shorter = (
        f" /compact now: same cost once, then each request ≈ {format_tokens(saved)} tokens shorter"
    )
    each = cache_read_price(saved, model, state.prompt_cache)
    cold = cold_cost(state.prompt_cache, model)
    if each is None or cold.dollars is None or not cold:
        return f"{shorter}."
    usual, later = _saving(each), _saving(cold.dollars * saved / cold.tokens)
    return f"{shorter} (saves {usual} each, {later} when the cache is cold)."


def _saving(amount: "Decimal") -> str:
    """`≈ $0.10`, `under $0.01`."""
    return mark_estimate(format_dollars(amount)).replace("<", "under ")


@dataclass(frozen=True, slots=True)
class CacheStake:
    """What waiting for an answer costs, by the prompt cache."""

    until: float
    """When the cache goes cold, in seconds of the pane's clock."""
    price: str
    """What going on costs then: `≈ $0.20 more (41k tokens written again)`."""
    extending: str = ""
    """What an extension costs even before that; empty where it costs nothing."""


def cache_stake(
    opened: "OpenSession", steady: float, *, extends: bool = False
) -> CacheStake | None:
    """What waiting with the answer to a question costs by the cache; None where it costs nothing.

    Args:
        opened: The session.
        steady: The time of the pane's clock, in seconds.
        extends: Whether an answer may change the budget that the model sees.
    """
    from tui.claude.cache_price import cold_cost
    from tui.session.events import BudgetExtended
    from tui.session.prompt_cache import MIN_MISSED_TOKENS

    state, now = opened.state, opened.now()
    until = state.prompt_cache.cold_at(now)
    if until is None:
        return None
    then = cold_cost(state.prompt_cache, opened.catalogue.model(state.prompt_cache.model))
    loss = then if until > now else opened.cache_costs.resend()
    if loss.tokens < MIN_MISSED_TOKENS:
        return None
    extending = ""
    if extends and state.envelope is not None:
        extending = loss_words(opened.cache_costs.rewrite(BudgetExtended(by=1)))
    return CacheStake(steady + until - now, loss_words(loss), extending)
