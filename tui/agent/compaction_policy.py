"""Whether shortening a conversation is worth what it costs, and the words for it where it is not.

A summary replaces the conversation, but not what every request holds beside it: system text,
tools, memory files. Where those fill the window, or a summary was made lately, asking
for another one spends money for nothing. So it is tried only where it is going to make room, and
again only when the conversation has grown. All of it follows from the log, so it holds over turns
and restarts.
"""

from dataclasses import dataclass
from typing import Self

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


@dataclass(frozen=True, slots=True)
class CompactionPolicy:
    """Whether and how the conversation of a session is shortened, as things are now."""

    state: SessionState
    window: int
    """Tokens of the context window."""
    max_output: int
    """Most tokens of an answer of the model."""
    compact_at: float | None
    """Part of the window at which the conversation is shortened; None for never."""
    server_compacts: bool
    """Whether the server shortens the conversation by itself: the settings say so, and it can."""

    @classmethod
    def of(cls, state: SessionState, ctx: TurnContext) -> Self:
        """The policy of a session, by its model, the settings and the server."""
        model = ctx.services.catalogue.model(state.model)
        able = model.compact and ctx.run.server_supports_task_budget
        return cls(
            state,
            window=context_window(state, ctx.services.catalogue),
            max_output=model.max_output,
            compact_at=ctx.settings.compact_at,
            server_compacts=able and ctx.settings.compaction_strategy == "server",
        )

    @property
    def summary_limit(self) -> int:
        """`max_tokens` of the message with a summary; less in a small window."""
        return min(MAX_SUMMARY_TOKENS, max(1_024, self.window // 4), self.max_output)

    @property
    def budget_allows_summary(self) -> bool:
        """Whether enough of the budget is left for a summary."""
        return self.state.left is None or self.state.left > self.summary_limit

    @property
    def threshold(self) -> int | None:
        """Context tokens from which on the conversation is shortened; None where it never is."""
        return None if self.compact_at is None else int(self.window * self.compact_at)

    @property
    def is_over_threshold(self) -> bool:
        """Whether the context has reached the threshold, what waits to be sent included."""
        return self.threshold is not None and self.state.context_used >= self.threshold

    @property
    def has_grown_since_summary(self) -> bool:
        """Whether the conversation has grown enough since a summary was asked for last."""
        tried = self.state.compaction_history.context_tried
        return tried is None or self.state.context_used >= tried + self._growth

    @property
    def is_worthwhile(self) -> bool:
        """Whether a summary would make room, and the context not be over the threshold at once."""
        most = self.threshold or self.window
        used = self.state.context_used - freed_tokens(self.state)
        return frees_enough(self.state) and used < most

    @property
    def fills_window(self) -> bool:
        """Whether the conversation fills the window so far that nothing is to be sent with it."""
        return summarised_tokens(self.state) > self.window - minimum_answer(self.window)

    @property
    def server_threshold(self) -> int | None:
        """Input tokens from which on the server shortens the conversation by itself.

        None where it is not asked to, or not known to be able to.
        """
        if not self.server_compacts or self.threshold is None:
            return None
        return max(MIN_COMPACT_TRIGGER, self.threshold)

    @property
    def compact_above(self) -> int | None:
        """The threshold on the wire: higher where a summary was made lately, None without gain.

        The same from request to request while nothing is shortened, so that the server is not told
        another one in the middle of a turn.
        """
        state, tried = self.state, self.state.compaction_history.context_tried
        most = self.server_threshold
        if most is None or not self.budget_allows_summary:
            return None
        if state.context_used >= most and not self.is_worthwhile:
            return None
        return most if tried is None else max(most, tried + self._growth)

    @property
    def _growth(self) -> int:
        of_window, of_threshold = GROWTH_BEFORE_NEXT_SUMMARY
        most = self.threshold or self.window
        return int(min(self.window * of_window, most * of_threshold))

    # Words for the user ----------------------------------------------------------

    @property
    def window_usage_sentence(self) -> str:
        """What fills the window, in one sentence: what is fixed, the conversation, what waits."""
        state, used = self.state, self.state.context_used
        fixed = fixed_parts(state)
        rest = max(0, used - sum(part.tokens for part in fixed))
        waiting = min(state.unmeasured, rest)
        parts = [f"{part.name} ≈ {part.tokens:,}" for part in fixed if part.tokens]
        parts.append(f"conversation ≈ {rest - waiting:,}")
        if waiting:
            parts.append(f"waiting to be sent ≈ {waiting:,}")
        of = f"≈ {used:,} of {self.window:,} tokens of the context window"
        return f"{of} are used: {', '.join(parts)}."

    @property
    def full_window_notice(self) -> list[ev.Event]:
        """A notice that shortening makes no room, and of what fills the window; once a window."""
        about = f"window full: {self.state.model} {self.window} {self.compact_at}"
        if about in self.state.notices_shown:
            return []
        sentence = (
            f"{self.window_usage_sentence} A summary would make too little room, so the "
            "conversation is "
            f"not shortened until it has grown. {full_window_advice(self.state)}"
        )
        return [ev.NoticeShown(sentence=sentence, once=about)]

    @property
    def no_gain_reason(self) -> str:
        """Why `/compact` does nothing, as sentences; empty where it makes room."""
        state = self.state
        answers = (each for each in state.conversation.messages if each.role == "assistant")
        said_since = any(summary_index(each.content) is None for each in answers)
        if said_since and (frees_enough(state) or state.context_used < MIN_FREED_TOKENS):
            return ""
        return (
            "There is nothing to gain: a summary would be about as long as the conversation. "
            f"{self.window_usage_sentence}"
        )


def frees_enough(state: SessionState) -> bool:
    """Whether a summary would free more than a small part of what is used."""
    return freed_tokens(state) >= state.context_used * MIN_GAIN


def freed_tokens(state: SessionState) -> int:
    """Tokens that a summary would free, by estimate.

    It replaces the conversation alone: system text, tools and memory files stay, and so do prompt
    and notes that wait.
    """
    fixed = sum(part.tokens for part in fixed_parts(state))
    conversation = max(0, state.context_used - fixed - pending_text_tokens(state))
    return conversation - min(TYPICAL_SUMMARY_TOKENS, conversation // SUMMARY_WINDOW_DIVISOR)


def summarised_tokens(state: SessionState) -> int:
    """Tokens of the conversation as it is summarised: texts that wait are not in it."""
    return state.context_used - pending_text_tokens(state)


def pending_text_tokens(state: SessionState) -> int:
    """Tokens of prompt and notes that wait: they wait on behind a summary."""
    entries = state.ledger.entries
    keys = (p.key for p in state.conversation.pending.parts if not p.is_result)
    return sum(entries[key].tokens for key in keys if key in entries)


def full_window_advice(state: SessionState) -> str:
    """What to do about a window that stays full, by what fills it."""
    fixed = fixed_parts(state)
    largest = max(fixed, key=lambda part: part.tokens, default=None)
    if largest is not None and largest.name.startswith("memory files"):
        return "Shorten the memory files and start a new session, or choose a larger model."
    return "Choose a model with a larger window, or start a new session."
