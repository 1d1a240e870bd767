"""The lines of the tool calls of one message, in the order of the calls, whichever finishes first.

A transcript takes a line that finished at once, below the others. So the keys of the lines are
places: when a call finishes before one that was made earlier, the two change places.
"""

from collections.abc import Iterable


class CallOrder:
    """The calls of one message, and the places of their lines."""

    def __init__(self, calls: Iterable[str] = ()) -> None:
        """Args: calls: Ids of the calls, in the order in which the model made them."""
        self._order = {call: at for at, call in enumerate(calls)}
        self._finished: list[str] = []

    def finish(self, call: str) -> dict[str, str]:
        """A call finished: the place of each call that did, named after who took it first."""
        self._finished.append(call)
        last = len(self._order)
        by_call = sorted(self._finished, key=lambda each: self._order.get(each, last))
        return dict(zip(by_call, self._finished, strict=True))
