"""When the conversation was last shortened, and how much room that made.

The policy reads it so that it asks for no summary that would make no room.
"""

from dataclasses import dataclass


@dataclass(slots=True)
class CompactionHistory:
    """The last summary of a session, as the log tells it."""

    context_tried: int | None = None
    """Context tokens when a summary was asked for last, or those it left; None before."""
    open: bool = False
    """Whether a summary was asked for and has not taken the place of the conversation."""
    _unmeasured: bool = False
    """Whether `context_tried` is what a summary left and no response told its size yet."""

    def on_summary_request(self, context: int) -> None:
        """A summary is asked for, of a conversation of `context` tokens."""
        self.context_tried, self.open, self._unmeasured = context, True, False

    def on_shortened(self, context: int) -> None:
        """Something of about `context` tokens took the place of the conversation."""
        self.context_tried, self.open, self._unmeasured = context, False, True

    def on_measured(self, context: int) -> None:
        """A response tells that its request had a context of so many tokens."""
        if self._unmeasured:
            self.context_tried, self._unmeasured = max(context, self.context_tried or 0), False

    def forget(self) -> None:
        """The conversation is another one: it was rewound."""
        self.context_tried, self.open, self._unmeasured = None, False, False
