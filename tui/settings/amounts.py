"""Amounts as people type them: `200k`, `1.5M`, `50_000`, `+50k`, `$5`, `off`.

One function reads them all, for the command line, the composer and the settings files.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

from tui.budget.wire_budget import MIN_TASK_BUDGET

MOST = 1_000_000_000
"""Tokens nobody means to spend in one task: more is a slip of the finger."""

_SHAPE = re.compile(
    r"(?P<plus>\+)?\s*(?P<dollar>\$)?\s*(?P<plus_after>\+)?"
    r"(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:_\d+)*(?:\.\d+)?|\.\d+)\s*(?P<unit>[kKmM])?",
    re.ASCII,
)
_UNITS = {"": 1, "k": 1_000, "m": 1_000_000}


@dataclass(frozen=True, slots=True)
class Tokens:
    """A number of tokens."""

    count: int


@dataclass(frozen=True, slots=True)
class MoreTokens:
    """A number of tokens on top of what was granted."""

    count: int


@dataclass(frozen=True, slots=True)
class Dollars:
    """An amount of dollars at list price."""

    amount: Decimal


@dataclass(frozen=True, slots=True)
class NoBudget:
    """No budget at all: typed as `off` or `0`."""


Amount = Tokens | MoreTokens | Dollars | NoBudget
"""What a person may have meant."""


class AmountError(ValueError):
    """Something typed where an amount was expected."""

    def __init__(self, text: str, reason: str, *, too_large: bool = False) -> None:
        """Keep the words typed, why they are no amount, and whether that is their size."""
        super().__init__(text, reason)
        self.text = text
        self.reason = reason
        self.too_large = too_large

    def __str__(self) -> str:
        """One sentence for the person who typed it."""
        return f"{quote_foreign(self.text)} is not an amount: {self.reason}."


def parse_amount(text: str) -> Amount:
    """What `text` amounts to.

    Raises:
        AmountError: it is nothing of the kind; its `str` is one sentence.
    """
    words = text.strip()
    if words.lower() == "off":
        return NoBudget()
    match = _SHAPE.fullmatch(words) if len(words) <= 40 else None
    if match is None:
        raise AmountError(text, _not_an_amount_reason(words))
    value = Decimal(match["number"].replace("_", "").replace(",", ""))
    value *= _UNITS[(match["unit"] or "").lower()]
    more = bool(match["plus"] or match["plus_after"])
    return _dollars(text, value, more) if match["dollar"] else _tokens(text, value, more)


def too_small_reason(tokens: int, least: int = MIN_TASK_BUDGET) -> str | None:
    """Why a budget of so many tokens is refused, as one sentence; None if it is not.

    Args:
        tokens: The budget.
        least: The smallest that can be given: less than the API's where it is sent none.
    """
    if tokens >= least:
        return None
    return (
        f"A budget of {tokens:,} tokens is too small: the API accepts {MIN_TASK_BUDGET:,} or more, "
        "and less would make the model decline the work."
    )


def quote_foreign(text: str, most: int = 40) -> str:
    """Foreign text in quotes: on one line, control characters escaped, not too long."""
    plain = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
    return f'"{plain}"' if len(plain) <= most else f'"{plain[: most - 1]}…"'


def _dollars(text: str, value: Decimal, more: bool) -> Amount:
    if more:
        raise AmountError(text, "a limit in dollars is given whole, such as $5, not as an addition")
    if value <= 0:
        raise AmountError(text, "zero dollars would allow nothing; `off` takes the budget away")
    if value > MOST:
        raise AmountError(text, "that is more dollars than anybody means to spend")
    if value != round(value, 2):
        raise AmountError(text, "dollars go down to cents, such as $1.50")
    return Dollars(value)


def _tokens(text: str, value: Decimal, more: bool) -> Amount:
    if value != int(value):
        raise AmountError(text, "tokens are counted whole, such as 50000 or 1.5k")
    if value > MOST:
        raise AmountError(text, f"that is more than {MOST:,} tokens", too_large=True)
    if more:
        if not value:
            raise AmountError(text, "adding nothing changes nothing; try +50k")
        return MoreTokens(int(value))
    return Tokens(int(value)) if value else NoBudget()


def _not_an_amount_reason(words: str) -> str:
    if not words:
        return "nothing was typed; try 200k, +50k, $5 or off"
    if words.lstrip("+$ ")[:1] in ("-", "−"):
        return "it is negative; try 200k, +50k, $5 or off"
    return "expected something like 200k, 1.5M, 50_000, +50k, $5 or off"
