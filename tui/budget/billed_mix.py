"""What work is billed for beside what it is charged: tokens by class, and their price.

A budget counts what the model sees for the first time; a bill counts every token of every
request. A mix holds both for the same work, in the tokens of a common tokenizer, so that it can
be priced on any model.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

_MILLION = Decimal(1_000_000)
CLASSES = ("input", "cache_write_5m", "cache_write_1h", "cache_read", "output")
"""The classes that tokens are billed by."""


class ClassPrices(Protocol):
    """Dollars for a million tokens of each class."""

    @property
    def input(self) -> Decimal:
        """Input that is not cached."""
        ...

    @property
    def cache_write_5m(self) -> Decimal:
        """Input written to the cache for five minutes."""
        ...

    @property
    def cache_write_1h(self) -> Decimal:
        """Input written to the cache for an hour."""
        ...

    @property
    def cache_read(self) -> Decimal:
        """Input read from the cache."""
        ...

    @property
    def output(self) -> Decimal:
        """What the model writes."""
        ...


@dataclass(frozen=True, slots=True)
class BilledMix:
    """The billed tokens of some work, by class."""

    charged: float
    """Tokens charged to budgets for the same work; above zero."""
    requests: float
    """Above zero."""
    input: float
    cache_write_5m: float
    cache_write_1h: float
    cache_read: float
    output: float
    is_assumed: bool = False
    """Whether it is an assumption of this program, not what was billed."""

    @property
    def prompt(self) -> float:
        """Tokens of the mean prompt: it picks the tier of the prices."""
        whole = self.input + self.cache_write_5m + self.cache_write_1h + self.cache_read
        return whole / self.requests

    def dollars(self, prices: ClassPrices, tokenizer: float) -> Decimal:
        """What the work costs on a model.

        Args:
            prices: The model's.
            tokenizer: The model's tokens for one token of the common tokenizer.
        """
        amounts = (Decimal(getattr(self, name)) * getattr(prices, name) for name in CLASSES)
        return sum(amounts, Decimal(0)) * Decimal(str(tokenizer)) / _MILLION


ASSUMED_MIX = BilledMix(
    charged=100_000,
    requests=40,
    input=2_000,
    cache_write_5m=100_000,
    cache_write_1h=0,
    cache_read=2_000_000,
    output=40_000,
    is_assumed=True,
)
"""What 100,000 charged tokens are billed for where nothing was billed yet: an assumption of
December 2026. Nothing is published."""
