"""Whether shortening a conversation is worth what it costs, and what is told where it is not.

A summary takes the place of the conversation, but not of what stands beside every conversation:
system text, tools, memory files. Where those fill the window, or a summary was made lately, asking
for another one spends money for nothing. So it is tried only where it is going to make room, and
again only when the conversation has grown. All of it follows from the log, so it holds over turns
and restarts.
"""

from tui.agent.context_window import context_window
from tui.agent.turn_context import TurnContext
from tui.budget.room import minimum_answer
from tui.claude.request import MIN_COMPACT_TRIGGER
from tui.session import events as ev
from tui.session.context_usage import fixed_parts
from tui.session.conversation import summary_index
from tui.session.state import SessionState

MAX_SUMMARY_TOKENS = 8_000
"""Most tokens of the message with a summary; more than that must be left of the budget."""
TYPICAL_SUMMARY_TOKENS = 2_500
"""Tokens that the summary of a long conversation takes, about."""
SUMMARY_WINDOW_DIVISOR = 4
"""A shorter conversation is summarised in one token for so many, about."""
MIN_GAIN = 1 / 10
"""Part of what is used that a summary must be expected to free."""
MIN_FREED_TOKENS = 10_000
"""Context tokens from which on reading them once more for little is worth a word."""
GROWTH_BEFORE_NEXT_SUMMARY = 1 / 8, 1 / 2
"""Parts of the window and of the threshold, the smaller of which the conversation must have grown
by since the last summary."""


