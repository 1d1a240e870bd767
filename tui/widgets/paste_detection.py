"""Telling a paste from typing where the terminal does not say which it is.

Through some multiplexers a paste arrives as plain keys. Fingers leave more than a few
milliseconds between keys; an Enter inside such a burst is a line end, not a submit. One Enter
at the very end submits: so scripts, dictation and text expanders send a line.
"""

from typing import Literal

BURST_GAP = 0.010
"""Seconds; keys that follow each other faster are one burst."""
MIN_TYPING_GAP = 0.030
"""Least seconds between two keys that fingers press: one that none follows was pressed alone."""
MAX_BURST_PAUSE = 0.060
"""Seconds by which a slow line or machine may interrupt a burst: only after them a key is known to
be its last one."""

EnterMeaning = Literal["submit", "newline", "wait"]


class PasteDetector:
    """Follows the times of keys, in seconds of one clock."""

    def __init__(self) -> None:
        self._last_key_at = float("-inf")
        self._in_burst = False
        """Whether the last key was part of a burst."""
        self._line_ends = 0

    def note_key(self, at: float) -> bool:
        """A key that is text; says whether it belongs to the burst before it."""
        self._in_burst = at - self._last_key_at <= (
            MAX_BURST_PAUSE if self._in_burst else BURST_GAP
        )
        if not self._in_burst:
            self._line_ends = 0
        self._last_key_at = at
        return self._in_burst

    def classify_enter(self, at: float) -> EnterMeaning:
        """An Enter: what it means, or that the next key will tell."""
        if not self.note_key(at):
            return "submit"
        if self._line_ends:
            self._line_ends += 1
            return "newline"
        return "wait"

    def note_line_end(self) -> None:
        """Note that more of the burst followed the Enter that had to wait: it was a line end."""
        self._line_ends += 1
