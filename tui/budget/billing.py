"""Billed tokens and dollars: every token of every request, by class, summed as they come.

Dollars are `Decimal` at list price. The rates applied are in the event, so history never
reprices itself; a request without a known price is counted as unpriced, never guessed.
"""

from decimal import Decimal

from tui.budget.ledger import Usage
from tui.budget.meters import BilledMeter


class Bill:
    """The running sums of what is paid for."""

    def __init__(self) -> None:
        self.usage = Usage()
        """Tokens by class, over all requests."""
        self.dollars: Decimal | None = None
        """None while nothing was priced."""
        self.unpriced = 0
        """Requests whose price is unknown."""
        self.estimated = False
        """Whether some of the tokens are an estimate: broken off, or never reported."""
        self.by_model: dict[str, Decimal] = {}

    def add(self, usage: Usage, dollars: Decimal | None, model: str, *, whole: bool = True) -> None:
        """Count one response; of one that broke off, the output is an estimate."""
        sums = self.usage
        self.estimated = self.estimated or not (usage.reported and whole)
        self.usage = Usage(
            input=sums.input + usage.input,
            cache_write_5m=sums.cache_write_5m + usage.cache_write_5m,
            cache_write_1h=sums.cache_write_1h + usage.cache_write_1h,
            cache_read=sums.cache_read + usage.cache_read,
            output=sums.output + usage.output,
            thinking=sums.thinking + usage.thinking,
            web_searches=sums.web_searches + usage.web_searches,
        )
        if dollars is None:
            self.unpriced += 1
            return
        self.dollars = (self.dollars or Decimal(0)) + dollars
        self.by_model[model] = self.by_model.get(model, Decimal(0)) + dollars

    def meter(self) -> BilledMeter:
        """The figures for the screen."""
        return BilledMeter(
            input=self.usage.input,
            cache_write=self.usage.cache_write,
            cache_read=self.usage.cache_read,
            output=self.usage.output,
            dollars=self.dollars,
            unpriced=self.unpriced,
            estimated=self.estimated,
        )
