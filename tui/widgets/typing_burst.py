"""Telling a paste from typing where the terminal does not say which it is.

Through some multiplexers a paste arrives as plain keys. Fingers leave more than a few
milliseconds between keys; an Enter inside such a burst is a line end, not a submit.
"""

from typing import Literal

GAP = 0.010
"""Seconds; keys that follow each other faster are one burst."""
SETTLE = 0.030
"""Seconds to wait whether a doubtful Enter is followed by more of the burst."""
SURE = 8
"""Keys in a burst that no fingers would have made."""

Verdict = Literal["submit", "newline", "wait"]


class TypingBurst:
    """Follows the times of keys, in seconds of one clock."""

    def __init__(self) -> None:
        self._last = float("-inf")
        self._run = 0
        self._line_ends = 0

    def key(self, at: float) -> bool:
        """A key that is text; says whether it belongs to the burst before it."""
        goes_on = at - self._last <= GAP
        if goes_on:
            self._run += 1
        else:
            self._run, self._line_ends = 1, 0
        self._last = at
        return goes_on

    def enter(self, at: float) -> Verdict:
        """An Enter: what it means, or that the next key will tell."""
        if not self.key(at):
            self._run = 0
            return "submit"
        if self._run > SURE or self._line_ends:
            self._line_ends += 1
            return "newline"
        return "wait"

    def was_line_end(self) -> None:
        """The Enter waited for was followed by more of the burst."""
        self._line_ends += 1
