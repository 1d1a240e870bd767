"""Settlement: each response replaces estimated tokens by measured ones.

The ledger first charges an estimate for what a request adds. The next response reports the size
of its context, and so the number of tokens of all new parts together.
"""

from collections import deque
from collections.abc import Collection

from tui.budget.ledger import Ledger
from tui.budget.settled_weights import RequestBaseline, settled_weights

MIN_RATIO_TOKENS = 300
"""Smallest batch, in estimated tokens, whose ratio of measured to estimated tokens counts."""
RATIOS_KEPT = 8
"""Batches whose ratio is remembered."""
MAX_DENSITY = 4.0
"""The highest ratio that can be true: a token has about a byte at least."""


class Settlement:
    """The parts that wait for the next response, and the response they are measured from."""

    def __init__(self) -> None:
        self._baseline: RequestBaseline | None = None
        self._estimates: dict[str, int] = {}
        """Estimates of the parts that the next response settles, by ledger key."""
        self._cut: str | None = None
        """Key of the last message, if its last call was cut off: what was cut stays unseen."""
        self._ratios: deque[float] = deque(maxlen=RATIOS_KEPT)
        """Measured tokens for each estimated token, of the last batches."""

    @property
    def unmeasured(self) -> int:
        """Estimated tokens of what no response told the size of yet."""
        return sum(self._estimates.values())

    @property
    def unmeasured_keys(self) -> frozenset[str]:
        """Ledger keys of the same."""
        return frozenset(self._estimates)

    @property
    def density(self) -> float:
        """The highest recent ratio of measured to estimated tokens; at least 1."""
        return max(1.0, *self._ratios) if self._ratios else 1.0

    def add_estimate(self, key: str, estimate: int) -> None:
        """A part will be in the next request."""
        self._estimates[key] = max(1, estimate)

    def settle(self, ledger: Ledger, after: RequestBaseline, *, transformed: bool) -> int:
        """Settle what waited, now that a response tells the size of its context.

        Args:
            ledger: Its entries get the measured tokens.
            after: The request that was answered.
            transformed: Whether the server changed the conversation in between: then the growth
                measures nothing.

        Returns:
            Charged tokens of the message before that turn out not to be visible.
        """
        before = None if transformed else self._baseline
        unseen = self._measure_cut(ledger, before, after)
        keys, weights = list(self._estimates), list(self._estimates.values())
        parts = None if self._cut else settled_weights(before, after, weights)
        if parts is not None:
            self._remember(sum(parts), sum(weights))
        for key, tokens in zip(keys, parts or (), strict=False):
            ledger.settle(key, tokens)
        self._estimates.clear()
        self._cut = None
        return unseen

    def measure(
        self,
        ledger: Ledger,
        after: RequestBaseline,
        *,
        transformed: bool,
        left_out: Collection[str],
    ) -> None:
        """Settle what waited by a request that is no part of the conversation.

        What it had will be in the next one, too, which is measured from the same place.

        Args:
            ledger: Where the parts are charged.
            after: The request.
            transformed: Whether the server changed what it had.
            left_out: Keys of what waits and was not in it.
        """
        before = None if transformed or self._cut else self._baseline
        sent = {key: n for key, n in self._estimates.items() if key not in left_out}
        parts = settled_weights(before, after, list(sent.values()))
        if parts is None:
            return
        self._remember(sum(parts), sum(sent.values()))
        for key, tokens in zip(sent, parts, strict=True):
            ledger.settle(key, tokens)
            self._estimates[key] = max(1, tokens)

    def on_too_long(self, context: int, needed: int) -> None:
        """A server says how long a request was: what was not measured weighs the difference.

        Args:
            context: Tokens of it that were measured.
            needed: Tokens of all of it.
        """
        self._remember(needed - context, self.unmeasured)

    def drop(self, key: str) -> None:
        """A part is not sent after all."""
        self._estimates.pop(key, None)

    def _remember(self, tokens: int, estimate: int) -> None:
        if estimate >= MIN_RATIO_TOKENS and tokens > 0:
            self._ratios.append(min(MAX_DENSITY, tokens / estimate))

    def set_baseline(self, footing: RequestBaseline | None, cut: str | None = None) -> None:
        """What the next response is measured from.

        Args:
            footing: The request just answered; None where it tells nothing.
            cut: Key of its message, if the last call in it was cut off.
        """
        self._baseline = footing
        self._cut = cut if footing else None

    def forget(self) -> None:
        """The conversation was rewritten: nothing compares any more."""
        self.set_baseline(None)
        self._estimates.clear()

    def on_model_switch(self, counted: RequestBaseline | None) -> None:
        """Another model counts its own way: no ratio holds.

        Args:
            counted: What its server counts for all that was measured; None where nobody counted,
                and nothing compares.
        """
        self.set_baseline(counted)
        self._ratios.clear()

    def _measure_cut(
        self, ledger: Ledger, before: RequestBaseline | None, after: RequestBaseline
    ) -> int:
        """Split off what the server generated for a call that came back without it."""
        if self._cut is None or before is None or before.model != after.model:
            return 0
        new = sum(self._estimates.values())
        unseen = before.output + new - (after.context - before.context)
        whole = ledger.entries[self._cut].tokens
        unseen = min(max(0, unseen), whole)
        if unseen:
            ledger.split(self._cut, "output", unseen)
        return unseen
