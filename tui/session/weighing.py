"""Weighing: from estimated to settled tokens, response by response.

What a request adds is charged at first by estimate. The next response tells how large its
context was, and with that what the new parts weighed together.
"""

from tui.budget.ledger import Ledger
from tui.budget.settle import Footing, settled_weights


class Weighing:
    """The parts that wait for the next response, and the response they are measured from."""

    def __init__(self) -> None:
        self._footing: Footing | None = None
        self._estimates: dict[str, int] = {}
        """Estimates of the parts that the next response settles, by ledger key."""
        self._cut: str | None = None
        """Key of the last message, if its last call was cut off: what was cut stays unseen."""

    def expect(self, key: str, estimate: int) -> None:
        """A part will be in the next request."""
        self._estimates[key] = max(1, estimate)

    def settle(self, ledger: Ledger, after: Footing, *, transformed: bool) -> int:
        """Settle what waited, now that a response tells the size of its context.

        Returns:
            Charged tokens of the message before that turn out not to be visible.
        """
        before = None if transformed else self._footing
        unseen = self._measure_cut(ledger, before, after)
        keys, weights = list(self._estimates), list(self._estimates.values())
        parts = None if self._cut else settled_weights(before, after, weights)
        for key, tokens in zip(keys, parts or (), strict=False):
            ledger.settle(key, tokens)
        self._estimates.clear()
        self._cut = None
        return unseen

    def stand(self, footing: Footing | None, cut: str | None = None) -> None:
        """What the next response is measured from.

        Args:
            footing: The request just answered; None where it tells nothing.
            cut: Key of its message, if the last call in it was cut off.
        """
        self._footing = footing
        self._cut = cut if footing else None

    def forget(self) -> None:
        """The conversation was rewritten: nothing compares any more."""
        self.stand(None)
        self._estimates.clear()

    def _measure_cut(self, ledger: Ledger, before: Footing | None, after: Footing) -> int:
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
