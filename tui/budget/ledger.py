"""The ledger: what was charged to the budget and what was billed, entry by entry.

A budget is charged with what the model sees for the first time: its own output, new tool
results and the text sent beside them (Messages API, "task budgets"). Re-sent history is
never charged. Billing is another sum: every token of every request, by class.
"""

from typing import Literal

import msgspec

Kind = Literal["output", "results", "beside", "prompt", "summary"]
"""What an entry is for: the model's own words · tool results · notes and steering sent with
results · the user's prompt · a compaction summary."""


class Usage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Billed tokens of one response, summed over its iterations."""

    input: int = 0
    """Input neither read from nor written to the cache."""
    cache_write_5m: int = 0
    cache_write_1h: int = 0
    cache_read: int = 0
    output: int = 0
    """Thinking, text and tool calls."""
    thinking: int = 0
    """The part of `output` that was thinking."""
    context: int | None = None
    """Total input of the last `message` iteration: how full the window was. None: same as
    the sum of the input classes."""
    charged_output: int | None = None
    """Output of the `message` iterations alone, what a budget is charged. None: `output`."""
    web_searches: int = 0
    reported: bool = True
    """False when the server reported no usage and every figure is an estimate."""

    @property
    def cache_write(self) -> int:
        """Tokens written to the cache, whatever their time to live."""
        return self.cache_write_5m + self.cache_write_1h

    @property
    def total_input(self) -> int:
        """Input of every class."""
        return self.input + self.cache_write + self.cache_read

    @property
    def window(self) -> int:
        """Context tokens sent with the last message iteration."""
        return self.total_input if self.context is None else self.context

    @property
    def budget_output(self) -> int:
        """Output a budget is charged with."""
        return self.output if self.charged_output is None else self.charged_output


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the ledger."""

    key: str
    """Unique: the message id, or the tool call's id. A second entry of a key is ignored."""
    kind: Kind
    tokens: int
    settled: bool
    """False while `tokens` is an estimate."""
    charged: bool
    """Whether the budget is charged with it (`charges`)."""
    turn: int
    request: int
    subtask: str | None
    agent: str
    model: str


def charges(kind: Kind, *, prompts: bool) -> bool:
    """Whether an entry of `kind` is charged; the one place that says so.

    Args:
        kind: What the tokens are.
        prompts: The catalogue's switch: whether the server charges the user's prompt
            (undocumented; off today).
    """
    return prompts if kind == "prompt" else True


def apportion(total: int, weights: list[int]) -> list[int]:
    """Split `total` tokens in proportion to `weights`; the parts sum exactly.

    Largest remainder; ties go to the earlier part. All-zero weights share evenly.
    """
    if not weights:
        return []
    whole = sum(weights)
    if whole <= 0:
        weights, whole = [1] * len(weights), len(weights)
    parts = [total * weight // whole for weight in weights]
    rest = total - sum(parts)
    by_remainder = sorted(range(len(weights)), key=lambda at: (-(total * weights[at] % whole), at))
    for at in by_remainder[:rest]:
        parts[at] += 1
    return parts
