"""What is said of the prompt cache before something throws it away: tokens and dollars.

The amounts come from `tui.agent.caching`; here they become words. Nothing is said where
nothing is lost.
"""

from typing import TYPE_CHECKING

from tui.numbers import approximately, clock, counted, dollars, duration, extra_dollars, tokens

if TYPE_CHECKING:
    from decimal import Decimal

    from tui.agent.caching import Change
    from tui.agent.opened import Opened
    from tui.claude.cache_price import Anew
    from tui.claude.catalogue import Model
    from tui.session.state import SessionState
    from tui.widgets.cache_line import CacheStake

FREE = "free: the prompt cache stays warm"
COLD = "free: the prompt cache is cold"
ANYWAY = "free: the next prompt writes it again in any case"
SUMMARY = 2_500
"""Tokens that are about left of a conversation once a summary stands for it."""


def priced(loss: "Anew") -> str:
    """`≈ $0.20 more (41k tokens written again)`; empty where nothing is."""
    if not loss:
        return ""
    more = "" if loss.dollars is None else " more"
    count = approximately(tokens(loss.tokens), loss.estimated)
    return f"{extra_dollars(loss.dollars)}{more} ({count} tokens written again)"


def effort_note(opened: "Opened") -> str:
    """What another effort costs from the next prompt on; empty while there is no cache."""
    from tui.session.events import EffortChanged

    model = opened.model
    now = model.effort(opened.state.effort)
    other = next((level for level in model.efforts if level != now), None)
    return _note(opened, EffortChanged(effort=other)) if other else ""


def model_note(opened: "Opened", model: "Model") -> str:
    """What going on with `model` costs from the next prompt on; empty while there is no cache."""
    from tui.session.events import ModelChanged

    change = ModelChanged(model=model.id, effort=model.effort(opened.state.effort))
    return _note(opened, change) if model.id != opened.state.model else ""


def _note(opened: "Opened", change: "Change") -> str:
    from tui.agent.caching import loses, price_of

    state, means = opened.state, opened.driver.means
    if not state.warmth.left or state.warmth.only_read:
        return ""
    if said := priced(price_of(state, means, change, prompt=True)):
        return said
    if state.warmth.lost(means.now()) != "nothing":
        return COLD
    return FREE if loses(state, means, prompt=True) == "nothing" else ANYWAY


def change_sentence(opened: "Opened", *changes: "Change") -> str:
    """What `changes` cost with the next request, as a sentence; empty where they cost nothing.

    It is to be said before they are recorded: nothing is sent before that.
    """
    from tui.agent.caching import price_of, written_again
    from tui.session.events import BudgetExtended, BudgetGranted

    state, means = opened.state, opened.driver.means
    at_once = all(isinstance(change, BudgetExtended | BudgetGranted) for change in changes)
    at_once = at_once and state.turn_open
    loss = price_of(state, means, *changes, prompt=not at_once)
    if not loss:
        return ""
    scoped = [each.scope for each in changes if isinstance(each, BudgetGranted) and each.total]
    who = "The next request" if at_once else "Your next prompt"
    if scoped[-1:] == ["turn"]:
        who = "Each prompt from the next one on"
    return written_again(who, loss)


def rewind_note(opened: "Opened", keep: int) -> str:
    """What going back to the first `keep` messages costs of the cache; empty while it is little."""
    loss = _rewound(opened, keep)
    return priced(loss) if loss else ""


def rewind_sentence(opened: "Opened", keep: int) -> str:
    """The same as a sentence, to be said before it is done."""
    from tui.agent.caching import written_again

    loss = _rewound(opened, keep)
    return written_again("Your next prompt", loss) if loss else ""


def _rewound(opened: "Opened", keep: int) -> "Anew | None":
    from tui.agent.caching import rewind_price
    from tui.session.warmth import MATTERS

    loss = rewind_price(opened.state, opened.driver.means, keep)
    return loss if loss.tokens >= MATTERS else None


