"""The countdown of a task budget, as the model sees it.

`shown = (remaining or total) - what counts in this request - what is generated so far`.
It is computed from each request alone; nothing is kept between two requests. What counts is
what the model wrote and what it saw for the first time beside it: tool results and text
that comes with them. What the user asks for, the system text and the tools do not.

Today earlier turns count as long as they are in the context (`context`); if the API should
change, only what follows the last user message without tool results does (`fresh`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

MINIMUM = 20_000
"""Smallest total that is accepted, in tokens."""

TurnReset = Literal["context", "fresh"]


@dataclass(frozen=True, slots=True)
class SimulatedTaskBudget:
    """`output_config.task_budget`."""

    total: int
    remaining: int | None = None

    @property
    def start(self) -> int:
        """What the countdown starts from, in tokens."""
        return self.total if self.remaining is None else self.remaining


@dataclass(frozen=True, slots=True)
class CountedMessage:
    """One message the model sees, in tokens."""

    role: str
    written: int = 0
    """What the model wrote: thinking, text, tool calls, a summary that the client sent back."""
    results: int = 0
    """Tool results."""
    words: int = 0
    """Other content: a prompt, or text that came beside results."""
    opens_turn: bool = False
    """Whether it is a user message without a tool result."""


@dataclass(frozen=True, slots=True)
class CountdownRules:
    """How this server counts, where the documentation leaves it open."""

    turn_reset: TurnReset = "context"
    charge_prompts: bool = False
    """Whether the words of a message that opens a turn count."""


def shown_remaining(
    budget: SimulatedTaskBudget,
    seen: Sequence[CountedMessage],
    rules: CountdownRules,
    carried: int = 0,
) -> int:
    """What the model is shown before it generates; may be below zero.

    Args:
        budget: The budget of the request.
        seen: The messages in its context, oldest first.
        rules: How this server counts.
        carried: Tokens the current turn spent before a compaction on the server.
    """
    return budget.start - carried - counted_tokens(seen, rules)


def counted_tokens(seen: Sequence[CountedMessage], rules: CountdownRules) -> int:
    """Tokens of the context that count."""
    start = 0 if rules.turn_reset == "context" else turn_start(seen)
    return sum(_charge(message, rules) for message in seen[start:])


def turn_start(seen: Sequence[CountedMessage]) -> int:
    """Where the current turn begins: its message without tool results, or the start."""
    opening = [at for at, message in enumerate(seen) if message.opens_turn]
    return opening[-1] if opening else 0


def spent_in_turn(seen: Sequence[CountedMessage], rules: CountdownRules) -> int:
    """What the current turn spent so far; carried over when these messages are compacted."""
    return sum(_charge(message, rules) for message in seen[turn_start(seen) :])


def _charge(message: CountedMessage, rules: CountdownRules) -> int:
    prompt = message.opens_turn and not rules.charge_prompts
    return message.written + message.results + (0 if prompt else message.words)
