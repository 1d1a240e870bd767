"""What a session learned about the context windows of its models.

A server may hold less than the catalogue says, or count the same text higher. When it refuses a
request, the program believes the figure it gives. Where it gives none, the program assumes a window
somewhat smaller than the refused request, until the server answers a larger one.
"""

from typing import NamedTuple

ASSUMED_SHARE = 0.75
"""Part of a refused request that is taken for the window, where the server gives no figure."""
MIN_ASSUMED = 2_000
"""Tokens of the smallest window that is assumed."""
SMALLEST_WINDOW = 8_000
"""Tokens of the smallest window that models have. A guess below it is forgotten with the next
prompt: the refusal may have had another reason, and nothing could be sent any more."""


class _Window(NamedTuple):
    tokens: int
    said: bool
    """Whether the server said so."""


class WindowLimits:
    """Known and assumed windows, by model."""

    def __init__(self) -> None:
        self._known: dict[str, _Window] = {}
        self._answered: dict[str, int] = {}
        """Tokens of the largest context that was answered, by model."""

    def window_of(self, model: str, listed: int) -> int:
        """Tokens that the window of `model` holds: as its server said, else as was learned.

        Args:
            model: Whose window.
            listed: What the catalogue says.
        """
        known = self._known.get(model)
        if known is None:
            return listed
        return known.tokens if known.said else min(known.tokens, listed)

    def on_too_long(self, model: str, tokens: int, said: int | None) -> None:
        """A request was too long.

        Args:
            model: Whose window.
            tokens: Of the request, as far as this program knows.
            said: Tokens the server says the window holds; None where it says nothing.
        """
        if said is not None:
            self._known[model] = _Window(said, said=True)
            return
        known = self._known.get(model)
        if known is not None and known.said and known.tokens < tokens:
            return  # it is known why
        least = max(MIN_ASSUMED, self._answered.get(model, 0))
        below = int(min(tokens, known.tokens if known else tokens) * ASSUMED_SHARE)
        self._known[model] = _Window(max(least, below), said=False)

    def open_turn(self) -> None:
        """A prompt comes: forget guesses that are smaller than the window of any model."""
        self._known = {
            model: known
            for model, known in self._known.items()
            if known.said or known.tokens >= SMALLEST_WINDOW
        }

    def on_answer(self, model: str, tokens: int) -> None:
        """A request with a context of so many tokens was answered."""
        self._answered[model] = max(tokens, self._answered.get(model, 0))
        known = self._known.get(model)
        if known is not None and known.tokens < tokens:
            self._known[model] = _Window(tokens, known.said)