def cold_sentence(opened: "Opened") -> str:
    """What going on costs because the cache is cold or of no use any more; empty while it is not.

    And what `/compact` would save, which has to read everything once itself.
    """
    from tui.agent.caching import loses, price_now, written_again
    from tui.session.warmth import MATTERS

    state, means = opened.state, opened.driver.means
    loss = price_now(state, means)
    if loss.tokens < MATTERS:
        return ""
    since = means.now() - (state.warmth.until(state.warmth.touched) or 0.0)
    if loses(state, means) == "all":
        why = "The prompt cache belongs to another model"
    elif state.warmth.emptied is not None:
        why = "The simulator was started again, and its prompt cache is empty"
    elif since > 0:
        why = f"The prompt cache has been cold for {duration(since)}"
    else:
        why = "The prompt cache was written with another budget or effort"
    return f"{why}: {written_again('your next prompt', loss)}{_compact(opened)}"


def cache_sentences(opened: "Opened") -> str:
    """How the prompt cache stands: warm for how long, what it costs then, how often missed."""
    from tui.agent.caching import price_now, written_again
    from tui.claude.cache_price import going_cold

    state, now = opened.state, opened.driver.means.now()
    warmth, until = state.warmth, state.warmth.until(now)
    if until is None:
        said = "The prompt cache holds nothing of the conversation yet."
    elif until <= now:
        said = cold_sentence(opened) or "The prompt cache is cold."
    else:
        said = f"The prompt cache stays warm for {clock(until - now)}"
        if changed := price_now(state, opened.driver.means):
            said += f", but what is sent has changed: {written_again('your next prompt', changed)}"
        else:
            later = going_cold(warmth, opened.catalogue.model(warmth.model))
            said += f". {written_again('After that the next request', later)}"
    if not warmth.misses:
        return said
    often = counted(warmth.misses, "time")
    again = f"{tokens(warmth.missed)} tokens were written again"
    return f"{said} The cache was missed {often} in this session: {again}."


def _compact(opened: "Opened") -> str:
    """What a summary would save with every request after it, and when the cache is cold."""
    from tui.claude.cache_price import going_cold, reading

    state = opened.state
    kept = state.warmth.preamble + _size_of_context(state) + SUMMARY
    saved = state.warmth.left - kept
    if saved < SUMMARY:
        return ""
    model = opened.catalogue.model(state.warmth.model)
    shorter = f" /compact now: same cost once, then each request ≈ {tokens(saved)} tokens shorter"
    each, cold = reading(saved, model, state.warmth), going_cold(state.warmth, model)
    if each is None or cold.dollars is None or not cold:
        return f"{shorter}."
    usual, later = _saving(each), _saving(cold.dollars * saved / cold.tokens)
    return f"{shorter} (saves {usual} each, {later} when the cache is cold)."


def _saving(amount: "Decimal") -> str:
    """`≈ $0.10`, `under $0.01`."""
    return approximately(dollars(amount)).replace("<", "under ")


def _size_of_context(state: "SessionState") -> int:
    return len(state.preamble.context) // 4 if state.preamble else 0


def stake(opened: "Opened", steady: float, *, extends: bool = False) -> "CacheStake | None":
    """What a question that waits puts at stake of the cache; None where that is nothing.

    Args:
        opened: The session.
        steady: The time of the pane's clock, in seconds.
        extends: Whether an answer may change the budget the model is told.
    """
    from tui.agent.caching import price_now, price_of
    from tui.claude.cache_price import going_cold
    from tui.session.events import BudgetExtended
    from tui.session.warmth import MATTERS
    from tui.widgets.cache_line import CacheStake

    state, means = opened.state, opened.driver.means
    now = means.now()
    until = state.warmth.until(now)
    if until is None:
        return None
    then = going_cold(state.warmth, opened.catalogue.model(state.warmth.model))
    loss = then if until > now else price_now(state, means)
    if loss.tokens < MATTERS:
        return None
    extending = ""
    if extends and state.envelope is not None:
        extending = priced(price_of(state, means, BudgetExtended(by=1)))
    return CacheStake(steady + until - now, priced(loss), extending)