def summary_limit(state: SessionState, ctx: TurnContext) -> int:
    """`max_tokens` of the message with a summary; less in a small window."""
    window = context_window(state, ctx)
    most = ctx.catalogue.model(state.model).max_output
    return min(MAX_SUMMARY_TOKENS, max(1_024, window // 4), most)


def budget_allows_summary(state: SessionState, ctx: TurnContext) -> bool:
    """Whether enough of the budget is left for a summary."""
    return state.left is None or state.left > summary_limit(state, ctx)


def compaction_threshold(state: SessionState, ctx: TurnContext) -> int | None:
    """Context tokens from which on the conversation is shortened; None where it never is."""
    if ctx.compact_at is None:
        return None
    return int(context_window(state, ctx) * ctx.compact_at)


def is_over_threshold(state: SessionState, ctx: TurnContext) -> bool:
    """Whether the context has reached the threshold, what waits to be sent included."""
    most = compaction_threshold(state, ctx)
    return most is not None and state.context_used >= most


def has_grown_since_summary(state: SessionState, ctx: TurnContext) -> bool:
    """Whether the conversation has grown enough since a summary was asked for last."""
    tried = state.compaction_history.context_tried
    return tried is None or state.context_used >= tried + _growth(state, ctx)


def is_worthwhile(state: SessionState, ctx: TurnContext) -> bool:
    """Whether a summary would make room, and the context not be over the threshold at once."""
    most = compaction_threshold(state, ctx) or context_window(state, ctx)
    return frees_enough(state) and state.context_used - freed_tokens(state) < most


def frees_enough(state: SessionState) -> bool:
    """Whether a summary would free more than a small part of what is used."""
    return freed_tokens(state) >= state.context_used * MIN_GAIN


def freed_tokens(state: SessionState) -> int:
    """Tokens that a summary would free, by estimate.

    It takes the place of the conversation alone: what stands beside every conversation stays, and
    so do prompt and notes that wait.
    """
    fixed = sum(part.tokens for part in fixed_parts(state))
    conversation = max(0, state.context_used - fixed - pending_text_tokens(state))
    return conversation - min(TYPICAL_SUMMARY_TOKENS, conversation // SUMMARY_WINDOW_DIVISOR)


def fills_window(state: SessionState, ctx: TurnContext) -> bool:
    """Whether the conversation fills the window so far that no request is to be sent with it."""
    window = context_window(state, ctx)
    return summarised_tokens(state) > window - minimum_answer(window)


def summarised_tokens(state: SessionState) -> int:
    """Tokens of the conversation as it is summarised: texts that wait are not in it."""
    return state.context_used - pending_text_tokens(state)


def pending_text_tokens(state: SessionState) -> int:
    """Tokens of prompt and notes that wait: they wait on behind a summary."""
    entries = state.ledger.entries
    keys = (p.key for p in state.conversation.pending.parts if not p.is_result)
    return sum(entries[key].tokens for key in keys if key in entries)


def _growth(state: SessionState, ctx: TurnContext) -> int:
    of_window, of_threshold = GROWTH_BEFORE_NEXT_SUMMARY
    window = context_window(state, ctx)
    most = compaction_threshold(state, ctx) or window
    return int(min(window * of_window, most * of_threshold))


# By the server -----------------------------------------------------------------------


def server_threshold(state: SessionState, ctx: TurnContext) -> int | None:
    """Input tokens from which on the server shortens the conversation by itself.

    None where it is not asked to, or not known to be able to.
    """
    model = ctx.catalogue.model(state.model)
    most = compaction_threshold(state, ctx)
    if ctx.compaction_strategy != "server" or most is None:
        return None
    able = model.compact and ctx.server_supports_task_budget
    return max(MIN_COMPACT_TRIGGER, most) if able else None


def compact_above(state: SessionState, ctx: TurnContext) -> int | None:
    """The threshold on the wire: higher where a summary was made lately, None where none helps.

    The same from request to request while nothing is shortened, so that the server is not told
    another one in the middle of a turn.
    """
    most, tried = server_threshold(state, ctx), state.compaction_history.context_tried
    if most is None or not budget_allows_summary(state, ctx):
        return None
    if state.context_used >= most and not is_worthwhile(state, ctx):
        return None
    return most if tried is None else max(most, tried + _growth(state, ctx))


# What is told ------------------------------------------------------------------------


def window_usage_sentence(state: SessionState, ctx: TurnContext) -> str:
    """What fills the window, in one sentence: what is fixed, the conversation, what waits."""
    window, used = context_window(state, ctx), state.context_used
    fixed = fixed_parts(state)
    rest = max(0, used - sum(part.tokens for part in fixed))
    waiting = min(state.unmeasured, rest)
    parts = [f"{part.name} ≈ {part.tokens:,}" for part in fixed if part.tokens]
    parts.append(f"conversation ≈ {rest - waiting:,}")
    if waiting:
        parts.append(f"waiting to be sent ≈ {waiting:,}")
    return f"≈ {used:,} of {window:,} tokens of the context window are used: {', '.join(parts)}."


def full_window_advice(state: SessionState) -> str:
    """What to do about a window that stays full, by what fills it."""
    fixed = fixed_parts(state)
    largest = max(fixed, key=lambda part: part.tokens, default=None)
    if largest is not None and largest.name.startswith("memory files"):
        return "Shorten the memory files and start a new session, or choose a larger model."
    return "Choose a model with a larger window, or start a new session."


def full_window_notice(state: SessionState, ctx: TurnContext) -> list[ev.Event]:
    """That shortening makes no room, and what fills the window: once, until that is another one."""
    about = f"window full: {state.model} {context_window(state, ctx)} {ctx.compact_at}"
    if about in state.notices_shown:
        return []
    sentence = (
        f"{window_usage_sentence(state, ctx)} A summary would make too little room, so the "
        "conversation is "
        f"not shortened until it has grown. {full_window_advice(state)}"
    )
    return [ev.NoticeShown(sentence=sentence, once=about)]


def no_gain_reason(state: SessionState, ctx: TurnContext) -> str:
    """Why `/compact` does nothing, as sentences; empty where it makes room."""
    answers = (each for each in state.conversation.messages if each.role == "assistant")
    said_since = any(summary_index(each.content) is None for each in answers)
    if said_since and (frees_enough(state) or state.context_used < MIN_FREED_TOKENS):
        return ""
    return (
        "There is nothing to gain: a summary would be about as long as the conversation. "
        f"{window_usage_sentence(state, ctx)}"
    )
