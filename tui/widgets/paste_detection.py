"""Telling a paste from typing where the terminal does not say which it is.

Through some multiplexers a paste arrives as plain keys. Fingers leave more than a few
milliseconds between keys; an Enter inside such a burst is a line end, not a submit. One Enter
at the very end is meant: so scripts, dictation and text expanders send a line.
"""

from typing import Literal

BURST_GAP = 0.010
"""Seconds; keys that follow each other faster are one burst."""
MIN_TYPING_GAP = 0.030
"""Seconds that fingers leave at least between two keys: nothing behind it, and one was pressed."""
MAX_BURST_PAUSE = 0.060
"""Seconds within which a burst goes on, held up by a line or a machine: so long it is in doubt
whether a key was its last one."""

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
        """The Enter waited for was followed by more of the burst."""
        self._line_ends += 1
